"""What is done, on disk: JSON lines that are only ever appended to, so that a kill costs the last line at most.

The first line holds an id, which temporary files are named by; each further line tells of one output, and the last one
about an output holds. A line that was cut off is passed over: its picture is made again. That a line says so is never
enough: an output counts as done if its file still has the digest that was noted.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from types import TracebackType

from accord.batch.job import Done
from accord.core.errors import BadInputError
from accord.io.paths import resolved
from accord.io.remote import is_remote

NAME = ".accord-batch.jsonl"
"""What a journal is called beside the outputs."""

SCHEMA_VERSION = 1

_NOTED = {field.name for field in fields(Done)}

# Beyond any journal's end: Windows does not let others read what is locked.
_LOCKED_BYTE = 1 << 40


class Journal:
    """A journal, open and locked: one run at a time.

    Parameters
    ----------
    path
        The file; made if it is not there.

    Raises
    ------
    BadInputError
        If it is no journal, of a later schema, in use by another run, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        target = resolved(path)
        self._folder = target.parent
        try:
            self._file = os.open(target, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            self._lock()
            self._places: dict[str, int] = {}
            self.id = self._read()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def temporary_prefix(self) -> str:
        """What the names of this journal's temporary files begin with."""
        return f".accord-batch-{self.id}-"

    def done(self, output: str) -> Done | None:
        """Give what is noted of an output; None where nothing is."""
        place = self._places.get(self._name(output))
        if place is None:
            return None
        with self.path.open("rb") as file:
            file.seek(place)
            line = json.loads(file.readline())
        return Done(**{name: line[name] for name in _NOTED})

    def add(self, output: str, done: Done) -> None:
        """Note an output that is written.

        Raises
        ------
        BadInputError
            If that cannot be written, say since the disk is full.
        """
        name = self._name(output)
        self._places[name] = self._append({"output": name, **done.to_dict()})

    def sweep(self, outputs: Iterable[str]) -> None:
        """Remove what killed processes of this journal's runs left half written beside these outputs."""
        for folder in {str(Path(output).parent) for output in outputs}:
            with suppress(OSError):
                for left in Path(folder).glob(f"{self.temporary_prefix}*"):
                    left.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file, which unlocks it."""
        os.close(self._file)

    def _name(self, output: str) -> str:
        """Give an output's path from the journal's folder where it lies within, so that both can be moved together."""
        if is_remote(output):
            return output
        path = os.path.abspath(output)  # noqa: PTH100 (links stay as they are named)
        with suppress(ValueError):  # another drive
            if os.path.commonpath([path, self._folder]) == str(self._folder):
                return Path(path).relative_to(self._folder).as_posix()
        return path

    def _read(self) -> str:
        """Take in all lines; give the id."""
        found, place, whole = None, 0, True
        with self.path.open("rb") as file:
            for raw in file:
                whole = raw.endswith(b"\n")
                line = _parsed(raw) if whole else None
                if place == 0 and line is None and whole:
                    raise BadInputError(f"{self.path} is no journal of accord batch: remove it, or give another.")
                if place == 0 and line is not None:
                    found = self._header(line)
                elif line is not None and line.keys() >= _NOTED and "output" in line:
                    self._places[str(line["output"])] = place
                place += len(raw)
        if found is None:  # new, or killed while the first line was written
            os.ftruncate(self._file, 0)
            found = uuid.uuid4().hex[:12]
            self._append({"journal": "accord batch", "schema_version": SCHEMA_VERSION, "id": found})
        elif not whole:
            os.write(self._file, b"\n")  # what was cut off must not swallow the next line
        return found

    def _header(self, line: dict[str, object]) -> str:
        if line.get("journal") != "accord batch" or not str(line.get("id", "")).isalnum():
            raise BadInputError(f"{self.path} is no journal of accord batch: remove it, or give another.")
        if line.get("schema_version") != SCHEMA_VERSION:
            raise BadInputError(
                f"the journal {self.path} has schema version {line.get('schema_version')}, this accord reads "
                f"{SCHEMA_VERSION}: install a newer one, or give another journal."
            )
        return str(line["id"])

    def _append(self, line: dict[str, object]) -> int:
        """Append a line in one write; give where it begins."""
        data = json.dumps(line, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        try:
            place = os.lseek(self._file, 0, os.SEEK_END)
            written = os.write(self._file, data)
        except OSError as error:
            raise self._unusable(error) from error
        if written != len(data):
            raise BadInputError(f"{self.path} took only part of a line: is the disk full? Free some space.")
        return place

    def _lock(self) -> None:
        try:
            if sys.platform == "win32":
                import msvcrt

                os.lseek(self._file, _LOCKED_BYTE, os.SEEK_SET)
                msvcrt.locking(self._file, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            raise BadInputError(
                f"another accord batch is at work with the journal {self.path}: wait for it, or stop it."
            ) from error
        except OSError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> BadInputError:
        return BadInputError(
            f"the journal {self.path} cannot be used: {error.strerror or error}. Choose another place with --journal."
        )


def _parsed(raw: bytes) -> dict[str, object] | None:
    try:
        line = json.loads(raw)
    except ValueError:
        return None
    return line if isinstance(line, dict) else None

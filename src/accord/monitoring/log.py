"""The signals log on disk: JSON lines, or a folder of Parquet files. Appended to by any number of processes at once.

JSON lines: each entry is one write to a file that was opened for appending, which local file systems of POSIX keep
whole among those of other processes. Parquet: each process writes part files of its own into the folder, each complete
when it appears, so nothing is ever rewritten and no lock is needed.
"""

from __future__ import annotations

import json
import os
import uuid
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from accord.core.errors import BadInputError, MissingExtraError
from accord.monitoring.entry import Entry, entry_of, override_of

if TYPE_CHECKING:
    from accord.pipeline.result import Result

LINES, PARQUET = (".jsonl", ".ndjson"), ".parquet"

ROWS_AT_ONCE = 1000
"""Entries that a Parquet log holds in memory before it writes a part; what a killed process had there is lost."""

_SIGNAL = "signals."
_CHANNELS = ("red", "green", "blue")


class SignalsLog:
    """A log that is open for appending. Use it in a ``with`` block, or call `close`.

    Parameters
    ----------
    path
        A file NAME.jsonl (or .ndjson), made if it is not there, or a folder NAME.parquet (extra parquet).

    Raises
    ------
    BadInputError
        If the name ends otherwise, or the file cannot be written.
    MissingExtraError
        If Parquet is asked for without pyarrow.

    Examples
    --------
    >>> import accord
    >>> from accord.monitoring import SignalsLog, read_log
    >>> result = accord.harmonize("composite.png", "mask.png", method="mkl", strength=0.8)
    >>> with SignalsLog("signals.jsonl") as log:
    ...     entry = log.record(result, front_end="mine")
    ...     _ = log.override(entry.id, 0.4)  # the user turned it down
    >>> [line.kind for line in read_log("signals.jsonl")]
    ['result', 'override']
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._waiting: list[Entry] = []
        self._file: int | None = None
        if check_log_name(self.path) == PARQUET:
            _pyarrow()
            _make_folder(self.path)
        else:
            self._file = _opened(self.path)

    def __enter__(self) -> SignalsLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def record(
        self,
        result: Result,
        *,
        strength: float | None = None,
        seconds: float | None = None,
        front_end: str | None = None,
        composite: str | None = None,
        mask: str | None = None,
    ) -> Entry:
        """Append a result, and give what was logged: its `id` is what a later `override` is about.

        Parameters are those of `accord.monitoring.entry.entry_of`.
        """
        entry = entry_of(
            result,
            strength=strength,
            seconds=seconds,
            front_end=front_end,
            composite=composite,
            mask=mask,
        )
        self.append(entry)
        return entry

    def override(self, about: str, strength: float, *, front_end: str | None = None) -> Entry:
        """Append what a user made of the result of that id: another strength in [0, 1], or 0 for an undo."""
        entry = override_of(about, strength, front_end=front_end)
        self.append(entry)
        return entry

    def append(self, entry: Entry) -> None:
        """Append an entry.

        Raises
        ------
        BadInputError
            If it cannot be written, say since the disk is full. What went in of it is passed over by readers.
        """
        if self._file is None:
            self._waiting.append(entry)
            if len(self._waiting) >= ROWS_AT_ONCE:
                self.flush()
            return
        line = json.dumps(entry.to_dict(), allow_nan=False, separators=(",", ":")).encode() + b"\n"
        try:
            if not _ends_a_line(self._file):  # what was left unfinished must not swallow this one
                line = b"\n" + line
            written = os.write(self._file, line)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        if written != len(line):
            raise BadInputError(f"{self.path} took only part of an entry: is the disk full? Free some space.")

    def flush(self) -> None:
        """Write what a Parquet log still holds in memory, as one more part; JSON lines are written at once."""
        if self._waiting:
            _write_part(self.path, self._waiting)
            self._waiting = []

    def close(self) -> None:
        """Write what is left, and close the file."""
        self.flush()
        if self._file is not None:
            os.close(self._file)
            self._file = None


def check_log_name(path: Path) -> str:
    """Give what kind of log a name asks for, its suffix; `BadInputError` for others."""
    suffix = path.suffix.lower()
    if suffix in LINES or suffix == PARQUET:
        return suffix
    raise BadInputError(f"the log {path} should end in .jsonl (JSON lines) or .parquet (a folder of Parquet files).")


def is_log(path: Path) -> bool:
    """Tell whether a file or folder is a signals log, and not a manifest, by its name and first whole line."""
    suffix = path.suffix.lower()
    if suffix not in LINES or not path.is_file():
        return suffix == PARQUET
    with path.open("rb") as file:
        for line in file:
            with suppress(ValueError):
                row = json.loads(line.decode("utf-8"))
                return isinstance(row, dict) and row.keys() >= {"kind", "schema_version"}
    return False


def read_log(path: str | os.PathLike[str]) -> list[Entry]:
    """Read all entries of a log, in the order of their times.

    Lines that are no JSON are what a killed process, a full disk or a power cut left. They are passed over, with a
    warning that says how many, but for a last one that nothing has ended: it may be being written. Any other line that
    is no entry is an error.

    Parameters
    ----------
    path
        As for `SignalsLog`.

    Raises
    ------
    BadInputError
        If the log is missing, cannot be read, or holds something else.
    MissingExtraError
        If it is Parquet and pyarrow is not installed.
    """
    path = Path(path)
    rows = _parquet_rows(path) if check_log_name(path) == PARQUET else _line_rows(path)
    return sorted((_entry(where, row) for where, row in rows), key=lambda entry: entry.time)


def _entry(where: str, row: Mapping[str, Any]) -> Entry:
    try:
        return Entry.from_dict(row)
    except BadInputError as error:
        raise BadInputError(f"{where} is no entry of a signals log: {error}.") from error


def _line_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise BadInputError(
            f"the log {path} cannot be read: {error.strerror or error}. --log of the commands writes one."
        ) from error
    passed_over, any_row = [], False
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8"))
        except ValueError:
            if number < len(lines):
                passed_over.append(number)
            continue
        if not isinstance(row, dict):
            raise BadInputError(f"{path}, line {number}, is no JSON object. Remove that line.")
        any_row = True
        yield f"{path}, line {number},", row
    if passed_over and not any_row:
        raise BadInputError(f"{path} is no signals log: none of its lines is JSON. --log of the commands writes one.")
    if passed_over:
        where = f"line {passed_over[0]}" + (f" and {len(passed_over) - 1} more" if len(passed_over) > 1 else "")
        warnings.warn(
            f"{path}: passed over {where}: no JSON, as a killed process, a full disk or a power cut leaves it.",
            stacklevel=4,  # whoever called `read_log`
        )


def _opened(path: Path) -> int:
    from accord.io.paths import resolved

    target = resolved(path)
    try:
        file = os.open(target, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        _ends_a_line(file)  # a pipe, of which that cannot be told, is found out now
    except OSError as error:
        raise _unwritable(path, error) from error
    return file


def _ends_a_line(file: int) -> bool:
    """Tell whether what is written next begins a line."""
    end = os.lseek(file, 0, os.SEEK_END)
    return end == 0 or _byte_at(file, end - 1) == b"\n"


def _byte_at(file: int, position: int) -> bytes:
    os.lseek(file, position, os.SEEK_SET)
    return os.read(file, 1)


def _unwritable(path: Path, error: OSError) -> BadInputError:
    return BadInputError(f"the log {path} cannot be written: {error.strerror or error}. Choose another place for it.")


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(exist_ok=True)
    except FileExistsError as error:
        raise BadInputError(
            f"{path} is a file; a Parquet log is a folder of part files, so that several processes can append. "
            "Choose another name."
        ) from error
    except OSError as error:
        raise _unwritable(path, error) from error


def _pyarrow() -> Any:
    try:
        import pyarrow  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingExtraError("a Parquet log", "parquet", "pyarrow") from error
    return pyarrow


def _write_part(folder: Path, entries: list[Entry]) -> None:
    pyarrow = _pyarrow()
    from pyarrow import parquet

    from accord.io.paths import whole_or_nothing

    rows = [_flat(entry) for entry in entries]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    table = pyarrow.table({name: pyarrow.array([row.get(name) for row in rows]) for name in columns})
    # The time first: parts sort by when they were written.
    name = f"{entries[0].time.replace(':', '').replace('.', '-')}-{os.getpid()}-{uuid.uuid4().hex[:8]}{PARQUET}"
    with whole_or_nothing(folder / name) as path:
        parquet.write_table(table, path)


def _flat(entry: Entry) -> dict[str, Any]:
    """Give an entry as columns: signals one each, those of three channels three, settings as JSON."""
    row = entry.to_dict()
    signals = row.pop("signals")
    row["settings"] = json.dumps(row["settings"], sort_keys=True)
    for name, value in signals.items():
        if isinstance(value, list):
            row |= {f"{_SIGNAL}{name}.{channel}": float(one) for channel, one in zip(_CHANNELS, value, strict=True)}
        else:
            row[_SIGNAL + name] = float(value) if type(value) is int and name != "schema_version" else value
    return row


def _nested(row: Mapping[str, Any]) -> dict[str, Any]:
    """Undo `_flat`."""
    entry = {name: value for name, value in row.items() if not name.startswith(_SIGNAL)}
    entry["settings"] = json.loads(entry.get("settings") or "{}")
    signals: dict[str, Any] = {}
    for column, value in row.items():
        if not column.startswith(_SIGNAL):
            continue
        name, _, channel = column.removeprefix(_SIGNAL).partition(".")
        if channel:
            signals.setdefault(name, []).append(value)
        else:
            signals[name] = value
    entry["signals"] = {} if signals.get("schema_version") is None else signals
    return entry


def _parquet_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    pyarrow = _pyarrow()
    from pyarrow import parquet

    parts = sorted(path.glob(f"[!.]*{PARQUET}")) if path.is_dir() else [path]
    if not parts or not parts[0].exists():
        raise BadInputError(f"the log {path} is missing or empty. --log of the commands writes one.")
    for part in parts:
        try:
            rows = parquet.read_table(part).to_pylist()
        except (OSError, pyarrow.ArrowInvalid) as error:
            raise BadInputError(f"{part} cannot be read: {error}. Remove it.") from error
        for number, row in enumerate(rows, 1):
            yield f"{part}, row {number},", _nested(row)

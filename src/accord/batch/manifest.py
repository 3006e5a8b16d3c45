"""Manifests: a row for each picture, in CSV, JSON lines or Parquet. docs/batch.md lists the columns."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from accord.batch.job import Job
from accord.composite.placement import parsed_position
from accord.core.errors import BadInputError, MissingExtraError
from accord.io.remote import joined, name_of

SUFFIXES = (".csv", ".jsonl", ".ndjson", ".parquet")

_FILES = ("composite", "mask", "background", "foreground", "output")
_PLACEMENT = "placement"

Row = Mapping[str, Any]


def read_manifest(
    path: Path, folder: str | None, suffix: str | None, *, base: str | None = None
) -> tuple[list[Job], list[str]]:
    """Read the jobs of a manifest, and the names of columns that mean nothing here.

    Parameters
    ----------
    path
        The manifest.
    folder
        Where relative outputs go, a path or a URL; by default `base`.
    suffix
        The suffix of outputs that the manifest does not name; by default that of the composite, or background.
    base
        Where relative paths of inputs are taken from, a path or a URL; by default the manifest's folder.

    Raises
    ------
    BadInputError
        If it cannot be read, or a row is none.
    MissingExtraError
        If it is Parquet and pyarrow is not installed.
    """
    readers = {".csv": _csv_rows, ".parquet": _parquet_rows}
    jobs, unused = [], dict[str, None]()
    for where, row in readers.get(path.suffix.lower(), _json_rows)(path):
        known = {name for name in row if name in _FILES or name == _PLACEMENT or name in _SETTINGS}
        unused |= dict.fromkeys(name for name in row if name not in known)
        try:
            jobs.append(_job({name: row[name] for name in known}, base or str(path.parent), folder, suffix))
        except BadInputError as error:
            raise BadInputError(f"{path}, {where}: {error}") from error
    if not jobs:
        raise BadInputError(f"the manifest {path} has no rows.")
    return jobs, list(unused)


def _csv_rows(path: Path) -> Iterator[tuple[str, Row]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            for row in reader:
                if None in row:
                    raise BadInputError(f"{path}, line {reader.line_num}, has more values than there are columns.")
                yield f"line {reader.line_num}", row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(path, error) from error


def _json_rows(path: Path) -> Iterator[tuple[str, Row]]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise BadInputError(f"{path}, line {number}, is no JSON object.")
                yield f"line {number}", row
    except json.JSONDecodeError as error:
        raise BadInputError(f"{path}, line {number}, is no JSON: {error}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error


def _parquet_rows(path: Path) -> Iterator[tuple[str, Row]]:
    try:
        import pyarrow  # type: ignore[import-untyped]
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("a Parquet manifest", "parquet", "pyarrow") from error
    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches():
                for row in batch.to_pylist():
                    number += 1
                    yield f"row {number}", row
    except (OSError, pyarrow.ArrowException) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> BadInputError:
    reason = getattr(error, "strerror", None) or " ".join(str(error).split())
    return BadInputError(f"the manifest {path} cannot be read: {reason}.")


def _job(row: Row, base: str, folder: str | None, suffix: str | None) -> Job:
    told = {name: value for name, value in row.items() if value is not None and value != ""}
    files = {name: _text(name, told.pop(name)) for name in _FILES if name in told}
    layers = "background" in files and "foreground" in files
    if ("composite" in files) == layers or (("background" in files) != ("foreground" in files)):
        raise BadInputError(
            f"it has {', '.join(files) or 'no files'}; a composite was wanted, or a background and a foreground."
        )
    placement = _placement(told)
    if placement and not layers:
        raise BadInputError(f"it has {', '.join(placement)}, which say how a foreground lies on a background.")
    inputs = {
        name: value if name == "mask" and value == "auto" else joined(base, value)
        for name, value in files.items()
        if name != "output"
    }
    if "output" in files:
        output = joined(folder or base, files["output"])
    elif folder is None:
        raise BadInputError("it names no output. Give the column output, or a folder with -o.")
    elif layers:
        ground, stem = _named(files["background"]), _named(files["foreground"]).stem
        output = joined(folder, f"{stem}-on-{ground.stem}{suffix or ground.suffix}")
    else:
        own = _named(files["composite"])
        output = joined(folder, f"{own.stem}{suffix or own.suffix}")
    return Job(output=output, placement=placement, **inputs)


def _named(path: str) -> PurePosixPath:
    return PurePosixPath(name_of(path))


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise BadInputError(f"{name} is {value!r}, a path was wanted.")
    return value


def _placement(told: dict[str, Any]) -> dict[str, Any]:
    """Give settings of `accord.compose` from columns of their names, and from an object in the column placement."""
    whole = told.pop(_PLACEMENT, {})
    if isinstance(whole, str):
        try:
            whole = json.loads(whole)
        except ValueError as error:
            raise BadInputError(f"placement is {whole!r}, which is no JSON: {error}.") from error
    if not isinstance(whole, dict):
        raise BadInputError(f'placement is {whole!r}, an object like {{"at": [0.5, 0.8], "scale": 0.4}} was wanted.')
    settings = {name: value for name, value in whole.items() if value is not None} | told
    for name in settings:
        if name not in _SETTINGS:
            raise BadInputError(f"placement has {name}, and knows: {', '.join(_SETTINGS)}.")
    found = {name: _SETTINGS[name](name, value) for name, value in settings.items()}
    if isinstance(found.get("at"), str):
        found["at"], found["unit"] = parsed_position(found["at"])
    return found


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise BadInputError(f"{name} is {value!r}, a number was wanted.") from error


def _flag(name: str, value: Any) -> bool:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    found = known.get(str(value).lower())
    if found is None:
        raise BadInputError(f"{name} is {value!r}, true or false was wanted.")
    return found


def _position(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return value
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise BadInputError(f"{name} is {value!r}, two numbers x and y were wanted.")
    return [_number(name, one) for one in value]


_SETTINGS: dict[str, Callable[[str, Any], Any]] = {
    "at": _position,
    "unit": _text,
    "scale": _number,
    "rotation": _number,
    "flip": _flag,
    "opacity": _number,
    "feather": _number,
    "blend": _text,
    "edges": _text,
}
"""Settings of `accord.compose` that a row may hold."""

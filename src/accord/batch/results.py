"""What became of each picture, as a table: CSV or JSON lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from accord.batch.job import Job
from accord.batch.journal import Journal
from accord.core.errors import BadInputError
from accord.diagnose.signals import Signals
from accord.io.paths import whole_or_nothing

SUFFIXES = (".csv", ".jsonl", ".ndjson")

_CHANNELS = ("red", "green", "blue")
_PER_CHANNEL = ("clipping_added", "out_of_gamut_added")
_FACTS = ("output", "status", "error", "composite", "mask", "background", "foreground", "seconds", "left_alone")


def check_results_name(path: Path) -> None:
    """Refuse a name that says no format of a results table."""
    if path.suffix.lower() not in SUFFIXES:
        raise BadInputError(f"the results {path} should end in .csv, or in .jsonl for JSON lines.")


def write_results(
    path: Path, jobs: Sequence[Job], statuses: Mapping[int, str], errors: Mapping[int, str], journal: Journal
) -> None:
    """Write a row for each job, in their order, with the signals that the journal has of its output.

    Parameters
    ----------
    path
        Where to, .csv or .jsonl; the file appears whole or not at all.
    jobs
        The jobs.
    statuses, errors
        What became of each, and why it failed, by its place.
    journal
        The run's.

    Raises
    ------
    BadInputError
        If it cannot be written.
    """
    check_results_name(path)
    rows = _rows(jobs, statuses, errors, journal)
    with whole_or_nothing(path) as temporary:
        if path.suffix.lower() != ".csv":
            with temporary.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(row, allow_nan=False) + "\n" for row in rows)
            return
        with temporary.open("w", encoding="utf-8", newline="", errors="surrogateescape") as file:
            table = csv.writer(file)
            table.writerow([*_FACTS, *_signal_columns()])
            table.writerows(_flat(row) for row in rows)


def _rows(
    jobs: Sequence[Job], statuses: Mapping[int, str], errors: Mapping[int, str], journal: Journal
) -> Iterator[dict[str, Any]]:
    for index, job in enumerate(jobs):
        status = statuses.get(index)
        done = journal.done(job.output) if status in ("done", "skipped") else None
        known = job.to_dict() | {
            "status": status,
            "error": errors.get(index),
            "seconds": None if done is None else round(done.seconds, 4),
            "left_alone": None if done is None else done.left_alone,
        }
        yield {**{name: known[name] for name in _FACTS}, "signals": None if done is None else done.signals}


def _signal_columns() -> list[str]:
    columns = []
    for field in fields(Signals):
        if field.name in _PER_CHANNEL:
            columns += [f"{field.name}.{channel}" for channel in _CHANNELS]
        elif field.name != "schema_version":
            columns.append(field.name)
    return columns


def _flat(row: Mapping[str, Any]) -> list[Any]:
    cells = [row[name] for name in _FACTS]
    signals = row["signals"] or {}
    for column in _signal_columns():
        name, _, channel = column.partition(".")
        value = signals.get(name)
        cells.append(value[_CHANNELS.index(channel)] if channel and value is not None else value)
    return cells

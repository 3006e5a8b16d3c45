"""The figures of a run, a row a validation, in a CSV file."""

from __future__ import annotations

import csv
from pathlib import Path


class Curve:
    """A CSV file of figures.

    Parameters
    ----------
    path
        The file; rows that it has already are kept.
    resumed_step
        The step that the run goes on from. Rows past it were measured on weights that are gone, and will be again.
    """

    def __init__(self, path: Path, resumed_step: int) -> None:
        self._path = path
        self._rows = [row for row in self._read() if int(row["step"]) <= resumed_step]
        self._write()

    def add(self, **figures: float) -> None:
        """Append a row."""
        self._rows.append({name: f"{value:.6g}" for name, value in figures.items()})
        self._write()

    def _read(self) -> list[dict[str, str]]:
        if not self._path.exists():
            return []
        with self._path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def _write(self) -> None:
        names = list(dict.fromkeys(name for row in self._rows for name in row))
        unfinished = self._path.with_suffix(".unfinished")  # a kill while writing must not cost the rows so far
        with unfinished.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(self._rows)
        unfinished.replace(self._path)

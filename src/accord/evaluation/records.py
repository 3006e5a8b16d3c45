"""What was measured on each picture, in memory and as a CSV file that can be continued."""

from __future__ import annotations

import csv
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol as Interface

from accord.core.errors import BadInputError
from accord.evaluation.dataset import Triplet
from accord.evaluation.figures import Figure
from accord.evaluation.protocol import Protocol
from accord.version import __version__

FACTS = ("family", "source")
"""Columns of a dataset's index that results are broken down by."""


@dataclass(frozen=True)
class Record:
    """The figures of one method on one composite.

    Parameters
    ----------
    subset, name, facts
        Which composite: see `Triplet`.
    method
        The method's id, or the name it was given for this run.
    foreground_ratio
        Share of pixels with coverage above 0.5, at the size that was compared.
    fmse_composite
        fMSE of the composite itself, which tells improvement from harm.
    values
        The figures by id.
    """

    subset: str
    name: str
    method: str
    foreground_ratio: float
    fmse_composite: float
    values: dict[str, float]
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells this record from others of a run."""
        return self.subset, self.name, self.method


class Writer(Interface):
    """Takes records as they come."""

    def __call__(self, record: Record) -> None:
        """Keep the record."""
        ...


@dataclass(frozen=True)
class CsvForm:
    """The columns of a CSV file of records: which composite, which settings, which figures.

    The settings stand in every row, so that rows of other settings are told apart, and files can be joined.
    """

    protocol: Protocol
    figures: Sequence[Figure]

    @property
    def columns(self) -> list[str]:
        """The header."""
        own = ["subset", "name", "method", *self._settings, *FACTS, "foreground_ratio", "fmse_composite"]
        return own + [figure.id for figure in self.figures]

    @property
    def _settings(self) -> dict[str, str]:
        return {"size": self.protocol.size, "mask_rule": self.protocol.mask, "accord": __version__}

    def row(self, record: Record) -> dict[str, str]:
        """Write a record as a row; numbers keep every digit."""
        return {
            "subset": record.subset,
            "name": record.name,
            "method": record.method,
            **self._settings,
            **{fact: record.facts.get(fact, "") for fact in FACTS},
            "foreground_ratio": repr(record.foreground_ratio),
            "fmse_composite": repr(record.fmse_composite),
            **{figure.id: repr(record.values[figure.id]) for figure in self.figures},
        }

    def record(self, row: dict[str, str], path: Path) -> Record:
        """Read a row back.

        Raises
        ------
        BadInputError
            If it was made under other settings, or a number cannot be read.
        """
        for name, wanted in self._settings.items():
            if row[name] != wanted:
                raise BadInputError(
                    f"{path} was made with {name} {row[name]!r}, this run has {wanted!r}: it cannot be continued. "
                    "Give another --csv file, or the settings of that run."
                )
        try:
            return Record(
                subset=row["subset"],
                name=row["name"],
                method=row["method"],
                foreground_ratio=float(row["foreground_ratio"]),
                fmse_composite=float(row["fmse_composite"]),
                values={figure.id: float(row[figure.id]) for figure in self.figures},
                facts={fact: row[fact] for fact in FACTS if row[fact]},
            )
        except (TypeError, ValueError) as error:
            raise BadInputError(f"{path} has a broken row for {row['name']}: {error}. Remove that line.") from error

    def read(self, path: Path) -> list[Record]:
        """Read the records of an earlier run that was made with the same settings.

        Raises
        ------
        BadInputError
            If the file cannot be read, or belongs to other settings or figures.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInputError(f"{path} cannot be read: {error}. A CSV file of an earlier run was wanted.") from error
        # A run that was stopped while it wrote leaves half a line, which is measured again.
        reader = csv.DictReader(text[: text.rfind("\n") + 1].splitlines())
        header = list(reader.fieldnames or [])
        if header and header != self.columns:
            raise BadInputError(
                f"{path} has other columns than this run writes ({', '.join(header)}), so it cannot be continued. "
                "Give another --csv file, or the variants of that run."
            )
        return [self.record(row, path) for row in reader]

    @contextmanager
    def open(self, path: Path, kept: Iterable[Record] = ()) -> Iterator[Writer]:
        """Open a file to which records are added one by one, each on disk before the next is measured.

        Parameters
        ----------
        path
            The file; `kept` replaces what it holds.
        kept
            Records of an earlier run.
        """
        try:
            # The old file stays whole until the new one holds all that was kept.
            begun = path.with_name(f".{path.name}.begun")
            with begun.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, self.columns, lineterminator="\n")
                writer.writeheader()
                writer.writerows(self.row(record) for record in kept)
            os.replace(begun, path)  # noqa: PTH105 (says what it does better than Path.replace)
            with path.open("a", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, self.columns, lineterminator="\n")

                def add(record: Record) -> None:
                    writer.writerow(self.row(record))
                    file.flush()

                yield add
        except OSError as error:
            raise BadInputError(f"{path} cannot be written: {error.strerror}. Check folder and free space.") from error


def check_of_dataset(records: Iterable[Record], triplets: Collection[Triplet], path: Path) -> None:
    """Refuse to continue a file that knows composites which the dataset does not have."""
    known = {(triplet.subset, triplet.name) for triplet in triplets}
    strange = next((record for record in records if (record.subset, record.name) not in known), None)
    if strange is not None:
        raise BadInputError(
            f"{path} holds {strange.subset}/{strange.name}, which is not in this dataset or list: it is of another. "
            "Give another --csv file."
        )

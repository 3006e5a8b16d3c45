"""What a signals log says of the pictures that it was written for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from accord.core.errors import BadInputError
from accord.io.listing import Listed
from accord.monitoring.drift import live
from accord.monitoring.entry import Entry


def listed_of(entries: Sequence[Entry], log: Path) -> list[Listed]:
    """Give the composites of a log, each with the method, strength and reference that it was last harmonized with.

    Raises
    ------
    BadInputError
        If the log names no paths.
    """
    results = live(entries)
    listed = [
        Listed(
            name=Path(entry.composite).name,
            composite=Path(entry.composite),
            mask=Path(entry.mask) if entry.mask is not None else None,
            method=entry.method,
            strength=entry.strength,
            reference="ring" if entry.settings.get("reference") == "ring" else "background",
        )
        for entry in results
        if entry.composite is not None
    ]
    if not listed:
        raise BadInputError(
            f"the log {log} does not say where its {len(results)} pictures are, only a hash of each: write it with "
            "--log-paths, or give a folder or a manifest."
        )
    return listed

"""What a signals log says of the pictures that it was written for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from accord.core.errors import BadInputError
from accord.io.listing import Listed
from accord.methods import registry
from accord.monitoring.drift import live
from accord.monitoring.entry import Entry


def listed_of(entries: Sequence[Entry], log: Path, *, method: str | None = None) -> tuple[list[Listed], int]:
    """Give the composites of a log, each with the method, strength and reference that it was last harmonized with.

    Parameters
    ----------
    entries
        All that the log holds.
    log
        Where it is, for messages.
    method
        What they are to be harmonized with instead.

    Returns
    -------
    list of Listed
        With the trouble of those whose method cannot be told by its id, unless another is given.
    int
        How many results are left out, since the log does not name their composites.

    Raises
    ------
    BadInputError
        If the log names no composites, or no method that can be told by its id.
    """
    results = live(entries)
    named = [entry for entry in results if entry.composite is not None]
    if not named:
        raise BadInputError(
            f"the log {log} does not say where its {len(results)} composites are: it was written without --log-paths, "
            "or layers were composed, which no log names. Give a folder or a manifest of composites."
        )
    known = {card.id for card in registry.cards()}
    listed = [_listed(entry, trouble=method is None and entry.method not in known) for entry in named]
    if all(one.trouble is not None for one in listed):
        raise BadInputError(
            f"the log {log} names no method by an id that accord knows (`accord methods`): its {len(listed)} "
            "composites were harmonized with files or methods of your own. Say with which by --method."
        )
    return listed, len(results) - len(listed)


def _listed(entry: Entry, *, trouble: bool) -> Listed:
    reason = (
        "it was harmonized with a colour map, or a method of your own, which no log can name. Give it by --method."
        if entry.method is None
        else f"it was harmonized with {entry.method}, no id of a method (`accord methods`): give its file by --method."
    )
    composite = Path(str(entry.composite))
    return Listed(
        name=composite.name,
        composite=composite,
        mask=Path(entry.mask) if entry.mask is not None else None,
        method=entry.method,
        strength=entry.strength,
        reference="ring" if entry.settings.get("reference") == "ring" else "background",
        trouble=reason if trouble else None,
    )

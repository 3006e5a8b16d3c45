"""A candidate in the shadow of the live model: it runs on the same picture, is logged beside it, and is never shown."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from accord.methods import registry
from accord.methods.fingerprint import model_hash
from accord.monitoring.entry import FAILURE, RESULT, Entry, entry_of, failure_of
from accord.pipeline.harmonizing import harmonize

if TYPE_CHECKING:
    from accord.monitoring.log import SignalsLog
    from accord.pipeline.result import Result


def run_shadow(log: SignalsLog, live: Entry, result: Result, candidate: str) -> Entry:
    """Harmonize the same picture with a candidate, and log it beside the live result. Nothing of it reaches the user.

    Whatever goes wrong in the candidate is logged as a failure and raises nothing: the live result stands.

    Parameters
    ----------
    log
        Where the live result was recorded.
    live
        What was logged of it.
    result
        The live result; its composite and mask are used as they were read, its strength and reference as they were
        asked for. A scene is harmonized as the flat picture that it shows.
    candidate
        Id of a method, or an .onnx file.

    Returns
    -------
    Entry
        What was logged: a result, or a failure.
    """
    view = result.composite
    # An alpha that served as the mask has to serve again, or colours would be divided by it.
    mask = None if view.picture.alpha is not None and not view.alpha_covers else result.mask
    reference = str(result.settings.get("reference", "background"))
    model = None
    try:
        card = registry.get(candidate)
        model = model_hash(card)
        begun = time.perf_counter()
        shadow = harmonize(
            view.picture,
            mask,
            method=card,
            strength=1.0 if live.strength is None else live.strength,
            reference=reference if reference in ("background", "ring") else "background",
        )
        seconds = time.perf_counter() - begun
        entry = entry_of(shadow, seconds=seconds, front_end=live.front_end, about=live.id)
    except Exception as error:
        entry = failure_of(live, candidate, model, error)
    log.append(entry)
    return entry


def pairs(entries: Sequence[Entry]) -> tuple[list[tuple[Entry, Entry]], list[Entry]]:
    """Give the pairs of live result and candidate in a log, and the candidates that failed."""
    results = {entry.id: entry for entry in entries if entry.kind == RESULT and entry.about is None}
    shadows = [entry for entry in entries if entry.about in results and entry.kind in (RESULT, FAILURE)]
    paired = [(results[entry.about], entry) for entry in shadows if entry.kind == RESULT and entry.about is not None]
    return paired, [entry for entry in shadows if entry.kind == FAILURE]

"""Replay a golden set: the same known composites through the live method and a candidate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import BadInputError
from accord.core.picture import Picture, code_range
from accord.diagnose.concerns import score
from accord.io import read_picture
from accord.io.listing import Listed, list_composites
from accord.methods import registry
from accord.metrics.fmse import fmse
from accord.metrics.foreground_ratio import foreground_ratio, ratio_bin
from accord.monitoring.contest import Contest, Duel, decide
from accord.monitoring.entry import Entry
from accord.monitoring.shadow import pairs
from accord.pipeline.harmonizing import harmonize


def replay(
    golden: Path, live: str, candidate: str, *, on_picture: Callable[[int], None] | None = None
) -> tuple[Contest, list[Duel]]:
    """Run both methods over a golden set.

    Parameters
    ----------
    golden
        See `accord.io.listing.list_composites`; with real pictures errors are compared, else `p_better`.
    live, candidate
        Ids of methods, or .onnx files.
    on_picture
        Called after each picture with the number of all.

    Raises
    ------
    BadInputError
        If the set or one of its pictures cannot be read.
    UnknownMethodError, WeightsError
        If a method is not to be had.
    """
    for method in (live, candidate):
        registry.get(method)
    listed = list_composites(golden)
    duels = []
    for one in listed:
        duels.append(_duel(one, live, candidate))
        if on_picture is not None:
            on_picture(len(listed))
    return decide("golden set", live, candidate, duels), duels


def shadow_contest(entries: Sequence[Entry]) -> list[Contest]:
    """Sum up what candidates did in the shadow of the live method, one contest for each pair of live and candidate."""
    paired, failed = pairs(entries)
    of = {entry.id: entry for entry in entries}
    contests = []
    both = [(one.method, other.method) for one, other in paired]
    both += [(of[str(entry.about)].method, entry.method) for entry in failed]
    for live, candidate in dict.fromkeys(both):
        duels = [
            Duel(
                name=one.id,
                where=ratio_bin(one.foreground_ratio or 0.0),
                live_score=score(one.signals),
                candidate_score=score(other.signals),
            )
            for one, other in paired
            if (one.method, other.method) == (live, candidate)
        ]
        failures = sum((of[str(entry.about)].method, entry.method) == (live, candidate) for entry in failed)
        contests.append(decide("shadow", str(live), str(candidate), duels, failures))
    return contests


def _duel(one: Listed, live: str, candidate: str) -> Duel:
    results = [
        harmonize(str(one.composite), str(one.mask) if one.mask else None, method=method)
        for method in (live, candidate)
    ]
    mask = results[0].mask
    where = ratio_bin(foreground_ratio(mask))
    if one.real is None:
        scores = [score(result.signals.to_dict()) for result in results]
        return Duel(one.name, where, live_score=scores[0], candidate_score=scores[1])
    real = read_picture(one.real)
    composite = results[0].composite.picture
    if real.pixels.shape != composite.pixels.shape:
        raise BadInputError(
            f"the real picture {one.real} is {real.pixels.shape}, its composite is {composite.pixels.shape} "
            "(height, width, channels); one size is needed."
        )
    truth = _codes(real)
    errors = [fmse(_codes(picture), truth, mask) for picture in (results[0].picture, results[1].picture, composite)]
    return Duel(one.name, where, errors[0], errors[1], errors[2])


def _codes(picture: Picture) -> NDArray[Any]:
    """Give display-encoded RGB on the 0..255 scale."""
    pixels = picture.pixels.astype(np.float32) / np.float32(code_range(picture.pixels.dtype))
    if pixels.shape[2] == 1:
        pixels = np.repeat(pixels, 3, axis=2)
    return 255 * np.clip(picture.encoding.to_working(pixels), 0, 1)

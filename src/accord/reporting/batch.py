"""Harmonize many composites and report on them, holding only the worst in memory."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from os import PathLike

from accord.core.errors import BadInputError, HarmonizeError
from accord.diagnose.concerns import readings, score
from accord.io.listing import Listed
from accord.pipeline.harmonizing import harmonize
from accord.pipeline.result import Result
from accord.reporting.case import Case, badness, case_of
from accord.reporting.page import Failed, Line, section, write_batch

BATCH_LONGEST = 720
"""Longest side, in pixels, of the pictures in a batch's report."""


def report_batch(
    path: str | PathLike[str],
    listed: Sequence[Listed],
    *,
    what: str,
    method: str | None = None,
    strength: float | None = None,
    worst: int = 24,
    on_picture: Callable[[], None] | None = None,
) -> tuple[list[Line], list[Failed]]:
    """Harmonize composites, and write a report on them, the worst first. One that fails does not stop the others.

    Parameters
    ----------
    path
        Where to write the HTML.
    listed
        The composites; their own method and strength count where none is given here.
    what
        Where they come from, for the heading.
    method, strength
        As for `accord.harmonize`; by default each composite's own, or else its defaults.
    worst
        How many to show with pictures; the table has all.
    on_picture
        Called after each picture.

    Returns
    -------
    list of Line
        All results, the worst first.
    list of Failed
        What could not be harmonized, and why.
    """
    lines: list[Line] = []
    failed: list[Failed] = []
    # A heap of those to show, the best of them on top: its badness, and of equals the later one is the better.
    kept: list[tuple[float, int, Case]] = []
    for number, one in enumerate(listed):
        try:
            result = _harmonized(one, method, strength)
            line = _line(one, result)
            if len(kept) < worst or line.badness > kept[0][0]:
                push = heapq.heappush if len(kept) < worst else heapq.heappushpop
                push(kept, (line.badness, -number, case_of(one.name, result, longest=BATCH_LONGEST)))
        except HarmonizeError as error:
            failed.append(Failed(one.name, " ".join(str(error).split())))
        else:
            lines.append(line)
        if on_picture is not None:
            on_picture()
    lines.sort(key=lambda line: -line.badness)
    shown = [
        section(case, rank) for rank, (_, _, case) in enumerate(sorted(kept, key=lambda each: (-each[0], -each[1])), 1)
    ]
    write_batch(path, lines, shown, failed, what=what)
    return lines, failed


def _harmonized(one: Listed, method: str | None, strength: float | None) -> Result:
    if one.trouble is not None:
        raise BadInputError(one.trouble)
    told = strength if strength is not None else one.strength
    return harmonize(
        str(one.composite),
        str(one.mask) if one.mask is not None else None,
        method=method if method is not None else one.method,
        strength=1.0 if told is None else told,
        reference=one.reference,
    )


def _line(one: Listed, result: Result) -> Line:
    signals = result.signals.to_dict()
    concerns = sorted((each for each in readings(signals) if each.concern), key=lambda each: -(each.severity or 0))
    return Line(
        name=one.name,
        badness=badness(signals),
        score=score(signals),
        move=signals["move_mean"],
        gap_closed=signals["gap_closed"],
        concerns=tuple(concerns),
    )

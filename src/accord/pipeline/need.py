"""Whether a composite needs to be harmonized at all."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from accord.core.encoding import Floats
from accord.core.errors import BadInputError
from accord.core.picture import Picture
from accord.diagnose.score import shipped
from accord.pipeline.judging import Judge, judge_of
from accord.pipeline.working import WorkingView


@dataclass(frozen=True)
class Need:
    """What was found out, and done about it.

    Parameters
    ----------
    p_better
        Probability that the harmonized picture is better than the composite left alone.
    threshold
        Below this the composite is left alone.
    harmonized
        Whether it was harmonized.
    """

    p_better: float
    threshold: float
    harmonized: bool

    def to_dict(self) -> dict[str, Any]:
        """Give all as JSON-ready values."""
        return asdict(self)


def checked_threshold(when_needed: bool | float) -> float | None:
    """Give the probability below which to leave alone, or None where nothing is to be left alone."""
    if isinstance(when_needed, bool):
        return shipped().threshold if when_needed else None
    if not isinstance(when_needed, int | float) or not 0 <= when_needed <= 1:
        raise BadInputError(
            f"when_needed is {when_needed!r}; it is True, or the probability of being better, from 0 to 1, below which "
            "the composite is left alone."
        )
    return float(when_needed)


def required_judge(view: WorkingView, mask: Floats, wanted_for: str) -> Judge:
    """Give the composite's judge, or raise BadInputError where there is none."""
    judge = judge_of(view, mask)
    if judge is None:
        raise BadInputError(
            f"{wanted_for} asks the learned default, and this version has none or sees no foreground and background: "
            "leave it out."
        )
    return judge


def judged(judge: Judge, done: Picture, threshold: float) -> Need:
    """Judge a result against leaving its composite alone."""
    chance = judge.estimate([judge.small_result(done)])[0].p_better
    return Need(chance, threshold, chance >= threshold)

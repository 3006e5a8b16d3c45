"""Keep, look, switch, or roll back: what a scheduler can act on, with the evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from accord.diagnose.concerns import readings, score, worst
from accord.monitoring.contest import Contest
from accord.monitoring.drift import LEAST, Comparison, likely_causes, live
from accord.monitoring.entry import OVERRIDE, Entry
from accord.monitoring.statistics import more_often
from accord.monitoring.strata import cell

SIGNIFICANT = 0.01
_NOTABLE = 0.05  # share of results by which harm or overrides have to rise
_PSEUDO = 2  # results of all bins that a bin's share is mixed with


class Action(Enum):
    """What to do."""

    KEEP = "keep"
    LOOK = "keep, but look"
    ROLL_BACK = "roll back"
    SWITCH = "switch"
    UNKNOWN = "too little to tell"

    @property
    def exit_code(self) -> int:
        """What `accord monitor` exits with."""
        return {"KEEP": 0, "LOOK": 3, "ROLL_BACK": 4, "SWITCH": 5, "UNKNOWN": 6}[self.name]


@dataclass(frozen=True)
class Rate:
    """How often something happens in a window, against a reference.

    Parameters
    ----------
    what
        In words.
    hits, of
        In the window.
    expected
        Share in the reference, weighted as the window's bins of foreground ratio and brightness are.
    probability
        How likely as many hits are by chance.
    """

    what: str
    hits: int
    of: int
    expected: float
    probability: float

    @property
    def rose(self) -> bool:
        """Whether it happens more often, by chance in at most one of a hundred, and by 5 points at least."""
        return self.probability < SIGNIFICANT and self.hits / max(1, self.of) >= self.expected + _NOTABLE

    def __str__(self) -> str:
        return (
            f"{self.what}: {self.hits} of {self.of} ({100 * self.hits / max(1, self.of):.0f} %), "
            f"{100 * self.expected:.0f} % expected (p {self.probability:.1g})"
        )


@dataclass(frozen=True)
class Advice:
    """A recommendation.

    Parameters
    ----------
    action
        What to do.
    evidence
        Why, one sentence each, the most telling first.
    """

    action: Action
    evidence: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give action, exit code and evidence as JSON-ready values."""
        return {"action": self.action.value, "exit_code": self.action.exit_code, "evidence": list(self.evidence)}


def rates(window: Sequence[Entry], reference: Sequence[Entry]) -> list[Rate]:
    """Give how often users turned results down, and how often results look harmful, in bins as common as the window's.

    A result looks harmful where its `p_better` is below a half; where signals have no such score, where one of them is
    beyond its limit (`accord.diagnose.concerns`).
    """
    now, before = live(window), live(reference)
    if min(len(now), len(before)) < LEAST:
        return []
    turned_down = _turned_down([*window, *reference])
    harmful = {entry.id for entry in (*now, *before) if _harmful(entry)}
    made = [_rate("results that users turned down or undid", now, before, turned_down)]
    made.append(_rate("results that look harmful by their signals", now, before, harmful))
    return made


def advise(
    comparison: Comparison | None, contests: Sequence[Contest], of_rates: Sequence[Rate], *, has_pictures: bool = True
) -> Advice:
    """Recommend what to do.

    Roll back where method, model or version changed since the reference, and users turn down, or signals condemn, more
    results than the mix of pictures explains. Switch where a candidate is better in the golden set or the shadow, and
    worse in neither. Look where anything drifted, or harm rose under the same model. Keep otherwise.

    Parameters
    ----------
    comparison
        Window against reference; None without a reference.
    contests
        Candidates against the live method.
    of_rates
        See `rates`.
    has_pictures
        Whether the window holds any result.
    """
    evidence = [str(rate) for rate in of_rates if rate.rose]
    verdicts = {contest.verdict for contest in contests}
    contested = [str(contest) for contest in contests]
    causes = likely_causes(comparison) if comparison is not None else []
    drifted = [f"drift: {cause}" for cause in causes]
    if comparison is not None and comparison.model_changed and evidence:
        return Advice(Action.ROLL_BACK, (*evidence, *comparison.changes, *drifted, *contested))
    if "better" in verdicts and "worse" not in verdicts:
        return Advice(Action.SWITCH, (*contested, *evidence, *drifted))
    if evidence or (comparison is not None and comparison.drifts):
        return Advice(Action.LOOK, (*evidence, *drifted, *contested))
    if (comparison is not None and not comparison.enough) or not has_pictures:
        return Advice(Action.UNKNOWN, (f"fewer than {LEAST} results in window or reference", *contested))
    if comparison is None and verdicts <= {"unknown"}:
        return Advice(Action.UNKNOWN, tuple(contested))
    same = ["nothing drifted"] if comparison is not None else []
    return Advice(Action.KEEP, (*same, *contested))


def _harmful(entry: Entry) -> bool:
    chance = score(entry.signals)
    return chance < 0.5 if chance is not None else worst(readings(entry.signals)) >= 1


def _turned_down(entries: Sequence[Entry]) -> set[str]:
    """Give the ids of results whose user settled on less strength; a later choice replaces an earlier one."""
    given = {entry.id: entry.strength for entry in entries if entry.kind != OVERRIDE}
    chosen = {str(entry.about): entry.strength for entry in entries if entry.kind == OVERRIDE}
    return {
        about
        for about, strength in chosen.items()
        if strength is not None and strength < (1.0 if given.get(about) is None else float(given[about] or 0))
    }


def _rate(what: str, now: Sequence[Entry], before: Sequence[Entry], hit: set[str]) -> Rate:
    """Compare within bins, so that more pictures of a harder kind are no fault of the model."""
    hits = sum(entry.id in hit for entry in now)
    overall = sum(entry.id in hit for entry in before) / len(before)
    ours, theirs, hits_theirs = (
        Counter(cell(entry) for entry in entries) for entries in (now, before, [one for one in before if one.id in hit])
    )
    # A bin that the reference hardly has counts as the reference does on the whole.
    sizes = {where: theirs[where] + _PSEUDO for where in ours}
    shares = {where: (hits_theirs[where] + _PSEUDO * overall) / size for where, size in sizes.items()}
    weights = {where: count / len(now) for where, count in ours.items()}
    expected = sum(weights[where] * shares[where] for where in ours)
    # As sure as a reference of this size would be, whose pictures were mixed as the window's are.
    size = round(1 / sum(weights[where] ** 2 / sizes[where] for where in ours))
    return Rate(what, hits, len(now), expected, more_often(hits, len(now), round(expected * size), size))

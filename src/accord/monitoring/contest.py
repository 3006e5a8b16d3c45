"""Whether a candidate is better than the live method, on the same pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from accord.metrics.foreground_ratio import BINS
from accord.monitoring.statistics import mean_interval, sign_flips

Verdict = Literal["better", "worse", "even", "unknown"]
Measure = Literal["fMSE", "p_better"]

FEWEST = 10
"""Fewer pairs than this decide nothing."""

SIGNIFICANT = 0.01
_WORSE_IN_A_BIN = 0.05
_MORE_HARM = 0.02  # share of pictures


@dataclass(frozen=True)
class Duel:
    """Both on one picture.

    Parameters
    ----------
    name
        The picture.
    where
        Its bin of foreground ratio.
    live_error, candidate_error, composite_error
        fMSE to the real picture, squared codes of 255; None without one.
    live_score, candidate_score
        `p_better` of both; None where signals have none.
    """

    name: str
    where: str
    live_error: float | None = None
    candidate_error: float | None = None
    composite_error: float | None = None
    live_score: float | None = None
    candidate_score: float | None = None


@dataclass(frozen=True)
class Contest:
    """What the duels say.

    Parameters
    ----------
    source
        "golden set" or "shadow".
    live, candidate
        Ids of the methods.
    count, failed
        Pictures that both harmonized; pictures on which the candidate gave an error.
    measure
        "fMSE" where all pictures have a real one, else "p_better" where all have that; None where nothing tells.
    gain, low, high
        Mean advantage of the candidate and its 95 % interval: log2 of the ratio of errors (1 is half the error), or
        difference of `p_better`. Above 0 is better.
    probability
        How likely a mean as far from 0 is by chance.
    live_harm, candidate_harm
        Share of pictures made worse than the composite: by fMSE, or with `p_better` below a half.
    worse_in
        Bins of foreground ratio in which the candidate is worse.
    verdict
        better, worse, even, or unknown.
    """

    source: str
    live: str
    candidate: str
    count: int
    failed: int
    measure: Measure | None
    gain: float | None
    low: float | None
    high: float | None
    probability: float | None
    live_harm: float | None
    candidate_harm: float | None
    worse_in: tuple[str, ...]
    verdict: Verdict

    def to_dict(self) -> dict[str, Any]:
        """Give all of it as JSON-ready values."""
        return asdict(self)

    def __str__(self) -> str:
        on = f"{self.source}, {self.count} pictures: "
        failed = f"; it failed on {self.failed} others" if self.failed else ""
        if self.measure is None or self.gain is None or self.low is None or self.high is None:
            return (
                f"{on}{self.candidate} against {self.live} cannot be told: no real pictures, and no p_better among the "
                f"signals{failed}"
            )
        if self.measure == "fMSE":
            share, ends = _percent(self.gain), sorted((_percent(self.low), _percent(self.high)))
            said = (
                f"error of {self.candidate} {share:+.0f} % [{ends[0]:+.0f}, {ends[1]:+.0f}] against {self.live} (fMSE)"
            )
        else:
            said = (
                f"p_better of {self.candidate} {self.gain:+.3f} [{self.low:+.3f}, {self.high:+.3f}] against {self.live}"
            )
        harms = [f"{100 * (share or 0):.0f} %" for share in (self.candidate_harm, self.live_harm)]
        harm = f", harms {harms[0]} where {self.live} harms {harms[1]}"
        worse = (
            f", worse with {' and '.join(f'foreground {where}' for where in self.worse_in)}" if self.worse_in else ""
        )
        return f"{on}{said}{harm}{worse}{failed}: {self.verdict}"


def decide(source: str, live: str, candidate: str, duels: Sequence[Duel], failed: int = 0) -> Contest:
    """Sum duels up.

    The candidate is better where its mean advantage is significant and its interval above 0, it failed nowhere, harms
    at most 2 % of pictures more, and is significantly worse in no bin of foreground ratio. Without real pictures or a
    calibrated score nothing is decided: figures of damage alone would prefer what changes nothing.
    """
    measure = _measure(duels)
    if measure is None:
        return Contest(
            source, live, candidate, len(duels), failed, None, None, None, None, None, None, None, (), "unknown"
        )
    gains = np.array([_gain(duel, measure) for duel in duels])
    harm = [np.mean([_harmed(duel, measure, which) for duel in duels]) for which in ("live", "candidate")]
    low, high = mean_interval(gains)
    probability = sign_flips(gains)
    bins = {name: gains[[duel.where == name for duel in duels]] for name in BINS}
    worse_in = tuple(
        name
        for name, some in bins.items()
        if len(some) >= FEWEST and some.mean() < 0 and len(BINS) * sign_flips(some) < _WORSE_IN_A_BIN
    )
    verdict: Verdict = "even"
    if len(duels) < FEWEST:
        verdict = "unknown"
    elif (probability < SIGNIFICANT and high < 0) or failed or harm[1] > harm[0] + _MORE_HARM:
        verdict = "worse"
    elif probability < SIGNIFICANT and low > 0 and not worse_in:
        verdict = "better"
    return Contest(
        source,
        live,
        candidate,
        len(duels),
        failed,
        measure,
        float(gains.mean()),
        low,
        high,
        probability,
        float(harm[0]),
        float(harm[1]),
        worse_in,
        verdict,
    )


def _measure(duels: Sequence[Duel]) -> Measure | None:
    if duels and all(None not in (duel.live_error, duel.candidate_error, duel.composite_error) for duel in duels):
        return "fMSE"
    if duels and all(None not in (duel.live_score, duel.candidate_score) for duel in duels):
        return "p_better"
    return None


def _gain(duel: Duel, measure: Measure) -> float:
    if measure == "fMSE":  # one squared code keeps perfect results finite
        return float(np.log2((_number(duel.live_error) + 1) / (_number(duel.candidate_error) + 1)))
    return _number(duel.candidate_score) - _number(duel.live_score)


def _harmed(duel: Duel, measure: Measure, which: str) -> bool:
    if measure == "fMSE":
        return _number(getattr(duel, f"{which}_error")) > _number(duel.composite_error)
    return _number(getattr(duel, f"{which}_score")) < 0.5


def _number(value: float | None) -> float:
    return 0.0 if value is None else value


def _percent(gain: float) -> float:
    return float(100 * (2.0**-gain - 1))

"""The most promising of several results, without knowing the truth.

Candidates are the learned default's proposals (of the whole composite, with a ring as reference, of two crops, and
their mean) at several strengths, and other methods at full strength and half. Each one's error is predicted; what is
applied is their mean, weighted by a power of that prediction, so that a clear favourite stands nearly alone and close
rivals are averaged, which errs less than either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from accord.core.encoding import Floats
from accord.diagnose.score import Estimate
from accord.methods.card import MethodCard
from accord.methods.ready import ready
from accord.pipeline.fitting import prepared
from accord.pipeline.judging import Judge
from accord.pipeline.reference import BACKGROUND
from accord.pipeline.working import WorkingView
from accord.transforms import Mean
from accord.transforms.base import ColourMap

STRENGTHS = (1.0, 0.75, 0.5)
"""How far each of the network's proposals goes."""

CLASSICAL = ("reinhard", "mkl", "histogram")
"""Methods without training that are tried beside it."""

CLASSICAL_STRENGTHS = (1.0, 0.5)

POWER = 10.0
"""Weights are the predicted error ratio to minus this power; chosen on composites made from photos of the training."""

_LEAST_WEIGHT = 0.02


@dataclass(frozen=True)
class Candidate:
    """One result that was tried.

    Parameters
    ----------
    name
        Who made it: a method's id, or "whole", "ring", "near", "nearer", "mean" for a view of the learned default.
    strength
        How far it goes, in (0, 1].
    p_better
        Probability that it is better than the composite left alone.
    error_ratio
        Its expected squared error over the composite's.
    weight
        Its share in what was applied.
    """

    name: str
    strength: float
    p_better: float
    error_ratio: float
    weight: float


@dataclass(frozen=True)
class Choice:
    """What was tried, most promising first."""

    candidates: tuple[Candidate, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give all candidates as JSON-ready values."""
        return {"candidates": [asdict(candidate) for candidate in self.candidates]}


def weights(estimates: Sequence[Estimate], power: float = POWER) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Give each candidate's share, (n,) summing to 1; shares below 2 % become 0."""
    raw = np.array([estimate.error_ratio for estimate in estimates], np.float64) ** -power
    raw /= raw.sum()
    raw[raw < min(_LEAST_WEIGHT, raw.max())] = 0
    return np.asarray(raw / raw.sum())


def most_promising(
    judge: Judge, view: WorkingView, mask: Floats, others: Sequence[MethodCard]
) -> tuple[ColourMap, Choice]:
    """Try the network's proposals and other methods, and give the map to apply.

    Parameters
    ----------
    judge
        Of the composite.
    view, mask
        The composite and its mask.
    others
        Methods to try beside the learned default.
    """
    made = [
        (name, strength, colour_map)
        for name, colour_map in (*judge.maps.items(), ("mean", judge.mean))
        for strength in STRENGTHS
    ]
    for card in others:
        colour_map = _fitted(card, judge, view, mask)
        made += [(card.id, strength, colour_map) for strength in CLASSICAL_STRENGTHS]
    maps = [colour_map.at_strength(strength) for _, strength, colour_map in made]
    estimates = judge.estimate([judge.small.with_foreground(judge.applied(colour_map)) for colour_map in maps])
    shares = weights(estimates)
    candidates = [
        Candidate(name, strength, told.p_better, told.error_ratio, float(share))
        for (name, strength, _), told, share in zip(made, estimates, shares, strict=True)
    ]
    kept = [number for number, share in enumerate(shares) if share > 0]
    applied = maps[kept[0]] if len(kept) == 1 else Mean(tuple(maps[number] for number in kept), shares[kept])
    return applied, Choice(tuple(sorted(candidates, key=lambda candidate: candidate.error_ratio)))


def _fitted(card: MethodCard, judge: Judge, view: WorkingView, mask: Floats) -> ColourMap:
    if card.kind == "classical":  # statistics of the small version that the network sees say as much
        return ready(card).fit(judge.small.colours, judge.small.mask, judge.small.rest)
    return prepared(card, view, mask, BACKGROUND).colour_map()

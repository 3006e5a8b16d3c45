"""What a score is told of a composite and a result: a vector of numbers that does not depend on who made the result.

The network's own proposals for the composite serve as guesses of the real picture: it was trained to find that. How
they scatter says how sure it is; where a result lies between the composite and them says whether it went the right way.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from accord.colour.cielab import linear_to_lab
from accord.colour.xyz import luminance
from accord.core.encoding import SRGB

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Look = dict[str, float]

LEVELS = 255.0
# Squared codes: distances below this are rounding, and a logarithm needs a floor.
_FLOOR = 4.0
_DARKEST = 2.0**-10


@dataclass(frozen=True, eq=False)
class Outlook:
    """What is known of a composite before any result: colours of the foreground, and guesses of how they ought to be.

    Parameters
    ----------
    before
        (n, 3) colours of the foreground in the working space, drawn in proportion to coverage.
    ring, background
        (k, 3) colours of the ring around the foreground, and of all the background.
    share
        How much of the picture the foreground covers, in [0, 1].
    proposals
        (p, n, 3) what the network would make of the same pixels: first of the composite as it is, then of other views
        of it (see `accord.pipeline.judging`).
    """

    before: Floats
    ring: Floats
    background: Floats
    share: float
    proposals: Floats

    @cached_property
    def middle(self) -> Floats:
        """The proposals' mean, (n, 3)."""
        return np.asarray(self.proposals.mean(axis=0))

    @cached_property
    def looks(self) -> dict[str, Look]:
        """How the composite's regions look, and how the foreground should."""
        named = {"before": self.before, "ring": self.ring, "background": self.background, "wanted": self.middle}
        return {name: _look(colours) for name, colours in named.items()}

    @cached_property
    def distances(self) -> Doubles:
        """How far the composite is from each proposal, (p,), and from their mean last: (p + 1,), squared codes."""
        return np.array([_distance(self.before, proposal) for proposal in (*self.proposals, self.middle)])


def features(outlook: Outlook, after: Floats, further: Floats) -> Doubles:
    """Describe a result.

    Parameters
    ----------
    outlook
        Of its composite.
    after
        (n, 3) the result's colours at the outlook's pixels, as written (clipped).
    further
        (n, 3) what the network would make of the result at these pixels.

    Returns
    -------
    ndarray
        The features in the order of `NAMES`.
    """
    return np.array([*_of_composite(outlook).values(), *_of_result(outlook, after, further).values()])


def _of_composite(outlook: Outlook) -> dict[str, float]:
    *each, of_mean = (_log(distance) for distance in outlook.distances)
    told = {f"wanted_{i}": value for i, value in enumerate(each)} | {"wanted": of_mean}
    told["unsure"] = _log(_spread(outlook.proposals))
    told["unsure_of_mean"] = _log(_spread(outlook.proposals.mean(axis=1, keepdims=True)))
    told["unsure_share"] = told["unsure"] - told["wanted"]
    told["share"] = float(np.log(outlook.share + 1e-3))
    for name in ("before", "ring", "background"):
        told |= {f"{name}_{figure}": value for figure, value in outlook.looks[name].items()}
    return told | _change("wanted", outlook.looks["before"], outlook.looks["wanted"])


def _of_result(outlook: Outlook, after: Floats, further: Floats) -> dict[str, float]:
    before, proposals, middle = outlook.before, outlook.proposals, outlook.middle
    nearness = np.array([_distance(after, proposal) for proposal in (*proposals, middle)])
    moved, left, undone = after - before, further - after, before - after
    told = {f"off_{i}": _log(value) for i, value in enumerate(nearness[:-1])}
    told["moved"] = _log(_distance(after, before))
    told["off"] = _log(nearness[-1])
    told["further"] = _log(_distance(further, after))
    told["further_back"] = _log(_distance(further, before))
    told["further_off"] = _log(_distance(further, middle))
    nearer = np.log(nearness + _FLOOR) - np.log(outlook.distances + _FLOOR)
    told["nearer"], told["nearer_worst"] = float(nearer[-1]), float(nearer[:-1].max())
    told["nearer_share"] = float((nearer[:-1] < 0).mean())
    told["ratio_by_further"] = told["further"] - told["further_back"]
    told["moved_share"] = told["moved"] - _log(outlook.distances[-1])
    told["further_share"] = told["further"] - told["moved"]
    # 1/2 is where composite and result are equally far from a guess of the truth.
    steps = [_along(proposal - before, moved) for proposal in proposals]
    told |= {f"step_{i}": step for i, step in enumerate(steps)}
    told["step"], told["step_spread"] = float(np.mean(steps)), float(np.std(steps))
    told["step_back"] = _along(left, undone)
    told["step_all"] = (sum(steps) + 1 - told["step_back"]) / (len(steps) + 1)
    told["agreement"], told["regret"] = _cosine(middle - before, moved), _cosine(left, undone)
    means = [move.mean(axis=0) for move in (middle - before, moved, left, undone)]
    told["step_mean"], told["agreement_mean"] = _along(means[0], means[1]), _cosine(means[0], means[1])
    told["regret_mean"] = _cosine(means[2], means[3])
    looks = {"after": _look(after), "further": _look(further)}
    told |= {f"after_{figure}": value for figure, value in looks["after"].items()}
    told |= _change("moved", outlook.looks["before"], looks["after"])
    told |= _change("further", looks["after"], looks["further"])
    told["clipped"] = _clipped(after) - _clipped(before)
    told["detail"] = _cosine(*(colours.mean(axis=1) - colours.mean() for colours in (before, after)))
    for name in ("ring", "background"):
        gap = [_gap(look, outlook.looks[name]) for look in (outlook.looks["before"], looks["after"])]
        told[f"{name}_gap"], told[f"{name}_gap_closed"] = gap[1], gap[0] - gap[1]
    return told


def _look(colours: Floats) -> Look:
    """Give exposure and contrast in stops, and mean and spread of CIELAB, in tens."""
    light = SRGB.to_light(np.clip(colours, 0, 1))
    stops = np.log2(np.maximum(luminance(light), np.float32(_DARKEST)))
    lab = linear_to_lab(light) / 10
    mean, spread = lab.mean(axis=0), lab.std(axis=0)
    return {
        "stops": float(stops.mean()),
        "contrast": float(stops.std()),
        "lightness": float(mean[0]),
        "red": float(mean[1]),
        "yellow": float(mean[2]),
        "lightness_spread": float(spread[0]),
        "red_spread": float(spread[1]),
        "yellow_spread": float(spread[2]),
        "chroma": float(np.hypot(lab[:, 1], lab[:, 2]).mean()),
    }


def _change(prefix: str, before: Look, after: Look) -> dict[str, float]:
    names = ("stops", "lightness", "red", "yellow", "lightness_spread", "chroma")
    return {f"{prefix}_by_{name}": after[name] - before[name] for name in names}


def _gap(one: Look, other: Look) -> float:
    distance = np.linalg.norm([10 * (one[name] - other[name]) for name in ("lightness", "red", "yellow")])
    return float(np.log(distance + 1))


def _distance(one: Floats, other: Floats) -> float:
    """Give the mean squared difference, in 8-bit codes, as fMSE is."""
    return float(np.square(one - other, dtype=np.float64).mean()) * LEVELS**2


def _spread(proposals: Floats) -> float:
    return float(proposals.var(axis=0, dtype=np.float64).mean()) * LEVELS**2


def _log(squared_codes: float) -> float:
    return float(np.log(squared_codes + _FLOOR))


def _along(wanted: Floats, moved: Floats) -> float:
    """Give how many times the move the wanted move is, along the move, in [-2, 2]."""
    length = float(np.square(moved).sum()) + 1e-5 * moved.size
    return float(np.clip((wanted * moved).sum() / length, -2, 2))


def _cosine(one: Floats, other: Floats) -> float:
    size = float(np.sqrt(np.square(one).sum() * np.square(other).sum()))
    return float((one * other).sum()) / (size + 1e-5 * one.size)


def _clipped(colours: Floats) -> float:
    return float(((colours <= 0) | (colours >= 1)).mean())


def _names() -> tuple[str, ...]:
    flat = np.full((2, 3), 0.5, np.float32)
    outlook = Outlook(flat, flat, flat, 0.5, np.stack([flat] * PROPOSALS))
    return (*_of_composite(outlook), *_of_result(outlook, flat, flat))


PROPOSALS = 9
"""How many proposals an outlook holds."""

NAMES = _names()
"""Names of the features, in order."""

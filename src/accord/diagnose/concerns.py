"""Signals in plain words: what each says, from where on it is a concern, and what to look at then.

A limit is what 95 % of perfect results stay within: the real pictures behind 304 composites synthesised from photos of
the training set, taken as results (docs/signals.md). Hues are the exception, since synthesis turns many: half of them
is a concern. A concern is no proof of harm, and none is no proof of success.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Better = Literal["low", "high"]


@dataclass(frozen=True)
class Meaning:
    """What a signal says.

    Parameters
    ----------
    title
        Its name for people.
    unit
        What it is counted in; "" for plain ratios.
    good
        The value of a result that breaks nothing; None where the signal tells no such thing.
    limit
        From where on it is a concern, away from `good`; None where it never is.
    look_at
        What to look at in the picture then.
    """

    title: str
    unit: str = ""
    good: float | None = None
    limit: float | None = None
    look_at: str = ""


MEANINGS: dict[str, Meaning] = {
    "p_better": Meaning("chance that it is better than leaving it alone", "", 1.0, 0.5, "Compare with the composite."),
    "error_ratio": Meaning("expected error over that of leaving it alone", "times"),
    "method_disagreement": Meaning("how far methods differ about it", "CIEDE2000"),
    "move_mean": Meaning("how far the foreground moved", "CIEDE2000"),
    "move_p95": Meaning(
        "how far its most changed parts moved",
        "CIEDE2000",
        0.0,
        42.0,
        "Is it still the same object, in its own colours?",
    ),
    "gap_before": Meaning("distance from its surroundings before", "CIELAB"),
    "gap_after": Meaning("distance from its surroundings after", "CIELAB"),
    "gap_closed": Meaning(
        "how much of that distance closed", "", 0.0, -1.4, "It moved away from its surroundings: was that right?"
    ),
    "contrast_gap_before": Meaning("difference in contrast before", "stops"),
    "contrast_gap_after": Meaning("difference in contrast after", "stops"),
    "chroma_gap_before": Meaning("difference in spread of chroma before", "CIELAB"),
    "chroma_gap_after": Meaning("difference in spread of chroma after", "CIELAB"),
    "gradient_correlation": Meaning(
        "detail kept (steps between pixels)", "", 1.0, 0.55, "Texture: does it look flat, or as if etched?"
    ),
    "structure_similarity": Meaning(
        "structure kept", "", 1.0, 0.76, "Folds, faces, lettering: is anything gone, or new?"
    ),
    "clipping_added": Meaning(
        "newly clipped (worst channel)", "of the foreground", 0.0, 0.1, "Highlights and deep shadows: has drawing gone?"
    ),
    "out_of_gamut_added": Meaning(
        "out of gamut before clipping (worst channel)",
        "of the foreground",
        0.0,
        0.1,
        "Saturated colours: did they go flat?",
    ),
    "hue_reversals": Meaning(
        "hues turned", "of the chromatic foreground", 0.0, 0.5, "Skin, fabrics, logos: has a colour become another?"
    ),
    "luminance_order": Meaning(
        "order of light and dark kept", "", 1.0, 0.9, "Does light still fall where it fell? Look for negatives."
    ),
    "banding": Meaning(
        "code values fallen empty in smooth areas", "", 0.0, 0.15, "Skies, walls, skin: steps in gradients?"
    ),
    "edge_halo": Meaning(
        "edge treated differently from the inside", "CIEDE2000", 0.0, 2.0, "The outline: a glow or a rim?"
    ),
    "noise_gain": Meaning("growth of noise", "times", 1.0, 2.8, "Shadows at full size: blotches or grain?"),
    "background_untouched": Meaning("background untouched", "", 1.0, 0.99, "The background was changed."),
}
"""Every signal that people are shown, in the order in which they are."""


@dataclass(frozen=True)
class Reading:
    """One signal of a result, read.

    Parameters
    ----------
    name
        The signal.
    meaning
        What it says.
    value
        The signal's value; of three channels the largest. None where it cannot be told.
    severity
        How far it is from good, over how far its limit is: a concern from 1 on. None where it has no limit.
    """

    name: str
    meaning: Meaning
    value: float | None
    severity: float | None

    @property
    def concern(self) -> bool:
        """Whether the signal is beyond its limit."""
        return self.severity is not None and self.severity >= 1


def readings(signals: Mapping[str, Any]) -> list[Reading]:
    """Read signals, as `Signals.to_dict` gives them; those that no meaning is known of are left out."""
    read = signals if signals.get("move_mean") != 0 else {**signals, "p_better": None}
    return [
        Reading(name, meaning, value := scalar(read[name]), _severity(meaning, value))
        for name, meaning in MEANINGS.items()
        if name in signals
    ]


def score(signals: Mapping[str, Any]) -> float | None:
    """Give the chance that a result is better than leaving it alone, in [0, 1]; None where signals have no `p_better`.

    A half where nothing moved, which is leaving it alone: `p_better` is 0 there.
    """
    told = signals.get("p_better")
    if not isinstance(told, (int, float)):
        return None
    return 0.5 if signals.get("move_mean") == 0 else float(told)


def scalar(value: Any) -> float | None:
    """Give a signal as one number: the largest of three channels, 1 for true; None for what is none."""
    if isinstance(value, (list, tuple)):
        numbers = [float(one) for one in value if one is not None]
        return max(numbers) if numbers else None
    return float(value) if isinstance(value, (bool, int, float)) else None


def worst(read: list[Reading]) -> float:
    """Give the largest severity of any signal: what results are put in order by where they have no score."""
    return max((one.severity for one in read if one.severity is not None), default=0.0)


def _severity(meaning: Meaning, value: float | None) -> float | None:
    if meaning.good is None or meaning.limit is None or value is None:
        return None
    return max(0.0, (value - meaning.good) / (meaning.limit - meaning.good))

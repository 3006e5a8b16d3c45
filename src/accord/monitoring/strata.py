"""The bins that pictures are compared within: how much of one is foreground, and how bright its scene is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from accord.metrics.foreground_ratio import BINS, ratio_bin
from accord.monitoring.entry import Entry

DARK, BRIGHT = -3.0, -1.75
"""Stops below white of the background's mean luminance: about a tenth of ordinary photos are darker than the first
(dusk, night, low key), two fifths brighter than the second."""

_DARK, _MEDIUM, _BRIGHT = "dark scenes", "medium scenes", "bright scenes"


@dataclass(frozen=True)
class Stratum:
    """A set of pictures that are compared with one another.

    Parameters
    ----------
    name
        In words.
    holds
        Whether a result belongs to it.
    by
        The entry's field that it is made by; None for all pictures.
    """

    name: str
    holds: Callable[[Entry], bool]
    by: str | None = None


def brightness_bin(stops: float) -> str:
    """Give the name of the bin of a scene's brightness, in stops below white."""
    return _DARK if stops < DARK else _MEDIUM if stops < BRIGHT else _BRIGHT


def cell(entry: Entry) -> tuple[str, str]:
    """Give a result's bin by foreground ratio and by scene brightness, together."""
    return ratio_bin(entry.foreground_ratio or 0.0), brightness_bin(entry.scene_brightness or 0.0)


def _by_ratio(name: str) -> Callable[[Entry], bool]:
    return lambda entry: cell(entry)[0] == name


def _by_brightness(name: str) -> Callable[[Entry], bool]:
    return lambda entry: cell(entry)[1] == name


ALL = Stratum("all pictures", lambda _: True)

STRATA = (
    ALL,
    *(Stratum(f"foreground {name}", _by_ratio(name), "foreground_ratio") for name in BINS),
    *(Stratum(name, _by_brightness(name), "scene_brightness") for name in (_DARK, _MEDIUM, _BRIGHT)),
)
"""All pictures, each bin of the foreground ratio, each of the scene's brightness."""

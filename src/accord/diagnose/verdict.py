"""What is out of the ordinary in a composite, and what kind of tool mends it.

An object may well differ from what is around it: in untouched photos a black dog stands on snow. So a figure is only
called out where it lies beyond what 97.5 % of 400 untouched photos show. That tells little: composites that anybody
sees are wrong differ from their rings no more than real photos do. What tells them apart is how far a network that was
trained to harmonize would move the foreground; only where there is one does the verdict say "nothing to do"
(docs/signals.md has the figures).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import hypot, log2
from typing import Any, Literal

from accord.diagnose.figures import Figure
from accord.diagnose.look import UNITS, Look
from accord.diagnose.mask_health import MaskHealth

Verdict = Literal[
    "nothing to do", "nothing stands out", "colour can mend it", "colour can mend part of it", "colour cannot mend it"
]

HARMONIZE = "accord harmonize, or grading by hand"
SOFTEN = "a lens blur on the sharper of the two, to match"
REGRAIN = "denoising, or adding grain, to match"
DEFRINGE = "matting with foreground estimation (accord compose --edges), or defringing"
REMASK = "matting: a soft mask"
RELIGHT = "relighting: no colour map turns light round"
FILL = "filling the mask's holes, if the object has none"


@dataclass(frozen=True)
class Finding:
    """One thing that is out of the ordinary.

    Parameters
    ----------
    what
        The figure that shows it.
    says
        What is wrong, with the figure, in plain words.
    by_colour
        Whether a colour map can mend it.
    tool
        The kind of tool that can.
    severity
        The figure over its limit. From 1 on it counts in the verdict; below, it is
        only worth knowing.
    """

    what: str
    says: str
    by_colour: bool
    tool: str
    severity: float

    def to_dict(self) -> dict[str, Any]:
        """Give all of it as JSON-ready values."""
        return asdict(self)


LIMITS = {
    "exposure": 5.0,
    "contrast": 5.6,
    "warmth": 210.0,
    "tint": 0.035,
    "saturation": 7.3,
    "suggested_change": 4.5,
    "light_direction": 60.0,
    "blur": 1.6,
    "grain": 4.0,
    "fringe": 5.7,
    "spill": 3.4,
}
"""What 97.5 % of untouched photos stay below: differences from the ring in the figures' units, blur and grain as log2
of their ratio, fringe and spill as they are. For the light's direction hardly a photo gives both sides, and the limit
is what nobody takes for the same light."""

QUIET = 2.0
"""CIEDE2000 up to which the learned default would do nothing: four photos in five, few composites."""

_WORDS = {
    "exposure": ("brighter", "darker"),
    "contrast": ("higher in contrast", "lower in contrast"),
    "warmth": ("warmer", "cooler"),
    "tint": ("greener", "more magenta"),
    "saturation": ("more saturated", "less saturated"),
}

_SIDES = ("right", "upper right", "top", "upper left", "left", "lower left", "bottom", "lower right")

# Figures that are worth knowing, and wrong only in the eye of who knows the object.
_WORTH_KNOWING = 0.5
_HARD_EDGE = 0.2  # pixels
_SMALL_HOLES = 0.02  # share of the foreground; larger ones are meant, as in a mug's handle
_ROUNDING = 12**-0.5  # 8-bit codes: less grain than rounding makes is none


def findings(
    foreground: Look, ring: Look, apart: Look, health: MaskHealth, suggested: Figure | None
) -> tuple[Finding, ...]:
    """Give what is out of the ordinary, worst first.

    Parameters
    ----------
    foreground, ring, apart
        How both look, and the foreground less the ring.
    health
        The mask's.
    suggested
        By how much the learned default would move the foreground, if there is one.
    """
    found = [
        *_suggested(suggested),
        *_colour(apart),
        *_direction(foreground, ring, apart),
        *_texture(foreground, ring),
        *_edges(health),
    ]
    return tuple(sorted(found, key=lambda finding: -finding.severity))


def verdict(found: tuple[Finding, ...], suggested: Figure | None) -> Verdict:
    """Sum findings up; without any, "nothing to do" takes a learned default that would hardly move a thing."""
    kinds = {finding.by_colour for finding in found if finding.severity >= 1}
    if kinds == {True, False}:
        return "colour can mend part of it"
    if kinds:
        return "colour can mend it" if kinds == {True} else "colour cannot mend it"
    quiet = suggested is not None and suggested.value is not None and suggested.value <= QUIET
    return "nothing to do" if quiet else "nothing stands out"


def _suggested(suggested: Figure | None) -> list[Finding]:
    # The least of the proposals counts as well: where they disagree, the network is guessing.
    if suggested is None or suggested.value is None or suggested.low is None:
        return []
    severity = suggested.value / LIMITS["suggested_change"]
    if severity < 1 or suggested.low < QUIET:
        return []
    says = f"the learned default would move the foreground by {suggested.value:.2g} CIEDE2000"
    return [Finding("suggested_change", says, True, HARMONIZE, severity)]


def _direction(foreground: Look, ring: Look, apart: Look) -> list[Finding]:
    one, other, turn = foreground.light_direction.value, ring.light_direction.value, apart.light_direction
    if one is None or other is None or turn.value is None:
        return []
    if abs(turn.value) < LIMITS["light_direction"] or not turn.beyond:
        return []
    says = f"its light comes from the {_side(one)}, that of the scene from the {_side(other)}"
    return [Finding("light_direction", says, False, RELIGHT, abs(turn.value) / LIMITS["light_direction"])]


def _side(azimuth: float) -> str:
    return _SIDES[round(azimuth / 45) % 8]


def _colour(apart: Look) -> list[Finding]:
    found = []
    for name, words in _WORDS.items():
        figure = getattr(apart, name)
        # The interval counts, not the value alone: few blocks tell little.
        if figure.value is None or abs(figure.value) < LIMITS[name] or not figure.beyond:
            continue
        size = f"{abs(figure.value):.3g} {UNITS[name]}"
        says = f"the foreground is {words[figure.value < 0]} than what is around it, by {size}"
        found.append(Finding(name, says, True, HARMONIZE, abs(figure.value) / LIMITS[name]))
    return found


def _texture(foreground: Look, ring: Look) -> list[Finding]:
    found = []
    one, other = foreground.blur.value, ring.blur.value
    if one is not None and other is not None and abs(log2(one / other)) >= LIMITS["blur"]:
        says = f"its edges are blurred by {one:.2g} px, those around it by {other:.2g} px"
        found.append(Finding("blur", says, False, SOFTEN, abs(log2(one / other)) / LIMITS["blur"]))
    one, other = foreground.grain.value, ring.grain.value
    if one is not None and other is not None:
        ratio = abs(log2(hypot(one, _ROUNDING) / hypot(other, _ROUNDING)))
        if ratio >= LIMITS["grain"]:
            says = f"its grain is {one:.2g} codes of 255, that around it {other:.2g}"
            found.append(Finding("grain", says, False, REGRAIN, ratio / LIMITS["grain"]))
    return found


def _edges(health: MaskHealth) -> list[Finding]:
    found = []
    fringe, spill = health.fringe.value, health.spill.value
    if fringe is not None and abs(fringe) >= LIMITS["fringe"] and health.fringe.beyond:
        says = f"a {'bright' if fringe > 0 else 'dark'} halo runs along the edge, {abs(fringe):.2g} L*"
        found.append(Finding("fringe", says, False, DEFRINGE, abs(fringe) / LIMITS["fringe"]))
    if spill is not None and spill >= LIMITS["spill"]:
        says = f"the edge has a colour of its own (hue {health.spill_hue:.0f} degrees), {spill:.2g} CIELAB units off"
        found.append(Finding("spill", says, False, DEFRINGE, spill / LIMITS["spill"]))
    if health.edge_width.value is not None and health.edge_width.value < _HARD_EDGE:
        found.append(Finding("edge_width", "the mask's edge is hard", False, REMASK, _WORTH_KNOWING))
    if health.holes.value and health.holes.value <= _SMALL_HOLES:
        says = f"the mask has holes, {100 * health.holes.value:.2g} % of the foreground"
        found.append(Finding("holes", says, False, FILL, _WORTH_KNOWING))
    return found

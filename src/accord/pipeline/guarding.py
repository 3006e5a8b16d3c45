"""Limits that a result has to keep: put around its colour map, and measured on what came out."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import log2
from typing import Any

import numpy as np

from accord.colour.difference import ciede2000
from accord.colour.xyz import luminance
from accord.core.encoding import SRGB, Floats
from accord.core.errors import BadInputError, GuardError, GuardWarning
from accord.core.place import Place
from accord.diagnose.balance import fitted_balance
from accord.pipeline.cover import bounding_box
from accord.pipeline.working import WorkingView
from accord.transforms import Affine, Area, Chain, ColourMap, HueLimit, InSpace, Protected, Tone
from accord.transforms.holding import to_lab
from accord.transforms.hue_limit import CHROMATIC, turned

MODES = ("full", "tone-wb", "tone")
"""All of a map; its tone and one white balance; its tone alone."""

TOLERANCE = 2.0

# About how many pixels are looked at, in whole rows.
_PIXELS = 1 << 18
# Enough of them to tell a white balance.
_COLOURS = 4096
# Stops that no limit has to take back, how finely they are sought, and luminance that counts as black.
_FURTHEST, _BISECTIONS, _CORRECTIONS, _DARKEST = 16.0, 16, 4, 2.0**-14
# Luminance means, hues and differences are told to about this, so that float32 breaks no limit.
_SLACK = {"stops": 0.01, "degrees": 0.5, "CIEDE2000 without lightness": 0.02}


@dataclass(frozen=True)
class Guard:
    """A limit that was set, and what became of it.

    Parameters
    ----------
    name
        "max_exposure", "max_hue", or "protect" and what.
    limit
        The most that was allowed.
    wanted
        What the method's colour map alone would have come to; None where there was nothing to measure.
    value
        What the result comes to, before it is rounded to the picture's codes.
    unit
        stops (of the foreground's mean luminance), degrees (of CIELAB hue, the largest turn), or CIEDE2000 without
        lightness (the largest).
    share
        How much of the foreground the guard watches, in [0, 1]: 0 says that nothing of what is protected is there.
    held
        Whether the limit is kept.
    """

    name: str
    limit: float
    wanted: float | None
    value: float | None
    unit: str
    share: float
    held: bool

    def to_dict(self) -> dict[str, Any]:
        """Give all of it as JSON-ready values."""
        return asdict(self)

    def __str__(self) -> str:
        if self.value is None or self.wanted is None:
            return f"{self.name}: nothing of it is in the foreground"
        held = "held" if self.held else "broken"
        return f"{self.name}: {self.value:.2f} of at most {self.limit:g} {self.unit}, {held} (wanted {self.wanted:.2f})"


@dataclass(frozen=True)
class Limits:
    """What may change, as users set it.

    Parameters
    ----------
    areas
        What is protected, by its name.
    tolerance
        The most that it moves, CIEDE2000 without its lightness term.
    mode
        One of `MODES`.
    max_exposure
        Stops of the foreground's mean luminance, or None.
    max_hue
        Degrees of CIELAB hue, or None.
    """

    areas: Mapping[str, Area] = field(default_factory=dict)
    tolerance: float = TOLERANCE
    mode: str = "full"
    max_exposure: float | None = None
    max_hue: float | None = None

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise BadInputError(f"mode is {self.mode!r}, but one of {', '.join(MODES)} is wanted.")
        object.__setattr__(self, "tolerance", _checked("tolerance", self.tolerance, 100))
        for name, most in (("max_exposure", 100), ("max_hue", 90)):
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else _checked(name, value, most))

    @property
    def any(self) -> bool:
        """Whether there is a limit at all."""
        return bool(self.areas) or self.mode != "full" or self.max_exposure is not None or self.max_hue is not None

    def to_dict(self) -> dict[str, Any]:
        """Give what was set as JSON-ready values; the areas by their names."""
        return {
            "protect": list(self.areas),
            "tolerance": self.tolerance,
            "mode": self.mode,
            "max_exposure": self.max_exposure,
            "max_hue": self.max_hue,
        }


def check_violation(on_violation: str) -> None:
    """Refuse what is neither "error" nor "warn"."""
    if on_violation not in ("error", "warn"):
        raise BadInputError(f"on_violation is {on_violation!r}, but error or warn is wanted.")


@dataclass(frozen=True, eq=False)
class Foreground:
    """Rows spread evenly over a picture's foreground, where limits are taken and measured.

    Parameters
    ----------
    colours
        (n, w, 3) of the composite, in the working space.
    cover
        (n, w) the mask there, where the picture is there.
    places
        Where each row lies.
    clipped
        Whether the picture clips to [0, 1], as all but floats do.
    """

    colours: Floats
    cover: Floats
    places: list[Place]
    clipped: bool

    @classmethod
    def of(cls, view: WorkingView, mask: Floats) -> Foreground:
        """Read a composite, whose mask is (H, W)."""
        rows, columns = bounding_box(mask)
        height, width = view.picture.height, view.picture.width
        across = columns.stop - columns.start
        step = max(1, -(-(rows.stop - rows.start) * across // _PIXELS))
        # The most covered pixel's row is one of those taken.
        peak = int(np.argmax(mask.max(axis=1)))
        taken = [slice(row, row + 1) for row in range(rows.start + (peak - rows.start) % step, rows.stop, step)]
        return cls(
            np.concatenate([view.read(row, columns) for row in taken]),
            np.concatenate([mask[row, columns] * view.coverage(row, columns) for row in taken]),
            [Place(row.start, columns.start, 1, across, height, width) for row in taken],
            view.picture.pixels.dtype.kind != "f",
        )

    def mapped(self, colour_map: ColourMap) -> Floats:
        """Give what a map makes of the colours, (n, w, 3)."""
        rows = zip(self.colours, self.places, strict=True)
        return np.concatenate([colour_map.transform(row[None], place) for row, place in rows])

    def seen(self, colours: Floats) -> Floats:
        """Clip colours as the picture does."""
        return np.clip(colours, 0, 1) if self.clipped else colours

    def shown(self, colour_map: ColourMap) -> Floats:
        """Give what a map makes of the colours, clipped as the picture does, (n, w, 3)."""
        return self.seen(self.mapped(colour_map))

    def weights(self, area: Area) -> Floats:
        """Give how far each of the colours is protected, (n, w)."""
        rows = zip(to_lab(self.colours), self.places, strict=True)
        return np.concatenate([area.weight(row[None], place) for row, place in rows])


def guarded(colour_map: ColourMap, limits: Limits, foregrounds: Sequence[Foreground]) -> ColourMap:
    """Put limits around a colour map, strength included.

    Parameters
    ----------
    colour_map
        What the method fitted.
    limits
        What may change.
    foregrounds
        Where white balance and exposure are taken, which are one for all of these together.
    """
    clipped = any(each.clipped for each in foregrounds)
    if limits.mode != "full":
        balance = fitted_balance(*colour_pairs(colour_map, foregrounds)) if limits.mode == "tone-wb" else np.eye(3)
        colour_map = Tone(colour_map, balance)
    if limits.max_exposure is None:
        return _held(colour_map, limits, clipped)
    target = limits.max_exposure
    # What hues and protection take back afterwards can move luminance a little further again.
    for _ in range(_CORRECTIONS):
        given = _held(_less_exposed(colour_map, target, foregrounds), limits, clipped)
        beyond = abs(_stops(foregrounds, [each.shown(given) for each in foregrounds])) - limits.max_exposure
        if beyond <= 0:
            break
        target = max(0.0, target - 1.1 * beyond)
    return given


def _held(colour_map: ColourMap, limits: Limits, clipped: bool) -> ColourMap:
    """Put the limits that are told pixel by pixel around a map."""
    if limits.max_hue is not None:
        colour_map = HueLimit(colour_map, limits.max_hue, clipped)
    if limits.areas:
        colour_map = Protected(colour_map, tuple(limits.areas.values()), limits.tolerance, clipped)
    return colour_map


def outcome(foreground: Foreground, limits: Limits, wanted: ColourMap, given: ColourMap) -> tuple[Guard, ...]:
    """Measure what became of limits.

    Parameters
    ----------
    foreground
        Of the composite. Hues and protection are told where it is covered in full, or as much as anywhere: soft edges
        move less.
    limits
        What was set.
    wanted, given
        The map without limits and the one that was applied.
    """
    after = [foreground.shown(made) for made in (wanted, given)]
    guards = []
    if limits.max_exposure is not None:
        guards.append(exposure_outcome([foreground], limits.max_exposure, wanted, given))
    before, labs = to_lab(foreground.colours), [to_lab(colours) for colours in after]
    full = foreground.cover >= min(0.999, float(foreground.cover.max()))
    if limits.max_hue is not None:
        chromatic = full & (_chroma(before) >= CHROMATIC)
        turns = [_largest_turn(before[chromatic], lab[chromatic]) for lab in labs]
        share = float(chromatic.sum() / full.sum())
        guards.append(_guard("max_hue", limits.max_hue, turns, "degrees", share))
    for name, area in limits.areas.items():
        watched = full & (foreground.weights(area) >= 0.999)
        moves = [_largest(ciede2000(before[watched], lab[watched], lightness=False)) for lab in labs]
        share = float(watched.sum() / full.sum())
        guards.append(_guard(f"protect {name}", limits.tolerance, moves, "CIEDE2000 without lightness", share))
    return tuple(guards)


def exposure_outcome(foregrounds: Sequence[Foreground], most: float, wanted: ColourMap, given: ColourMap) -> Guard:
    """Measure by how much several foregrounds' mean luminance moved, all taken together; see `outcome`."""
    moved = [abs(_stops(foregrounds, [each.shown(made) for each in foregrounds])) for made in (wanted, given)]
    return _guard("max_exposure", most, moved, "stops", 1.0)


def settle(guards: tuple[Guard, ...], on_violation: str, *, of: str = "") -> None:
    """Raise GuardError for broken limits, or warn of them, as asked; `of` says first which picture's they are."""
    broken = "; ".join(str(guard) for guard in guards if not guard.held)
    if not broken:
        return
    if on_violation == "warn":
        warnings.warn(f"{of}{broken}", GuardWarning, stacklevel=3)
        return
    raise GuardError(
        f"{of}the result breaks a limit: {broken}. Raise it, lower the strength, or ask for a warning instead."
    )


def _checked(name: str, value: Any, most: float) -> float:
    """Give a limit as a float, or raise BadInputError; a text is no number, whatever it says."""
    try:
        number = float("nan") if isinstance(value, str | bytes) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    if not 0 <= number <= most:
        raise BadInputError(f"{name} is {value!r}, but a number from 0 to {most:g} is wanted.")
    return number


def _guard(name: str, limit: float, moved: Sequence[float | None], unit: str, share: float) -> Guard:
    wanted, value = moved
    return Guard(name, limit, wanted, value, unit, share, value is None or value <= limit + _SLACK[unit])


def colour_pairs(colour_map: ColourMap, foregrounds: Sequence[Foreground]) -> tuple[Floats, Floats]:
    """Give colours of all foregrounds, (n, 3), and what the map makes of them, evenly taken where most is covered."""
    pairs = []
    for each in foregrounds:
        inside = each.cover >= min(0.5, float(each.cover.max()))
        pairs.append((each.colours[inside], each.shown(colour_map)[inside]))
    before, after = (np.concatenate(colours) for colours in zip(*pairs, strict=True))
    step = -(-len(before) // _COLOURS)
    return before[::step], after[::step]


def _less_exposed(colour_map: ColourMap, most: float, foregrounds: Sequence[Foreground]) -> ColourMap:
    """Scale what a map gives, in linear light, until the foregrounds' mean luminance has moved by `most` stops only."""
    mapped = [each.mapped(colour_map) for each in foregrounds]
    lights = [SRGB.to_light(colours) for colours in mapped]

    def moved(stops: float) -> float:
        gain = np.float32(2.0**stops)
        scaled = [each.seen(SRGB.from_light(light * gain)) for each, light in zip(foregrounds, lights, strict=True)]
        return _stops(foregrounds, scaled)

    now = moved(0)
    if abs(now) <= most:
        return colour_map
    # What is clipped hides some of the gain, so the scale is sought instead of reckoned.
    low, high = (-_FURTHEST, 0.0) if now > 0 else (0.0, _FURTHEST)
    target = most if now > 0 else -most
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if moved(middle) > target else (middle, high)
    # The end that keeps the limit, whichever way it goes.
    gain = Affine.gain_offset(2.0 ** (low if now > 0 else high))
    return Chain((colour_map, InSpace("linear", gain)))


def _stops(foregrounds: Sequence[Foreground], after: Sequence[Floats]) -> float:
    """Give by how many stops the mean luminance of all foregrounds has moved."""
    sums = np.zeros(2)
    for each, colours in zip(foregrounds, after, strict=True):
        for index, seen in enumerate((each.colours, colours)):
            sums[index] += float((luminance(SRGB.to_light(seen)) * each.cover).mean(dtype=np.float64))
    return log2(max(sums[1], _DARKEST) / max(sums[0], _DARKEST))


def _chroma(lab: Floats) -> Floats:
    return np.asarray(np.hypot(lab[..., 1], lab[..., 2]), np.float32)


def _largest_turn(before: Floats, after: Floats) -> float | None:
    along, aside = turned(before, after)
    chromatic = np.hypot(along, aside) >= CHROMATIC
    # What has turned grey has no hue left to have turned.
    return _largest(np.where(chromatic, np.rad2deg(np.abs(np.arctan2(aside, along))), np.float32(0)))


def _largest(values: Floats) -> float | None:
    return float(values.max()) if values.size else None

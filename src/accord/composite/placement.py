"""Where a foreground comes to lie on its background: geometry only."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import BadInputError

Unit = Literal["fraction", "pixels"]


@dataclass(frozen=True)
class Box:
    """A rectangle of whole pixels: rows top to bottom - 1, columns left to right - 1."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.right - self.left

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, for an array of which this is a part."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def grown(self, pixels: int) -> Box:
        """Give the box with a margin on all sides."""
        return Box(self.top - pixels, self.left - pixels, self.bottom + pixels, self.right + pixels)

    def moved(self, down: int, right: int) -> Box:
        """Give the box elsewhere."""
        return Box(self.top + down, self.left + right, self.bottom + down, self.right + right)

    def mirrored(self, width: int) -> Box:
        """Give the box's place in a picture of that width when both are mirrored, left to right."""
        return Box(self.top, width - self.right, self.bottom, width - self.left)

    def turned(self, height: int, width: int, quarter_turns: int) -> Box:
        """Give the box's place in a picture of that size when both are turned by 90 degrees, counter-clockwise."""
        box = self
        for _ in range(quarter_turns):
            box = Box(width - box.right, box.top, width - box.left, box.bottom)
            height, width = width, height
        return box

    def within(self, other: Box) -> Box | None:
        """Give what both boxes share, or None."""
        top, left = max(self.top, other.top), max(self.left, other.left)
        shared = Box(top, left, min(self.bottom, other.bottom), min(self.right, other.right))
        return shared if shared.height > 0 and shared.width > 0 else None


@dataclass(frozen=True)
class Placement:
    """A foreground scaled to whole pixels, turned and put down.

    Quarter turns come first and move pixels only: `height` and `width` are those after them, `angle` is left to turn.

    Parameters
    ----------
    quarter_turns
        0 to 3, counter-clockwise.
    height, width
        The foreground's size on the background after the quarter turns, in pixels.
    angle
        Degrees, counter-clockwise, in [-45, 45].
    x, y
        The centre, in background pixels from the top left corner; pixel centres lie at halves.
    """

    quarter_turns: int
    height: int
    width: int
    angle: float
    x: float
    y: float

    @property
    def upright(self) -> bool:
        """Whether edges stay horizontal and vertical."""
        return self.angle == 0

    @property
    def corner(self) -> tuple[int, int]:
        """Row and column of the top left corner of an upright foreground: to whole pixels, so that it stays crisp."""
        return round(self.y - self.height / 2), round(self.x - self.width / 2)

    def around(self, foreground: tuple[int, int], whole: tuple[int, int]) -> Placement:
        """Give the placement of a picture, (height, width), that has the foreground in its middle.

        Raises
        ------
        BadInputError
            If either has more than 2**24 pixels a side.
        """
        rows, columns = (side / part for side, part in zip(whole, foreground, strict=True))
        if self.quarter_turns % 2:
            rows, columns = columns, rows
        placed = replace(self, height=round(self.height * rows), width=round(self.width * columns))
        if max(*whole, placed.height, placed.width) > _LONGEST_SIDE:
            raise BadInputError(
                f"the foreground's windows take {whole[1]} x {whole[0]} pixels, {placed.width} x {placed.height} on "
                f"the background: at most {_LONGEST_SIDE} a side can be placed. Crop it, or choose a smaller scale."
            )
        return placed

    def matrix(self, height: int, width: int) -> NDArray[np.float64]:
        """Give the (3, 3) map of points (x, y, 1) from a foreground of that size, quarter-turned, to the background."""
        turn = math.radians(self.angle)
        cosine, sine = math.cos(turn), math.sin(turn)
        across, down = self.width / width, self.height / height
        centred = np.array([[across, 0, -self.width / 2], [0, down, -self.height / 2], [0, 0, 1]])
        # Rows count downwards, so counter-clockwise to the eye has the sine's sign turned over.
        turned = np.array([[cosine, sine, self.x], [-sine, cosine, self.y], [0, 0, 1]])
        matrix: NDArray[np.float64] = turned @ centred
        return matrix

    def box(self, covered: Box, height: int, width: int) -> Box:
        """Give the background pixels that a part of a foreground of that size may reach, filters included."""
        corners = [(x, y, 1.0) for x in (covered.left, covered.right) for y in (covered.top, covered.bottom)]
        if self.upright:
            top, left = self.corner
            rows, columns = self.height / height, self.width / width
            placed = np.array([(left + x * columns, top + y * rows) for x, y, _ in corners])
        else:
            placed = (self.matrix(height, width) @ np.array(corners).T)[:2].T
        low, high = np.floor(placed.min(axis=0)), np.ceil(placed.max(axis=0))
        box = Box(int(low[1]), int(low[0]), int(high[1]), int(high[0])).grown(2)
        if not self.upright:
            return box
        whole = Box(top, left, top + self.height, left + self.width).within(box)
        return box if whole is None else whole


# Beyond it, 32-bit floats can no longer tell one pixel from the next.
_LONGEST_SIDE = 2**24


def place(
    foreground: tuple[int, int],
    background: tuple[int, int],
    *,
    at: tuple[float, float] = (0.5, 0.5),
    unit: Unit = "fraction",
    scale: float | None = None,
    rotation: float = 0.0,
) -> Placement:
    """Work out where a foreground comes to lie.

    Parameters
    ----------
    foreground, background
        Their sizes, (height, width) in pixels.
    at
        The foreground picture's centre on the background as (x, y), from the top left corner.
    unit
        Whether `at` counts in "fraction" of the background's width and height, or in "pixels".
    scale
        The foreground picture's width, before it is turned, over the background's; None keeps its pixels as they are.
    rotation
        Degrees, counter-clockwise.

    Raises
    ------
    BadInputError
        If a number is not finite, the centre is more than 2**24 pixels away, or the scale leaves less than a pixel or
        more than 2**24 a side.
    """
    x, y = _checked_position(at, unit, background)
    turn = _finite(rotation, "rotation", "an angle in degrees, counter-clockwise")
    height, width = foreground
    if scale is not None:
        share = _finite(scale, "scale", "the foreground's width over the background's, above 0")
        across = share * background[1]
        down = height * across / width
        if max(across, down) > _LONGEST_SIDE:
            raise BadInputError(
                f"scale is {scale}, which makes the foreground {across:g} x {down:g} pixels: at most {_LONGEST_SIDE} a "
                "side can be placed. Crop the foreground, or choose a smaller scale."
            )
        target = round(across)
        if target < 1:
            raise BadInputError(
                f"scale is {scale}, which makes the foreground {across:.2g} pixels wide: it has to leave 1 at least."
            )
        height, width = max(1, round(height * target / width)), target
    quarter_turns = round(turn / 90) % 4
    if quarter_turns % 2:
        height, width = width, height
    return Placement(quarter_turns, height, width, math.remainder(turn, 90), x, y)


def parsed_position(text: str) -> tuple[tuple[float, float], Unit]:
    """Read a position as people write it, "0.5,0.8" or "1200px,800px": `at` and `unit` of `place`.

    Raises
    ------
    BadInputError
        If it is something else.
    """
    parts = [part.strip() for part in text.split(",")]
    in_pixels = [part.endswith("px") for part in parts]
    try:
        if any(in_pixels) != all(in_pixels):
            raise ValueError
        x, y = (float(part.removesuffix("px")) for part in parts)
    except ValueError as error:
        raise BadInputError(
            f"at is {text!r}, X,Y was wanted: both as fractions (0.5,0.8) or both in pixels (1200px,800px)."
        ) from error
    return (x, y), "pixels" if all(in_pixels) else "fraction"


def _checked_position(at: tuple[float, float], unit: Unit, background: tuple[int, int]) -> tuple[float, float]:
    if unit not in ("fraction", "pixels"):
        raise BadInputError(f"unit is {unit!r}, 'fraction' or 'pixels' was wanted.")
    wanted = f"two numbers (x, y) in {'fractions of the background' if unit == 'fraction' else 'pixels'}"
    try:
        across, down = at
    except (TypeError, ValueError) as error:
        raise BadInputError(f"at is {at!r}, {wanted} were wanted.") from error
    x, y = _finite(across, "at", wanted), _finite(down, "at", wanted)
    if unit == "fraction":
        x, y = x * background[1], y * background[0]
    if max(abs(x), abs(y)) > _LONGEST_SIDE:
        raise BadInputError(
            f"at is {at!r}, which puts the foreground's centre at ({x:g}, {y:g}) px: at most {_LONGEST_SIDE} from the "
            "background's corner were wanted. Move it closer."
        )
    return x, y


def _finite(value: float, name: str, wanted: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise BadInputError(f"{name} is {value!r}, {wanted} was wanted.")
    return number

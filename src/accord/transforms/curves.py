"""Monotone curves, one for each channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.transforms.base import ColourMap, Floats
from accord.transforms.parameters import Doubles, doubles, entry


@dataclass(frozen=True, eq=False)
class Curve:
    """A rising, piecewise linear function through knots, continued beyond them by straight lines.

    The lines keep values above 1 and below 0 in order, as scene-linear pictures have them.

    Parameters
    ----------
    inputs
        (k,) knots, strictly increasing, k >= 1.
    outputs
        (k,) their values, never decreasing.
    slopes
        (2,) slopes, >= 0, below the first knot and above the last.
    """

    inputs: Doubles
    outputs: Doubles
    slopes: Doubles

    def __post_init__(self) -> None:
        object.__setattr__(self, "inputs", doubles("inputs of a curve", self.inputs, (None,)))
        object.__setattr__(self, "outputs", doubles("outputs of a curve", self.outputs, (len(self.inputs),)))
        object.__setattr__(self, "slopes", doubles("slopes of a curve", self.slopes, (2,)))
        if (np.diff(self.inputs) <= 0).any():
            raise BadInputError("inputs of a curve must increase strictly; sort them, and merge equal ones.")
        if (np.diff(self.outputs) < 0).any() or (self.slopes < 0).any():
            raise BadInputError("a curve falls; its outputs must not decrease and its slopes must not be negative.")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Curve):
            return NotImplemented
        return (
            np.array_equal(self.inputs, other.inputs)
            and np.array_equal(self.outputs, other.outputs)
            and np.array_equal(self.slopes, other.slopes)
        )

    def __hash__(self) -> int:
        return hash((self.inputs.tobytes(), self.outputs.tobytes(), self.slopes.tobytes()))

    @classmethod
    def through(cls, inputs: ArrayLike, outputs: ArrayLike) -> Curve:
        """Make a curve that goes on beyond its outer knots as steeply as beside them, by slope 1 at a single knot."""
        x = doubles("inputs of a curve", inputs, (None,))
        y = doubles("outputs of a curve", outputs, (len(x),))
        if len(x) == 1:
            return cls(x, y, np.ones(2))
        rise, run = np.diff(y), np.diff(x)
        steps = rise / np.where(run > 0, run, 1.0)
        return cls(x, y, np.array([steps[0], steps[-1]]))

    def __call__(self, values: Floats) -> Floats:
        """Map values of any shape."""
        # np.interp holds the outer knots' values beyond them; the lines are added to that.
        inner = np.interp(values, self.inputs, self.outputs)
        inner += self.slopes[0] * np.minimum(values - self.inputs[0], 0.0)
        inner += self.slopes[1] * np.maximum(values - self.inputs[-1], 0.0)
        return inner.astype(np.float32)

    def to_dict(self) -> dict[str, Any]:
        """Describe the curve in JSON-ready values."""
        return {"inputs": self.inputs.tolist(), "outputs": self.outputs.tolist(), "slopes": self.slopes.tolist()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Curve:
        """Make the curve that `to_dict` described."""
        return cls(entry(data, "inputs"), entry(data, "outputs"), entry(data, "slopes"))


@dataclass(frozen=True, eq=False)
class Curves(ColourMap):
    """Maps each channel by a curve of its own.

    Parameters
    ----------
    first, second, third
        For red, green, blue, or the channels of the space that the map is used in.
    """

    first: Curve
    second: Curve
    third: Curve
    kind: ClassVar[str] = "curves"

    def __post_init__(self) -> None:
        for curve in (self.first, self.second, self.third):
            if not isinstance(curve, Curve):
                raise BadInputError(f"curves hold a {type(curve).__name__}, but a Curve for each channel is wanted.")

    def transform(self, pixels: Floats, place: Place) -> Floats:  # noqa: ARG002 - the same everywhere
        """Map a tile, (h, w, 3)."""
        result = np.empty_like(pixels, dtype=np.float32)
        for channel, curve in enumerate((self.first, self.second, self.third)):
            result[..., channel] = curve(pixels[..., channel])
        return result

    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values."""
        curves = (self.first, self.second, self.third)
        return {"kind": self.kind, "curves": [curve.to_dict() for curve in curves]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Curves:
        """Make the map that `to_dict` described."""
        curves = entry(data, "curves")
        if len(curves) != 3:
            raise BadInputError(f"a serialised curves map holds {len(curves)} curves, but three are wanted.")
        first, second, third = (Curve.from_dict(curve) for curve in curves)
        return cls(first, second, third)

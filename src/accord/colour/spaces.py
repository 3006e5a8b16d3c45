"""The colour spaces that maps and statistics can work in, by name, from and to the working space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from accord.colour.cielab import lab_to_linear, linear_to_lab
from accord.colour.oklab import linear_to_oklab, oklab_to_linear
from accord.core.encoding import SrgbCurve
from accord.core.errors import BadInputError

Floats = NDArray[np.float32]

_CURVE = SrgbCurve()


@dataclass(frozen=True)
class Space:
    """A colour space.

    Parameters
    ----------
    name
        Its name in serialised maps and on method cards.
    from_light, to_light
        From linear sRGB (..., 3), float32, extended values allowed, and back.
    """

    name: str
    from_light: Callable[[Floats], Floats]
    to_light: Callable[[Floats], Floats]

    def from_working(self, values: Floats) -> Floats:
        """Turn working-space values (..., 3), display-encoded sRGB, into this space."""
        return self.from_light(_CURVE.decode(values))

    def to_working(self, values: Floats) -> Floats:
        """Turn values (..., 3) of this space into display-encoded sRGB, not clipped."""
        return _CURVE.encode(self.to_light(values))


SPACES: dict[str, Space] = {
    space.name: space
    for space in (
        Space("linear", lambda light: light, lambda light: light),
        Space("lab", linear_to_lab, lab_to_linear),
        Space("oklab", linear_to_oklab, oklab_to_linear),
    )
}
"""linear: linear sRGB light; lab: CIELAB, D65, L* up to 100; oklab: L up to 1."""


def space(name: str) -> Space:
    """Give the space of that name, or raise BadInputError naming those there are."""
    if name not in SPACES:
        raise BadInputError(f"no colour space named {name!r}; there are: {', '.join(SPACES)}.")
    return SPACES[name]

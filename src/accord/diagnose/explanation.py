"""Say in a photographer's words what a colour map does to the foreground."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.colour.cielab import linear_to_lab
from accord.colour.difference import ciede2000
from accord.colour.photographic import PhotographicEdit
from accord.core.encoding import SRGB
from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.diagnose.least_squares import least_squares
from accord.diagnose.points import oklab_points, white_of
from accord.transforms.base import ColourMap
from accord.transforms.photographic import RANGES

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

COLOURS = 4096
"""The most foreground pixels that are looked at, taken evenly."""

SCHEMA_VERSION = 1

# By how much each control moves colours about equally far; the order is that of the fields.
_SCALE = np.array([0.2, 10.0, 0.005, 5.0, 2.0, 2.0, 5.0])
# Contrast can nearly be imitated by highlights up and shadows down. This pulls those two, and no other control, to 0:
# a point of either weighs as much as an error of that many points of Oklab in each colour.
_RELUCTANCE = 0.005
# Where colours end near white or grey, exposure, contrast and saturation can go to any length together, and
# temperature says nothing any more. So an edit is sought near 0 first: a step of `_SCALE`, which moves colours by about
# a point of Oklab, weighs as much as an error of that many points in each.
_RESTRAINT = 0.05
# An edit that goes further has to leave less than this share of what the near one leaves.
_EARNED = 0.8


@dataclass(frozen=True)
class Explanation:
    """A colour map as a photographic edit, and how much of it that edit leaves unexplained.

    Parameters
    ----------
    edit
        The edit that comes nearest, over the foreground's own colours.
    move
        Mean CIEDE2000 by which the map moves them.
    residual
        Mean CIEDE2000 between the edit's colours and the map's.
    schema_version
        Of `to_dict`; it grows when a name or meaning changes.
    """

    edit: PhotographicEdit
    move: float
    residual: float
    schema_version: int = SCHEMA_VERSION

    def to_dict(self) -> dict[str, Any]:
        """Give all numbers as JSON-ready values, the edit's beside the others."""
        return {
            "schema_version": self.schema_version,
            **asdict(self.edit),
            "move": self.move,
            "residual": self.residual,
        }

    def __str__(self) -> str:
        edit = self.edit
        return (
            f"exposure {edit.exposure:+.2f} stops, temperature {edit.temperature:+.0f} mired, tint {edit.tint:+.4f} "
            f"Duv, contrast {edit.contrast:+.0f} %, highlights {edit.highlights:+.0f}, shadows {edit.shadows:+.0f}, "
            f"saturation {edit.saturation:+.0f} % (leaves {self.residual:.1f} of {self.move:.1f} CIEDE2000 unexplained)"
        )


def explain(colour_map: ColourMap, composite: Floats, mask: Floats) -> Explanation:
    """Fit a photographic edit to a colour map over the foreground's own colours.

    Parameters
    ----------
    colour_map
        The map; one that depends on place is taken where the foreground is.
    composite
        (h, w, 3) in the working space (display-encoded sRGB, extended); a small version serves.
    mask
        (h, w) coverage of the foreground in [0, 1].

    Raises
    ------
    BadInputError
        If the mask is 0 everywhere, or its size is another.
    """
    before, after = foreground_pairs(colour_map, composite, mask)
    edit = _nearest_edit(before, after)
    white = white_of(before)
    shown = (before, np.clip(after, 0, white), np.clip(edit.apply(before), 0, white))
    lab_before, lab_after, lab_edit = (linear_to_lab(SRGB.to_light(colours)) for colours in shown)
    return Explanation(
        edit, float(ciede2000(lab_before, lab_after).mean()), float(ciede2000(lab_edit, lab_after).mean())
    )


def _nearest_edit(before: Floats, after: Floats) -> PhotographicEdit:
    """Give the edit nearest to what makes `after` of `before`, by least squares in Oklab.

    Parameters
    ----------
    before, after
        (n, 3) working-space colours; `after` counts as clipped to what `before` can hold.
    """
    white = white_of(before)
    wanted = oklab_points(after, white)
    weight = np.sqrt(len(before))

    def residuals(vector: Doubles) -> Doubles:
        off = oklab_points(_edit(vector).apply(before), white) - wanted
        return np.concatenate([off.ravel(), weight * _RELUCTANCE * vector[4:6]])

    def restrained(vector: Doubles) -> Doubles:
        return np.concatenate([residuals(vector), weight * _RESTRAINT * vector / _SCALE])

    near = least_squares(restrained, np.zeros(7), _SCALE)
    far = least_squares(residuals, near, _SCALE)
    left = [float(np.linalg.norm(residuals(vector))) for vector in (near, far)]
    return _edit(far if left[1] < _EARNED * left[0] else near)


def _edit(vector: Doubles) -> PhotographicEdit:
    # Clipping hides what an edit of a white foreground does, so that least squares alone could go to any length.
    low, high = np.array(list(RANGES.values())).T
    return PhotographicEdit(*np.clip(vector, low, high).tolist())


def foreground_pairs(
    colour_map: ColourMap, composite: Floats, mask: Floats, most: int = COLOURS
) -> tuple[Floats, Floats]:
    """Give colours of the foreground, (n, 3), and what the map makes of them where they stand, (n, 3).

    At most `most`, taken evenly from pixels that are at least half covered, or else from the most covered ones.
    Parameters and errors are those of `explain`.
    """
    if mask.shape != composite.shape[:2]:
        raise BadInputError(
            f"mask is {mask.shape}, composite is {composite.shape[:2]} (height, width); one size needed."
        )
    if not mask.any():
        raise BadInputError("the mask is 0 everywhere, so there is no foreground whose colours could be looked at.")
    inside = mask >= min(0.5, float(mask.max()))
    mapped = colour_map.transform(composite, Place.whole(*mask.shape))
    before, after = composite[inside], mapped[inside]
    step = -(-len(before) // most)
    return before[::step], after[::step]

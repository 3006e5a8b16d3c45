"""Whether the mask is good enough for the foreground to belong at all: edges, holes, fringes, spill."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.colour.cielab import linear_to_lab
from accord.composite.edges import box_blur
from accord.core.encoding import SRGB
from accord.diagnose.figures import Figure, figure, resampling
from accord.diagnose.regions import depth_inside

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]

_SOFT = (0.02, 0.98)
_EDGE = 2  # pixels on the inside of the outline, and one outside, whose colour is looked at
_AWAY = 4  # pixels from the outline from which a side's own colour is taken
_REACH = 8  # pixels over which it is averaged
_FEWEST = 20
_TILE = 32  # pixels a side of the pieces that the outline is drawn by


@dataclass(frozen=True)
class MaskHealth:
    """Figures on the mask and on what it cuts out.

    Parameters
    ----------
    edge_width
        Pixels over which the mask runs from 0 to 1 across its outline, on average: partly covered pixels over the
        outline's length. 0 is a hard, jagged edge; antialiasing gives about 1.
    holes
        Share of the foreground's area that enclosed holes take up.
    fringe
        L* by which the edge is brighter (above 0) or darker than any mix of what lies on its two sides: a halo.
    spill
        CIELAB a*b* distance of the edge's colour from any such mix: the colour of an old background.
    spill_hue
        Hue angle of that, degrees.
    """

    edge_width: Figure
    holes: Figure
    fringe: Figure
    spill: Figure
    spill_hue: float | None

    def to_dict(self) -> dict[str, Any]:
        """Give all figures as JSON-ready values."""
        return asdict(self)


def mask_health(mask: Floats, colours: Floats, window: Floats, small: Floats, seed: int) -> MaskHealth:
    """Measure a mask's health.

    Parameters
    ----------
    mask
        (H, W) in [0, 1], at the picture's own size.
    colours, window
        (h, w, 3) a part of the picture in the working space, pixel for pixel, and the mask there, (h, w).
    small
        The mask's small version, in which holes are looked for.
    seed
        Of the draws.
    """
    off = _strays(colours, window, seed)
    spill = np.hypot(off[:, 1], off[:, 2])
    known = bool(np.isfinite(spill[0]))
    return MaskHealth(
        _exact(edge_width(mask), "px"),
        _exact(holes(small), "share of the foreground"),
        figure(off[:, 0], "L*"),
        figure(spill, "CIELAB a*b*"),
        float(np.rad2deg(np.arctan2(off[0, 2], off[0, 1])) % 360) if known else None,
    )


def edge_width(mask: Floats) -> float | None:
    """Give the mean width of the mask's edge in pixels, or None for a mask without an outline."""
    inside = mask >= 0.5
    crossings = (inside[1:] != inside[:-1]).sum() + (inside[:, 1:] != inside[:, :-1]).sum()
    if not crossings:
        return None
    # An outline of random direction is crossed by the grid 4 / pi times for each pixel of its length.
    partly = ((mask > _SOFT[0]) & (mask < _SOFT[1])).sum()
    return float(partly / (crossings * np.pi / 4))


def holes(mask: Floats) -> float:
    """Give the area of background that the foreground encloses, over the foreground's area."""
    outside = mask < 0.5
    area = np.count_nonzero(~outside)
    if not area:
        return 0.0
    reached = np.zeros_like(outside)
    reached[[0, -1]], reached[:, [0, -1]] = outside[[0, -1]], outside[:, [0, -1]]
    while True:
        grown = _swept(_swept(reached, outside, axis=0), outside, axis=1)
        if np.array_equal(grown, reached):
            return float(np.count_nonzero(outside & ~reached) / area)
        reached = grown


def _swept(reached: Flags, free: Flags, axis: int) -> Flags:
    """Spread along an axis, both ways, as far as nothing is in the way."""
    if axis == 0:
        return _swept(reached.T, free.T, axis=1).T
    # Between two walls lies one run; a run is reached if any of its pixels is.
    run = np.cumsum(~free, axis=1) + np.arange(len(free))[:, None] * (free.shape[1] + 1)
    hit = np.zeros(int(run.max()) + 1, bool)
    hit[run[reached & free]] = True
    spread: Flags = free & hit[run]
    return spread


def _strays(colours: Floats, mask: Floats, seed: int) -> Doubles:
    """Give by which L*, a*, b* the outline lies off all mixes of its two sides, (1 + draws, 3); NaN if unknown."""
    inside = mask >= 0.5
    depth, outer = depth_inside(inside, _AWAY), depth_inside(~inside, _AWAY)
    edge = ((depth >= 1) & (depth <= _EDGE)) | (outer == 1)
    lab = linear_to_lab(SRGB.to_light(colours))
    within, there = _average(lab, depth == _AWAY)
    without, here = _average(lab, outer == _AWAY)
    edge &= (there > 0) & (here > 0)
    if np.count_nonzero(edge) < _FEWEST:
        return np.full((2, 3), np.nan)
    one, other, seen = (values[edge].astype(np.float64) for values in (within, without, lab))
    way = other - one
    along = ((seen - one) * way).sum(axis=1) / np.maximum((way**2).sum(axis=1), 1e-9)
    off = seen - one - np.clip(along, 0, 1)[:, None] * way
    rows, columns = np.nonzero(edge)
    _, tile = np.unique((rows // _TILE) * mask.shape[1] + columns // _TILE, return_inverse=True)
    count = int(tile.max()) + 1
    sums = np.stack([np.bincount(tile, off[:, i], count) for i in range(3)], axis=-1)
    times = resampling(count, seed)
    return np.asarray((times @ sums) / np.maximum(times @ np.bincount(tile, minlength=count), 1)[:, None])


def _average(lab: Floats, where: Flags) -> tuple[Floats, Floats]:
    """Give the mean colour of flagged pixels nearby, and how many there are (as a share)."""
    flags = where.astype(np.float32)
    share = box_blur(box_blur(flags, _REACH, 0), _REACH, 1)
    share = np.where(share > 1e-6, share, np.float32(0))
    planes = [box_blur(box_blur(lab[..., i] * flags, _REACH, 0), _REACH, 1) for i in range(3)]
    total = np.stack(planes, axis=-1)
    return np.divide(total, share[..., None], out=np.zeros_like(total), where=share[..., None] > 0), share


def _exact(value: float | None, unit: str) -> Figure:
    return Figure(value, value, value, unit)

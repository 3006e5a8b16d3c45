"""Strokes of a brush as coverage, at a picture's full size."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import Floats
from accord.ui.document import Stroke


def painted(mask: Floats, stroke: Stroke) -> Floats:
    """Give a mask with one more stroke.

    Parameters
    ----------
    mask
        (H, W) in [0, 1].
    stroke
        In pixels of that mask. Within the brush's hard core coverage becomes 1, or 0 if it erases; from there it fades
        to what was there, as a smooth step. A stroke that crosses itself is no stronger there.
    """
    result = mask.copy()
    points = np.asarray(stroke.points, np.float64).reshape(-1, 2)
    box = _box(points, stroke.radius, mask.shape)
    if box is None:
        return result
    rows, columns = box
    distance = np.full((rows.stop - rows.start, columns.stop - columns.start), np.inf, np.float32)
    starts = points[:-1] if len(points) > 1 else points
    ends = points[1:] if len(points) > 1 else points
    for start, end in zip(starts, ends, strict=True):
        part = _box(np.array([start, end]), stroke.radius, mask.shape)
        if part is None:
            continue
        here = (
            slice(part[0].start - rows.start, part[0].stop - rows.start),
            slice(part[1].start - columns.start, part[1].stop - columns.start),
        )
        np.minimum(distance[here], _distance(part, start, end), out=distance[here])
    share = _falloff(distance, stroke.radius, stroke.softness)
    if stroke.erase:
        np.minimum(result[box], 1 - share, out=result[box])
    else:
        np.maximum(result[box], share, out=result[box])
    return result


def _box(points: NDArray[np.float64], radius: float, size: tuple[int, ...]) -> tuple[slice, slice] | None:
    """Give the rows and columns that a brush along points reaches within a picture; None if it misses."""
    low, high = points.min(axis=0) - radius, points.max(axis=0) + radius
    left, right = max(0, math.floor(low[0])), min(size[1], math.ceil(high[0]) + 1)
    top, bottom = max(0, math.floor(low[1])), min(size[0], math.ceil(high[1]) + 1)
    return (slice(top, bottom), slice(left, right)) if top < bottom and left < right else None


def _distance(part: tuple[slice, slice], start: NDArray[np.float64], end: NDArray[np.float64]) -> Floats:
    """Give the distance of each pixel's centre from the line between two points."""
    y = (np.arange(part[0].start, part[0].stop) + np.float32(0.5) - np.float32(start[1]))[:, None]
    x = (np.arange(part[1].start, part[1].stop) + np.float32(0.5) - np.float32(start[0]))[None, :]
    along = (end - start).astype(np.float32)
    length = float(along @ along)
    if length > 0:
        share = np.clip((x * along[0] + y * along[1]) / np.float32(length), 0, 1)
        return np.asarray(np.hypot(x - share * along[0], y - share * along[1]), np.float32)
    return np.asarray(np.hypot(x, y), np.float32)


def _falloff(distance: Floats, radius: float, softness: float) -> Floats:
    # A hard brush still has a pixel to fade over, so that its edge is no staircase.
    width = max(1.0, radius * softness)
    share = np.clip((np.float32(radius) - distance) / np.float32(width), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)

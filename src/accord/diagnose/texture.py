"""How blurred and how noisy a region is, pixel for pixel, with uncertainty."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from accord.diagnose.artefacts import luma
from accord.diagnose.figures import RESAMPLES, resampling
from accord.diagnose.look import Draws
from accord.diagnose.regions import BLOCK, blocks, depth_inside, laplacian

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

QUARTER = 0.25
"""The quantile that stands for a region: the sharper edges, the quieter blocks. The rest is depth and texture."""

_MARGIN = 5  # pixels from the region's border, where the edge would be that of the mask
_EDGES = 0.1  # the share of pixels, those with the largest gradients, in which edges are looked for
_LEAST_EDGE = 4 / 255  # luma per pixel; lower ones are noise and compression
_FEWEST = 20
_REBLUR = 1.0
_TILE = 64  # pixels a side of the pieces that edges are drawn by


def texture_draws(colours: Floats, weights: Floats, seed: int) -> Draws:
    """Measure a region's blur and grain.

    Parameters
    ----------
    colours
        (h, w, 3) in the working space, every pixel as it is in the picture.
    weights
        (h, w) in [0, 1] of the region's pixels.
    seed
        Of the draws.
    """
    tone = luma(colours)
    return {"blur": _blur_draws(tone, weights, seed), "grain": _grain_draws(tone, weights, seed)}


def edge_blur(tone: Floats, where: NDArray[np.bool_]) -> tuple[Doubles, NDArray[np.intp]]:
    """Give the Gaussian sigma of each edge pixel, in pixels, (n,), and its position in the flattened picture, (n,).

    Source: S. Zhuo and T. Sim, "Defocus map estimation from a single image", Pattern Recognition 44(9), 2011,
    doi:10.1016/j.patcog.2011.03.009: blur the picture once more, by a known sigma; the sharper an edge was, the more
    its gradient falls. The pixel grid's own blur is part of what is told.

    Parameters
    ----------
    tone
        (h, w) luma.
    where
        (h, w): where edges count.
    """
    across, down = _gradient(tone)
    size = np.hypot(across, down)
    if not where.any():
        return np.empty(0), np.empty(0, np.intp)
    threshold = max(_LEAST_EDGE, float(np.quantile(size[where], 1 - _EDGES)))
    edges = where & (size >= threshold) & _ridge(size, across, down)
    at = np.flatnonzero(edges)
    fallen = np.hypot(*_gradient(_blurred(tone))).ravel()[at].astype(np.float64)
    ratio = size.ravel()[at] / np.maximum(fallen, 1e-9)
    at, ratio = at[ratio > 1], ratio[ratio > 1]
    return _REBLUR / np.sqrt(ratio**2 - 1), at


def _blur_draws(tone: Floats, weights: Floats, seed: int) -> Doubles:
    unknown = np.full(1 + RESAMPLES, np.nan)
    if min(tone.shape) < 2 * _MARGIN:
        return unknown
    sigma, at = edge_blur(tone, depth_inside(weights >= 0.99, _MARGIN) == _MARGIN)
    if len(sigma) < _FEWEST:
        return unknown
    rows, columns = np.divmod(at, tone.shape[1])
    _, tile = np.unique((rows // _TILE) * tone.shape[1] + columns // _TILE, return_inverse=True)
    return _quantile_draws(sigma, tile, seed)


def _grain_draws(tone: Floats, weights: Floats, seed: int) -> Doubles:
    if min(tone.shape) < BLOCK:
        return np.full(1 + RESAMPLES, np.nan)
    within = np.flatnonzero(blocks(weights).min(axis=(1, 2)) >= 0.99)
    if not len(within):
        return np.full(1 + RESAMPLES, np.nan)
    response = laplacian(blocks(tone)[within])
    noise = 255 / 6 * np.sqrt((response**2).mean(axis=(1, 2), dtype=np.float64))
    return _quantile_draws(noise, np.arange(len(noise)), seed)


def _quantile_draws(values: Doubles, group: NDArray[np.intp], seed: int) -> Doubles:
    """Give the lower quarter's end of values (n,), and what it becomes as their groups, (n,), are drawn."""
    order = np.argsort(values, kind="stable")
    times = resampling(int(group.max()) + 1, seed)[:, group[order]]
    reached = np.cumsum(times, axis=1)
    first = (reached >= QUARTER * reached[:, -1:]).argmax(axis=1)
    drawn: Doubles = values[order][first]
    return drawn


def _gradient(tone: Floats) -> tuple[Floats, Floats]:
    padded = np.pad(tone, 1, mode="edge")
    half = np.float32(0.5)
    across: Floats = half * (padded[1:-1, 2:] - padded[1:-1, :-2])
    down: Floats = half * (padded[2:, 1:-1] - padded[:-2, 1:-1])
    return across, down


def _ridge(size: Floats, across: Floats, down: Floats) -> NDArray[np.bool_]:
    padded = np.pad(size, 1)
    beside = np.maximum(padded[1:-1, 2:], padded[1:-1, :-2])
    above = np.maximum(padded[2:, 1:-1], padded[:-2, 1:-1])
    return np.where(np.abs(across) >= np.abs(down), size >= beside, size >= above)


def _blurred(tone: Floats) -> Floats:
    reach = 4
    offsets = np.arange(-reach, reach + 1)
    kernel = np.exp(-(offsets**2) / (2 * _REBLUR**2))
    kernel /= kernel.sum()
    for axis in (0, 1):
        padding = [(0, 0), (0, 0)]
        padding[axis] = (reach, reach)
        padded = np.pad(tone, padding, mode="edge")
        tone = sum(  # type: ignore[assignment]
            np.float32(weight) * padded.take(range(i, i + tone.shape[axis]), axis) for i, weight in enumerate(kernel)
        )
    return tone

"""Parts of a region: its edge, its inside, its smooth blocks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

BLOCK = 8
"""Side of a block, in pixels."""


def depth_inside(flags: Flags, deepest: int) -> NDArray[np.int16]:
    """Give how many pixels each flagged one lies inside the region, 1 at its border, at most `deepest`; 0 outside.

    Counted in steps over 4 and 8 neighbours in turn, which makes octagons of discs. The picture's frame is no border.
    """
    depth = np.zeros(flags.shape, np.int16)
    inside = flags
    for step in range(deepest):
        depth += inside
        inside = _eroded(inside, corners=step % 2 == 1)
    return depth


def _eroded(flags: Flags, *, corners: bool) -> Flags:
    padded = np.pad(flags, 1, constant_values=True)
    height, width = flags.shape
    eroded = flags.copy()
    for row in (-1, 0, 1):
        for column in (-1, 0, 1):
            if corners or row == 0 or column == 0:
                eroded &= padded[1 + row : 1 + row + height, 1 + column : 1 + column + width]
    return eroded


def blocks(values: NDArray[np.float32]) -> Floats:
    """Cut (h, w) into whole blocks, (n, BLOCK, BLOCK), row by row; what is left over at the far edges is dropped."""
    rows, columns = (size // BLOCK for size in values.shape)
    cut = values[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
    return cut.transpose(0, 2, 1, 3).reshape(-1, BLOCK, BLOCK)


def smooth_blocks(tone: Floats, weights: Floats, share: float) -> NDArray[np.intp]:
    """Give the numbers of the blocks that lie wholly in a region and vary least.

    Parameters
    ----------
    tone
        (h, w) brightness.
    weights
        (h, w) in [0, 1]; a block lies in the region if all are at least 0.99.
    share
        What share of the region's blocks to take, the smoothest first; at least one if there is any.
    """
    within = np.flatnonzero(blocks(weights).min(axis=(1, 2)) >= 0.99) if min(tone.shape) >= BLOCK else np.array([], int)
    if not len(within):
        return within
    spread = blocks(tone)[within].std(axis=(1, 2))
    return within[np.argsort(spread, kind="stable")[: max(1, round(share * len(within)))]]


def laplacian(values: Floats) -> Floats:
    """Give the difference of two Laplacians, whose response to edges and slopes is 0, at the inner pixels of blocks.

    Source: J. Immerkaer, "Fast Noise Variance Estimation", Computer Vision and Image Understanding 64(2), 1996,
    doi:10.1006/cviu.1996.0060. For white noise its mean square is 36 times the noise's variance.

    Parameters
    ----------
    values
        (n, h, w).

    Returns
    -------
    ndarray
        (n, h - 2, w - 2).
    """
    down = values[:, :-2] - 2 * values[:, 1:-1] + values[:, 2:]
    across: Floats = down[:, :, :-2] - 2 * down[:, :, 1:-1] + down[:, :, 2:]
    return across

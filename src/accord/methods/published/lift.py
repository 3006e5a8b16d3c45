"""Lift a picture that a network made at low resolution to an edge-aware colour map that applies at any.

The map is a bilateral grid of affine maps (`accord.transforms.BilateralGrid`), fitted by least squares so that it turns
the network's input into its output over the foreground, after J. Chen, A. Adams, N. Wadhwa, S. W. Hasinoff, "Bilateral
Guided Upsampling", SIGGRAPH Asia 2016. Neighbouring cells are drawn to one another, so that those that few pixels reach
take their neighbours' maps, and all are drawn a little to the one affine map that fits the whole foreground, which in
turn is drawn to the identity.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from accord.core.place import Place
from accord.methods.card import Floats
from accord.transforms import BilateralGrid
from accord.transforms.bilateral_grid import luma
from accord.transforms.sampling import taps

Doubles = NDArray[np.float64]
Indices = NDArray[np.intp]
Step = tuple[int, int, int]

CELLS = (24, 24, 8)
"""Of the grid, along height, width and luma; measured in docs/decisions/0008-published-networks.md like all below."""

SMOOTH = 0.003
"""Weight of the squared difference between neighbouring cells' maps, relative to an average cell's pixels."""

STEADY = 3e-4
"""Weight of the squared difference from the whole foreground's affine map, on the same scale."""

CAUTION = 1e-4
"""Weight of the squared difference of that map from the identity, relative to the foreground's pixels."""

MOST_STEPS = 100
"""Of conjugate gradients."""

TOLERANCE = 1e-3
"""Residual, relative to the first one, at which they end."""

_PAIRS = [(one, other) for one in range(8) for other in range(one, 8)]
_UPPER = np.triu_indices(4)


def lifted(before: Floats, after: Floats, mask: Floats) -> BilateralGrid:
    """Fit the map that takes `before` to `after` where the mask is.

    Parameters
    ----------
    before, after
        (h, w, 3) in the working space, in [0, 1]: what a network read, and what it made of it.
    mask
        (h, w) weights in [0, 1], not all 0.
    """
    inside = mask > 0
    weights = mask[inside].astype(np.float64)
    terms = np.concatenate([before[inside], np.ones((len(weights), 1))], axis=1).astype(np.float64)
    wanted = after[inside].astype(np.float64)
    everywhere = _affine(terms, wanted, weights)
    cells, shares = _corners(before, inside)
    own = _solved(_equations(terms, wanted - terms @ everywhere, weights, cells, shares))
    # From (cells..., term, channel) to the grid's (cells..., channel, term).
    return BilateralGrid((own + everywhere).swapaxes(-1, -2).astype(np.float32))


def _affine(terms: Doubles, wanted: Doubles, weights: Doubles) -> Doubles:
    """Fit one affine map, (4, 3), drawn to the identity."""
    caution = CAUTION * weights.sum() * np.eye(4)
    weighted = terms * weights[:, None]
    return np.linalg.solve(weighted.T @ terms + caution, weighted.T @ wanted + caution @ np.eye(4, 3))


def _corners(before: Floats, inside: NDArray[np.bool_]) -> tuple[list[Indices], list[Doubles]]:
    """Give, for each of the eight corners between which pixels stand, the cells, (n,), and their shares, (n,)."""
    place = Place.whole(*inside.shape)
    rows, columns = np.nonzero(inside)
    positions = (place.rows()[rows], place.columns()[columns], luma(before)[inside])
    axes = [_between(position, count) for position, count in zip(positions, CELLS, strict=True)]
    cells, shares = [], []
    for bits in _BITS:
        cells.append(np.ravel_multi_index([first + bit for (first, _), bit in zip(axes, bits, strict=True)], CELLS))
        shares.append(np.prod([far if bit else 1 - far for (_, far), bit in zip(axes, bits, strict=True)], axis=0))
    return cells, shares


def _between(positions: Floats, count: int) -> tuple[Indices, Doubles]:
    """Give the first of the two cells that each position reads, at most the last but one, and the second's share."""
    read = taps(positions, count)
    first = np.minimum(read.indices[:, 0], count - 2)
    # Beyond the outermost centres both taps are the outermost cell, which at the end is the second of the two here.
    share = np.where(read.indices[:, 0] == read.indices[:, 1], read.indices[:, 0] > first, read.weights[:, 1])
    return first, share.astype(np.float64)


@dataclass(frozen=True, eq=False)
class _Equations:
    """The normal equations of the cells' maps, less the one of the whole foreground.

    Parameters
    ----------
    blocks
        (cells..., 4, 4) by the step from a cell to its neighbour; those of opposite steps are the same.
    right
        (cells..., 4, 3).
    scale
        Pixels of an average cell that has any.
    """

    blocks: dict[Step, Doubles]
    right: Doubles
    scale: float

    def times(self, maps: Doubles) -> Doubles:
        """Multiply (cells..., 4, 3) by the equations' matrix."""
        result = STEADY * self.scale * maps
        for step, block in self.blocks.items():
            here, there = _overlap(step)
            result[here] += block[here] @ maps[there]
            if any(step):
                result[there] += block[here] @ maps[here]
        for axis in range(3):
            slope = SMOOTH * self.scale * np.diff(maps, axis=axis)
            result[_span(axis, None, -1)] -= slope
            result[_span(axis, 1, None)] += slope
        return result

    def nearly_inverse(self) -> Doubles:
        """Invert each cell's own block, (cells..., 4, 4)."""
        neighbours = sum((np.minimum(np.indices(CELLS)[axis] + 1, 2) for axis in range(3)), start=np.zeros(CELLS))
        own = self.blocks[0, 0, 0] + self.scale * (STEADY + SMOOTH * neighbours[..., None, None]) * np.eye(4)
        return np.linalg.inv(own)


def _equations(
    terms: Doubles, misses: Doubles, weights: Doubles, cells: list[Indices], shares: list[Doubles]
) -> _Equations:
    products = terms[:, _UPPER[0]] * terms[:, _UPPER[1]] * weights[:, None]
    targets = (terms[:, :, None] * misses[:, None, :]).reshape(-1, 12) * weights[:, None]
    right = sum((_summed(cell, targets, share) for cell, share in zip(cells, shares, strict=True)), start=np.zeros(()))
    sums: dict[Step, Doubles] = {}
    for one, other in _PAIRS:
        first, second, third = (b - a for a, b in zip(_BITS[one], _BITS[other], strict=True))
        block = _summed(cells[one], products, shares[one] * shares[other])
        sums[first, second, third] = sums.get((first, second, third), 0.0) + block
    blocks = {}
    for step, block in sums.items():
        square = np.empty((*CELLS, 4, 4))
        square[..., _UPPER[0], _UPPER[1]] = square[..., _UPPER[1], _UPPER[0]] = block.reshape(*CELLS, -1)
        blocks[step] = square
    touched = np.count_nonzero(blocks[0, 0, 0][..., 3, 3])
    return _Equations(blocks, right.reshape(*CELLS, 4, 3), float(weights.sum() / max(touched, 1)))


def _solved(equations: _Equations) -> Doubles:
    """Solve for (cells..., 4, 3) by preconditioned conjugate gradients, the three channels side by side."""
    inverse = equations.nearly_inverse()
    maps = np.zeros_like(equations.right)
    residual = equations.right.copy()
    ready = inverse @ residual
    direction, power = ready, _inner(residual, ready)
    goal = TOLERANCE**2 * power
    for _ in range(MOST_STEPS):
        if (power <= goal).all():
            break
        spread = equations.times(direction)
        step = power / np.maximum(_inner(direction, spread), np.finfo(float).tiny)
        maps += step * direction
        residual -= step * spread
        ready = inverse @ residual
        before, power = power, _inner(residual, ready)
        direction = ready + power / np.maximum(before, np.finfo(float).tiny) * direction
    return maps


def _summed(cells: Indices, values: Doubles, shares: Doubles) -> Doubles:
    count = int(np.prod(CELLS))
    return np.stack([np.bincount(cells, column * shares, count) for column in values.T], axis=1)


def _inner(one: Doubles, other: Doubles) -> Doubles:
    product: Doubles = (one * other).sum((0, 1, 2, 3))
    return product


def _overlap(step: Step) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Give the cells that have a neighbour that step away, and those neighbours."""
    here = tuple(slice(max(0, -move), min(0, -move) or None) for move in step)
    there = tuple(slice(max(0, move), min(0, move) or None) for move in step)
    return here, there


def _span(axis: int, start: int | None, stop: int | None) -> tuple[slice, ...]:
    return (*(slice(None),) * axis, slice(start, stop))


def _bits() -> Iterator[Step]:
    for corner in range(8):
        yield corner >> 2, (corner >> 1) & 1, corner & 1


_BITS = list(_bits())

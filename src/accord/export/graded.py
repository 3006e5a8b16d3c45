"""Tables whose nodes lie close where a map bends and wide where it does not: a curve for each channel before the table.

A regular lattice's straight lines miss what happens between nodes: cube roots near black, the knots of curves, the
cells of another table. Nodes spread so that each gap holds about the same bend need no more of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from accord.core.place import Place
from accord.transforms import ColourMap, Curve, Curves, Lut3D

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

STEPS = 4095
"""Steps of the curves: nodes lie on their entries, so the curves are exact."""

_PROBES = 48
# The share of nodes that is spread evenly, for colours that no probe came by.
_EVEN = 0.15
# How often nodes are shifted, and as if how many colours were read from each without an error.
_ROUNDS, _STAYING = 12, 1.0


def graded_table(colour_map: ColourMap, size: int, low: float, high: float, probes: Floats) -> tuple[Curves, Lut3D]:
    """Give a map that does not depend on place as curves that spread the nodes, and a table behind them.

    Parameters
    ----------
    colour_map
        The map.
    size
        Nodes along each axis.
    low, high
        The first and last node's colour, the same for all channels.
    probes
        (n, 3) colours at which bends count.

    Returns
    -------
    Curves, Lut3D
        From [low, high] to [0, 1], and a table that is read trilinearly.
    """
    axes = [low + (high - low) * _entries(colour_map, channel, size, low, high, probes) / STEPS for channel in range(3)]
    nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).astype(np.float32)
    table = colour_map.transform(nodes.reshape(size * size, size, 3), Place.whole(size * size, size))
    even = np.linspace(0, 1, size)
    red, green, blue = (Curve.through(axis, even) for axis in axes)
    return Curves(red, green, blue), Lut3D(table.reshape(nodes.shape), interpolation="trilinear")


def fitted_table(curves: Curves, lut: Lut3D, before: Floats, after: Floats) -> Lut3D:
    """Shift a table's nodes until what is read between them comes nearer to a map at given colours.

    Each node takes on the mean of the errors around it, by how much each is read from it, again and again. What is
    hardly read is shifted by less: other colours than the given ones will be read from it, too.

    Parameters
    ----------
    curves, lut
        As `graded_table` gives them.
    before, after
        (n, 3) colours in, and what the map makes of them; both count as clipped to [0, 1].
    """
    size = lut.table.shape[0]
    places = np.clip(curves.transform(before[None], Place.whole(1, len(before)))[0], 0, 1).astype(np.float64) * (
        size - 1
    )
    cell = np.minimum(places.astype(np.intp), size - 2)
    part = places - cell
    corners = [np.array(corner) for corner in np.ndindex(2, 2, 2)]
    weights = np.stack([np.where(corner, part, 1 - part).prod(axis=-1) for corner in corners])
    nodes = np.stack([(cell + corner) @ (size * size, size, 1) for corner in corners])
    reached = np.bincount(nodes.ravel(), weights.ravel(), size**3)
    table = lut.table.reshape(-1, 3).astype(np.float64)
    wanted = np.clip(after, 0, 1)
    for _ in range(_ROUNDS):
        error = wanted - np.clip((weights[..., None] * table[nodes]).sum(axis=0), 0, 1)
        for channel in range(3):
            pull = np.bincount(nodes.ravel(), (weights * error[:, channel]).ravel(), size**3)
            table[:, channel] += pull / (reached + _STAYING)
    return Lut3D(table.reshape(lut.table.shape).astype(np.float32), lut.domain, lut.interpolation)


def _entries(colour_map: ColourMap, channel: int, size: int, low: float, high: float, probes: Floats) -> Doubles:
    """Give the entries of the curve, (size,) whole numbers from 0 to `STEPS`, that become nodes."""
    if isinstance(colour_map, Lut3D) and colour_map.table.shape[0] + 2 <= size:
        wanted = _around_cells(colour_map, channel, size)
        wanted = np.clip((wanted - low) / (high - low), 0, 1) * STEPS
    else:
        wanted = _by_bends(colour_map, channel, size, low, high, probes)
    at = np.rint(wanted)
    at[0], at[-1] = 0, STEPS
    order = np.arange(size)
    at = np.maximum.accumulate(at - order) + order
    return np.asarray(np.minimum(at, STEPS - order[::-1]), np.float64)


def _around_cells(lut: Lut3D, channel: int, size: int) -> Doubles:
    """Give positions on a table's own nodes and evenly between them, the rest outside its domain."""
    cells = lut.table.shape[0] - 1
    first, last = lut.domain[:, channel]
    inside = np.linspace(first, last, cells * ((size - 3) // cells) + 1)
    outside = size - len(inside)
    before = np.linspace(0, first, outside // 2, endpoint=False) if outside // 2 else np.empty(0)
    after = np.linspace(1, last, outside - outside // 2, endpoint=False)[::-1]
    return np.sort(np.concatenate([before, inside, after]))


def _by_bends(colour_map: ColourMap, channel: int, size: int, low: float, high: float, probes: Floats) -> Doubles:
    """Give entries between which the map bends about equally, by what it does along the axis through some colours."""
    fine = np.linspace(low, high, STEPS + 1).astype(np.float32)
    picked = probes[np.linspace(0, len(probes) - 1, min(_PROBES, len(probes))).astype(np.intp)]
    lines = np.repeat(picked[:, None, :], len(fine), axis=1)
    lines[:, :, channel] = fine
    mapped = np.clip(colour_map.transform(lines, Place.whole(*lines.shape[:2])), 0, 1)
    bend = np.percentile(np.abs(np.diff(mapped, 2, axis=1)).max(axis=-1), 90, axis=0)
    # The error of a straight line goes with the bend and the square of the gap.
    density = np.convolve(np.sqrt(bend), np.full(3, 1 / 3), "same")
    total = density.sum()
    even = 1 / len(density)
    density = (1 - _EVEN) * density / total + _EVEN * even if total > 0 else np.full(len(density), even)
    reached = np.concatenate([[0.0], np.cumsum(density), [1.0]])
    return np.asarray(np.interp(np.linspace(0, 1, size), reached / reached[-2], np.arange(STEPS + 1)), np.float64)

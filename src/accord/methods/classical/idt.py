"""Give the foreground the reference's full three-dimensional colour distribution.

Source: F. Pitie, A. C. Kokaram, R. Dahyot, "Automated colour grading using colour distribution transfer", Computer
Vision and Image Understanding 107(1-2), 2007, doi:10.1016/j.cviu.2006.11.011: rotate colours at random, match the
histograms along the axes, rotate back, repeat. Differs from the paper: the transfer runs on a sample of colours, and a
smooth 3-D lookup table is then fitted to where they went. That serves the purpose of the paper's regrain step, too.
Regrain removes the noise that stretched colours show by restoring the picture's gradients pixel by pixel; here the
table is smooth to begin with, so neighbouring colours stay neighbours, grain keeps its size, and the result is a colour
map that holds no pixels.
"""

from __future__ import annotations

import numpy as np

from accord.methods.card import Floats, MethodCard
from accord.methods.statistics import Doubles, Sample, foreground_and_reference
from accord.transforms import ColourMap, Lut3D

ROTATIONS = 24
"""Rounds of matching; the distributions differ little after about ten."""

SAMPLES = 6000
"""Colours on each side; enough for a table of `NODES` nodes a side, few enough to take tenths of a second."""

NODES = 17
"""Nodes of the table along each axis, over the range of the foreground's colours."""

SMOOTHNESS = 0.1
"""Weight of the table's smoothness against its closeness to the samples. On real composites shadows clotted at 0.02,
and at 0.3 little was left of what the method does better than a linear map."""


class IterativeDistributionTransfer:
    """Fits a 3-D lookup table of display-encoded RGB. Random, but seeded: the same picture gives the same table."""

    def fit(self, composite: Floats, mask: Floats, reference: Floats) -> ColourMap:
        """Fit the map that gives the foreground the reference's colour distribution; see `Method.fit`."""
        foreground, wanted = (_draw(sample) for sample in foreground_and_reference(composite, mask, reference))
        moved = transfer(foreground, wanted)
        domain = _domain(foreground, wanted)
        shifts = smooth_table((foreground - domain[0]) / (domain[1] - domain[0]), moved - foreground)
        return Lut3D((Lut3D.nodes(NODES, domain) + shifts).astype(np.float32), domain)


def transfer(colours: Doubles, wanted: Doubles) -> Doubles:
    """Move colours, (n, 3), until they are distributed as those wanted, (n, 3); row i of the result came from row i."""
    rng = np.random.default_rng(2007)
    moved = colours.copy()
    for _ in range(ROTATIONS):
        rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        turned, turned_wanted = moved @ rotation, np.sort(wanted @ rotation, axis=0)
        ranks = np.argsort(np.argsort(turned, axis=0, kind="stable"), axis=0, kind="stable")
        moved += (np.take_along_axis(turned_wanted, ranks, axis=0) - turned) @ rotation.T
    return moved


def smooth_table(places: Doubles, shifts: Doubles) -> Doubles:
    """Fit a lattice of shifts, (NODES, NODES, NODES, 3), that is close to the samples and smooth in between and beyond.

    Minimises the samples' mean squared error of trilinear lookup, lumped to the nodes, plus `SMOOTHNESS` times the mean
    squared step between neighbouring nodes: a screened Poisson equation, solved by conjugate gradients.

    Parameters
    ----------
    places
        (n, 3) positions in the lattice's unit cube.
    shifts
        (n, 3), in any unit.
    """
    weights, pulls = _splat(places, shifts)
    start = np.broadcast_to(shifts.mean(0), pulls.shape)
    strength = SMOOTHNESS / NODES

    def stiffness(table: Doubles) -> Doubles:
        return np.asarray(weights * table + strength * _roughness(table))

    # The right side less the start's share: what is left to solve for shrinks to nothing for a mere shift.
    table = start.copy()
    residual = pulls - stiffness(table)
    direction, power = residual.copy(), (residual**2).sum((0, 1, 2))
    goal = 1e-10 * np.maximum(power, np.finfo(float).tiny)
    for _ in range(400):
        if (power <= goal).all():
            break
        spread = stiffness(direction)
        step = power / np.maximum((direction * spread).sum((0, 1, 2)), np.finfo(float).tiny)
        table += step * direction
        residual -= step * spread
        before, power = power, (residual**2).sum((0, 1, 2))
        direction = residual + power / np.maximum(before, np.finfo(float).tiny) * direction
    return table


def _draw(sample: Sample) -> Doubles:
    # Even steps through the weight of the colours in order of brightness: the same share of every tone at any
    # resolution.
    order = np.argsort(sample.colours.sum(1), kind="stable")
    reached = np.cumsum(sample.weights[order])
    picks = np.searchsorted(reached, (np.arange(SAMPLES) + 0.5) / SAMPLES * reached[-1])
    return np.asarray(sample.colours[order[np.minimum(picks, len(order) - 1)]])


def _domain(colours: Doubles, wanted: Doubles) -> Doubles:
    low, high = colours.min(0), colours.max(0)
    # A foreground that is flat in a channel still needs a lattice with width, as wide as the other colours suggest.
    least = 0.05 * max(float((high - low).max()), float(np.ptp(wanted, axis=0).max()), 1e-3)
    margin = np.maximum(0.0, least - (high - low)) / 2
    return np.stack([low - margin, high + margin])


def _splat(places: Doubles, shifts: Doubles) -> tuple[Doubles, Doubles]:
    position = np.clip(places, 0, 1) * (NODES - 1)
    cell = np.minimum(position.astype(np.intp), NODES - 2)
    fraction = position - cell
    weights, pulls = np.zeros(NODES**3), np.zeros((NODES**3, 3))
    for corner in np.ndindex(2, 2, 2):
        upper = np.array(corner)
        share = np.where(upper, fraction, 1 - fraction).prod(1) / len(places)
        node = np.ravel_multi_index(tuple((cell + upper).T), (NODES,) * 3)
        weights += np.bincount(node, share, NODES**3)
        for channel in range(3):
            pulls[:, channel] += np.bincount(node, share * shifts[:, channel], NODES**3)
    shape = (NODES,) * 3
    return weights.reshape(*shape, 1), pulls.reshape(*shape, 3)


def _roughness(table: Doubles) -> Doubles:
    # The Laplacian with free borders, for all three axes.
    result = np.zeros(table.shape)
    for axis in range(3):
        step = np.diff(table, axis=axis)
        inner = [slice(None)] * 4
        inner[axis] = slice(None, -1)
        result[tuple(inner)] -= step
        inner[axis] = slice(1, None)
        result[tuple(inner)] += step
    return result


CARD = MethodCard(
    id="idt",
    title="Full colour distribution, by iterative distribution transfer",
    source="Pitie et al., Automated colour grading using colour distribution transfer, CVIU 107, 2007",
    licence="Apache-2.0",
    works_in="srgb",
    load=IterativeDistributionTransfer,
    prefer="the same materials, and a reference's look to be taken over whole",
)

"""Shift the foreground, place by place, so that no step is left at its boundary: gradient-domain blending.

Source: P. Perez, M. Gangnet, A. Blake, "Poisson Image Editing", SIGGRAPH 2003, doi:10.1145/882262.882269. Cloning with
the foreground's own gradients equals the foreground plus a membrane: the function that is harmonic inside and equals,
on the boundary, the background less the foreground. Differs from the paper: the boundary's step is fitted to the pixels
around it, since a composite holds no colour of both layers at one pixel, and since single pixels would smear their
noise all over the foreground; where the foreground meets the picture's border the membrane is free, instead of held to
a colour that is not there. The membrane is smooth, so it is solved small and applied as an offset at any size and
depth.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from accord.core.place import Place
from accord.methods.card import Floats, MethodCard
from accord.methods.statistics import Doubles, foreground_and_reference
from accord.transforms import ColourMap, Identity, OffsetGrid

Truths = NDArray[np.bool_]

REACH = 2
"""Pixels of the small version, on each side, that a step of the boundary is fitted to: a window of 5 x 5."""

CAUTION = 0.05
"""Weight, relative to the window's own, that draws the fitted slope of the picture to 0: noise is no slope."""

CLEAR_STEP = 0.25
"""Twice the standard deviation of the coverage in a window, less what a slope explains, that shows a boundary."""

TOLERANCE = 1e-4
"""Largest error of the membrane's equation, relative to the values that it is held to."""


class Poisson:
    """Fits an offset for each place. Looks at the boundary alone, so the reference's weights play no part in it."""

    def fit(self, composite: Floats, mask: Floats, reference: Floats) -> ColourMap:
        """Fit the membrane; see `Method.fit`. Without a boundary, nothing can be matched: gives the identity."""
        foreground_and_reference(composite, mask, reference)
        picture, coverage = composite.astype(np.float64), mask.astype(np.float64)
        while True:
            steps, held = boundary_steps(picture, coverage)
            if held.any():
                return OffsetGrid(_around(steps, held, coverage > 0).astype(np.float32))
            # A feathered edge is no step at this size, but is one in a smaller picture.
            if min(held.shape) < 2 * REACH + 2:
                return Identity()
            everywhere = np.ones(held.shape, bool)
            picture, _ = _halved(picture, everywhere)
            coverage = _halved(coverage[..., None], everywhere)[0][..., 0]


def boundary_steps(picture: Doubles, coverage: Doubles) -> tuple[Doubles, Truths]:
    """Give the background less the foreground, (h, w, 3), at the foreground's boundary, and where that is, (h, w).

    In the window around each such pixel the picture is taken for a slope, the same for both layers, plus coverage times
    a step; the step is fitted by least squares. Soft coverage needs no care: a half-covered pixel shows half the step.
    """
    places = np.argwhere(_varies(coverage))
    steps, held = np.zeros(picture.shape), np.zeros(coverage.shape, bool)
    if not len(places):
        return steps, held
    offsets = np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1].reshape(2, -1)
    rows, columns = places[:, :1] + offsets[0], places[:, 1:] + offsets[1]
    height, width = coverage.shape
    present = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    rows, columns = rows.clip(0, height - 1), columns.clip(0, width - 1)
    constant = np.ones(rows.shape)
    terms = np.stack([constant, constant * offsets[0], constant * offsets[1], coverage[rows, columns]], axis=-1)
    weighted = terms * present[..., None]
    normal = np.einsum("nki,nkj->nij", weighted, terms)
    # The constant's sum is the number of pixels; a slope's own weight grows with the window's width, too.
    caution = CAUTION * normal[:, 0, 0] * (offsets[0] ** 2).mean()
    normal[:, 1, 1] += caution
    normal[:, 2, 2] += caution
    colours = picture[rows, columns]
    right = np.einsum("nki,nkc->nic", weighted, colours)
    # What is left of the coverage's own weight once constant and slope have taken their part (the Schur complement).
    taken = np.linalg.solve(normal[:, :3, :3], normal[:, :3, 3:])
    own = normal[:, 3, 3] - (normal[:, 3:, :3] @ taken)[:, 0, 0]
    fitted = (right[:, 3] - (taken.transpose(0, 2, 1) @ right[:, :3])[:, 0]) / np.maximum(own, 1e-12)[:, None]
    clear = 2 * np.sqrt(np.maximum(own, 0) / normal[:, 0, 0]) > CLEAR_STEP
    held[tuple(places[clear].T)] = True
    # No step is larger than the colours there differ, for the share of it that shows; thin parts' fit would overshoot.
    most = np.ptp(colours, axis=1) / np.ptp(coverage[rows, columns], axis=1)[:, None]
    steps[held] = -np.clip(fitted, -most, most)[clear]
    return steps, held


def membrane(values: Doubles, held: Truths) -> Doubles:
    """Give the function that keeps `values` where `held`, and is harmonic elsewhere, with free borders.

    Solved by conjugate gradients, from coarse to fine: the coarse solution leaves only short waves, which go in few
    steps.

    Parameters
    ----------
    values
        (h, w, 3), read only where held.
    held
        (h, w), true somewhere.
    """
    if min(held.shape) > 8:
        # Bilinear, since the corners of repeated pixels would be rough again.
        coarse = OffsetGrid(membrane(*_halved(values, held)).astype(np.float32))
        height, width = held.shape
        blank = np.zeros((height, width, 3), np.float32)
        # An odd side was rounded up, so the coarse grid reaches a pixel further.
        start = coarse.transform(blank, Place(0, 0, height, width, height + height % 2, width + width % 2))
    else:
        start = np.broadcast_to(values[held].mean(0), values.shape)
    table = np.where(held[..., None], values, start)
    free = ~held[..., None]
    residual = np.where(free, -_roughness(table), 0.0)
    direction, power = residual.copy(), (residual**2).sum((0, 1))
    tiny = np.finfo(float).tiny
    goal = TOLERANCE**2 * np.maximum((values[held] ** 2).sum(0), tiny)
    for _ in range(4 * sum(held.shape)):
        if (power <= goal).all():
            break
        spread = free * _roughness(direction)
        step = power / np.maximum((direction * spread).sum((0, 1)), tiny)
        table += step * direction
        residual -= step * spread
        before, power = power, (residual**2).sum((0, 1))
        direction = residual + power / np.maximum(before, tiny) * direction
    return table


def _around(steps: Doubles, held: Truths, covered: Truths) -> Doubles:
    # The membrane counts only in the foreground: solve it there, and go on outside as at the edge.
    spans = []
    for axis in (0, 1):
        there = np.flatnonzero((held | covered).any(axis=1 - axis))
        spans.append((int(there[0]), int(there[-1]) + 1))
    box = tuple(slice(*span) for span in spans)
    padding = [(low, size - high) for (low, high), size in zip(spans, held.shape, strict=True)]
    return np.pad(membrane(steps[box], held[box]), [*padding, (0, 0)], mode="edge")


def _varies(coverage: Doubles) -> Truths:
    # Where neighbours differ, both are at the boundary.
    result = np.zeros(coverage.shape, bool)
    down, across = np.diff(coverage, axis=0) != 0, np.diff(coverage, axis=1) != 0
    result[:-1] |= down
    result[1:] |= down
    result[:, :-1] |= across
    result[:, 1:] |= across
    return result


def _halved(values: Doubles, held: Truths) -> tuple[Doubles, Truths]:
    height, width = held.shape
    padding = ((0, height % 2), (0, width % 2))
    counts = np.pad(held.astype(np.float64), padding)
    sums = np.pad(np.where(held[..., None], values, 0.0), (*padding, (0, 0)))
    rows, columns = counts.shape[0] // 2, counts.shape[1] // 2
    counts = counts.reshape(rows, 2, columns, 2).sum((1, 3))
    sums = sums.reshape(rows, 2, columns, 2, -1).sum((1, 3))
    return sums / np.maximum(counts, 1)[..., None], counts > 0


def _roughness(table: Doubles) -> Doubles:
    # The Laplacian with free borders.
    result = np.zeros(table.shape)
    step = np.diff(table, axis=0)
    result[:-1] -= step
    result[1:] += step
    step = np.diff(table, axis=1)
    result[:, :-1] -= step
    result[:, 1:] += step
    return result


CARD = MethodCard(
    id="poisson",
    title="No step at the boundary, by gradient-domain blending",
    source="Perez et al., Poisson Image Editing, SIGGRAPH 2003",
    licence="Apache-2.0",
    works_in="srgb",
    load=Poisson,
    fits_colour_map=False,
    local=True,
    fit_size=256,
    prefer="masks that cut through one surface: sky, water, ground",
)

"""Shift the foreground, place by place, so that no step is left at its boundary: gradient-domain blending.

Source: P. Perez, M. Gangnet, A. Blake, "Poisson Image Editing", SIGGRAPH 2003, doi:10.1145/882262.882269. Cloning with
the foreground's own gradients equals the foreground plus a membrane: the function that is harmonic inside and equals,
on the boundary, the background less the foreground. Differs from the paper: the boundary's step is taken between means
of a few pixels on both sides, since a composite holds no colour of both layers at one pixel, and since single pixels
smear their noise all over the foreground; where the foreground meets the picture's border the membrane is free, instead
of held to a colour that is not there. The membrane is smooth, so it is solved small and applied as an offset at any
size and depth.
"""

from __future__ import annotations

import numpy as np

from accord.methods.card import Floats, MethodCard
from accord.methods.statistics import Doubles, foreground_and_reference
from accord.transforms import ColourMap, Identity, OffsetGrid

REACH = 2
"""How far, in pixels of the small version, the means on both sides of the boundary reach."""

PURITY = 4
"""Power of the coverage by which pixels count in these means: a half-covered pixel, of neither colour, counts 1/16."""

TOLERANCE = 1e-5
"""Largest error of the membrane's equation, relative to its right side."""


class Poisson:
    """Fits an offset for each place. Looks at the boundary alone, so the reference's weights play no part in it."""

    def fit(self, composite: Floats, mask: Floats, reference: Floats) -> ColourMap:
        """Fit the membrane; see `Method.fit`. Without any boundary there is nothing to match, so the identity is given."""
        foreground_and_reference(composite, mask, reference)
        steps, held = _boundary_steps(composite.astype(np.float64), mask.astype(np.float64))
        if not held.any():
            return Identity()
        return OffsetGrid(membrane(steps, held).astype(np.float32))


def membrane(values: Doubles, held: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Doubles:
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
    height, width = held.shape
    if min(height, width) > 8:
        coarse = membrane(*_halved(values, held))
        start = coarse.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
    else:
        start = np.broadcast_to(values[held].mean(0), values.shape)
    table = np.where(held[..., None], values, start)
    free = ~held[..., None]
    residual = np.where(free, -_roughness(table), 0.0)
    direction, power = residual.copy(), (residual**2).sum((0, 1))
    tiny = np.finfo(float).tiny
    goal = TOLERANCE**2 * np.maximum((values[held] ** 2).sum(0), tiny)
    for _ in range(4 * (height + width)):
        if (power <= goal).all():
            break
        spread = free * _roughness(direction)
        step = power / np.maximum((direction * spread).sum((0, 1)), tiny)
        table += step * direction
        residual -= step * spread
        before, power = power, (residual**2).sum((0, 1))
        direction = residual + power / np.maximum(before, tiny) * direction
    return table


def _boundary_steps(
    composite: Doubles, mask: Doubles
) -> tuple[Doubles, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    inside, outside = mask**PURITY, (1 - mask) ** PURITY
    own, own_weight = _local_mean(composite, inside)
    others, other_weight = _local_mean(composite, outside)
    # Where both layers are near, the step is known.
    least = 0.5 / (2 * REACH + 1) ** 2
    return others - own, (own_weight > least) & (other_weight > least)


def _local_mean(picture: Doubles, weights: Doubles) -> tuple[Doubles, Doubles]:
    total = _box(weights[..., None])
    mean = _box(picture * weights[..., None]) / np.maximum(total, np.finfo(float).tiny)
    return mean, total[..., 0] / (2 * REACH + 1) ** 2


def _box(planes: Doubles) -> Doubles:
    # The sum over a square window, cut off at the picture's border. Added up shift by shift, since differences of
    # running sums would leave rounding where the true sum is 0.
    for axis in (0, 1):
        length = planes.shape[axis]
        total = planes.copy()
        for step in range(1, min(REACH, length - 1) + 1):
            upper, lower = [slice(None)] * 3, [slice(None)] * 3
            upper[axis], lower[axis] = slice(step, None), slice(None, length - step)
            total[tuple(upper)] += planes[tuple(lower)]
            total[tuple(lower)] += planes[tuple(upper)]
        planes = total
    return planes


def _halved(
    values: Doubles, held: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> tuple[Doubles, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    height, width = held.shape
    padding = ((0, height % 2), (0, width % 2))
    counts = np.pad(held.astype(np.float64), padding)
    sums = np.pad(np.where(held[..., None], values, 0.0), (*padding, (0, 0)))
    rows, columns = counts.shape[0] // 2, counts.shape[1] // 2
    counts = counts.reshape(rows, 2, columns, 2).sum((1, 3))
    sums = sums.reshape(rows, 2, columns, 2, 3).sum((1, 3))
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
)

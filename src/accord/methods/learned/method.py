"""From the network's numbers to a colour map."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from accord.core.place import Place
from accord.core.tiles import for_each
from accord.engine.onnx import OnnxModel
from accord.methods.card import Floats
from accord.methods.learned.crop import Crop, read_in_whole
from accord.methods.learned.sharp import sharp
from accord.methods.seen import seen_by_network
from accord.transforms import AffineGrid, Blend, Chain, ColourMap, Polynomial

FIT_SIZE = 320
"""Side of the square that the looks are taken from, in pixels."""

_LONGER, _LONGEST = 0.2, 1.4
"""How much longer the step gets for each time that the answers differ by as much as their mean changes; and the most.

In training a spoilt foreground costs more than a timid one, so what the network is unsure of it changes too little.
"""

_SMALL = 5 / 255
"""The root mean square of a change that is lengthened by half as much.

Of small changes answers differ most, and lengthening those does more to what matches already.
"""

AROUND = 0.25
"""How much the crop shows around the foreground's box on each side, of the box."""

LEAST = 1 / 8
"""How much of the composite's side it shows at least to either side of the box's middle."""

_TINY = 1e-12  # a mean square where nothing changes

FILLED = 0.02
"""Share of a crop that is not foreground below which the whole composite is shown instead."""


class Learned:
    """accord's network as a method.

    It looks at the composite twice, at the whole and at a mirrored crop around the foreground, at once where there are
    cores, and its answers are averaged: the crop shows a small foreground larger, and two looks err less than one. Both
    are as sharp at the mask's edge as what it was trained on (see `accord.methods.learned.sharp`; docs/decisions/0031).

    Where the answers differ, more is done than their mean asks for, unless that is little (docs/decisions/0032, 0037).

    Parameters
    ----------
    model
        A network exported by `accord export`: inputs picture (1, 3, s, s) and mask (1, 1, s, s), outputs coefficients
        (1, 3, 13) and grid (1, 12, s/4, s/4).
    """

    def __init__(self, model: OnnxModel) -> None:
        self._model = model
        self._size = int(model.metadata["size"])

    def fit(self, composite: Floats, mask: Floats, reference: Floats) -> ColourMap:
        """Predict the colour map; see `accord.methods.card.Method.fit` and `accord.methods.seen`."""
        seen = seen_by_network(composite, mask, reference)
        rows, columns = around(mask)
        parts = (seen, mask), (seen[rows, columns], mask[rows, columns])
        looks: dict[int, Floats] = {}
        answers: dict[int, tuple[Floats, Floats]] = {}

        def look(number: int) -> None:
            looks[number] = sharp(*parts[number], self._size)
            answers[number] = self._answer(looks[number], mirrored=number == 1)

        for_each(look, range(len(parts)))
        (first, grid), (second, of_crop) = answers[0], answers[1]
        read = read_in_whole(of_crop, Crop.of(rows, columns, mask.shape))
        mean = colour_map(np.mean([first, second], axis=0), np.mean([grid, read], axis=0))
        return Blend(mean, _step(looks[0], mean, [colour_map(first, grid), colour_map(second, read)]))

    def _answer(self, look: Floats, *, mirrored: bool) -> tuple[Floats, Floats]:
        """Give coefficients, (3, 13), and grid, (gh, gw, 12), for a look that is shown as it is or mirrored."""
        columns = slice(None, None, -1 if mirrored else 1)
        shown = np.ascontiguousarray(look[:, columns].transpose(2, 0, 1)[None], np.float32)
        outputs = self._model.run({"picture": shown[:, :3], "mask": shown[:, 3:]})
        return outputs["coefficients"][0], outputs["grid"][0].transpose(1, 2, 0)[:, columns]


def _step(look: Floats, mean: ColourMap, answers: list[ColourMap]) -> float:
    """Give how far to go towards the mean of two answers, from what they do in the foreground of a look."""
    inside = look[..., 3] > 0
    fewer = np.s_[::2, ::2]  # every second pixel of every second row: they tell as much as all do
    if inside[fewer].any():
        look, inside = look[fewer], inside[fewer]
    picture, place = look[..., :3], Place.whole(*inside.shape)
    first, second, both = (answer.transform(picture, place)[inside] for answer in (*answers, mean))
    count = max(both.size, 1)  # a foreground may be too small for any pixel of the look
    differing, changed = (float(np.square(part).sum()) / count for part in (first - second, both - picture[inside]))
    return step_length(differing, changed)


def step_length(differing: float, changed: float) -> float:
    """Give how far to go towards the mean of two answers.

    Parameters
    ----------
    differing
        The mean square of their difference, of display-encoded sRGB in [0, 1].
    changed
        That of the change that their mean makes.
    """
    longer = _LONGER * math.sqrt(differing / max(changed, _TINY)) * changed / (changed + _SMALL**2)
    return min(1 + longer, _LONGEST)


def around(mask: Floats) -> tuple[slice, slice]:
    """Give rows and columns of the foreground's box with some of its surroundings; all of them where it fills those.

    Parameters
    ----------
    mask
        (h, w) coverage in [0, 1].
    """
    inside = mask >= 0.5
    inside = inside if inside.any() else mask > 0
    rows, columns = (_span(np.asarray(inside.any(axis=axis))) for axis in (1, 0))
    if (1 - mask[rows, columns]).mean() < FILLED:
        return slice(0, mask.shape[0]), slice(0, mask.shape[1])
    return rows, columns


def _span(filled: NDArray[np.bool_]) -> slice:
    """Give the span of what is filled, with its surroundings."""
    places = np.flatnonzero(filled)
    first, last = int(places[0]), int(places[-1]) + 1
    half = max((last - first) * (0.5 + AROUND), len(filled) * LEAST)
    middle = (first + last) / 2
    return slice(max(0, int(middle - half)), min(len(filled), int(np.ceil(middle + half))))


def colour_map(coefficients: Floats, grid: Floats) -> ColourMap:
    """Give the map that `accord.networks.accord_net.model.apply_map` applies.

    Parameters
    ----------
    coefficients
        (3, 13), see `accord.transforms.Polynomial`.
    grid
        (gh, gw, 12): rows of 3x4 matrices that act on colours less 0.5 and add to them.
    """
    matrices = grid.reshape(*grid.shape[:2], 3, 4).astype(np.float32)
    matrices[..., 3] -= 0.5 * matrices[..., :3].sum(-1)
    matrices[..., :3] += np.eye(3, dtype=np.float32)
    return Chain((Polynomial(coefficients.astype(np.float64)), AffineGrid(matrices)))

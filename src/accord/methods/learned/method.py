"""From the network's numbers to a colour map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from accord.core.place import Place
from accord.engine.onnx import OnnxModel
from accord.methods.card import Floats
from accord.methods.learned.crop import Crop, read_in_whole
from accord.methods.learned.nudge import GAINS, for_unnudged, nudged
from accord.methods.learned.sharp import sharp
from accord.methods.seen import seen_by_network
from accord.transforms import AffineGrid, Chain, ColourMap, Polynomial

VIEWS = 2
"""What the network is shown at once: the whole composite, and a mirrored crop around the foreground."""

FIT_SIZE = 320
"""Side of the square that the views are taken from, in pixels."""

STEP = 1.3
"""How far to go, in answers' means: a network that pays dearly for harm stops short."""

DOUBT = 0.75
"""How much answers that disagree hold back: what their variance counts beside the square of what they agree on."""

_AROUND = 0.25  # of the foreground's box, on each side
_LEAST = 1 / 8  # of the composite's side
_CELL = 4  # pixels a side that a cell of the network's grid stands for


class Learned:
    """accord's network as a method.

    It is asked about two views, as `VIEWS` says, both as sharp at the mask's edge as what it was trained on
    (`accord.methods.learned.sharp`), and about each with the foreground nudged in two ways
    (`accord.methods.learned.nudge`). The answers are averaged, and the less they agree, the less is done: with little
    to go by, what is there is as good a guess (docs/decisions/0025-ask-about-nudged-foregrounds.md).

    Parameters
    ----------
    model
        A network exported by `accord export`: inputs picture (2, 3, s, s) and mask (2, 1, s, s), outputs coefficients
        (2, 3, 13) and grid (2, 12, s/4, s/4).
    """

    def __init__(self, model: OnnxModel) -> None:
        self._model = model
        self._size = int(model.metadata["size"])

    def fit(self, composite: Floats, mask: Floats, reference: Floats) -> ColourMap:
        """Predict the colour map; see `accord.methods.card.Method.fit` and `accord.methods.seen`."""
        views, crop = self._views(composite, mask, reference)
        coefficients, grids = [], []
        for gains in zip(GAINS[:VIEWS], GAINS[VIEWS:], strict=True):
            answers, answered = self._asked([nudged(view, gain) for view, gain in zip(views, gains, strict=True)], crop)
            coefficients += [for_unnudged(answer, gain) for answer, gain in zip(answers, gains, strict=True)]
            grids += answered
        share = STEP * _agreed(views[0], np.stack(coefficients), np.stack(grids))
        return colour_map(share * np.mean(coefficients, axis=0), share * np.mean(grids, axis=0))

    def glance(self, composite: Floats, mask: Floats, reference: Floats) -> ColourMap:
        """Predict from the views as they are alone: half the work of `fit`, and nearer to the composite."""
        views, crop = self._views(composite, mask, reference)
        coefficients, grids = self._asked(views, crop)
        return colour_map(coefficients.mean(axis=0), np.mean(grids, axis=0))

    def _views(self, composite: Floats, mask: Floats, reference: Floats) -> tuple[list[Floats], Crop]:
        """Give what the network is shown, (s, s, 4) each, and what the second view is a crop of."""
        seen = seen_by_network(composite, mask, reference)
        rows, columns = around(mask)
        part = sharp(seen[rows, columns], mask[rows, columns], self._size)[:, ::-1]
        return [sharp(seen, mask, self._size), part], Crop.of(rows, columns, mask.shape)

    def _asked(self, views: list[Floats], crop: Crop) -> tuple[Floats, list[Floats]]:
        """Give the network's answers, (2, 3, 13) coefficients and two grids, both over the whole composite."""
        shown = np.stack(views, dtype=np.float32).transpose(0, 3, 1, 2)
        outputs = self._model.run({"picture": shown[:, :3].copy(), "mask": shown[:, 3:].copy()})
        whole, part = outputs["grid"].transpose(0, 2, 3, 1)
        return outputs["coefficients"], [whole, read_in_whole(part[:, ::-1], crop)]


def _agreed(view: Floats, coefficients: NDArray[np.float64], grids: Floats) -> float:
    """Give how much of the mean of some answers their agreement bears out, in [0, 1].

    Parameters
    ----------
    view
        (s, s, 4) of the whole composite.
    coefficients, grids
        (n, 3, 13) and (n, s/4, s/4, 12) of the answers, in terms of the whole composite.
    """
    cells = view.reshape(view.shape[0] // _CELL, _CELL, view.shape[1] // _CELL, _CELL, 4)
    cover = cells[..., 3].mean(axis=(1, 3))
    colours = (cells[..., :3] * cells[..., 3:]).mean(axis=(1, 3)) / np.maximum(cover, 1e-6)[..., None]
    place = Place.whole(*cover.shape)
    moves = np.stack(
        [
            colour_map(polynomial, grid).transform(colours, place) - colours
            for polynomial, grid in zip(coefficients, grids, strict=True)
        ]
    )
    mean = moves.mean(axis=0)
    agreed = float((cover[..., None] * np.square(mean)).sum())
    apart = float((cover[..., None] * np.square(moves - mean).mean(axis=0)).sum())
    return agreed / (agreed + DOUBT * apart) if agreed > 0 else 0.0


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
    if (1 - mask[rows, columns]).mean() < 0.02:
        return slice(0, mask.shape[0]), slice(0, mask.shape[1])
    return rows, columns


def _span(filled: NDArray[np.bool_]) -> slice:
    """Give the span of what is filled, with its surroundings."""
    places = np.flatnonzero(filled)
    first, last = int(places[0]), int(places[-1]) + 1
    half = max((last - first) * (0.5 + _AROUND), len(filled) * _LEAST)
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

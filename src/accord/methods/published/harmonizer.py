"""Harmonizer as a method: six filter arguments, predicted small.

Source: Ke, Sun, Zhu, Xu, Lau, "Harmonizer: Learning to Perform White-Box Image and Video Harmonization", ECCV 2022.

Two of the filters need means of the whole picture. As published they are those at full size; `fit` takes the small
version's, which its map can carry along. The temperature's means are the same up to rounding, since shrinking averages;
the contrast's differs by what clamping at 0 and 1 does to averages, under 1/1000 on photographs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from accord.core.place import Place
from accord.engine.onnx import OnnxModel
from accord.methods.card import Floats, FullPicture
from accord.methods.published.seeing import small_inputs, strips, whole_inputs
from accord.networks.facts import NetworkFacts
from accord.transforms import ColourMap, Filters
from accord.transforms.filters import brightness, temperature
from accord.transforms.parameters import Doubles


class Harmonizer:
    """Harmonizer.

    Parameters
    ----------
    network
        Its ONNX file; see `accord.networks.export`.
    size
        Side of the square that it reads.
    """

    def __init__(self, network: OnnxModel, size: int) -> None:
        self._network = network
        self._size = size

    def fit(self, composite: Floats, mask: Floats, reference: Floats) -> ColourMap:
        """Predict the filters; see `accord.methods.card.Method.fit`."""
        inputs = small_inputs(composite, mask, reference, self._size)
        return Filters.measured(self._network.run(inputs)["arguments"][0], np.clip(composite, 0, 1))

    def as_published(self, picture: FullPicture) -> Iterator[tuple[slice, Floats]]:
        """Filter the whole picture and composite it with the mask; see `accord.methods.card.PublishedMethod`."""
        arguments = np.clip(self._network.run(whole_inputs(picture))["arguments"][0].astype(np.float64), -1, 1)
        filters = _measured(arguments, picture)
        for rows in strips(picture):
            colours = np.clip(picture.read(rows), 0, 1)
            filtered = filters.transform(colours, Place.whole(*colours.shape[:2]))
            yield rows, colours + picture.mask[rows, :, None] * (filtered - colours)


def _measured(arguments: Doubles, picture: FullPicture) -> Filters:
    """Give the filters with the statistics of the picture at full size."""
    pixels = picture.height * picture.width
    sums = np.zeros(3)
    for rows in strips(picture):
        sums += np.clip(picture.read(rows), 0, 1).sum((0, 1), dtype=np.float64)
    means = sums / pixels
    total = 0.0
    for rows in strips(picture):
        warmed = temperature(np.clip(picture.read(rows), 0, 1), float(arguments[0]), means)
        total += float(brightness(warmed, float(arguments[1])).sum(dtype=np.float64))
    return Filters(arguments, means, total / (3 * pixels))


def make(networks: Mapping[str, OnnxModel], facts: NetworkFacts) -> Harmonizer:
    """Make the method of its network."""
    return Harmonizer(networks["network"], facts.fit_size)

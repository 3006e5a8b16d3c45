"""iDIH's networks as methods: pictures made at 256 or 512 pixels, lifted to a colour map.

Source: Sofiiuk, Popenova, Konushin, "Foreground-aware Semantic Representations for Image Harmonization", WACV 2021.

The networks make pixels at the size that they were trained at, and know nothing of larger ones. `fit` lifts such a
result to an edge-aware colour map (`accord.methods.published.lift`), which keeps the picture's own detail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from accord.engine.onnx import OnnxModel
from accord.methods.card import Floats, FullPicture
from accord.methods.published.lift import lifted
from accord.methods.published.seeing import Inputs, small_inputs, squeezed_inputs, strips
from accord.networks.facts import NetworkFacts
from accord.transforms import ColourMap


class Idih:
    """A network of the iDIH family.

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
        """Harmonize the small version and lift the result; see `accord.methods.card.Method.fit`."""
        inputs = small_inputs(composite, mask, reference, self._size)
        return lifted(_image(inputs), self._made(inputs), inputs["mask"][0, 0])

    def as_published(self, picture: FullPicture) -> Iterator[tuple[slice, Floats]]:
        """Give the network's own picture where the picture has its size; see `accord.methods.card.PublishedMethod`.

        Other pictures are squeezed to that size, as the authors' evaluation does, and the network's picture is lifted:
        over the background, too, which it changes as it will.
        """
        inputs = squeezed_inputs(picture, self._size)
        made = self._made(inputs)
        if (picture.height, picture.width) == (self._size, self._size):
            yield slice(0, self._size), made
            return
        colour_map = lifted(_image(inputs), made, np.ones_like(inputs["mask"][0, 0]))
        for rows in strips(picture):
            colours = np.clip(picture.read(rows), 0, 1)
            yield rows, np.clip(colour_map.transform(colours, picture.place(rows)), 0, 1)

    def _made(self, inputs: Inputs) -> Floats:
        made: Floats = np.clip(self._network.run(inputs)["harmonized"][0].transpose(1, 2, 0), 0, 1)
        return made


def _image(inputs: Inputs) -> Floats:
    image: Floats = inputs["image"][0].transpose(1, 2, 0)
    return image


def make(networks: Mapping[str, OnnxModel], facts: NetworkFacts) -> Idih:
    """Make the method of its network."""
    return Idih(networks["network"], facts.fit_size)

"""PCT-Net as a method: an affine colour map for each place, predicted at 256 and interpolated bicubically.

Source: Guerreiro, Nakazawa, Stenger, "PCT-Net: Full Resolution Image Harmonization Using Pixel-Wise Color
Transformations", CVPR 2023.

The CNN predicts, besides, how much of the result is taken, and as published leaves the full-size mask unused; the ViT
composites with the mask. In `harmonize` both are held to the mask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from accord.engine.onnx import OnnxModel
from accord.methods.card import Floats, FullPicture
from accord.methods.published.seeing import Inputs, small_inputs, squeezed_inputs, strips
from accord.networks.facts import NetworkFacts
from accord.transforms import AffineGrid


class PctNet:
    """PCT-Net, CNN or ViT.

    Parameters
    ----------
    network
        Its ONNX file; see `accord.networks.export`. The CNN's gives `blend`.
    size
        Side of the square that it reads.
    """

    def __init__(self, network: OnnxModel, size: int) -> None:
        self._network = network
        self._size = size

    def fit(self, composite: Floats, mask: Floats, reference: Floats) -> AffineGrid:
        """Predict the map; see `accord.methods.card.Method.fit`."""
        return self._map(small_inputs(composite, mask, reference, self._size))

    def as_published(self, picture: FullPicture) -> Iterator[tuple[slice, Floats]]:
        """Map the whole picture; see `accord.methods.card.PublishedMethod`."""
        colour_map = self._map(squeezed_inputs(picture, self._size))
        for rows in strips(picture):
            colours = np.clip(picture.read(rows), 0, 1)
            mapped = colour_map.transform(colours, picture.place(rows))
            if colour_map.amount is None:
                mapped = colours + picture.mask[rows, :, None] * (mapped - colours)
            yield rows, np.clip(mapped, 0, 1)

    def _map(self, inputs: Inputs) -> AffineGrid:
        outputs = self._network.run(inputs)
        theta = outputs["theta"][0]
        grid = np.concatenate([theta[:9].reshape(3, 3, self._size, self._size), theta[9:, None]], axis=1)
        amount = outputs["blend"][0, 0] if "blend" in outputs else None
        return AffineGrid(grid.transpose(2, 3, 0, 1), amount, "bicubic", clip=True)


def make(networks: Mapping[str, OnnxModel], facts: NetworkFacts) -> PctNet:
    """Make the method of its network."""
    return PctNet(networks["network"], facts.fit_size)

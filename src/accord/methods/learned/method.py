"""From the network's numbers to a colour map."""

from __future__ import annotations

import numpy as np

from accord.engine.onnx import OnnxModel
from accord.methods.card import Floats
from accord.methods.seen import resized, seen_by_network
from accord.transforms import AffineGrid, Chain, ColourMap, Polynomial


class Learned:
    """accord's network as a method.

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
        shown = resized(np.dstack([seen_by_network(composite, mask, reference), mask]), self._size)
        planes = np.ascontiguousarray(shown.transpose(2, 0, 1)[None], np.float32)
        outputs = self._model.run({"picture": planes[:, :3], "mask": planes[:, 3:]})
        return colour_map(outputs["coefficients"][0], outputs["grid"][0])


def colour_map(coefficients: Floats, grid: Floats) -> ColourMap:
    """Give the map that `accord.networks.accord_net.model.apply_map` applies.

    Parameters
    ----------
    coefficients
        (3, 13), see `accord.transforms.Polynomial`.
    grid
        (12, gh, gw): rows of 3x4 matrices that act on colours less 0.5 and add to them.
    """
    matrices = grid.transpose(1, 2, 0).reshape(*grid.shape[1:], 3, 4).astype(np.float32)
    matrices[..., 3] -= 0.5 * matrices[..., :3].sum(-1)
    matrices[..., :3] += np.eye(3, dtype=np.float32)
    return Chain((Polynomial(coefficients.astype(np.float64)), AffineGrid(matrices)))

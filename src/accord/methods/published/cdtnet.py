"""CDTNet as a method: a look-up table from a small network, and in the full form a refiner of its result.

Source: Cong, Tao, Niu, Liang, Gao, Sun, Zhang, "High-Resolution Image Harmonization via Collaborative Dual
Transformations", CVPR 2022.

The sim form is its table, which is a colour map as it is. The full form's refiner makes pixels, at full size, out of
the table's, the base network's and its features: nothing that applies to another size or place. `fit` therefore refines
the small version and lifts the result to a colour map (`accord.methods.published.lift`); `as_published` runs the
refiner at full size, strip by strip, where the authors' code needs over 19 GiB for 24 megapixels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from accord.core.place import Place
from accord.engine.onnx import OnnxModel
from accord.methods.card import Floats, FullPicture
from accord.methods.published.lift import lifted
from accord.methods.published.seeing import Inputs, small_inputs, strips, whole_inputs
from accord.networks.facts import NetworkFacts
from accord.transforms import ColourMap, Lut3D
from accord.transforms.sampling import taps

# A little more than a cell of the table, so that 1.0 still falls into the last one; as published.
_DOMAIN = np.array([[0.0] * 3, [1.000001] * 3])

# Two 3x3 convolutions look two pixels far.
_REACH = 2


class CdtSim:
    """CDTNet without its refiner.

    Parameters
    ----------
    network
        Its ONNX file; see `accord.networks.export`.
    size
        Side of the square that its base network reads.
    """

    def __init__(self, network: OnnxModel, size: int) -> None:
        self._network = network
        self._size = size

    def fit(self, composite: Floats, mask: Floats, reference: Floats) -> ColourMap:
        """Predict the table; see `accord.methods.card.Method.fit`."""
        return _table(self._network.run(small_inputs(composite, mask, reference, self._size))["table"])

    def as_published(self, picture: FullPicture) -> Iterator[tuple[slice, Floats]]:
        """Look the foreground up; see `accord.methods.card.PublishedMethod`."""
        table = _table(self._network.run(whole_inputs(picture))["table"])
        for rows in strips(picture):
            colours = np.clip(picture.read(rows), 0, 1)
            yield rows, np.clip(_looked_up(table, colours, picture.mask[rows]), 0, 1)


class CdtNet:
    """CDTNet with its refiner.

    Parameters
    ----------
    network, refiner
        Its two ONNX files; see `accord.networks.export`.
    size
        Side of the square that its base network reads.
    """

    def __init__(self, network: OnnxModel, refiner: OnnxModel, size: int) -> None:
        self._network = network
        self._refiner = refiner
        self._size = size

    def fit(self, composite: Floats, mask: Floats, reference: Floats) -> ColourMap:
        """Harmonize the small version and lift the result; see `accord.methods.card.Method.fit`."""
        inputs = small_inputs(composite, mask, reference, self._size)
        coarse = self._network.run(inputs)
        image, cover = inputs["image"][0].transpose(1, 2, 0), inputs["mask"][0, 0]
        refined = self._refined(coarse, image, cover, range(self._size), self._size)
        return lifted(image, np.clip(refined, 0, 1), cover)

    def as_published(self, picture: FullPicture) -> Iterator[tuple[slice, Floats]]:
        """Refine the whole picture; see `accord.methods.card.PublishedMethod`."""
        coarse = self._network.run(whole_inputs(picture))
        for rows in strips(picture):
            wide = range(max(rows.start - _REACH, 0), min(rows.stop + _REACH, picture.height))
            part = slice(wide.start, wide.stop)
            colours = np.clip(picture.read(part), 0, 1)
            refined = self._refined(coarse, colours, picture.mask[part], wide, picture.height)
            yield rows, np.clip(refined[rows.start - wide.start : rows.stop - wide.start], 0, 1)

    def _refined(self, coarse: Inputs, colours: Floats, mask: Floats, rows: range, height: int) -> Floats:
        """Refine rows of a picture of that height, given as those rows alone."""
        inputs = {
            "image": _chw(colours),
            "mask": _chw(mask[..., None]),
            "table_image": _chw(_looked_up(_table(coarse["table"]), colours, mask)),
            **{name: _at_rows(coarse[name], rows, height) for name in ("base", "features")},
        }
        refined: Floats = self._refiner.run(inputs)["harmonized"][0].transpose(1, 2, 0)
        return refined


def _table(table: NDArray[np.float32]) -> Lut3D:
    # From (1, channel, blue, green, red) to (red, green, blue, channel).
    return Lut3D(table[0].transpose(3, 2, 1, 0), _DOMAIN, "trilinear")


def _looked_up(table: Lut3D, colours: Floats, mask: Floats) -> Floats:
    mapped = table.transform(colours, Place.whole(*colours.shape[:2]))
    return colours + mask[..., None] * (mapped - colours)


def _at_rows(coarse: Floats, rows: range, height: int) -> Floats:
    """Interpolate (1, c, h, w) to some rows of a picture, columns left as they are: the refiner widens them."""
    along = taps(Place(rows.start, 0, len(rows), 1, height, 1).rows(), coarse.shape[2])
    result: Floats = coarse[:, :, along.indices[:, 0]] * along.weights[:, :1]
    result += coarse[:, :, along.indices[:, 1]] * along.weights[:, 1:]
    return result


def _chw(planes: Floats) -> Floats:
    return np.ascontiguousarray(planes.transpose(2, 0, 1)[None], np.float32)


def make(networks: Mapping[str, OnnxModel], facts: NetworkFacts) -> CdtSim | CdtNet:
    """Make the method of its networks."""
    if "refiner" in networks:
        return CdtNet(networks["network"], networks["refiner"], facts.fit_size)
    return CdtSim(networks["network"], facts.fit_size)

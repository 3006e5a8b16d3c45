"""CDTNet: iSSAM at low resolution, a look-up table for the whole picture, and a refiner at full resolution.

Source: Cong, Tao, Niu, Liang, Gao, Sun, Zhang, "High-Resolution Image Harmonization via Collaborative Dual
Transformations", CVPR 2022.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from numpy.typing import NDArray
from torch import Tensor, nn

from accord.networks.cdtnet.lut import LutMixer, look_up
from accord.networks.network import Network, Normalise, image_tensor, mask_tensor
from accord.networks.strips import resized_rows, strips
from accord.networks.unet import UNET_RULES, Head, issam

_STRIP_PIXELS = 2**18
# Two 3x3 convolutions look two pixels far.
_REACH = 2


class CdtCoarse(NamedTuple):
    """What CDTNet finds at low resolution."""

    weights: Tensor
    """(N, 4), of the tables."""
    table: Tensor
    """(N, 3, 33, 33, 33), the mixed table."""
    base: Tensor | None
    """(N, 3, s, s), the base network's image, normalised; None in the sim form, which does without."""
    features: Tensor | None
    """(N, 32, s, s), its finest features; None in the sim form."""


class CdtOutput(NamedTuple):
    """CDTNet's three results, 0 to 1 and beyond, not clamped."""

    image: Tensor
    """(N, 3, H, W), the refined result, or the table's in the sim form."""
    lut_image: Tensor
    """(N, 3, H, W), the look-up table's, composited with the mask."""
    base_image: Tensor | None
    """(N, 3, s, s), the base network's; None in the sim form."""


class Refiner(Head):
    """Two convolutions at full resolution over both results, the mask and the base network's features."""

    def __init__(self) -> None:
        super().__init__(64, fusion=True)
        layers: list[nn.Module] = []
        for inputs in (3 + 3 + 1 + 32, 64):
            layers += [nn.Conv2d(inputs, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ELU()]
        self.layers = nn.Sequential(*layers)

    def forward(self, base: Tensor, lut: Tensor, mask: Tensor, features: Tensor, image: Tensor) -> Tensor:
        """Give the refined image; all images are normalised and of one size."""
        return self.image(self.layers(torch.cat([base, lut, mask, features], dim=1)), image)


class CdtNet(Network):
    """CDTNet.

    Parameters
    ----------
    read_size
        Side of the square that the base network reads: 256, or 512 for the 2048-pixel model.
    refined
        Whether the refiner runs; without it (the sim form) the look-up table's image is the result.
    """

    official_rules = (
        *UNET_RULES,
        (r"^lut\.tables\.(\d)", r"lut.LUT\1.LUT"),
        (r"^lut\.classifier\.project\.", "lut.classifier.conv."),
        (r"^lut\.classifier\.weigh\.", "lut.classifier.fc."),
        (r"^refine\.layers\.", "refine.block."),
        (r"^refine\.to_attention\.", "refine.conv_attention."),
    )

    def __init__(self, read_size: int = 256, *, refined: bool = True) -> None:
        super().__init__()
        self.read_size = read_size
        self.refined = refined
        self.normalise = Normalise()
        self.encoder, self.decoder = issam()
        self.lut = LutMixer(256)
        self.refine = Refiner()

    def coarse(self, image: Tensor, mask: Tensor) -> CdtCoarse:
        """Run what works at low resolution on an image (N, 3, H, W), 0 to 1, and a mask (N, 1, H, W)."""
        size = (self.read_size, self.read_size)
        low = self.normalise(F.interpolate(image, size, mode="bilinear", align_corners=False))
        low_mask = F.interpolate(mask, size, mode="bilinear", align_corners=False)
        encoded = self.encoder(torch.cat([low, low_mask], dim=1))
        weights = self.lut.classifier(encoded[-1], mask)
        table = self.lut(weights)
        if not self.refined:
            return CdtCoarse(weights, table, None, None)
        features = self.decoder(encoded, low_mask)
        return CdtCoarse(weights, table, self.decoder.image(features, low), features)

    def rows(self, coarse: CdtCoarse, image: Tensor, mask: Tensor, rows: range, height: int) -> tuple[Tensor, Tensor]:
        """Give the result and the table's image for rows of a picture of that height, given as those rows alone.

        Where `rows` end inside the picture, the outermost two rows of the result are not those of the whole picture.
        """
        table_image = look_up(coarse.table, image) * mask + image * (1 - mask)
        if coarse.base is None or coarse.features is None:
            return table_image, table_image
        base, features = (
            resized_rows(x, rows, height, image.shape[3], "bilinear") for x in (coarse.base, coarse.features)
        )
        refined = self.refine(base, self.normalise(table_image), mask, features, self.normalise(image))
        return self.normalise.undo(refined), table_image

    def forward(self, image: Tensor, mask: Tensor) -> CdtOutput:
        """Harmonize an image (N, 3, H, W), 0 to 1, with a mask (N, 1, H, W), in one piece."""
        coarse = self.coarse(image, mask)
        height = image.shape[2]
        result, table_image = self.rows(coarse, image, mask, range(height), height)
        base_image = None if coarse.base is None else self.normalise.undo(coarse.base)
        return CdtOutput(result, table_image, base_image)

    def _predict(self, image: NDArray[np.uint8], mask: NDArray[Any], device: torch.device) -> Tensor:
        pixels, coverage = image_tensor(image, device), mask_tensor(mask, device)
        coarse = self.coarse(pixels, coverage)
        height, width = mask.shape
        result = torch.empty_like(pixels)
        for rows in strips(height, width, _STRIP_PIXELS):
            wide = range(max(rows.start - _REACH, 0), min(rows.stop + _REACH, height))
            part = slice(wide.start, wide.stop)
            made, _ = self.rows(coarse, pixels[:, :, part], coverage[:, :, part], wide, height)
            result[:, :, rows.start : rows.stop] = made[:, :, rows.start - wide.start : rows.stop - wide.start]
        return result


def make(name: str) -> CdtNet:
    """Make the network of that name, one of `accord.networks.cdtnet.FACTS`."""
    return CdtNet(512 if name == "cdtnet_512" else 256, refined=name != "cdtnet_sim")

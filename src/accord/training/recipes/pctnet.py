"""PCT-Net's training: the masked error at full size, and a smooth parameter map.

Source: Guerreiro, Nakazawa, Stenger, "PCT-Net: Full Resolution Image Harmonization Using Pixel-Wise Color
Transformations", CVPR 2023. Its third loss, a contrast of style with weight 0.01, is left out: it needs VGG-16's
ImageNet weights, which no package holds.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own convention
from torch import Tensor, nn

from accord.core.errors import BadInputError
from accord.data.synthesis import Batch
from accord.networks.pctnet.model import PctCnn, PctNet
from accord.training.config import TrainingConfig
from accord.training.recipes.published import area_at, mask_weighted_error, set_gaussian
from accord.training.recipes.recipe import PublishedRecipe, Run

_READ_SIZE = 256
_SMOOTHNESS = 0.1


class PctRecipe(PublishedRecipe[PctNet]):
    """The recipe of PCT-Net. Composites larger than 256 pixels are read at 256, and mapped at their own size."""

    def __init__(self, config: TrainingConfig) -> None:
        super().__init__(config)
        if config.size % 8:
            raise BadInputError(f"size is {config.size}, wanted a multiple of 8.")
        self._least_area = area_at(config.size, 1000)
        if isinstance(self.network, PctCnn):
            self.network.decoder.to_rgb.requires_grad_(False)  # part of the checkpoint, but nothing reads it

    @torch.no_grad()
    def begin(self) -> None:
        """Draw weights at random, the CNN's from wide Gaussians, the transformer's from narrow ones."""
        if isinstance(self.network, PctCnn):
            set_gaussian(self.network, 2.0)
            return
        for module in self.network.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
                module.weight.normal_(0, 0.02)
                if module.bias is not None:
                    module.bias.zero_()

    def loss(self, run: Run, batch: Batch) -> Tensor:
        """Give the error at full size and the roughness of the map."""
        full, wanted = (self.network.normalise(value) for value in (batch.composite, batch.real))
        low, low_mask = _low(full), _low(batch.mask)
        made = run(low, full, low_mask, batch.mask)
        error = mask_weighted_error(made.full.float(), wanted, batch.mask, self._least_area)
        return error + _SMOOTHNESS * roughness(made.theta.float())

    def colours(self, network: PctNet, batch: Batch) -> Tensor:
        """Map the whole picture; where the mask is the blend, without it."""
        full = network.normalise(batch.composite)
        mask = batch.mask if isinstance(network, PctCnn) else torch.ones_like(batch.mask)
        theta, blend = network.parameter_maps(_low(full), _low(batch.mask))
        height = full.shape[2]
        return network.normalise.undo(network.rows(theta, blend, full, mask, range(height), height))


def _low(picture: Tensor) -> Tensor:
    size = (min(_READ_SIZE, picture.shape[2]), min(_READ_SIZE, picture.shape[3]))
    return picture if picture.shape[2:] == size else F.interpolate(picture, size, mode="bilinear", align_corners=False)


def roughness(theta: Tensor) -> Tensor:
    """Give the mean length of Sobel's gradient (b, c, h, w), one eighth of the plain kernel's, edges repeated."""
    smooth, slope = theta.new_tensor([1.0, 2, 1]), theta.new_tensor([-1.0, 0, 1])
    kernels = torch.stack([torch.outer(smooth, slope), torch.outer(slope, smooth)])[:, None] / 8
    channels = F.pad(theta, (1, 1, 1, 1), mode="replicate").flatten(0, 1)[:, None]
    return (F.conv2d(channels, kernels).square().sum(1) + 1e-6).sqrt().mean()


def make(config: TrainingConfig) -> PctRecipe:
    """Make the recipe."""
    return PctRecipe(config)

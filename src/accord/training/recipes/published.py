"""What the published trainings share: a loss and an initialization."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_READ_SIZE = 256


def mask_weighted_error(predicted: Tensor, wanted: Tensor, mask: Tensor, least_area: float) -> Tensor:
    """Give the squared error per pixel of foreground, averaged over a batch.

    The error is summed over the whole picture, background included: networks that make whole pictures learn to leave it
    alone that way. Source: Sofiiuk et al., WACV 2021.

    Parameters
    ----------
    predicted, wanted
        (b, 3, h, w).
    mask
        (b, 1, h, w) coverage in [0, 1].
    least_area
        What smaller foregrounds count as, in pixels.
    """
    area = mask.sum((1, 2, 3)).clamp_min(least_area)
    return ((predicted - wanted).square().sum((1, 2, 3)) / (predicted.shape[1] * area)).mean()


def area_at(size: int, area: float) -> float:
    """Give an area of a 256-pixel square, in pixels, as the same share of a smaller one."""
    return area * min(1.0, (size / _READ_SIZE) ** 2)


@torch.no_grad()
def set_gaussian(network: nn.Module, magnitude: float) -> None:
    """Draw the weights of convolutions and linear layers from Gaussians; biases 0, normalizations the identity.

    The variance is `magnitude` over the mean of inputs and outputs (Glorot and Bengio, AISTATS 2010, have 1).
    """
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            inputs, outputs = nn.init._calculate_fan_in_and_fan_out(module.weight)
            module.weight.normal_(0, (magnitude / ((inputs + outputs) / 2)) ** 0.5)
            if module.bias is not None:
                module.bias.zero_()

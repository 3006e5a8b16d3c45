"""What a training minimises, inside the foreground only."""

from __future__ import annotations

import torch
from torch import Tensor

_MIN_SHARE = 0.01


def foreground_errors(predicted: Tensor, real: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Give each composite's mean squared and mean absolute error in the foreground.

    Parameters
    ----------
    predicted, real
        (b, 3, h, w) display-encoded sRGB, 0 to 1.
    mask
        (b, 1, h, w) coverage. Areas below 1 % of the picture count as 1 %, lest a few pixels outweigh all others.
    """
    area = mask.sum((1, 2, 3)).clamp_min(_MIN_SHARE * mask[0].numel()) * 3
    difference = (predicted - real) * mask
    square = (difference * (predicted - real)).sum((1, 2, 3)) / area
    return square, difference.abs().sum((1, 2, 3)) / area


def harmonization_loss(predicted: Tensor, real: Tensor, mask: Tensor, grid: Tensor) -> Tensor:
    """Give absolute error (all composites count), squared error (bad ones more), and a price on local corrections."""
    square, absolute = foreground_errors(predicted, real, mask)
    return absolute.mean() + 8 * square.mean() + 0.02 * torch.mean(grid.square())

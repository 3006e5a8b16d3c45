"""What a training minimises, inside the foreground only."""

from __future__ import annotations

from torch import Tensor

_MIN_SHARE = 0.01
_NEAR = 0.01  # errors well below this, of 1, are all alike: 40 dB
_TINY = 1e-5  # keeps the root's slope finite: 0.8 of 255


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


def harmonization_loss(predicted: Tensor, composite: Tensor, real: Tensor, mask: Tensor, grid: Tensor) -> Tensor:
    """Give the loss of a batch.

    Absolute error (every composite counts), squared error (bad ones count more), its logarithm (half of any error is
    worth as much as half of any other: decibels), what was made worse than it came (users forgive a timid result sooner
    than a spoilt one), and a price on local corrections.
    """
    square, absolute = foreground_errors(predicted, real, mask)
    before, _ = foreground_errors(composite, real, mask)
    root, root_before = (square + _TINY).sqrt(), (before + _TINY).sqrt()
    harm = (root - root_before).clamp_min(0)
    level = (root + _NEAR).log()
    return absolute.mean() + 8 * square.mean() + 0.06 * level.mean() + 3 * harm.mean() + 0.02 * grid.square().mean()

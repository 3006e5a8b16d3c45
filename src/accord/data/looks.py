"""Composites as accord's own network is shown them: each as a whole, and a mirrored crop around its foreground.

The learned method looks so at what users have (`accord.methods.learned.method`), this module at batches for training.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own convention
from torch import Tensor

from accord.methods.learned.method import AROUND, FILLED, LEAST
from accord.methods.learned.sharp import PURITY, TRACE


@dataclass(frozen=True)
class Looks:
    """What the network is shown of b composites: row 2n the whole of composite n, row 2n + 1 its crop.

    Parameters
    ----------
    composite, real
        (2b, 3, size, size) display-encoded sRGB in [0, 1].
    mask
        (2b, 1, size, size) coverage, 0 or 1.
    place
        (b, 2, 3) where the crops lie: `torch.nn.functional.affine_grid`'s way from places in the crop, each from -1 to
        1, to places in the whole.
    """

    composite: Tensor
    real: Tensor
    mask: Tensor
    place: Tensor

    def to(self, device: torch.device) -> Looks:
        """Move to a device."""
        return Looks(*(value.to(device) for value in (self.composite, self.real, self.mask, self.place)))

    def part(self, first: int, count: int) -> Looks:
        """Give those of `count` composites."""
        rows = slice(2 * first, 2 * (first + count))
        return Looks(self.composite[rows], self.real[rows], self.mask[rows], self.place[first : first + count])

    def alternating(self) -> tuple[Tensor, Tensor, Tensor]:
        """Give composites, truths and masks of one look at each: the whole of every second, the crop of the others."""
        number = torch.arange(len(self.place), device=self.place.device)
        rows = 2 * number + number % 2
        return self.composite[rows], self.real[rows], self.mask[rows]


@torch.no_grad()
def looks(composite: Tensor, real: Tensor, mask: Tensor, size: int) -> Looks:
    """Look at (b, 3, h, w) composites of truth `real` with (b, 1, h, w) masks twice each.

    Parameters
    ----------
    size
        Side of the looks, in pixels.
    """
    count = len(mask)
    whole = torch.eye(2, 3, device=mask.device).expand(count, 2, 3)
    close = _places(mask[:, 0])
    front, back = mask**PURITY + TRACE, (1 - mask) ** PURITY + TRACE
    pictures = torch.cat([composite, real], 1)
    stack = torch.cat([pictures * front, pictures * back, front, back, mask], 1)
    views = [
        F.grid_sample(
            stack, F.affine_grid(place, [count, 15, size, size], align_corners=False),
            mode="bilinear", padding_mode="border", align_corners=False,
        )
        for place in (whole, close)
    ]  # fmt: skip
    values = torch.stack(views, 1).flatten(0, 1)
    inside = values[:, 14:] > 0.5
    colours = torch.where(inside, values[:, :6] / values[:, 12:13], values[:, 6:12] / values[:, 13:14])
    return Looks(colours[:, :3].contiguous(), colours[:, 3:].contiguous(), inside.float(), close)


def _places(masks: Tensor) -> Tensor:
    """Give where the crops around (b, h, w) masks lie, as `accord.methods.learned.method.around` does."""
    inside = masks >= 0.5
    inside = torch.where(inside.flatten(1).any(1)[:, None, None], inside, masks > 0)
    rows, columns = (_span(inside.any(axis)) for axis in (2, 1))
    sums = F.pad((1 - masks).cumsum(1).cumsum(2), (1, 0, 1, 0))
    number = torch.arange(len(masks), device=masks.device)

    def total(bottom: int, right: int) -> Tensor:
        return sums[number, rows[:, bottom], columns[:, right]]

    outside = total(1, 1) - total(0, 1) - total(1, 0) + total(0, 0)
    area = (rows[:, 1] - rows[:, 0]) * (columns[:, 1] - columns[:, 0])
    filled = outside < FILLED * area
    place = torch.zeros(len(masks), 2, 3, device=masks.device)
    for axis, span, sign in ((0, columns, -1), (1, rows, 1)):
        length = masks.shape[2 - axis]
        first, last = (torch.where(filled, end, value) for end, value in ((0, span[:, 0]), (length, span[:, 1])))
        place[:, axis, axis] = sign * (last - first) / length
        place[:, axis, 2] = (last + first) / length - 1
    return place


def _span(filled: Tensor) -> Tensor:
    """Give the spans of what is filled of (b, n), with surroundings: (b, 2)."""
    length = filled.shape[1]
    first = filled.int().argmax(1)
    last = length - filled.flip(1).int().argmax(1)
    half = torch.clamp_min((last - first) * (0.5 + AROUND), length * LEAST)
    middle = (first + last) / 2
    low, high = (middle - half).floor().clamp_min(0), (middle + half).ceil().clamp_max(length)
    return torch.stack([low, high], 1).long()

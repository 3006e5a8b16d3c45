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

_WHOLE = torch.eye(2, 3)  # `affine_grid`'s way from places to the same


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


@torch.no_grad()
def looks(composite: Tensor, real: Tensor, mask: Tensor, size: int) -> Looks:
    """Look at (b, 3, h, w) composites of truth `real` with (b, 1, h, w) masks twice each.

    Parameters
    ----------
    size
        Side of the looks, in pixels.
    """
    close = _places(mask[:, 0])
    stack = _stack(composite, real, mask)
    views = [_view(stack, place, size) for place in (_WHOLE.to(mask.device).expand_as(close), close)]
    shown = [torch.stack(pair, 1).flatten(0, 1) for pair in zip(*views, strict=True)]
    return Looks(shown[0], shown[1], shown[2], close)


@torch.no_grad()
def one_look(composite: Tensor, real: Tensor, mask: Tensor, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """Look at composites as `looks` does, but once each: at the whole of every second, at the crop of the others.

    Returns
    -------
    composite, real
        (b, 3, size, size) display-encoded sRGB in [0, 1].
    mask
        (b, 1, size, size) coverage, 0 or 1.
    """
    place = _places(mask[:, 0])
    place[::2] = _WHOLE.to(mask.device)
    return _view(_stack(composite, real, mask), place, size)


def _stack(composite: Tensor, real: Tensor, mask: Tensor) -> Tensor:
    """Give what `_view` reads: both pictures by what is in front and by what is behind, and how much there is of it."""
    front, back = mask**PURITY + TRACE, (1 - mask) ** PURITY + TRACE
    pictures = torch.cat([composite, real], 1)
    return torch.cat([pictures * front, pictures * back, front, back, mask], 1)


def _view(stack: Tensor, place: Tensor, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """Give composites, truths and masks where (b, 2, 3) `place` is."""
    grid = F.affine_grid(place, [len(place), stack.shape[1], size, size], align_corners=False)
    values = F.grid_sample(stack, grid, mode="bilinear", padding_mode="border", align_corners=False)
    inside = values[:, 14:] > 0.5
    colours = torch.where(inside, values[:, :6] / values[:, 12:13], values[:, 6:12] / values[:, 13:14])
    return colours[:, :3].contiguous(), colours[:, 3:].contiguous(), inside.float()


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

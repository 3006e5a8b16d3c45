"""Small random changes of a photo's colours, as Harmonizer's training makes them."""

from __future__ import annotations

import torch
from torch import Tensor

_AMOUNT, _HUE = 0.1, 0.03
_LUMA = (0.2989, 0.587, 0.114)


def jittered(picture: Tensor) -> Tensor:
    """Change brightness, contrast and saturation by up to 10 %, hue by up to 3 % of a turn, in random order.

    Parameters
    ----------
    picture
        (b, 3, h, w) in [0, 1]; the result is, too.
    """
    changes = (_brighter, _contrasted, _saturated, _turned)
    for number in torch.randperm(len(changes)).tolist():
        picture = changes[number](picture).clamp(0, 1)
    return picture


def _draw(picture: Tensor, reach: float) -> Tensor:
    return (2 * torch.rand(len(picture), 1, 1, 1, device=picture.device) - 1) * reach


def _grey(picture: Tensor) -> Tensor:
    return (picture * picture.new_tensor(_LUMA).view(3, 1, 1)).sum(1, keepdim=True)


def _brighter(picture: Tensor) -> Tensor:
    return picture * (1 + _draw(picture, _AMOUNT))


def _contrasted(picture: Tensor) -> Tensor:
    mean = _grey(picture).mean((2, 3), keepdim=True)
    return mean + (picture - mean) * (1 + _draw(picture, _AMOUNT))


def _saturated(picture: Tensor) -> Tensor:
    grey = _grey(picture)
    return grey + (picture - grey) * (1 + _draw(picture, _AMOUNT))


def _turned(picture: Tensor) -> Tensor:
    """Turn the hue of HSV."""
    high, low = picture.amax(1, keepdim=True), picture.amin(1, keepdim=True)
    spread = high - low
    r, g, b = (picture / spread.clamp_min(1e-6)).chunk(3, dim=1)
    sixth = torch.where(r >= torch.maximum(g, b), g - b, torch.where(g >= b, 2 + b - r, 4 + r - g))
    sixth = sixth + 6 * _draw(picture, _HUE)
    place = torch.cat([(offset + sixth) % 6 for offset in (5, 3, 1)], 1)
    return high - spread * torch.minimum(place, 4 - place).clamp(0, 1)

"""Harmonizer's six filters, differentiable.

Source: Ke et al., "Harmonizer: Learning to Perform White-Box Image and Video Harmonization", ECCV 2022.

Each takes an image (N, 3, H, W) in [0, 1], display-encoded sRGB, and an argument (N, 1, 1, 1) in [-1, 1], about 0 for
no change, and gives an image in [0, 1]. Temperature and contrast also depend on the means of the whole image that they
are given.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

_EPSILON = 1e-6


def temperature(image: Tensor, x: Tensor) -> Tensor:
    """Warm (x > 0) or cool (x < 0) the image, about its grey balance."""
    means = image.mean((2, 3), keepdim=True)
    grey = means.mean(1, keepdim=True)
    size, none = x.abs(), torch.zeros_like(x)
    warmth = torch.cat(
        [torch.where(x < 0, size, none), torch.where(x != 0, 0.5 * size, none), torch.where(x > 0, size, none)], dim=1
    )
    moved = means + warmth
    gain = moved.mean(1, keepdim=True) / (moved + _EPSILON) + (1 - grey / (means + _EPSILON))
    return (image * gain).clamp(0, 1)


def brightness(image: Tensor, x: Tensor) -> Tensor:
    """Scale the value of HSV, keeping hue and saturation.

    Hue cancels out of the round trip through HSV: a channel is V (1 - S t), where t tells how far it lies from the
    largest channel (0) towards the smallest (1). V may exceed 1 before the final clamp.
    """
    high, low = image.amax(1, keepdim=True), image.amin(1, keepdim=True)
    spread = high - low
    saturation = spread / (high + 1e-8)
    distance = (high - image) / torch.where(spread > 0, spread, torch.ones_like(spread))
    gain = torch.where(x >= 0, 1 / (1 - x.clamp(min=0) + _EPSILON), 1 + x)
    return (high * gain * (1 - saturation * distance)).clamp(0, 1)


def contrast(image: Tensor, x: Tensor) -> Tensor:
    """Move pixels away from (x > 0, in 256 steps) or towards (x < 0) the image's mean."""
    mean = image.mean((1, 2, 3), keepdim=True)
    gain = torch.where(x > 0, 255 / (256 - torch.floor(255 * x)) - 1, x)
    return (image + (image - mean) * gain).clamp(0, 1)


def saturation(image: Tensor, x: Tensor) -> Tensor:
    """Move colours away from (x > 0) or towards (x < 0) their lightness, the middle of their extreme channels."""
    high, low = image.amax(1, keepdim=True), image.amin(1, keepdim=True)
    total = high + low
    lightness = total / 2
    saturated = (high - low) / (torch.where(lightness < 0.5, total, 2 - total) + _EPSILON)
    room = torch.where(x + saturated > 1, saturated, 1 - x)
    # Divided only where it is used, so that the other side's gradient stays finite.
    more = 1 / (torch.where(x >= 0, room, torch.ones_like(room)) + _EPSILON) - 1
    from_lightness = image - lightness
    return torch.where(x >= 0, image + from_lightness * more, lightness + from_lightness * (1 + x)).clamp(0, 1)


def highlight(image: Tensor, x: Tensor) -> Tensor:
    """Brighten (x > 0) or darken (x < 0) with most effect on bright pixels."""
    return 1 - (1 - image + 1e-9).pow(x + 1).clamp(0, 1)


def shadow(image: Tensor, x: Tensor) -> Tensor:
    """Brighten (x > 0) or darken (x < 0) with most effect on dark pixels."""
    return (image + 1e-9).pow(1 - x).clamp(0, 1)


FILTERS: tuple[Callable[[Tensor, Tensor], Tensor], ...] = (
    temperature,
    brightness,
    contrast,
    saturation,
    highlight,
    shadow,
)
"""The filters in the order in which they run."""

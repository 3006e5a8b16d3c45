"""Harmonizer: a two-stem EfficientNet, a cascade of linear regressors, and six filters.

Source: Ke, Sun, Zhu, Xu, Lau, "Harmonizer: Learning to Perform White-Box Image and Video Harmonization", ECCV 2022.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from numpy.typing import NDArray
from torch import Tensor, nn

from accord.networks.harmonizer.efficientnet import EFFICIENTNET_RULES, TwoStemEfficientNet
from accord.networks.harmonizer.filters import FILTERS
from accord.networks.network import Network, image_tensor, mask_tensor

_READ_SIZE = (256, 256)


class CascadeHead(nn.Module):
    """One argument, and what the next head reads."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mix = nn.Linear(2 * width, width)
        self.read = nn.Linear(width, 1)

    def forward(self, fixed: Tensor, passed: Tensor) -> tuple[Tensor, Tensor]:
        """Give the argument, (N, 1), and the new `passed`, (N, width)."""
        passed = self.mix(torch.cat([fixed, passed], dim=1))
        return self.read(passed), passed


class CascadeRegressor(nn.Module):
    """Six arguments from pooled features, each head reading what the one before passed on; linear throughout."""

    def __init__(self, inputs: int, width: int = 160) -> None:
        super().__init__()
        self.fixed = nn.Linear(inputs, width)
        self.passed = nn.Linear(inputs, width)
        self.heads = nn.ModuleList(CascadeHead(width) for _ in FILTERS)

    def forward(self, features: Tensor) -> Tensor:
        """Give arguments (N, 6) for features (N, inputs, H, W)."""
        pooled = features.mean((2, 3))
        fixed, passed = self.fixed(pooled), self.passed(pooled)
        arguments = []
        for head in self.heads:
            argument, passed = head(fixed, passed)
            arguments.append(argument)
        return torch.cat(arguments, dim=1)


class Harmonizer(Network):
    """Harmonizer; images are in [0, 1], not normalised."""

    official_rules = (
        *EFFICIENTNET_RULES,
        (r"^regressor\.fixed\.", "regressor.f."),
        (r"^regressor\.passed\.", "regressor.g."),
        (r"^regressor\.heads\.(\d)\.mix\.", r"regressor.headers.\1.0."),
        (r"^regressor\.heads\.(\d)\.read\.", r"regressor.headers.\1.1."),
    )

    def __init__(self) -> None:
        super().__init__()
        self.backbone = TwoStemEfficientNet()
        self.regressor = CascadeRegressor(TwoStemEfficientNet.channels)

    def arguments(self, image: Tensor, mask: Tensor) -> Tensor:
        """Predict the filters' arguments, (N, 6), not limited to [-1, 1]."""
        image, mask = (F.interpolate(x, _READ_SIZE, mode="bilinear", align_corners=False) for x in (image, mask))
        features = self.backbone(torch.cat([image, mask], dim=1), torch.cat([image, 1 - mask], dim=1))
        predicted: Tensor = self.regressor(features)
        return predicted

    def filtered(self, image: Tensor, arguments: Tensor) -> Iterator[Tensor]:
        """Run the filters on the whole image, one after another, and give the image after each."""
        for run, argument in zip(FILTERS, arguments.clamp(-1, 1).unbind(1), strict=True):
            image = run(image, argument[:, None, None, None])
            yield image

    def restore(self, image: Tensor, mask: Tensor, arguments: Tensor) -> list[Tensor]:
        """Give the composite after each filter, outside the mask as `image`; the last is the result."""
        return [filtered * mask + image * (1 - mask) for filtered in self.filtered(image, arguments)]

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """Give the harmonized image for an image (N, 3, H, W) in [0, 1] and a mask (N, 1, H, W)."""
        filtered = image
        for filtered in self.filtered(image, self.arguments(image, mask)):  # noqa: B007 - only the last is kept in memory
            pass
        return filtered * mask + image * (1 - mask)

    def _predict(self, image: NDArray[np.uint8], mask: NDArray[Any], device: torch.device) -> Tensor:
        harmonized: Tensor = self(image_tensor(image, device), mask_tensor(mask, device))
        return harmonized


def smoothed(arguments: Tensor, before: Tensor | None) -> Tensor:
    """Smooth a video frame's arguments over time, as the authors do at 25 frames a second.

    Parameters
    ----------
    arguments
        (N, 6), as predicted for this frame, not limited to [-1, 1].
    before
        The smoothed ones of the frame before; None for the first frame, and after a cut.
    """
    return arguments if before is None else before + (arguments - before) / 25


def make(name: str) -> Harmonizer:  # noqa: ARG001 - the family has one network
    """Make the network."""
    return Harmonizer()

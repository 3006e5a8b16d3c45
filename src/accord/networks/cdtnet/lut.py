"""CDTNet's look-up tables: four learned ones, mixed by weights that the picture calls for.

Source: Zeng et al., "Learning Image-adaptive 3D Lookup Tables for High Performance Photo Enhancement in Real-time",
TPAMI 2020, as in Cong et al., CVPR 2022.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

SIZE = 33
_COUNT = 4
# A little more than a cell, so that 1.0 still falls into the last one.
_CELL = 1.000001 / (SIZE - 1)


class Classifier(nn.Module):
    """Weights of the tables, from the deepest features of the base network; they need not sum to 1."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(channels, channels, 1)
        self.weigh = nn.Conv2d(2 * channels, _COUNT, 1)

    def forward(self, features: Tensor, mask: Tensor) -> Tensor:
        """Give (N, 4) for features (N, C, h, w) and a mask of any size."""
        features = self.project(features)
        mask = F.interpolate(mask, features.shape[-2:], mode="bilinear", align_corners=False)
        # Both means are over the whole area, not over the mask's, as published.
        means = [(features * part).mean((2, 3), keepdim=True) for part in (mask, 1 - mask)]
        weights: Tensor = self.weigh(torch.cat(means, dim=1)).flatten(1)
        return weights


class LutMixer(nn.Module):
    """Four tables (3, blue, green, red), the first of which starts as the identity and the others at zero."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.classifier = Classifier(channels)
        first, *others = (torch.zeros(3, SIZE, SIZE, SIZE) for _ in range(_COUNT))
        steps = torch.linspace(0, 1, SIZE)
        first.copy_(torch.stack(torch.meshgrid(steps, steps, steps, indexing="ij")).flip(0))
        self.tables = nn.ParameterList([first, *others])

    def forward(self, weights: Tensor) -> Tensor:
        """Give the mixed tables, (N, 3, 33, 33, 33), for weights (N, 4)."""
        return torch.einsum("nk,kcbgr->ncbgr", weights, torch.stack(list(self.tables)))


def look_up(table: Tensor, image: Tensor) -> Tensor:
    """Interpolate trilinearly in a table for every pixel.

    Parameters
    ----------
    table
        (N, 3, 33, 33, 33): channel, then blue, green and red position.
    image
        (N, 3, H, W) display-encoded sRGB; values outside [0, 1] are clamped to it.

    Returns
    -------
    Tensor
        (N, 3, H, W), not clamped.
    """
    image = image.clamp(0, 1)
    # In float32 throughout, remainder and quotient apart: the published operator's rounding.
    cell = torch.tensor(_CELL, dtype=image.dtype, device=image.device)
    index = torch.floor(image / cell).long().flatten(2)
    fraction = (torch.fmod(image, cell) / cell).flatten(2)
    flat = table.flatten(2)
    start = index[:, 0] + SIZE * index[:, 1] + SIZE**2 * index[:, 2]
    result = torch.zeros_like(fraction)
    for corner in range(8):
        offset, weight = 0, torch.ones_like(fraction[:, 0])
        for axis in range(3):
            far = corner >> axis & 1
            offset += far * SIZE**axis
            weight = weight * (fraction[:, axis] if far else 1 - fraction[:, axis])
        picked = (start + offset)[:, None].expand(-1, 3, -1)
        result = result + flat.gather(2, picked) * weight[:, None]
    return result.view_as(image)

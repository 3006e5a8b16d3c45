"""DeepLabV3+ with a dilated ResNet-34, as a semantic feature extractor.

Source: Chen et al., "Encoder-Decoder with Atrous Separable Convolution for Semantic Image Segmentation", ECCV 2018;
used as in Sofiiuk et al., WACV 2021.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from accord.networks.idih.hrnet import conv_norm
from accord.networks.network import KeyRules
from accord.networks.unet import resize_like

DEEPLAB_RULES: KeyRules = (
    (r"^backbone\.resnet\.stem\.0\.", "backbone.deeplab.backbone.conv1."),
    (r"^backbone\.resnet\.stem\.1\.", "backbone.deeplab.backbone.bn1."),
    (r"^backbone\.resnet\.", "backbone.deeplab.backbone."),
    (r"^backbone\.skip\.", "backbone.deeplab.skip_project.skip_project."),
    (r"^backbone\.aspp\.branches\.", "backbone.deeplab.aspp.concurent."),
    (r"^backbone\.aspp\.pooled\.0\.", "backbone.deeplab.aspp.concurent.4.gap.1."),
    (r"^backbone\.aspp\.pooled\.1\.", "backbone.deeplab.aspp.concurent.4.gap.2."),
    (r"^backbone\.aspp\.", "backbone.deeplab.aspp."),
    (r"^backbone\.head\.([01])\.", r"backbone.deeplab.head.block.\1.body."),
    (r"^backbone\.head\.2\.", "backbone.deeplab.head.block.2."),
)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions, each with its own dilation, around a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int, dilations: tuple[int, int]) -> None:
        super().__init__()
        first, second = dilations
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=first, dilation=first, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=second, dilation=second, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        changes = inputs != outputs or stride != 1
        self.downsample = conv_norm(inputs, outputs, 1, stride, relu=False) if changes else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block to (N, inputs, H, W)."""
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + self.downsample(x))


class DilatedResNet34(nn.Module):
    """ResNet-34 whose last two stages dilate instead of striding: an eighth of the size at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv_norm(3, 64, 7, 2)
        self.layer1 = _layer(64, 64, 3)
        self.layer2 = _layer(64, 128, 4, stride=2)
        self.layer3 = _layer(128, 256, 6, dilation=2)
        self.layer4 = _layer(256, 512, 3, dilation=4)

    def forward(self, image: Tensor, mask_features: Tensor) -> tuple[Tensor, Tensor]:
        """Give the features at a quarter (64 channels) and at an eighth (512) of the size of (N, 3, H, W)."""
        x = F.max_pool2d(self.stem(image) + mask_features, 3, stride=2, padding=1)
        quarter = self.layer1(x)
        return quarter, self.layer4(self.layer3(self.layer2(quarter)))


class PyramidPooling(nn.Module):
    """Looks around at four distances and at the whole picture at once."""

    def __init__(self) -> None:
        super().__init__()
        self.branches = nn.ModuleList([conv_norm(512, 256, 1), *(_atrous(512, 256, rate) for rate in (12, 24, 36))])
        self.pooled = conv_norm(512, 256, 1)
        self.project = nn.Sequential(*conv_norm(5 * 256, 256, 1), nn.Dropout(0.2))

    def forward(self, x: Tensor) -> Tensor:
        """Give (N, 256, H, W) for (N, 512, H, W)."""
        whole = self.pooled(x.mean((2, 3), keepdim=True)).expand(-1, -1, *x.shape[-2:])
        out: Tensor = self.project(torch.cat([*(branch(x) for branch in self.branches), whole], dim=1))
        return out


class DeepLab(nn.Module):
    """DeepLabV3+ up to its last layer: 256 channels at a quarter of the size."""

    channels = 256

    def __init__(self) -> None:
        super().__init__()
        self.resnet = DilatedResNet34()
        self.skip = conv_norm(64, 32, 1)
        self.aspp = PyramidPooling()
        self.head = nn.Sequential(_separable(256 + 32, 256), _separable(256, 256), nn.Conv2d(256, 256, 1))

    def forward(self, image: Tensor, mask: Tensor, mask_features: Tensor) -> Tensor:  # noqa: ARG002 - as HRNet's
        """Give the features of a normalised (N, 3, H, W); `mask_features`, (N, 64, H/2, W/2), join early."""
        quarter, eighth = self.resnet(image, mask_features)
        wide = resize_like(self.aspp(eighth), quarter)
        out: Tensor = self.head(torch.cat([wide, self.skip(quarter)], dim=1))
        return out


def _layer(inputs: int, outputs: int, blocks: int, *, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    # The first block of a dilated layer dilates its first convolution half as much.
    first = ResidualBlock(inputs, outputs, stride, (max(dilation // 2, 1), dilation))
    rest = (ResidualBlock(outputs, outputs, 1, (dilation, dilation)) for _ in range(blocks - 1))
    return nn.Sequential(first, *rest)


def _atrous(inputs: int, outputs: int, rate: int) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, 3, padding=rate, dilation=rate, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())


def _separable(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False),
        nn.Conv2d(inputs, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )

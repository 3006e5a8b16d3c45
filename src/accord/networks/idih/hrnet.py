"""HRNet with object-contextual representations, as a semantic feature extractor.

Source: Wang et al., "Deep High-Resolution Representation Learning for Visual Recognition", TPAMI 2020; Yuan, Chen,
Wang, "Object-Contextual Representations for Semantic Segmentation", ECCV 2020; used as in Sofiiuk et al., WACV 2021,
where the two object regions are not predicted but are the foreground and the background.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from accord.networks.network import KeyRules
from accord.networks.unet import ConvBlock, resize_like

_OCR = "ocr_distri_head.object_context_block"
HRNET_RULES: KeyRules = (
    (r"^backbone\.", "backbone.hrnet."),
    (r"^pyramid\.", "backbone.downsize."),
    (r"\.stem(\d)\.0\.", r".conv\1."),
    (r"\.stem(\d)\.1\.", r".bn\1."),
    # The newest branch of a transition is wrapped once more in the official network.
    (r"\.transition(\d)\.\1\.(\d)\.", r".transition\1.\1.0.\2."),
    (r"\.context\.squeeze\.", ".conv3x3_ocr."),
    (r"\.context\.merge\.0\.", ".ocr_distri_head.conv_bn_dropout.0."),
    (r"\.context\.merge\.1\.", ".ocr_distri_head.conv_bn_dropout.1.0."),
    (r"\.context\.(pixel|object)\.1\.1\.", rf".{_OCR}.f_\1.3.0."),
    (r"\.context\.(pixel|object)\.1\.0\.", rf".{_OCR}.f_\1.2."),
    (r"\.context\.(pixel|object)\.0\.1\.", rf".{_OCR}.f_\1.1.0."),
    (r"\.context\.(pixel|object)\.0\.0\.", rf".{_OCR}.f_\1.0."),
    (r"\.context\.(down|up)\.1\.", rf".{_OCR}.f_\1.1.0."),
    (r"\.context\.(down|up)\.0\.", rf".{_OCR}.f_\1.0."),
    (r"\.downsize\.reduce\.", ".downsize.reduce_conv."),
    (r"\.downsize\.levels\.", ".downsize.convs."),
    (r"(\.downsize\..*)\.conv\.", r"\1.block.0."),
    (r"(\.downsize\..*)\.norm\.", r"\1.block.1."),
)


def conv_norm(
    inputs: int, outputs: int, size: int, stride: int = 1, *, bias: bool = False, relu: bool = True
) -> nn.Sequential:
    """Make a convolution that keeps the size but for its stride, a batch normalization, and a ReLU where asked for."""
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=bias),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, *([nn.ReLU()] if relu else []))


class BasicBlock(nn.Module):
    """Two 3x3 convolutions around a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block to (N, width, H, W)."""
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + x)


class Bottleneck(nn.Module):
    """A 3x3 convolution of 64 channels between two 1x1 ones, around a shortcut; 256 channels come out."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, 64, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.conv2 = nn.Conv2d(64, 64, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(64)
        self.conv3 = nn.Conv2d(64, 256, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(256)
        self.downsample = conv_norm(inputs, 256, 1, relu=False) if inputs != 256 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block to (N, inputs, H, W)."""
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return F.relu(self.bn3(self.conv3(y)) + self.downsample(x))


class HighResolutionModule(nn.Module):
    """Branches of growing width and halving size that run side by side and then exchange their features."""

    def __init__(self, widths: list[int], blocks: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(nn.Sequential(*(BasicBlock(width) for _ in range(blocks))) for width in widths)
        self.fuse_layers = nn.ModuleList(
            nn.ModuleList(_exchange(widths, source, target) for source in range(len(widths)))
            for target in range(len(widths))
        )

    def forward(self, features: list[Tensor]) -> list[Tensor]:
        """Give the branches' features after the exchange."""
        features = [branch(x) for branch, x in zip(self.branches, features, strict=True)]
        fused = []
        for target, layers in enumerate(self.fuse_layers):
            total = torch.zeros_like(features[target])
            for source, feature in enumerate(features):
                moved = layers[source](feature)  # type: ignore[index]
                total = total + (resize_like(moved, total) if source > target else moved)
            fused.append(F.relu(total))
        return fused


class ObjectContext(nn.Module):
    """Lets every place look at a summary of the foreground and one of the background."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.squeeze = conv_norm(inputs, 2 * width, 3, bias=True)
        self.pixel = nn.Sequential(conv_norm(2 * width, width, 1), conv_norm(width, width, 1))
        self.object = nn.Sequential(conv_norm(2 * width, width, 1), conv_norm(width, width, 1))
        self.down = conv_norm(2 * width, width, 1)
        self.up = conv_norm(width, 2 * width, 1)
        self.merge = nn.Sequential(*conv_norm(4 * width, 2 * width, 1), nn.Dropout2d(0.05))

    def forward(self, features: Tensor, mask: Tensor) -> Tensor:
        """Give (N, 2 width, H, W) features for (N, inputs, H, W) and a mask of any size."""
        features = self.squeeze(features)
        regions = resize_like(torch.cat([mask, 1 - mask], dim=1), features).flatten(2)
        # The softmax runs over places: inside a region all weigh the same, and the other region never quite vanishes.
        summaries = features.flatten(2) @ regions.softmax(dim=2).transpose(1, 2)
        summaries = summaries[..., None]  # (N, 2 width, 2, 1), a picture of two pixels
        query = self.pixel(features).flatten(2).transpose(1, 2)
        key = self.object(summaries).flatten(2)
        value = self.down(summaries).flatten(2).transpose(1, 2)
        weights = (query @ key * key.shape[1] ** -0.5).softmax(dim=2)
        context = (weights @ value).transpose(1, 2).view(features.shape[0], -1, *features.shape[-2:])
        merged: Tensor = self.merge(torch.cat([self.up(context), features], dim=1))
        return merged


class HRNet(nn.Module):
    """HRNet with object context: 128 channels at a quarter of the size.

    Parameters
    ----------
    width
        Channels of the finest branch: 18 or 32.
    small
        Whether it is the variant with half the blocks in each branch and fewer modules.
    """

    channels = 128

    def __init__(self, width: int, *, small: bool) -> None:
        super().__init__()
        widths = [width * 2**i for i in range(4)]
        blocks = 2 if small else 4
        self.stem1 = conv_norm(3, 64, 3, 2)
        self.stem2 = conv_norm(64, 64, 3, 2)
        self.layer1 = nn.Sequential(*(Bottleneck(64 if i == 0 else 256) for i in range(blocks)))
        self.transition1 = nn.ModuleList([conv_norm(256, widths[0], 3), conv_norm(256, widths[1], 3, 2)])
        self.transition2 = _new_branch(widths[:3])
        self.transition3 = _new_branch(widths)
        self.stage2 = _stage(widths[:2], blocks, 1)
        self.stage3 = _stage(widths[:3], blocks, 3 if small else 4)
        self.stage4 = _stage(widths, blocks, 2 if small else 3)
        self.context = ObjectContext(sum(widths), 64)

    def forward(self, image: Tensor, mask: Tensor, mask_features: Tensor) -> Tensor:
        """Give the features of a normalised (N, 3, H, W); `mask_features`, (N, 64, H/2, W/2), join early."""
        x = self.layer1(self.stem2(self.stem1(image) + mask_features))
        features = [layer(x) for layer in self.transition1]
        for stage, transition in ((self.stage2, self.transition2), (self.stage3, self.transition3)):
            features = stage(features)
            features = [*features, transition[-1](features[-1])]
        features = self.stage4(features)
        joined = torch.cat([features[0], *(resize_like(x, features[0]) for x in features[1:])], dim=1)
        context: Tensor = self.context(joined, mask)
        return context


class Pyramid(nn.Module):
    """Brings backbone features to four sizes, each half the one before, 256 channels each."""

    channels = 256

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.reduce = _conv_elu(inputs, self.channels, 1)
        self.levels = nn.ModuleList(_conv_elu(self.channels, self.channels, 3) for _ in range(4))

    def forward(self, x: Tensor) -> list[Tensor]:
        """Give the four levels of (N, inputs, H, W), finest first."""
        x = self.reduce(x)
        levels = []
        for i, level in enumerate(self.levels):
            if i > 0:
                x = F.max_pool2d(x, 2)
            levels.append(level(x))
        return levels


def _conv_elu(inputs: int, outputs: int, size: int) -> ConvBlock:
    return ConvBlock(nn.Conv2d(inputs, outputs, size, padding=size // 2), nn.BatchNorm2d(outputs), nn.ELU())


def _stage(widths: list[int], blocks: int, modules: int) -> nn.Sequential:
    return nn.Sequential(*(HighResolutionModule(widths, blocks) for _ in range(modules)))


def _new_branch(widths: list[int]) -> nn.ModuleList:
    """Keep all branches but the last of `widths`, which grows out of the one before it."""
    kept: list[nn.Module] = [nn.Identity() for _ in widths[:-1]]
    return nn.ModuleList([*kept, conv_norm(widths[-2], widths[-1], 3, 2)])


def _exchange(widths: list[int], source: int, target: int) -> nn.Module:
    """Make what carries one branch's features into another."""
    if source == target:
        return nn.Identity()
    if source > target:
        return conv_norm(widths[source], widths[target], 1, relu=False)
    last = target - 1
    return nn.Sequential(
        *(
            conv_norm(widths[source], widths[target] if i == last else widths[source], 3, 2, relu=i != last)
            for i in range(source, target)
        )
    )

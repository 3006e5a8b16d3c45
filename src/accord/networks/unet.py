"""The attention U-Net behind iDIH's SSAM and iSEUNet variants, PCT-Net's CNN and CDTNet's base.

Source: Sofiiuk, Popenova, Konushin, "Foreground-aware Semantic Representations for Image Harmonization", WACV 2021
(iSSAM); Cun, Pun, "Improving the Harmony of the Composite Image by Spatial-Separated Attention Module", IEEE TIP 2020
(SSAM).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from accord.networks.network import KeyRules

UNET_RULES: KeyRules = (
    (r"encoder\.blocks\.([01])\.(\d)\.", r"encoder.block\1.convs.block.\2."),
    (r"encoder\.blocks\.(\d)\.(\d)\.", r"encoder.blocks_connected.block\1.convs.block.\2."),
    (r"decoder\.blocks\.(\d)\.", r"decoder.up_blocks.\1."),
    (r"\.reduce\.", ".upconv.1."),
    (r"\.convs\.(\d)\.", r".convs.block.\1."),
    (r"\.foreground\.", ".learning_block."),
    (r"\.conv\.", ".block.0."),
    (r"\.norm\.", ".block.1."),
    (r"\.squeeze\.", ".attention_transform.0."),
    (r"\.excite\.", ".attention_transform.2."),
    (r"\.blur$", ".mask_blurring.weight"),
    (r"decoder\.to_attention\.", "decoder.conv_attention."),
)

MakeAttention = Callable[[int], nn.Module]


def resize_like(x: Tensor, other: Tensor) -> Tensor:
    """Resize `x` bilinearly to the height and width of `other`, corner pixels onto corner pixels."""
    return F.interpolate(x, size=other.shape[-2:], mode="bilinear", align_corners=True)


class ConvBlock(nn.Module):
    """A convolution, a batch normalization where asked for, and an activation."""

    def __init__(self, conv: nn.Module, norm: nn.Module | None, activation: nn.Module) -> None:
        super().__init__()
        self.conv = conv
        self.norm = norm
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        """Apply the three."""
        x = self.conv(x)
        if self.norm is not None:
            x = self.norm(x)
        out: Tensor = self.activation(x)
        return out


def conv3x3(inputs: int, outputs: int, *, norm: bool, bias: bool = True) -> ConvBlock:
    """Make a 3x3 convolution that keeps the size, with ReLU."""
    return ConvBlock(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias), nn.BatchNorm2d(outputs) if norm else None, nn.ReLU()
    )


def double_conv(inputs: int, outputs: int, *, norm: bool) -> nn.Sequential:
    """Make two 3x3 convolutions in a row."""
    return nn.Sequential(conv3x3(inputs, outputs, norm=norm), conv3x3(outputs, outputs, norm=norm))


class Excitation(nn.Module):
    """A channel gate in (0, 1) from pooled statistics."""

    def __init__(self, channels: int, statistics: int) -> None:
        super().__init__()
        middle = max(channels // 16, 8)
        self.squeeze = nn.Linear(statistics * channels, middle)
        self.excite = nn.Linear(middle, channels)

    def gate(self, x: Tensor, *statistics: Tensor) -> Tensor:
        """Scale the channels of `x` by what its statistics, (N, C) each, call for."""
        gates = torch.sigmoid(self.excite(F.relu(self.squeeze(torch.cat(statistics, dim=1)))))
        return x * gates[:, :, None, None]


class ChannelGate(Excitation):
    """Scales channels by their mean and maximum over the picture."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Gate (N, C, H, W)."""
        return self.gate(x, x.mean((2, 3)), x.amax((2, 3)))


class MaskedChannelGate(Excitation):
    """Scales channels by their maximum on the foreground, on the background, and their mean.

    Either maximum also sees the zeros that the mask leaves outside its region, as the published network does.
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels, 3)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Gate (N, C, H, W) with a mask (N, 1, any height, any width)."""
        mask = resize_like(mask, x)
        return self.gate(x, (x * mask).amax((2, 3)), (x * (1 - mask)).amax((2, 3)), x.mean((2, 3)))


class SpatialSeparatedAttention(nn.Module):
    """Treats foreground and background apart and blends them along a softened mask.

    The softening pads with zeros, which darkens a mask that touches the border, as the published network does.
    """

    blur: Tensor

    def __init__(self, channels: int, middle: int) -> None:
        super().__init__()
        self.background_gate = ChannelGate(channels)
        self.foreground_gate = ChannelGate(channels)
        self.mix_gate = ChannelGate(channels)
        self.foreground = nn.Sequential(
            conv3x3(channels, middle, norm=True, bias=False), conv3x3(middle, channels, norm=True, bias=False)
        )
        self.register_buffer("blur", _gaussian())

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Attend over (N, C, H, W) with a mask (N, 1, any height, any width)."""
        mask = F.conv2d(resize_like(mask, x), self.blur, padding=3)
        foreground: Tensor = self.foreground(self.foreground_gate(x)) + self.mix_gate(x)
        background: Tensor = self.background_gate(x)
        return mask * foreground + (1 - mask) * background


class UNetEncoder(nn.Module):
    """Four double convolutions with a halving of size between them."""

    def __init__(self, channels: int, depth: int = 4, norm_from: int = 2) -> None:
        super().__init__()
        widths = [4] + [channels * 2**i for i in range(depth)]
        self.blocks = nn.ModuleList(double_conv(widths[i], widths[i + 1], norm=i >= norm_from) for i in range(depth))

    def forward(self, x: Tensor) -> list[Tensor]:
        """Give the features of (N, 4, H, W) at every scale, finest first, each taken before the halving."""
        features = [self.blocks[0](x)]
        for block in self.blocks[1:]:
            features.append(block(F.max_pool2d(features[-1], 2)))
        return features


class UpBlock(nn.Module):
    """Doubles the size, joins the encoder's features, attends where asked to, and convolves twice."""

    def __init__(self, inputs: int, attention: MakeAttention | None) -> None:
        super().__init__()
        outputs = inputs // 2
        self.reduce = conv3x3(inputs, outputs, norm=False)
        self.attention = attention(inputs) if attention else None
        self.convs = double_conv(inputs, outputs, norm=True)

    def forward(self, x: Tensor, skip: Tensor, mask: Tensor) -> Tensor:
        """Go up from `x` to the size of `skip`."""
        x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
        x = torch.cat([skip, self.reduce(x)], dim=1)
        if self.attention is not None:
            x = self.attention(x, mask)
        out: Tensor = self.convs(x)
        return out


class Head(nn.Module):
    """The last layers of a decoder: an image, blended with the input where the network learned to (fusion)."""

    def __init__(self, channels: int, *, fusion: bool) -> None:
        super().__init__()
        self.to_attention = nn.Conv2d(channels, 1, 1) if fusion else None
        self.to_rgb = nn.Conv2d(channels, 3, 1)

    def attention(self, features: Tensor) -> Tensor:
        """Give how much of each pixel the blend takes from its first image, in (0, 1)."""
        assert self.to_attention is not None, "this head was built without fusion"
        # The factor 3 is the published networks'.
        return torch.sigmoid(3 * self.to_attention(features))

    def image(self, features: Tensor, image: Tensor) -> Tensor:
        """Give the output image for the features and the input image."""
        made: Tensor = self.to_rgb(features)
        if self.to_attention is None:
            return made
        keep = self.attention(features)
        return keep * image + (1 - keep) * made


class UNetDecoder(Head):
    """Up blocks from the encoder's coarsest features to full size, and the head."""

    def __init__(
        self, channels: int, attention: MakeAttention, *, attend_from: int, fusion: bool, depth: int = 4
    ) -> None:
        super().__init__(channels, fusion=fusion)
        self.blocks = nn.ModuleList(
            UpBlock(channels * 2 ** (depth - 1 - i), attention if i >= attend_from else None) for i in range(depth - 1)
        )

    def forward(self, features: list[Tensor], mask: Tensor) -> Tensor:
        """Give the finest features, (N, channels, H, W), for the encoder's and the mask (N, 1, H, W)."""
        *skips, x = features
        for block, skip in zip(self.blocks, reversed(skips), strict=True):
            x = block(x, skip, mask)
        return x


def issam() -> tuple[UNetEncoder, UNetDecoder]:
    """Make the encoder and decoder of iSSAM, which PCT-Net and CDTNet share."""
    return ssam(32, middle=0.5, fusion=True)


def ssam(channels: int, *, middle: float, fusion: bool) -> tuple[UNetEncoder, UNetDecoder]:
    """Make a U-Net whose last up block attends to foreground and background apart.

    Parameters
    ----------
    channels
        Of the finest scale.
    middle
        Width inside the attention, as a ratio to its channels.
    fusion
        Whether the output image is blended with the input image.
    """

    def attention(width: int) -> nn.Module:
        return SpatialSeparatedAttention(width, int(middle * width))

    return UNetEncoder(channels), UNetDecoder(channels, attention, attend_from=2, fusion=fusion)


def _gaussian() -> Tensor:
    """Give the 7x7 Gaussian of sigma 1, sum 1, shaped as a convolution's weight."""
    line = torch.tensor([math.exp(-0.5 * offset**2) for offset in range(-3, 4)], dtype=torch.float64)
    kernel = torch.outer(line, line)
    return (kernel / kernel.sum()).float()[None, None]

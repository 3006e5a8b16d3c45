"""The plain encoder and decoder of DIH and iDIH.

Source: Tsai et al., "Deep Image Harmonization", CVPR 2017, as in Sofiiuk et al., WACV 2021.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from accord.networks.network import KeyRules
from accord.networks.unet import ConvBlock, Head, MaskedChannelGate

DIH_RULES: KeyRules = (
    (r"encoder\.blocks\.([01])\.", r"encoder.block\1."),
    (r"encoder\.blocks\.(\d)\.", r"encoder.blocks_connected.block\1."),
    (r"decoder\.blocks\.", "decoder.deconv_blocks."),
    (r"decoder\.to_attention\.", "decoder.conv_attention."),
    (r"\.deconv\.", "."),
    (r"\.conv\.", ".block.0."),
    (r"\.norm\.", ".block.1."),
    (r"\.gate\.squeeze\.", ".se.attention_transform.0."),
    (r"\.gate\.excite\.", ".se.attention_transform.2."),
)


def encoder_widths(depth: int) -> list[int]:
    """Give the output channels of the encoder's blocks: from 64, doubled by every second one up to 512."""
    return [64] + [min(64 * 2 ** (i // 2), 512) for i in range(1, depth)]


class Encoder(nn.Module):
    """Strided convolutions down to one position for the smallest picture, 2^(depth + 1) pixels a side.

    Parameters
    ----------
    depth
        Number of blocks.
    norm_from
        First block that is batch-normalized.
    extra
        Channels of outside features that are concatenated in front of a block, by the block's index.
    """

    def __init__(self, depth: int, norm_from: int, extra: Mapping[int, int] | None = None) -> None:
        super().__init__()
        extra = extra or {}
        widths = [4, *encoder_widths(depth)]
        self.blocks = nn.ModuleList(
            ConvBlock(
                nn.Conv2d(widths[i] + extra.get(i, 0), widths[i + 1], 4, stride=2, padding=int(i < depth - 1)),
                nn.BatchNorm2d(widths[i + 1]) if i >= norm_from else None,
                nn.ELU(),
            )
            for i in range(depth)
        )

    def forward(self, x: Tensor, extra: Mapping[int, Tensor] | None = None) -> list[Tensor]:
        """Give the features of (N, 4, H, W) at every scale, finest first."""
        features = []
        for i, block in enumerate(self.blocks):
            if extra and i in extra:
                x = torch.cat([x, extra[i]], dim=1)
            x = block(x)
            features.append(x)
        return features


class UpBlock(nn.Module):
    """A transposed convolution that doubles the size, and a masked squeeze-excitation where asked for."""

    def __init__(self, inputs: int, outputs: int, *, padding: int, gated: bool) -> None:
        super().__init__()
        self.deconv = ConvBlock(
            nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=padding), nn.BatchNorm2d(outputs), nn.ELU()
        )
        self.gate = MaskedChannelGate(outputs) if gated else None

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Go up from (N, C, H, W); the mask is (N, 1, any height, any width)."""
        x = self.deconv(x)
        if self.gate is not None:
            x = self.gate(x, mask)
        return x


class Decoder(Head):
    """Transposed convolutions back up, with the encoder's features added on the way, and the head.

    Parameters
    ----------
    depth
        Number of blocks.
    fusion
        Whether the output image is blended with the input image.
    gate_from
        First block that ends in a masked squeeze-excitation; None for none.
    """

    def __init__(self, depth: int, *, fusion: bool, gate_from: int | None = None) -> None:
        super().__init__(32, fusion=fusion)
        widths = [*reversed(encoder_widths(depth)), 32]
        self.blocks = nn.ModuleList(
            UpBlock(widths[i], widths[i + 1], padding=int(i > 0), gated=gate_from is not None and i >= gate_from)
            for i in range(depth)
        )

    def forward(self, features: list[Tensor], mask: Tensor) -> Tensor:
        """Give the finest features, (N, 32, H, W), for the encoder's and the mask (N, 1, H, W)."""
        *skips, x = features
        for block in self.blocks:
            x = block(x, mask)
            if skips:
                x = x + skips.pop()
        return x

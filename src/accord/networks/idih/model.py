"""The iDIH networks: image and mask in, image out.

Source: Sofiiuk, Popenova, Konushin, "Foreground-aware Semantic Representations for Image Harmonization", WACV 2021.

All read an ImageNet-normalised image (N, 3, H, W) and a mask (N, 1, H, W), and give a whole image in the same
normalised space, neither clamped nor composited with the input.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from numpy.typing import NDArray
from torch import Tensor, nn

from accord.networks.idih.deeplab import DEEPLAB_RULES, DeepLab
from accord.networks.idih.dih import DIH_RULES, Decoder, Encoder
from accord.networks.idih.hrnet import HRNET_RULES, HRNet, Pyramid
from accord.networks.network import Network, Normalise, image_tensor, mask_tensor
from accord.networks.unet import UNET_RULES, MaskedChannelGate, UNetDecoder, UNetEncoder, resize_like, ssam


class ImageNetwork(Network):
    """An iDIH network, and how it runs on a picture of any size: padded with black, with a mask of 0, on all sides."""

    def __init__(self) -> None:
        super().__init__()
        self.normalise = Normalise()

    @abstractmethod
    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """Give the harmonized image for a normalised one."""

    @abstractmethod
    def padded(self, size: int) -> int:
        """Give the height (or width) that a picture of height (or width) `size` is padded to."""

    def _predict(self, image: NDArray[np.uint8], mask: NDArray[Any], device: torch.device) -> Tensor:
        height, width = mask.shape
        extra = self.padded(height) - height, self.padded(width) - width
        top, left = extra[0] // 2, extra[1] // 2
        padding = (left, extra[1] - left, top, extra[0] - top)
        black_framed = F.pad(image_tensor(image, device), padding)
        made = self(self.normalise(black_framed), F.pad(mask_tensor(mask, device), padding))
        return self.normalise.undo(made)[..., top : top + height, left : left + width]


class DIH(ImageNetwork):
    """DIH and iDIH: strided convolutions down to a point, and back.

    Parameters
    ----------
    depth
        Number of halvings: 7 for 256 pixels, 8 for 512.
    norm_from
        First encoder block with batch normalization.
    fusion
        Whether the output is blended with the input.
    gate_from
        First decoder block that ends in a masked squeeze-excitation; None for none.
    """

    official_rules = DIH_RULES

    def __init__(self, depth: int, *, norm_from: int = 2, fusion: bool = True, gate_from: int | None = None) -> None:
        super().__init__()
        self.depth = depth
        self.encoder = Encoder(depth, norm_from)
        self.decoder = Decoder(depth, fusion=fusion, gate_from=gate_from)

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """Give the harmonized image for a normalised one."""
        features = self.encoder(torch.cat([image, mask], dim=1))
        return self.decoder.image(self.decoder(features, mask), image)

    def padded(self, size: int) -> int:
        """Round up to a multiple of 2^(depth + 1)."""
        return _round_up(size, 2 << self.depth)


class UNet(ImageNetwork):
    """SSAM, iSSAM and iSEUNet."""

    official_rules = UNET_RULES

    def __init__(self, parts: tuple[UNetEncoder, UNetDecoder]) -> None:
        super().__init__()
        self.encoder, self.decoder = parts

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """Give the harmonized image for a normalised one."""
        features = self.encoder(torch.cat([image, mask], dim=1))
        return self.decoder.image(self.decoder(features, mask), image)

    def padded(self, size: int) -> int:
        """Round up to a multiple of 32."""
        return _round_up(size, 2 << len(self.encoder.blocks))


class MaskConv(nn.Module):
    """Features of the mask that are added to a backbone's first layer; the scale counts by its absolute value."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 64, 3, stride=2, padding=1)
        self.scale = nn.Parameter(torch.full((1,), 0.1))

    def forward(self, mask: Tensor) -> Tensor:
        """Give (N, 64, H/2, W/2) for (N, 1, H, W)."""
        features: Tensor = self.conv(mask)
        return features * self.scale.abs()


class SemanticDIH(ImageNetwork):
    """iDIH whose encoder also sees the features of a semantic backbone.

    Parameters
    ----------
    depth
        Number of halvings: 7 for 256 pixels, 8 for 512. At 512 the backbone sees the picture at half its size.
    backbone
        HRNet or DeepLab.
    pyramid
        Whether the features enter at four sizes.
    """

    official_rules = (
        (r"^(encoder|decoder)\.", r"model.\1."),
        *DIH_RULES,
        (r"^mask_conv\.block\.0\.", "mask_conv.0."),
        (r"^mask_conv\.scale", "mask_conv.1.scale"),
        *HRNET_RULES,
    )

    def __init__(self, depth: int, backbone: HRNet | DeepLab, *, pyramid: bool = False) -> None:
        super().__init__()
        self.depth = depth
        self.halve = depth > 7
        self.backbone = backbone
        self.pyramid = Pyramid(backbone.channels) if pyramid else None
        self.mask_conv = MaskConv()
        first = 3 if self.halve else 2
        channels, count = (Pyramid.channels, 4) if pyramid else (backbone.channels, 1)
        self._entries = range(first, first + count)
        self.encoder = Encoder(depth, 2, dict.fromkeys(self._entries, channels))
        self.decoder = Decoder(depth, fusion=True)

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """Give the harmonized image for a normalised one."""
        semantics = self._semantics(image, mask)
        entering = dict(zip(self._entries, semantics, strict=True))
        features = self.encoder(torch.cat([image, mask], dim=1), entering)
        return self.decoder.image(self.decoder(features, mask), image)

    def padded(self, size: int) -> int:
        """Keep every size that survives the strides, as published; round up those that the published code refuses."""
        return max(_round_up(size, 1 << self.depth), 2 << self.depth)

    def _semantics(self, image: Tensor, mask: Tensor) -> list[Tensor]:
        if self.halve:
            image = F.interpolate(image, scale_factor=0.5, mode="bilinear", align_corners=True)
            mask = resize_like(mask, image)
        features = self.backbone(image, mask, self.mask_conv(mask))
        return [features] if self.pyramid is None else self.pyramid(features)


class DeepLabDIH(SemanticDIH):
    """iDIH with DeepLabV3+ ResNet-34."""

    official_rules = (*SemanticDIH.official_rules[: -len(HRNET_RULES)], *DEEPLAB_RULES)

    def __init__(self, depth: int) -> None:
        super().__init__(depth, DeepLab())


_MODELS: dict[str, Callable[[int], ImageNetwork]] = {
    "dih": lambda depth: DIH(depth, norm_from=0, fusion=False),
    "improved_dih": DIH,
    "improved_sedih": lambda depth: DIH(depth, gate_from=depth - 2),
    "ssam": lambda _: UNet(ssam(64, middle=2.0, fusion=False)),
    "improved_ssam": lambda _: UNet(ssam(32, middle=0.5, fusion=True)),
    "iseunetv1_": lambda _: UNet((UNetEncoder(64), UNetDecoder(64, MaskedChannelGate, attend_from=1, fusion=False))),
    "hrnet18s_idih": lambda depth: SemanticDIH(depth, HRNet(18, small=True)),
    "hrnet18s_v2p_idih": lambda depth: SemanticDIH(depth, HRNet(18, small=True), pyramid=True),
    "hrnet18_idih": lambda depth: SemanticDIH(depth, HRNet(18, small=False)),
    "hrnet18_v2p_idih": lambda depth: SemanticDIH(depth, HRNet(18, small=False), pyramid=True),
    "hrnet32_idih": lambda depth: SemanticDIH(depth, HRNet(32, small=False)),
    "hrnet32_v2p_idih": lambda depth: SemanticDIH(depth, HRNet(32, small=False), pyramid=True),
    "deeplab_r34_idih": DeepLabDIH,
}


def make(name: str) -> ImageNetwork:
    """Make the network of that name, one of `accord.networks.idih.FACTS`."""
    base, size = re.fullmatch(r"(.+?)(256|512)", name).groups()  # type: ignore[union-attr]
    return _MODELS[base]({"256": 7, "512": 8}[size])


def _round_up(size: int, step: int) -> int:
    return -(-size // step) * step

"""PCT-Net: a small network that gives every place an affine colour transform, which is applied at full resolution.

Source: Guerreiro, Nakazawa, Stenger, "PCT-Net: Full Resolution Image Harmonization Using Pixel-Wise Color
Transformations", CVPR 2023.

The transform maps the normalised image to colours in 0 to 1 that are then normalised again; for the CNN, whose
normalisation is ImageNet's, input and output of the matrix thus live on different scales, as published.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from numpy.typing import NDArray
from torch import Tensor, nn

from accord.core.errors import BadInputError
from accord.networks.network import Network, Normalise, image_tensor, mask_tensor
from accord.networks.pctnet.resize import resize_float, resize_uint8
from accord.networks.pctnet.transforms import Transform, transform_of
from accord.networks.strips import resized_rows, strips
from accord.networks.unet import UNET_RULES, issam

_READ_SIZE = 256
_STRIP_PIXELS = 2**20


class PctOutput(NamedTuple):
    """What PCT-Net gives in training: all images are normalised."""

    low: Tensor
    """(N, 3, h, w), harmonized at low resolution."""
    full: Tensor
    """(N, 3, H, W), harmonized at full resolution."""
    theta: Tensor
    """(N, 12, h, w): a 3x3 matrix, row by row, and a shift for every place; of other transforms, their numbers."""
    blend: Tensor
    """(N, 1, h, w): how much of the transformed colour is taken."""


class PctNet(Network):
    """What both PCT-Nets share: the colour transform and its use at full resolution."""

    def __init__(self, normalise: Normalise, features: int, transform: Transform) -> None:
        super().__init__()
        self.normalise = normalise
        self.transform = transform
        self.to_theta = nn.Conv2d(features, transform.channels, 1)

    @abstractmethod
    def parameter_maps(self, image: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Give `theta` and `blend` (see PctOutput) for a normalised image and a mask, 256 x 256."""

    @abstractmethod
    def _full_blend(self, blend: Tensor, mask: Tensor, rows: range, height: int) -> Tensor:
        """Give rows of the blend at full resolution; `mask` holds the full-resolution mask's same rows."""

    def forward(self, low: Tensor, full: Tensor, low_mask: Tensor, full_mask: Tensor) -> PctOutput:
        """Harmonize one picture, given normalised at low (256 x 256) and at full resolution, with its masks."""
        theta, blend = self.parameter_maps(low, low_mask)
        height = full.shape[2]
        return PctOutput(
            low=self.apply_transform(theta, blend, low),
            full=self.rows(theta, blend, full, full_mask, range(height), height),
            theta=theta,
            blend=blend,
        )

    def rows(self, theta: Tensor, blend: Tensor, image: Tensor, mask: Tensor, rows: range, height: int) -> Tensor:
        """Harmonize rows of a normalised full-resolution picture of that height, given as those rows alone."""
        wide = resized_rows(theta, rows, height, image.shape[3], "bicubic")
        return self.apply_transform(wide, self._full_blend(blend, mask, rows, height), image)

    def apply_transform(self, theta: Tensor, blend: Tensor, image: Tensor) -> Tensor:
        """Transform every pixel of a normalised image by its own map, clip, and blend."""
        colours = self.transform.apply(theta, image)
        mapped: Tensor = self.normalise(colours.clamp(0, 1) if self.transform.clipped else colours)
        return mapped * blend + image * (1 - blend)

    def theta_of_colours(self, theta: Tensor) -> Tensor:
        """Turn `theta`, which maps normalised images, into an affine one that maps images in 0 to 1 to the same.

        Raises
        ------
        BadInputError
            If the transform is not affine.
        """
        if self.transform.affine is None:
            raise BadInputError("this PCT-Net's transform is a polynomial: only affine ones can be exported.")
        theta = self.transform.affine(theta)
        matrix, shift = theta[:, :9], theta[:, 9:]
        # The columns of the matrix take red, green and blue; each is divided by that channel's deviation.
        matrix = matrix / self.normalise.std.repeat(1, 3, 1, 1)
        lost = [(row * self.normalise.mean).sum(1, keepdim=True) for row in matrix.chunk(3, dim=1)]
        return torch.cat([matrix, shift - torch.cat(lost, dim=1)], dim=1)

    def _predict(self, image: NDArray[np.uint8], mask: NDArray[Any], device: torch.device) -> Tensor:
        low = self.normalise(image_tensor(resize_uint8(image, _READ_SIZE, _READ_SIZE), device))
        low_mask = mask_tensor(resize_float(mask, _READ_SIZE, _READ_SIZE), device)
        theta, blend = self.parameter_maps(low, low_mask)
        height, width = mask.shape
        result = torch.empty(1, 3, height, width, device=device)
        for rows in strips(height, width, _STRIP_PIXELS):
            part = slice(rows.start, rows.stop)
            pixels = self.normalise(image_tensor(image[part], device))
            made = self.rows(theta, blend, pixels, mask_tensor(mask[part], device), rows, height)
            result[:, :, part] = self.normalise.undo(made)
        return result


class PctCnn(PctNet):
    """PCT-Net on iSSAM's U-Net, which also predicts the blend; at full resolution the mask is not used."""

    official_rules = (*UNET_RULES, (r"^to_theta\.", "get_params."))

    def __init__(self, transform: str = "linear") -> None:
        super().__init__(Normalise(), 32, transform_of(transform, cnn=True))
        # The decoder's to_rgb is part of the checkpoint, but nothing reads it.
        self.encoder, self.decoder = issam()

    def parameter_maps(self, image: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Give `theta` and `blend`; height and width may be any multiples of 8."""
        features = self.decoder(self.encoder(torch.cat([image, mask], dim=1)), mask)
        return self.to_theta(features), self.decoder.attention(features)

    def _full_blend(self, blend: Tensor, mask: Tensor, rows: range, height: int) -> Tensor:
        # Bicubic: the blend may leave 0 to 1, as published.
        return resized_rows(blend, rows, height, mask.shape[3], "bicubic")


class TransformerLayer(nn.Module):
    """Self-attention and a feed-forward network, each followed by a layer normalization."""

    def __init__(self, width: int, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.linear1 = nn.Linear(width, hidden)
        self.linear2 = nn.Linear(hidden, width)
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        self._heads = heads

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer to tokens (N, T, width)."""
        x = self.norm1(x + self.dropout(self.out(self._attend(x))))
        hidden = self.linear2(self.dropout(F.gelu(self.linear1(x))))
        out: Tensor = self.norm2(x + self.dropout(hidden))
        return out

    def _attend(self, x: Tensor) -> Tensor:
        # (N, T, 3 width) to three (N, heads, T, width / heads)
        batch, tokens, width = x.shape
        q, k, v = self.qkv(x).view(batch, tokens, 3, self._heads, width // self._heads).permute(2, 0, 3, 1, 4).unbind()
        attended = F.scaled_dot_product_attention(q, k, v, dropout_p=self.dropout.p if self.training else 0.0)
        return attended.transpose(1, 2).flatten(2)


class PctVit(PctNet):
    """PCT-Net on a vision transformer without positional embedding; the mask is the blend."""

    official_rules = (
        (r"^to_theta\.", "get_params."),
        (r"^embed\.", "encoder.patch_to_embedding.1."),
        (r"^layers\.", "encoder.transformer_enc.layers."),
        (r"\.qkv\.", ".self_attn.in_proj_"),
        (r"\.out\.", ".self_attn.out_proj."),
        (r"^grow\.", "encoder.dec.0."),
    )

    def __init__(self, transform: str = "linear") -> None:
        kind = transform_of(transform, cnn=False)
        super().__init__(Normalise((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), kind.channels, kind)
        self.embed = nn.Linear(4 * 4 * 4, 256)
        self.layers = nn.Sequential(*(TransformerLayer(256, heads=2, hidden=512, dropout=0.1) for _ in range(9)))
        self.grow = nn.ConvTranspose2d(256, kind.channels, 4, stride=4)

    def parameter_maps(self, image: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Give `theta` and `blend`; height and width may be any multiples of 4."""
        x = torch.cat([image, mask], dim=1)
        rows, columns = x.shape[2] // 4, x.shape[3] // 4
        # Patches row by row; in each, pixels row by row with their channels together.
        patches = x.reshape(-1, 4, rows, 4, columns, 4).permute(0, 2, 4, 3, 5, 1)
        tokens = self.layers(self.embed(patches.reshape(-1, rows * columns, 64)))
        features = torch.tanh(self.grow(tokens.transpose(1, 2).reshape(-1, 256, rows, columns)))
        return self.to_theta(features), mask

    def _full_blend(self, blend: Tensor, mask: Tensor, rows: range, height: int) -> Tensor:  # noqa: ARG002 - as the CNN's
        return mask


def make(name: str, transform: str = "linear") -> PctNet:
    """Make the network of that name, one of `accord.networks.pctnet.FACTS`, with a transform of `transforms`."""
    return {"pctnet_cnn": PctCnn, "pctnet_vit": PctVit}[name](transform)

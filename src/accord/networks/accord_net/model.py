"""accord's own network: sees the composite and its mask, predicts a colour map.

What is predicted is the coefficients of one polynomial of colour for the whole foreground, and on a coarse grid a small
affine correction to it that depends on place. The network reads:

* features of a pretrained encoder, which is shown the mask too, at strides 4 to 32, pooled over foreground, background
  and a ring around the foreground (their mean and deviation): what things are, and how they look here;
* colour statistics of the same three regions (soft histograms, means, covariances);
* tokens at stride 16 that attend to each other, so that a foreground can find the parts of the background it resembles.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own convention
from torch import Tensor, nn

from accord.networks.accord_net.encoder import CHANNELS, Encoder

TERMS = 13
"""Terms of the polynomial: 1, r, g, b, rr, gg, bb, rg, rb, gb, rrr, ggg, bbb of colours less 0.5."""
_BINS = 12
_WIDTH = 128


def polynomial_terms(picture: Tensor) -> Tensor:
    """Give the polynomial's terms for (b, 3, h, w) display-encoded sRGB: (b, 13, h, w)."""
    r, g, b = (picture - 0.5).unbind(1)
    return torch.stack([torch.ones_like(r), r, g, b, r * r, g * g, b * b, r * g, r * b, g * b, r**3, g**3, b**3], dim=1)


def apply_map(picture: Tensor, coefficients: Tensor, grid: Tensor) -> Tensor:
    """Apply a predicted map: the polynomial, then the local correction of its result.

    Parameters
    ----------
    picture
        (b, 3, h, w) display-encoded sRGB.
    coefficients
        (b, 3, 13): what the polynomial adds to each channel.
    grid
        (b, 12, gh, gw): rows of a 3x4 affine map (of colours less 0.5) that adds the correction, bilinear between.

    Returns
    -------
    Tensor
        (b, 3, h, w), not clipped.
    """
    b, _, h, w = picture.shape
    coarse = picture + (coefficients @ polynomial_terms(picture).flatten(2)).view(b, 3, h, w)
    local = F.interpolate(grid, (h, w), mode="bilinear", align_corners=False).view(b, 3, 4, h, w)
    return coarse + (local[:, :, :3] * (coarse - 0.5)[:, None]).sum(2) + local[:, :, 3]


class _Attention(nn.Module):
    """Pre-norm transformer block; the identity to begin with."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        last = nn.Linear(2 * width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.SiLU(), last)
        for value in (*self.out.parameters(), *last.parameters()):
            nn.init.zeros_(value)

    def forward(self, x: Tensor) -> Tensor:
        b, n, width = x.shape
        q, k, v = (
            self.qkv(self.norm1(x)).view(b, n, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        )
        x = x + self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, width))
        refined: Tensor = x + self.mlp(self.norm2(x))
        return refined


class _Refinement(nn.Module):
    """Pre-norm residual block of a vector that describes the whole composite; the identity to begin with."""

    def __init__(self, width: int) -> None:
        super().__init__()
        last = nn.Linear(4 * width, width)
        self.mlp = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.SiLU(), last)
        for value in last.parameters():
            nn.init.zeros_(value)

    def forward(self, x: Tensor) -> Tensor:
        refined: Tensor = x + self.mlp(x)
        return refined


def _attentions(width: int) -> nn.ModuleList:
    return nn.ModuleList(_Attention(width, 4) for _ in range(8))


def _refinements(width: int) -> nn.Sequential:
    return nn.Sequential(_Refinement(width), _Refinement(width))


def _pooled(features: Tensor, weights: Tensor, *, deviation: bool) -> Tensor:
    """Mean (and deviation) of (b, c, h, w) features under each of (b, k, h, w) weights: (b, k * c [* 2])."""
    values, shares = features.flatten(2), weights.flatten(2)
    shares = shares / shares.sum(2, keepdim=True).clamp_min(1e-3)
    mean = shares @ values.transpose(1, 2)
    if not deviation:
        return mean.flatten(1)
    square = shares @ values.square().transpose(1, 2)
    return torch.cat([mean.flatten(1), (square - mean.square()).clamp_min(1e-6).sqrt().flatten(1)], 1)


def _colour_statistics(picture: Tensor, weights: Tensor) -> Tensor:
    """Soft histograms of r, g, b and grey, means and covariances under each of the weights."""
    grey = picture.mean(1, keepdim=True)
    channels = torch.cat([picture, grey], 1)
    shares = weights.flatten(2) / weights.flatten(2).sum(2, keepdim=True).clamp_min(1e-3)
    centres = torch.linspace(0, 1, _BINS, device=picture.device).view(1, 1, _BINS, 1)
    near = (1 - (channels.flatten(2)[:, :, None] - centres).abs() * (_BINS - 1)).clamp_min(0)
    histogram = torch.einsum("bkn,bctn->bkct", shares, near).flatten(1).clamp_min(1e-6).sqrt()
    r, g, bl = (picture - 0.5).flatten(2).unbind(1)
    moments = torch.stack([r, g, bl, r * r, g * g, bl * bl, r * g, r * bl, g * bl], 1)
    mean = shares @ moments.transpose(1, 2)
    first = mean[..., :3]
    # Products in the order rr, gg, bb, rg, rb, gb.
    product = torch.cat(
        [
            first.square(),
            first[..., 0:1] * first[..., 1:2],
            first[..., 0:1] * first[..., 2:3],
            first[..., 1:2] * first[..., 2:3],
        ],
        -1,
    )
    covariance = mean[..., 3:] - product
    spread = covariance[..., :3].clamp_min(1e-6).sqrt()
    return torch.cat([histogram, mean[..., :3].flatten(1) * 2, spread.flatten(1) * 4, covariance.flatten(1) * 10], 1)


class AccordNet(nn.Module):
    """Composite and mask to the coefficients of a colour map (see the module's docstring)."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        c4, c8, c16, c32 = CHANNELS
        self.tokens = nn.Linear(c16 + c32 + 3 * 3 + 2, _WIDTH)
        self.attention = _attentions(_WIDTH)
        statistics = 3 * (2 * c4 + 2 * c8 + c16 + c32 + 4 * _BINS + 12) + 2
        self.statistics_norm = nn.LayerNorm(statistics)
        # What Identity stands for was dropout; it keeps the names of older checkpoints' weights.
        self.summary = nn.Sequential(
            nn.Linear(statistics, 320), nn.SiLU(), nn.Identity(), nn.Linear(320, 2 * _WIDTH), nn.SiLU()
        )
        self.refined_summary = _refinements(2 * _WIDTH)
        coefficients = nn.Linear(2 * _WIDTH, 3 * TERMS)
        self.whole = nn.Sequential(nn.Linear(4 * _WIDTH, 2 * _WIDTH), nn.SiLU(), coefficients)
        self.refined_whole = _refinements(2 * _WIDTH)
        self.from_tokens = nn.Conv2d(_WIDTH, 64, 1)
        self.from_summary = nn.Linear(2 * _WIDTH, 64)
        self.from8 = nn.Conv2d(c8, 64, 1)
        self.mix8 = nn.Sequential(nn.Conv2d(64, 64, 3, 1, 1, groups=64), nn.Conv2d(64, 64, 1), nn.SiLU())
        self.from4 = nn.Conv2d(c4 + 4, 48, 1)
        self.down = nn.Conv2d(64, 48, 1)
        self.mix4 = nn.Sequential(nn.Conv2d(48, 48, 3, 1, 1, groups=48), nn.Conv2d(48, 48, 1), nn.SiLU())
        self.place = nn.Conv2d(48, 12, 1)
        for value in (*coefficients.parameters(), *self.place.parameters()):
            nn.init.zeros_(value)  # the identity to begin with

    def completed(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Give weights of an older network, which had fewer parts, those that they lack, which do nothing."""
        blocks = nn.ModuleDict({name: _refinements(2 * _WIDTH) for name in ("refined_summary", "refined_whole")})
        blocks["attention"] = _attentions(_WIDTH)
        seen = {"encoder.mask_stem.weight": torch.zeros_like(self.encoder.mask_stem.weight)}
        return {**blocks.state_dict(), **seen, **weights}

    def forward(self, picture: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Predict a map.

        Parameters
        ----------
        picture
            (b, 3, s, s) composite, display-encoded sRGB in [0, 1]; s a multiple of 32.
        mask
            (b, 1, s, s) coverage in [0, 1].

        Returns
        -------
        coefficients, grid
            (b, 3, 13) and (b, 12, s/4, s/4), see `apply_map`.
        """
        f4, f8, f16, f32 = self.encoder(picture, mask)
        at4 = F.avg_pool2d(mask, 4)
        ring = F.max_pool2d(at4, 5, 1, 2)
        ring = F.max_pool2d(ring, 3, 1, 1) * (1 - at4)
        regions4 = torch.cat([at4, 1 - at4, ring + 1e-3 * (1 - at4)], 1)
        regions8, regions16, regions32 = (F.avg_pool2d(regions4, n) for n in (2, 4, 8))
        small = F.avg_pool2d(picture, 4)
        statistics = torch.cat(
            [
                _pooled(f4, regions4, deviation=True),
                _pooled(f8, regions8, deviation=True),
                _pooled(f16, regions16, deviation=False),
                _pooled(f32, regions32, deviation=False),
                _colour_statistics(small, regions4),
                at4.mean((1, 2, 3))[:, None].sqrt(),
                at4.mean((1, 2, 3))[:, None],
            ],
            1,
        )
        summary = self.refined_summary(self.summary(self.statistics_norm(statistics)))

        front = F.avg_pool2d(picture * mask, 16)
        back = F.avg_pool2d(picture * (1 - mask), 16)
        cover = regions16[:, :1]
        both = torch.cat(
            [
                f16, F.interpolate(f32, scale_factor=2.0, mode="nearest"), front / (cover + 0.02),
                back / (1 - cover + 0.02), front + back, cover * 2 - 1, regions16[:, 2:],
            ],
            1,
        )  # fmt: skip
        b, _, h, w = both.shape
        tokens = self.tokens(both.flatten(2).transpose(1, 2))
        for block in self.attention:
            tokens = block(tokens)
        shares = cover.flatten(2)
        front_token = (shares / shares.sum(2, keepdim=True).clamp_min(1e-3)) @ tokens
        back_share = 1 - shares
        back_token = (back_share / back_share.sum(2, keepdim=True).clamp_min(1e-3)) @ tokens
        whole = self.whole[:2](torch.cat([summary, front_token[:, 0], back_token[:, 0]], 1))
        whole = self.whole[2](self.refined_whole(whole))

        x = self.from_tokens(tokens.transpose(1, 2).reshape(b, _WIDTH, h, w))
        x = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        x = F.silu(x + self.from8(f8) + self.from_summary(summary)[:, :, None, None])
        x = x + self.mix8(x)
        x = F.interpolate(self.down(x), scale_factor=2.0, mode="bilinear", align_corners=False)
        x = F.silu(x + self.from4(torch.cat([f4, small, at4], 1)))
        x = x + self.mix4(x)
        return whole.view(b, 3, TERMS), self.place(x)

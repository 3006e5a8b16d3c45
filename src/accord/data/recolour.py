"""Colour changes of known kinds for many pictures at once, in PyTorch: what makes a composite out of a photo.

Pixels are (b, 3, n) display-encoded sRGB in [0, 1], samples of foreground and reference region (b, k, 3). Each function
gives pixels of the same shape, not clipped.

Sources: mean and deviation in CIELAB, Reinhard et al. 2001; full covariance, Xiao and Ma 2006 (eigenvectors matched by
rank) and Pitie and Kokaram 2007 (Monge-Kantorovich); iterative distribution transfer, Pitie et al. 2007; illumination
changes as polynomials of colour, Niu et al. 2023 (ccHarmony).
"""

from __future__ import annotations

import torch
from torch import Tensor

_RGB_TO_XYZ = torch.tensor(
    [[0.4123908, 0.3575843, 0.1804808], [0.2126390, 0.7151687, 0.0721923], [0.0193308, 0.1191948, 0.9505322]]
)
_WHITE = _RGB_TO_XYZ.sum(1)


def _power(base: Tensor, exponent: float | Tensor) -> Tensor:
    """Raise non-negative numbers to a power; on a CPU more than twice as fast as PyTorch's own."""
    return torch.exp(exponent * torch.log(base.clamp_min(1e-8)))


def to_linear(values: Tensor) -> Tensor:
    """Decode the sRGB curve (values below 0 are taken as 0)."""
    values = values.clamp_min(0)
    return torch.where(values <= 0.04045, values / 12.92, _power((values + 0.055) / 1.055, 2.4))


def to_display(light: Tensor) -> Tensor:
    """Encode by the sRGB curve (light below 0 is taken as 0)."""
    light = light.clamp_min(0)
    return torch.where(light <= 0.0031308, light * 12.92, 1.055 * _power(light, 1 / 2.4) - 0.055)


def to_lab(rgb: Tensor) -> Tensor:
    """Turn display-encoded sRGB (..., 3) into CIELAB (D65)."""
    xyz = to_linear(rgb) @ (_RGB_TO_XYZ / _WHITE[:, None]).T.to(rgb)
    f = torch.where(xyz > 0.008856, _power(xyz, 1 / 3), 7.787 * xyz + 16 / 116)
    return torch.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], dim=-1)


def from_lab(lab: Tensor) -> Tensor:
    """Turn CIELAB (..., 3) into display-encoded sRGB, at least 0, not clipped at 1."""
    fy = (lab[..., 0] + 16) / 116
    f = torch.stack([fy + lab[..., 1] / 500, fy, fy - lab[..., 2] / 200], dim=-1)
    xyz = torch.where(f > 6 / 29, f**3, (f - 16 / 116) / 7.787) * _WHITE.to(lab)
    return to_display(xyz @ torch.linalg.inv(_RGB_TO_XYZ).T.to(lab))


_KNOTS = 64


def _match_sorted(values: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """Send each value to the target sample of the same rank; (b, c, n) through (b, c, k) sorted samples.

    The curve is tabulated at evenly spaced knots over the source's range and runs on with slope 1 beyond it.
    """
    k = source.shape[-1]
    lowest, highest = source[..., :1], source[..., -1:]
    width = highest - lowest + 1e-4
    knots = lowest + width * torch.linspace(0, 1, _KNOTS, device=source.device)
    # Mean of the first and last rank, since samples of 8-bit pictures tie.
    left = torch.searchsorted(source.contiguous(), knots, right=False)
    right = torch.searchsorted(source.contiguous(), knots, right=True)
    rank = ((left + right).float() / 2 - 0.5).clamp(0, k - 1)
    below = rank.floor().long().clamp_max(k - 2)
    curve = torch.lerp(target.gather(-1, below), target.gather(-1, below + 1), rank - below)

    position = ((values - lowest) / width * (_KNOTS - 1)).clamp(0, _KNOTS - 1)
    knot = position.floor().long().clamp_max(_KNOTS - 2)
    beyond = values - values.clamp(lowest, highest)
    return torch.lerp(curve.gather(-1, knot), curve.gather(-1, knot + 1), position - knot) + beyond


def mean_deviation(pixels: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """Match mean and deviation of each CIELAB channel."""
    lab, source, target = to_lab(pixels.transpose(1, 2)), to_lab(source), to_lab(target)
    gain = target.std(1, keepdim=True) / source.std(1, keepdim=True).clamp_min(1.0)
    return from_lab((lab - source.mean(1, keepdim=True)) * gain + target.mean(1, keepdim=True)).transpose(1, 2)


def _covariance(samples: Tensor) -> Tensor:
    centred = samples - samples.mean(1, keepdim=True)
    floor = 1e-5 * torch.eye(3, device=samples.device)
    product: Tensor = centred.transpose(1, 2) @ centred / samples.shape[1]
    return product + floor


def _root(matrix: Tensor, power: float) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    powered: Tensor = vectors @ torch.diag_embed(values.clamp_min(1e-6) ** power) @ vectors.transpose(1, 2)
    return powered


def covariance(pixels: Tensor, source: Tensor, target: Tensor, *, by_rank: bool) -> Tensor:
    """Match mean and covariance in RGB: by rank of the principal axes (Xiao), or with the least change (Monge)."""
    a, b = _covariance(source), _covariance(target)
    if by_rank:
        a_values, a_axes = torch.linalg.eigh(a)
        b_values, b_axes = torch.linalg.eigh(b)
        # An axis has no sign of its own; take the one that turns colours least.
        b_axes = b_axes * torch.sign((a_axes * b_axes).sum(1, keepdim=True) + 1e-9)
        matrix = b_axes @ torch.diag_embed((b_values / a_values).clamp_min(0).sqrt()) @ a_axes.transpose(1, 2)
    else:
        root, inverse = _root(a, 0.5), _root(a, -0.5)
        matrix = inverse @ _root(root @ b @ root, 0.5) @ inverse
    moved: Tensor = matrix @ (pixels - source.mean(1)[..., None]) + target.mean(1)[..., None]
    return moved


def histogram(pixels: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """Match each CIELAB channel's distribution."""
    lab = to_lab(pixels.transpose(1, 2)).transpose(1, 2)
    source = to_lab(source).transpose(1, 2).sort(-1).values
    target = to_lab(target).transpose(1, 2).sort(-1).values
    return from_lab(_match_sorted(lab, source, target).transpose(1, 2)).transpose(1, 2)


def distribution(
    pixels: Tensor, source: Tensor, target: Tensor, generator: torch.Generator, *, rounds: int = 6
) -> Tensor:
    """Match the whole RGB distribution, one random rotation after another."""
    source, target = source.transpose(1, 2), target.transpose(1, 2)
    for _ in range(rounds):
        rotation = torch.linalg.qr(torch.randn(len(pixels), 3, 3, generator=generator, device=pixels.device)).Q
        source, pixels = rotation @ source, rotation @ pixels
        ranked, wanted = source.sort(-1).values, (rotation @ target).sort(-1).values
        source, pixels = _match_sorted(source, ranked, wanted), _match_sorted(pixels, ranked, wanted)
        back = rotation.transpose(1, 2)
        source, pixels = back @ source, back @ pixels
    return pixels


def illumination(pixels: Tensor, to_standard: Tensor, from_standard: Tensor) -> Tensor:
    """Bring colours to the standard light and from there to another, by (b, 3, 11) polynomials on 0..255."""
    for coefficients in (to_standard, from_standard):
        r, g, b = (pixels.clamp(0, 1) * 255).unbind(1)
        terms = torch.stack([r, g, b, r * g, r * b, g * b, r * r, g * g, b * b, r * g * b, torch.ones_like(r)], dim=1)
        pixels = coefficients @ terms / 255
    return pixels


def drawn_edits(count: int, generator: torch.Generator, device: torch.device, *, amount: float = 1.0) -> Tensor:
    """Draw what a photographer does to each of `count` pictures, for `photographic`: (count, 7, 1).

    `amount` scales the standard deviations: exposure 0.7 stops, white balance 0.12 in log2 per channel, gamma 0.2,
    contrast 0.15, saturation 0.2.
    """

    def draw(deviation: float, channels: int = 1) -> Tensor:
        return amount * deviation * torch.randn(count, channels, 1, generator=generator, device=device)

    return torch.cat([draw(0.7).clamp(-2, 2), draw(0.12, 3), draw(0.2), draw(0.15), draw(0.2)], 1)


def photographic(pixels: Tensor, edits: Tensor) -> Tensor:
    """Make a photographer's edit: exposure and white balance in linear light, gamma, contrast, saturation.

    Parameters
    ----------
    edits
        (b, 7, 1) of `drawn_edits`: stops, stops of each channel beside them, and the natural logarithms of the others.
    """
    light = to_linear(pixels) * torch.exp2(edits[:, :1] + edits[:, 1:4])
    gamma, contrast, saturation = torch.exp(edits[:, 4:, None]).unbind(1)
    pixels = _power(to_display(light).clamp_max(1.2), gamma)
    pivot = pixels.mean((1, 2), keepdim=True)
    pixels = pivot + (pixels - pivot) * contrast
    grey = pixels.mean(1, keepdim=True)
    edited: Tensor = grey + (pixels - grey) * saturation
    return edited

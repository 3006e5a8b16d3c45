"""What an edit may break: clipping, colours out of gamut, banding, noise, halos."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from accord.colour.cielab import linear_to_lab
from accord.colour.difference import ciede2000
from accord.core.encoding import SRGB
from accord.diagnose.evidence import Pair
from accord.diagnose.regions import blocks, depth_inside, laplacian, smooth_blocks
from accord.transforms.bilateral_grid import LUMA

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
PerChannel = tuple[float, float, float]

SMOOTH = 0.25
"""The share of the foreground's blocks of 8 x 8 pixels that count as smooth, those that vary least."""

HALO = (3, 8)
"""The band of the edge in which a halo is looked for: how many pixels inside the outline it begins and ends."""

_LEVELS = 255
_PIXELS_PER_CODE = 20
# The variance of rounding to 8 bits. Noise below that is none.
_ROUNDING = 1 / 12 / _LEVELS**2
_DEEP_ENOUGH = 64  # pixels of interior from which a halo can be told
_FITTED = 20000


def clipping_added(pair: Pair) -> PerChannel:
    """Give by how much the share of foreground pixels at or beyond 0 or 1 grew, for red, green and blue."""
    inside = pair.inside
    shares = [((colours <= 0) | (colours >= 1)).mean(axis=0) for colours in (pair.before[inside], pair.after[inside])]
    return _per_channel(shares[1] - shares[0])


def out_of_gamut_added(pair: Pair, mapped: Floats) -> PerChannel:
    """Give by how much the share of foreground pixels out of [0, 1] by half an 8-bit code grew, before clipping.

    Parameters
    ----------
    pair
        The composite.
    mapped
        (h, w, 3) what the colour map made of it.
    """
    inside, slack = pair.inside, np.float32(0.5 / _LEVELS)
    colours = (pair.before[inside], mapped[inside])
    shares = [((values < -slack) | (values > 1 + slack)).mean(axis=0) for values in colours]
    return _per_channel(shares[1] - shares[0])


def banding(pair: Pair) -> float | None:
    """Give the share of 8-bit code values that fell empty in smooth areas: the worst channel's.

    Counted among the codes between the 5th and 95th percentile of the smooth blocks' pixels, after less before, at
    least 0. None where the smooth blocks hold too few pixels to tell (20 for each code).
    """
    chosen = _smooth(pair)
    worst: float | None = None
    for channel in range(3):
        shares = [_empty(blocks(colours[..., channel])[chosen]) for colours in (pair.before, pair.after)]
        if shares[0] is not None and shares[1] is not None:
            worst = max(worst or 0.0, shares[1] - shares[0])
    return worst


def noise_gain(pair: Pair) -> float | None:
    """Give by what factor noise grew in smooth areas: standard deviation of luma, after over before.

    Noise is told by Immerkaer's operator on display-encoded luma, with the variance of 8-bit rounding added to both.
    None where the foreground holds no whole block.
    """
    chosen = _smooth(pair)
    if not len(chosen):
        return None
    energy = [
        float((laplacian(blocks(luma(colours))[chosen]) ** 2).mean(dtype=np.float64)) / 36 + _ROUNDING
        for colours in (pair.before, pair.after)
    ]
    return float(np.sqrt(energy[1] / energy[0]))


def edge_halo(pair: Pair) -> float | None:
    """Give how much further the edge strays from one and the same edit than the inside does, in CIEDE2000.

    The edit is the quadratic polynomial of colour that is nearest to what happened more than 8 pixels inside the
    outline; the figure is the mean difference to it in the band 3 to 8 pixels inside, less that of the inside. About 0
    for any map that does not depend on place. None where the foreground has no inside, or no band.
    """
    first, last = HALO
    depth = depth_inside(pair.mask >= 0.99, last + 1)
    inside, band = depth > last, (depth >= first) & (depth <= last)
    if inside.sum() < _DEEP_ENOUGH or not band.any():
        return None
    step = -(-int(inside.sum()) // _FITTED)
    terms, wanted = _quadratic(pair.before[inside][::step]), pair.after[inside][::step]
    normal = terms.T @ terms + 1e-6 * len(terms) * np.eye(terms.shape[1])
    coefficients = np.linalg.solve(normal, terms.T @ (wanted - pair.before[inside][::step]))

    def strays(where: NDArray[np.bool_]) -> float:
        before = pair.before[where]
        edited = np.clip(before + _quadratic(before) @ coefficients, 0, max(1.0, float(before.max())))
        return float(ciede2000(_lab(edited.astype(np.float32)), _lab(pair.after[where])).mean())

    return strays(band) - strays(inside)


def luma(colours: Floats) -> Floats:
    """Give the luma (Rec. 709 weights of display-encoded values), (h, w), of colours (h, w, 3)."""
    red, green, blue = (np.float32(weight) for weight in LUMA)
    total: Floats = red * colours[..., 0] + green * colours[..., 1] + blue * colours[..., 2]
    return total


def _smooth(pair: Pair) -> NDArray[np.intp]:
    return smooth_blocks(luma(pair.before), pair.mask, SMOOTH)


def _per_channel(values: Doubles) -> PerChannel:
    red, green, blue = (float(value) for value in values)
    return red, green, blue


def _empty(values: Floats) -> float | None:
    if not values.size:
        return None
    codes = np.rint(np.clip(values, 0, 1) * _LEVELS).astype(np.intp).ravel()
    low, high = (int(code) for code in np.percentile(codes, (5, 95), method="nearest"))
    counts = np.bincount(codes, minlength=_LEVELS + 1)[low : high + 1]
    return float((counts == 0).mean()) if codes.size >= _PIXELS_PER_CODE * len(counts) else None


def _quadratic(colours: Floats) -> Doubles:
    r, g, b = np.clip(colours, 0, 1).astype(np.float64).T
    return np.stack([np.ones_like(r), r, g, b, r * r, g * g, b * b, r * g, r * b, g * b], axis=-1)


def _lab(colours: Floats) -> Floats:
    return linear_to_lab(SRGB.to_light(colours))

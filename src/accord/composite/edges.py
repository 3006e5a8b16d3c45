"""Give a cut-out's edge pixels the colour of the foreground alone.

A photo's edge pixel shows foreground and old background mixed; pasted elsewhere, the old one's share is a fringe.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import MissingExtraError

Floats = NDArray[np.float32]
Edges = Literal["local", "matting", "keep"]

# Only pixels that are all but wholly covered tell the foreground's colour: at 95 % there is fringe already, and this
# power leaves such a pixel a fifth of its weight. No threshold: hair may have no opaque pixel at all.
_PURITY = 32
# Later rounds start from estimates in which the other layer's share is mostly gone, and may listen to more pixels.
_REFINED_PURITY = 4
_ROUNDS = 3
# A soft edge runs from outside to inside within this share of the cut-out's longer side. What is translucent over a
# longer way (glass, cloth, smoke) is meant so, and keeps its colour.
_REACH = 1 / 8
_LEAST_REACH = 8  # pixels
# Colour under hardly any coverage is mostly rounding: 8-bit cut-outs keep it to a few levels.
_TELLING = 0.04


def spread(colour: Floats, weight: Floats) -> Floats:
    """Fill in colours where the weight is small from the nearest where it is not, over as many scales as that takes.

    Parameters
    ----------
    colour
        (h, w, 3), in any space that may be averaged: linear light here.
    weight
        (h, w) in [0, 1]: 1 keeps the pixel, 0 ignores it.

    Returns
    -------
    ndarray
        (h, w, 3), smooth where the weight was small. The pull-push algorithm of Gortler et al., "The Lumigraph",
        SIGGRAPH 1996, doi:10.1145/237170.237200.
    """
    height, width = weight.shape
    if height == 1 and width == 1:
        return colour
    padding = ((0, height % 2), (0, width % 2))
    fine_weight = np.pad(weight, padding)
    fine = np.pad(colour, (*padding, (0, 0))) * fine_weight[..., None]
    total = _pair_sums(_pair_sums(fine_weight, 0), 1)
    coarse = _pair_sums(_pair_sums(fine, 0), 1)
    coarse = np.divide(coarse, total[..., None], out=np.zeros_like(coarse), where=total[..., None] > 0)
    coarse = spread(coarse, np.minimum(total, np.float32(1)))
    upper = _doubled(_doubled(coarse, 0), 1)[:height, :width]
    return colour * weight[..., None] + upper * (1 - weight[..., None])


def clean_photo(colour: Floats, coverage: Floats) -> Floats:
    """Estimate the foreground's colour in a photo from its mask, the old background being in the picture.

    Parameters
    ----------
    colour
        (h, w, 3), the photo in linear light.
    coverage
        (h, w) in [0, 1].

    Returns
    -------
    ndarray
        (h, w, 3), linear light; unchanged where coverage is 1, filled in where it is 0.
    """
    return _unmixed(colour, coverage, np.ones_like(coverage))


def clean_cutout(colour: Floats, coverage: Floats) -> Floats:
    """Estimate the foreground's colour in a cut-out: the old background is gone, but may have left its fringe.

    The faintest pixels tell whether it has: they show the old background then, and the foreground otherwise.

    Parameters
    ----------
    colour
        (h, w, 3), un-premultiplied, linear light.
    coverage
        (h, w) in [0, 1].

    Returns
    -------
    ndarray
        (h, w, 3), linear light; translucent pixels that are no edge keep their colour, and where coverage is 0 it is
        filled in.
    """
    known = fill(colour, coverage)
    reach = max(_LEAST_REACH, round(max(coverage.shape) * _REACH))
    by_outside = _near(np.pad(coverage, reach) < 0.02, reach)[reach:-reach, reach:-reach]
    share = by_outside * _near(coverage > 0.98, reach)
    unmixed = _unmixed(known, coverage, np.clip(coverage / np.float32(_TELLING), 0, 1))
    return known + share[..., None] * (unmixed - known)


def _unmixed(colour: Floats, coverage: Floats, telling: Floats) -> Floats:
    """Solve colour = coverage * inside + (1 - coverage) * outside for `inside`, both layers being smooth.

    What the two spread colours leave unexplained is shared out between the layers by least squares, as in Germer et al.
    (see `clean_with_matting`); spreading in place of their many small steps takes three rounds.

    Parameters
    ----------
    colour
        (h, w, 3) linear light.
    coverage
        (h, w) in [0, 1].
    telling
        (h, w) in [0, 1]: how far a pixel's colour can tell what lies outside.
    """
    share = coverage[..., None]
    norm = share**2 + (1 - share) ** 2
    # Light is not negative, but for colours outside sRGB; and no layer outshines all that was seen.
    low, high = np.minimum(colour.min(axis=(0, 1)), np.float32(0)), colour.max(axis=(0, 1))
    inside = spread(colour, coverage**_PURITY)
    outside = spread(colour, telling * (1 - coverage) ** _PURITY)
    for _ in range(_ROUNDS - 1):
        inside, outside = _shared_out(colour, share, norm, inside, outside, low, high)
        inside = spread(inside, coverage**_REFINED_PURITY)
        outside = spread(outside, telling * (1 - coverage) ** _REFINED_PURITY)
    return _shared_out(colour, share, norm, inside, outside, low, high)[0]


def _shared_out(
    colour: Floats, share: Floats, norm: Floats, inside: Floats, outside: Floats, low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    unexplained = (colour - share * inside - (1 - share) * outside) / norm
    inside_now: Floats = np.clip(inside + share * unexplained, low, high)
    outside_now: Floats = np.clip(outside + (1 - share) * unexplained, low, high)
    return inside_now, outside_now


def clean_with_matting(colour: Floats, coverage: Floats) -> Floats:
    """Estimate the foreground's colour with pymatting, whose estimate many know.

    Parameters
    ----------
    colour
        (h, w, 3), the photo in linear light.
    coverage
        (h, w) in [0, 1].

    Returns
    -------
    ndarray
        (h, w, 3), linear light; unchanged where coverage is 1. Germer et al., "Fast Multi-Level Foreground Estimation",
        ICPR 2020, doi:10.1109/ICPR48806.2021.9411992.

    Raises
    ------
    MissingExtraError
        If pymatting is not installed.
    """
    try:
        from pymatting import estimate_foreground_ml  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingExtraError('edges="matting"', "matting", "pymatting") from error
    # pymatting clips to [0, 1]. Its equations are linear and their weights sum to 1, so an offset and a power of two
    # pass through unchanged and only keep light above 1, or below 0, from being cut off.
    offset = min(0.0, float(colour.min()))
    size = np.float32(2.0 ** np.ceil(np.log2(max(1.0, float(colour.max()) - offset))))
    estimate = estimate_foreground_ml((colour - offset) / size, coverage) * size + offset
    cleaned: Floats = np.where(coverage[..., None] < 1, estimate, colour).astype(np.float32, copy=False)
    return cleaned


def fill(colour: Floats, coverage: Floats) -> Floats:
    """Keep the colours of covered pixels and fill in the others: what lies under coverage 0 is often black."""
    known = coverage > 0
    return np.where(known[..., None], colour, spread(colour, coverage))


def _pair_sums(values: Floats, axis: int) -> Floats:
    return values.take(range(0, values.shape[axis], 2), axis) + values.take(range(1, values.shape[axis], 2), axis)


def _doubled(values: Floats, axis: int) -> Floats:
    """Enlarge twofold along an axis, linearly between pixel centres."""
    count = values.shape[axis]
    before = values.take(np.maximum(np.arange(count) - 1, 0), axis)
    after = values.take(np.minimum(np.arange(count) + 1, count - 1), axis)
    pairs: Floats = np.stack([0.75 * values + 0.25 * before, 0.75 * values + 0.25 * after], axis + 1)
    shape = list(values.shape)
    shape[axis] = 2 * count
    return pairs.reshape(shape)


def _near(flags: NDArray[np.bool_], reach: int) -> Floats:
    """Give (h, w) in [0, 1]: 1 near a flagged pixel, falling to 0 at `reach` pixels from it (a square's worth)."""
    counts = box_blur(box_blur(flags.astype(np.float32), reach, 0), reach, 1)
    # A straight border seen from three quarters of the reach fills an eighth of the window.
    return np.minimum(counts * 8, np.float32(1))


def box_blur(values: Floats, radius: int, axis: int) -> Floats:
    """Average over 2 * radius + 1 pixels along an axis of a (h, w) array, borders repeated."""
    if radius == 0:
        return values
    padding = [(0, 0), (0, 0)]
    padding[axis] = (radius + 1, radius)
    # float64: the running sum of a long row would lose the small differences that are the result.
    sums = np.cumsum(np.pad(values, padding, mode="edge"), axis=axis, dtype=np.float64)
    count = values.shape[axis]
    window = 2 * radius + 1
    upper = sums.take(range(window, window + count), axis)
    lower = sums.take(range(count), axis)
    return ((upper - lower) / window).astype(np.float32)

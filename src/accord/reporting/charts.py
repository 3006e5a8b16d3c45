"""Histogram and vectorscope as inline SVG, drawn from our own numbers at fixed scales."""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import Floats

Doubles = NDArray[np.float64]

BINS = 64
_TOP = 0.25  # share of pixels in one bin that reaches the top; heights are square roots, so that little is seen, too
_LUMA = np.array([0.2126, 0.7152, 0.0722])
# Shares of pixels in one cell of the vectorscope that are just seen, and fully opaque.
_FAINT, _FULL = 1e-4, 1e-1
_CHANNELS = {"red": "#f2555a", "green": "#3fb950", "blue": "#4c8dff"}


def histogram(colours: Floats, weights: Floats, what: str) -> str:
    """Draw the histogram of red, green and blue code values.

    Parameters
    ----------
    colours
        (h, w, 3) in the working space; values beyond [0, 1] count at its ends.
    weights
        (h, w) in [0, 1], not all 0.
    what
        Whose, for the text alternative.
    """
    inside = weights > 0
    share = weights[inside].astype(np.float64)
    values = np.clip(colours[inside], 0, 1).astype(np.float64)
    paths = []
    for channel, (name, colour) in enumerate(_CHANNELS.items()):
        at = np.minimum((values[:, channel] * BINS).astype(np.intp), BINS - 1)
        shares = np.bincount(at, share, BINS) / share.sum()
        paths.append(f'<path class="{name}" fill="{colour}" d="{_steps(shares)}"/>')
    lows, medians, highs = _quantiles(values @ _LUMA, share, (0.05, 0.5, 0.95))
    clipped = float(share[((values <= 0) | (values >= 1)).any(axis=1)].sum() / share.sum())
    told = (
        f"Histogram of {what}: luma from {_percent(lows)} to {_percent(highs)}, median {_percent(medians)}; "
        f"{_percent(clipped)} of pixels at an end"
    )
    return (
        f'<svg class="scope" viewBox="0 0 128 80" role="img" aria-label="{escape(told)}" preserveAspectRatio="none">'
        '<path class="grid" d="M32 0V80M64 0V80M96 0V80"/>' + "".join(paths) + "</svg>"
    )


def vectorscope(colours: Floats, weights: Floats, what: str) -> str:
    """Draw where colours lie in the plane of Cb (to the right) and Cr (upwards) of Rec. 709, denser is brighter.

    Parameters are those of `histogram`.
    """
    inside = weights > 0
    share = weights[inside].astype(np.float64)
    cb, cr = _chroma(np.clip(colours[inside], 0, 1).astype(np.float64))
    columns, rows = (np.clip(((one + 0.5) * BINS).astype(np.intp), 0, BINS - 1) for one in (cb, cr))
    shares = np.bincount(rows * BINS + columns, share, BINS * BINS) / share.sum()
    cells = np.flatnonzero(shares > _FAINT)
    opacity = np.clip(np.log(shares[cells] / _FAINT) / np.log(_FULL / _FAINT), 0.12, 1)
    drawn = [
        f'<path fill="{_colour_of(cell)}" opacity="{amount:.2f}" d="M{cell % BINS} {BINS - 1 - cell // BINS}h1v1h-1z"/>'
        for cell, amount in zip(cells.tolist(), opacity.tolist(), strict=True)
    ]
    mean = np.average(np.stack([cb, cr]), axis=1, weights=share)
    angle = float(np.rad2deg(np.arctan2(mean[1], mean[0])) % 360)
    told = f"Vectorscope of {what}: mean chroma {_percent(float(np.hypot(*mean)) / 0.5)} of the circle" + (
        f", at {angle:.0f} degrees, {_hue_word(angle)}" if np.hypot(*mean) > 0.005 else ", neutral"
    )
    return (
        f'<svg class="scope square" viewBox="0 0 {BINS} {BINS}" role="img" aria-label="{escape(told)}">'
        + "".join(drawn)
        + f'<circle class="grid" cx="32" cy="32" r="31.5"/><path class="grid" d="M32 0V64M0 32H64"/>{_TARGETS}</svg>'
    )


def _steps(shares: Doubles) -> str:
    """Give a stepped outline over 128 by 80."""
    heights = 80 * np.sqrt(np.minimum(shares / _TOP, 1))
    return "M0 80" + "".join(f"V{80 - height:.1f}h2" for height in heights.tolist()) + "V80z"


def _quantiles(values: Doubles, share: Doubles, levels: tuple[float, ...]) -> list[float]:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(share[order]) / share.sum()
    at = np.minimum(np.searchsorted(reached, levels), len(order) - 1)
    return [float(value) for value in values[order][at]]


def _chroma(rgb: Doubles) -> tuple[Doubles, Doubles]:
    luma = rgb @ _LUMA
    return (rgb[..., 2] - luma) / (2 - 2 * _LUMA[2]), (rgb[..., 0] - luma) / (2 - 2 * _LUMA[0])


def _colour_of(cell: int) -> str:
    """Give a light colour of a cell's own hue."""
    cb, cr = (cell % BINS + 0.5) / BINS - 0.5, (cell // BINS + 0.5) / BINS - 0.5
    red, blue = 0.62 + 2.2 * cr * (1 - _LUMA[0]), 0.62 + 2.2 * cb * (1 - _LUMA[2])
    green = (0.62 - _LUMA[0] * red - _LUMA[2] * blue) / _LUMA[1]
    codes = (round(255 * min(1.0, max(0.0, float(part)))) for part in (red, green, blue))
    return "#" + "".join(f"{code:02x}" for code in codes)


def _hue_word(angle: float) -> str:
    words = {name: float(np.rad2deg(np.arctan2(cr, cb)) % 360) for name, (cb, cr) in _PRIMARIES.items()}
    return min(words, key=lambda name: abs((words[name] - angle + 180) % 360 - 180))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


_PRIMARIES = {
    name: tuple(float(part) for part in np.stack(_chroma(np.array(rgb, np.float64))))
    for name, rgb in {
        "red": (1, 0, 0),
        "yellow": (1, 1, 0),
        "green": (0, 1, 0),
        "cyan": (0, 1, 1),
        "blue": (0, 0, 1),
        "magenta": (1, 0, 1),
    }.items()
}

# Where 75 % colour bars fall, as on a broadcaster's scope.
_TARGETS = "".join(
    f'<rect class="grid" x="{32 + 48 * cb - 1.5:.1f}" y="{32 - 48 * cr - 1.5:.1f}" width="3" height="3"/>'
    f'<text x="{32 + 48 * cb:.1f}" y="{32 - 48 * cr + (-2.6 if cr > 0 else 5):.1f}">{name[0].upper()}</text>'
    for name, (cb, cr) in _PRIMARIES.items()
)

"""From where the light falls on an object, told from its shading, with an uncertainty that is meant.

What is told is the direction towards the light in the picture's plane. Three estimates are averaged: brightness along
the rim, where the surface's normal is known (Johnson and Farid 2005); brightness over a solid swollen from the outline;
and the mere slope of brightness. Where they disagree, where pieces of the object disagree, or where the outline's
normals point few ways (a box's, of which nothing can be concluded about its faces), the interval grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from accord.colour.xyz import luminance
from accord.core.encoding import SRGB
from accord.diagnose.figures import RESAMPLES, resampling
from accord.diagnose.relief import surface_normals

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]
Cut = tuple[bool, bool, bool, bool]

WIDEST = 60.0
"""An interval wider than this, in degrees, tells nothing: the direction is unknown."""

LONGEST = 48
"""An object is looked at in at most this many pixels a side: shading is coarse, texture is not."""

_STEP = 10
_AZIMUTHS = np.arange(0, 360, _STEP)
_ELEVATIONS = np.array([0, 20, 40, 60])
_RIM = 0.6  # the normal's share towards the camera below which a pixel belongs to the rim
_FLATTER = 2.0  # swollen solids are this much flatter than half a sphere: real objects are
_BLOCKS = 4  # blocks a side that are drawn
_TRIM = (2, 98)  # percentiles that brightness is held between: highlights and holes
_SECTORS = 12  # of the rim's normals
_FEWEST = 60  # pixels below which there is no shading to look at
_CHROMA_STEP = 0.5  # in the natural logarithm of r / g and b / g: paints that differ by less count as one

# The interval's standard deviation, in degrees: squares of these times what they stand beside, summed. Fitted on 240
# rendered objects (benchmarks/light_direction.py); another 240 are what is reported.
_LEAST = 3.0
_PER_DISAGREEMENT = 1.8
_PER_UNEVENNESS = 90.0
REACH = 2.0
"""Standard deviations in half an interval."""


_UNCUT = (False, False, False, False)

_SCENE = 160  # pixels a side in which pieces of background are looked for
_PIECE_STEP = 0.12  # largest difference of neighbours within a piece, as _CHROMA_STEP
_LARGEST_PIECE = 0.2  # of the picture
_MOST_PIECES = 12
_DOUBT = 25.0  # degrees: a piece of background may be no solid at all


@dataclass(frozen=True)
class Towards:
    """A direction in the picture's plane and the standard deviation of its error, degrees."""

    azimuth: float
    deviation: float


def direction_draws(told: Towards | None, seed: int) -> Doubles:
    """Give a direction as draws, (1 + RESAMPLES,), degrees, not wrapped; NaN where it is unknown."""
    if told is None or 2 * REACH * told.deviation > WIDEST:
        return np.full(1 + RESAMPLES, np.nan)
    # Evenly spread quantiles in a random order: the interval is then the same for every seed.
    normal = NormalDist(0, told.deviation * REACH / NormalDist().inv_cdf(0.975))
    spread = np.array([normal.inv_cdf((i + 0.5) / RESAMPLES) for i in range(RESAMPLES)])
    return np.concatenate([[told.azimuth], told.azimuth + np.random.default_rng(seed).permutation(spread)])


def light_on_object(colours: Floats, weights: Floats, seed: int) -> Towards | None:
    """Tell from where the light falls on one object, or None where there is no shading to look at.

    Parameters
    ----------
    colours
        (h, w, 3) the whole picture in the working space: display-encoded sRGB, extended.
    weights
        (h, w) in [0, 1], the object's.
    seed
        Of the draws of its blocks.
    """
    light, flags, cut = _object(SRGB.to_light(colours), weights >= 0.5)
    return None if light is None else _from_shading(light, flags, cut, seed)


def light_on_pieces(colours: Floats, weights: Floats, seed: int) -> Towards | None:
    """Tell from where the light falls on a scene: what its pieces, each told like an object, agree on.

    Pieces are connected areas of one chromaticity that the frame does not cut and nothing covers. Any of them may be no
    solid at all, so that each is doubted, and a few have to agree. None where too few pieces can be found.

    Parameters
    ----------
    colours
        (h, w, 3) the whole picture in the working space: display-encoded sRGB, extended.
    weights
        (h, w) in [0, 1], the scene's: 0 where the foreground is.
    seed
        Of the draws of blocks.
    """
    step = -(-max(weights.shape) // _SCENE)
    seen = _pooled(weights[..., None].astype(np.float64), step)
    linear = _pooled(SRGB.to_light(colours) * weights[..., None].astype(np.float64), step) / np.maximum(seen, 1e-9)
    told = []
    for piece in _pieces(linear, seen[..., 0] >= 0.99):
        light, flags, cut = _object(linear, piece)
        one = None if light is None or any(cut) else _from_shading(light, flags, _UNCUT, seed)
        if one is not None:
            told.append(one)
    return _agreed(told)


def _object(linear: Floats | Doubles, flags: Flags) -> tuple[Doubles | None, Flags, Cut]:
    """Cut an object out, at most `LONGEST` pixels a side: linear colours, where it is, and where the frame cuts it."""
    if not flags.any():
        return None, flags, _UNCUT
    rows, columns = (np.flatnonzero(flags.any(axis=axis)) for axis in (1, 0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    step = -(-max(bottom - top, right - left) // LONGEST)
    cut = (top == 0, bottom == flags.shape[0], left == 0, right == flags.shape[1])
    inside = flags[top:bottom, left:right]
    share = _pooled(inside[..., None].astype(np.float64), step)
    light = _pooled(linear[top:bottom, left:right] * inside[..., None].astype(np.float64), step)
    small = share[..., 0] >= 0.5
    return (light / np.maximum(share, 1e-9) if np.count_nonzero(small) >= _FEWEST else None), small, cut


def _pooled(values: Floats | Doubles, step: int) -> Doubles:
    height, width, channels = values.shape
    padded = np.pad(values, ((0, -height % step), (0, -width % step), (0, 0)))
    return np.asarray(padded.reshape(-(-height // step), step, -(-width // step), step, channels).mean(axis=(1, 3)))


def _from_shading(linear: Doubles, flags: Flags, cut: Cut, seed: int) -> Towards | None:
    normals = surface_normals(flags, cut)
    colours = linear[flags]
    bright = np.cbrt(np.maximum(luminance(colours.astype(np.float32)), 0).astype(np.float64))
    paint = _paints(colours)
    bright = _without_paint(np.clip(bright, *np.percentile(bright, _TRIM)), paint)
    rim = normals[:, 2] < _RIM
    if np.count_nonzero(rim) < _FEWEST // 3 or bright.std() < 1e-3:
        return None
    rows, columns = np.nonzero(flags)
    _, block = np.unique(
        rows * _BLOCKS // flags.shape[0] * _BLOCKS + columns * _BLOCKS // flags.shape[1], return_inverse=True
    )
    times = resampling(int(block.max()) + 1, seed)
    sideways = normals[:, :2] / np.maximum(np.linalg.norm(normals[:, :2], axis=1, keepdims=True), 1e-9)
    place = np.stack([columns - columns.mean(), rows.mean() - rows], axis=-1)
    everywhere = np.ones(len(bright), bool)
    told = np.stack(
        [
            _best(bright, np.maximum(sideways @ _flat(), 0), rim, paint, block, times),
            _best(bright, np.maximum(_flatter(normals) @ _solid(), 0), everywhere, paint, block, times),
            _best(bright, place @ _flat(), everywhere, paint, block, times),
        ]
    )
    inner = _best(bright, np.maximum(normals @ _solid(), 0), ~rim, paint, block, times[:1])
    together = _mean_angle(told)
    if not np.isfinite(together).all():
        return None
    deviation = np.sqrt(
        _LEAST**2
        + np.mean(_turn(together[1:], together[0]) ** 2)
        + (_PER_DISAGREEMENT**2) * np.mean(_turn(np.append(told[:, 0], inner), together[0]) ** 2)
        + (_PER_UNEVENNESS * _unevenness(normals[rim])) ** 2
    )
    return Towards(float(together[0] % 360), float(deviation)) if np.isfinite(deviation) else None


def _pieces(linear: Doubles, free: Flags) -> list[Flags]:
    """Give connected areas of one chromaticity, largest first, that are neither tiny nor most of the picture."""
    chroma = _chroma(linear.reshape(-1, 3)).reshape(*free.shape, 2)
    across = (np.abs(np.diff(chroma, axis=1)).max(axis=-1) < _PIECE_STEP) & free[:, 1:] & free[:, :-1]
    down = (np.abs(np.diff(chroma, axis=0)).max(axis=-1) < _PIECE_STEP) & free[1:] & free[:-1]
    labels = _connected(across, down)
    numbers, counts = np.unique(labels[free], return_counts=True)
    fits = (counts >= _FEWEST) & (counts <= _LARGEST_PIECE * labels.size)
    order = np.argsort(-counts[fits], kind="stable")[:_MOST_PIECES]
    return [labels == number for number in numbers[fits][order]]


def _connected(across: Flags, down: Flags) -> NDArray[np.intp]:
    """Give areas of pixels that belong together, (h, w): each the number of its first pixel.

    Parameters
    ----------
    across, down
        (h, w - 1) and (h - 1, w): whether neighbours do.
    """
    labels = np.arange(across.shape[0] * down.shape[1]).reshape(across.shape[0], down.shape[1])
    while True:
        lower = labels.copy()
        for same, one, other in ((across, np.s_[:, 1:], np.s_[:, :-1]), (down, np.s_[1:], np.s_[:-1])):
            for here, there in ((one, other), (other, one)):
                lower[here] = np.where(same, np.minimum(lower[here], lower[there]), lower[here])
        lower = lower.ravel()[lower]  # a label's own label is nearer to the first pixel
        if np.array_equal(lower, labels):
            return labels
        labels = lower


def _agreed(told: list[Towards]) -> Towards | None:
    """Pool directions with a random effect of the pieces: the less they agree, the less is known."""
    if len(told) < 2:
        return None
    azimuths = np.array([one.azimuth for one in told])
    variances = np.array([one.deviation**2 + _DOUBT**2 for one in told])
    between = 0.0
    for _ in range(20):
        weights = 1 / (variances + between)
        mean = float(np.rad2deg(np.angle((weights * np.exp(1j * np.deg2rad(azimuths))).sum())))
        off = _turn(azimuths, mean) ** 2
        between = max(0.0, float((weights * (off - variances)).sum() / weights.sum()))
    return Towards(mean % 360, float(np.sqrt(1 / weights.sum())))


def _paints(colours: Doubles) -> NDArray[np.intp]:
    """Give the paints of an object, (n,) numbers, by chromaticity, which shading leaves alone."""
    return _paint_cells(colours, _CHROMA_STEP)


def _paint_cells(colours: Doubles, step: float) -> NDArray[np.intp]:
    chroma = _chroma(colours)
    cells = np.rint((chroma - np.median(chroma, axis=0)) / step).astype(np.intp)
    _, numbers = np.unique(cells, axis=0, return_inverse=True)
    return numbers.reshape(-1)


def _chroma(colours: Doubles) -> Doubles:
    """Give log(r / g) and log(b / g), (n, 2), muted where it is too dark to tell."""
    logs = np.log(np.maximum(colours, 0) + 0.02 * colours.mean() + 1e-6)
    return np.asarray(logs[:, [0, 2]] - logs[:, 1:2])


def _without_paint(bright: Doubles, paint: NDArray[np.intp]) -> Doubles:
    """Divide brightness by the mean of all pixels of the same paint."""
    means = np.bincount(paint, bright) / np.maximum(np.bincount(paint), 1)
    return np.asarray(bright / np.maximum(means[paint], 1e-6))


def _best(
    bright: Doubles, lit: Doubles, where: Flags, paint: NDArray[np.intp], block: NDArray[np.intp], times: Doubles
) -> Doubles:
    """Give for each draw of blocks the azimuth whose shading explains brightness best, by least squares.

    Parameters
    ----------
    bright
        (n,) brightness.
    lit
        (n, directions) how much light each direction would throw on each pixel.
    where
        (n,) the pixels that count.
    paint, block
        (n,) their numbers. Each paint has a level of its own.
    times
        (draws, blocks): how often each block counts.

    Returns
    -------
    ndarray
        (draws,) in degrees; NaN where no direction explains anything.
    """
    bright, lit, paint, block = bright[where], lit[where], paint[where], block[where]
    if not len(bright):
        return np.full(len(times), np.nan)
    bright, lit = _centred(bright[:, None], paint)[:, 0], _centred(lit, paint)
    columns = np.concatenate([bright[:, None] ** 2, bright[:, None], lit, lit**2, lit * bright[:, None]], axis=1)
    order = np.argsort(block, kind="stable")
    present, starts = np.unique(block[order], return_index=True)
    sums = times[:, present] @ np.add.reduceat(columns[order], starts, axis=0)
    count = lit.shape[1]
    weight = np.maximum(times[:, present] @ np.bincount(block)[present], 1)[:, None]
    mean, means = sums[:, 1:2], sums[:, 2 : 2 + count]
    across = sums[:, 2 + 2 * count :] - means * mean / weight
    spread = sums[:, 2 + count : 2 + 2 * count] - means**2 / weight
    explained = np.where(across > 0, across, 0) ** 2 / np.maximum(spread, 1e-9)
    profile = explained.reshape(len(times), len(_AZIMUTHS), -1).max(axis=2)
    return np.where(profile.max(axis=1) > 0, _peak(profile), np.nan)


def _centred(values: Doubles, group: NDArray[np.intp]) -> Doubles:
    order = np.argsort(group, kind="stable")
    _, starts, counts = np.unique(group[order], return_index=True, return_counts=True)
    means = np.add.reduceat(values[order], starts, axis=0) / counts[:, None]
    return np.asarray(values - means[np.unique(group, return_inverse=True)[1]])


def _peak(profile: Doubles) -> Doubles:
    """Give where profiles over the azimuth, (n, azimuths), are highest, by a parabola through three points."""
    rows, best = np.arange(len(profile)), profile.argmax(axis=1)
    before, after = profile[rows, best - 1], profile[rows, (best + 1) % len(_AZIMUTHS)]
    bend = before + after - 2 * profile[rows, best]
    shift = np.divide(before - after, 2 * bend, out=np.zeros_like(bend), where=bend < 0)
    return np.asarray(_AZIMUTHS[best] + _STEP * np.clip(shift, -0.5, 0.5))


def _flat() -> Doubles:
    angles = np.deg2rad(_AZIMUTHS)
    return np.stack([np.cos(angles), np.sin(angles)])


def _solid() -> Doubles:
    """Give unit vectors of all azimuths at all elevations, (3, azimuths x elevations), elevations fastest."""
    azimuth, elevation = np.meshgrid(np.deg2rad(_AZIMUTHS), np.deg2rad(_ELEVATIONS), indexing="ij")
    flat = np.cos(elevation)
    return np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)]).reshape(3, -1)


def _flatter(normals: Doubles) -> Doubles:
    pressed = normals * np.array([1, 1, _FLATTER])
    return np.asarray(pressed / np.maximum(np.linalg.norm(pressed, axis=1, keepdims=True), 1e-12))


def _mean_angle(degrees: Doubles) -> Doubles:
    """Give the mean direction along the first axis."""
    return np.asarray(np.rad2deg(np.angle(np.exp(1j * np.deg2rad(degrees)).mean(axis=0))))


def _turn(degrees: Doubles, origin: float | np.floating) -> Doubles:
    return np.asarray((degrees - origin + 180) % 360 - 180)


def _unevenness(normals: Doubles) -> float:
    """Give how far the rim's normals are from pointing all ways alike: 0 for a disc, 1 for a straight line."""
    angles = np.arctan2(normals[:, 1], normals[:, 0])
    share = np.histogram(angles, _SECTORS, (-np.pi, np.pi))[0] / len(angles)
    share = share[share > 0]
    return float(1 + (share * np.log(share)).sum() / np.log(_SECTORS))

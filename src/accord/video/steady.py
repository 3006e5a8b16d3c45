"""Colour maps that are steady in time: the numbers of each frame's map, smoothed over the frames around it.

At each frame a straight line is fitted, by least squares with Gaussian weights, to the maps' numbers over time within
the shot, and read off at that frame (local linear regression: W. S. Cleveland, "Robust Locally Weighted Regression and
Smoothing Scatterplots", JASA 74(368), 1979, doi:10.1080/01621459.1979.10481038). Frames after it count as much as those
before, so there is no lag: a fade goes through as it is, at a shot's ends too. Nothing is carried over a cut.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import Floats
from accord.core.errors import BadInputError
from accord.transforms import ColourMap
from accord.video.jitter import Probe
from accord.video.vectors import Build, map_of, vector_of

WIDTH = 0.2
"""Standard deviation of the weights over time, in seconds, by default: 5 frames at 25 a second."""

SHORT = 0.3
"""Width of the short time's weights over the long one's."""

DOUBT = 2.0
"""How many times the difference that trembling explains is put down to trembling: it varies about its mean."""

_REACH = 3.0  # standard deviations beyond which a frame has no say


@dataclass(frozen=True)
class Fitted:
    """What was fitted to a frame.

    Parameters
    ----------
    time
        Seconds.
    begins
        Whether a shot begins here.
    colour_map
        The map, or None where there was no foreground, or no background, to fit one to.
    probe
        The frame's colours that maps are compared on.
    """

    time: float
    begins: bool
    colour_map: ColourMap | None
    probe: Probe


@dataclass(frozen=True)
class _Sample:
    """A frame's map as numbers, and what it makes of the shot's probe, by the square root of its weights."""

    time: float
    vector: Floats
    response: Floats


def steady(fitted: Iterable[Fitted], width: float) -> Iterator[ColourMap | None]:
    """Smooth maps over time; runs three times `width` behind what it reads.

    Parameters
    ----------
    fitted
        One for each frame, in order.
    width
        Standard deviation of the weights, in seconds; 0 gives the maps as they are.

    Yields
    ------
    ColourMap | None
        One for each frame; a frame without a map of its own takes that of the frames around it. None where no map of
        the shot is in reach.

    Raises
    ------
    BadInputError
        If the maps of a shot are of different kinds, so that there is no mean of them.
    """
    shot = _Shot(width)
    for one in fitted:
        if one.begins:
            yield from shot.rest()
            shot = _Shot(width)
        shot.add(one)
        yield from shot.ready()
    yield from shot.rest()


def whole_shots(fitted: Iterable[Fitted]) -> Iterator[ColourMap | None]:
    """Give every frame of a shot the mean of the shot's maps; waits for each shot's end, but keeps no maps."""
    mean = _Mean()
    for one in fitted:
        if one.begins:
            yield from mean.all()
            mean = _Mean()
        mean.add(one.colour_map)
    yield from mean.all()


class _Shot:
    """The frames of one shot that are still of use."""

    def __init__(self, width: float) -> None:
        self._width = width
        self._samples: deque[_Sample] = deque()
        self._probe: Probe | None = None
        self._pending: deque[float] = deque()
        self._like: ColourMap | None = None
        self._build: Build | None = None
        self._unsmoothed: deque[ColourMap | None] = deque()
        self._held: ColourMap | None = None
        self._latest = -np.inf

    def add(self, one: Fitted) -> None:
        self._latest = one.time
        self._pending.append(one.time)
        if self._width == 0:
            self._unsmoothed.append(one.colour_map)
        elif one.colour_map is not None:
            build, vector = vector_of(one.colour_map)
            _check_build(self._build, build)
            self._build, self._like = build, one.colour_map
            self._probe = self._probe or one.probe
            self._samples.append(_Sample(one.time, vector, self._probe.weighted_response(one.colour_map)))

    def ready(self) -> Iterator[ColourMap | None]:
        reach = _REACH * self._width
        while self._pending and self._latest - self._pending[0] >= reach:
            yield self._read(self._pending.popleft())

    def rest(self) -> Iterator[ColourMap | None]:
        while self._pending:
            yield self._read(self._pending.popleft())

    def _read(self, time: float) -> ColourMap | None:
        if self._width == 0:
            return self._unsmoothed.popleft()
        reach = _REACH * self._width
        while self._samples and self._samples[0].time < time - reach:
            self._samples.popleft()
        near = [sample for sample in self._samples if sample.time <= time + reach]
        if near and self._like is not None:
            vector = np.zeros(near[0].vector.shape, np.float64)
            for share, sample in zip(_shares(near, time, self._width), near, strict=True):
                vector += share * sample.vector
            self._held = map_of(self._like, vector.astype(np.float32))
        return self._held


class _Mean:
    """The mean of a shot's maps."""

    def __init__(self) -> None:
        self._frames = self._maps = 0
        self._sum: NDArray[np.float64] | None = None
        self._like: ColourMap | None = None
        self._build: Build | None = None

    def add(self, colour_map: ColourMap | None) -> None:
        self._frames += 1
        if colour_map is None:
            return
        build, vector = vector_of(colour_map)
        _check_build(self._build, build)
        self._sum = vector.astype(np.float64) if self._sum is None else self._sum + vector
        self._build, self._like, self._maps = build, colour_map, self._maps + 1

    def all(self) -> Iterator[ColourMap | None]:
        mean = None
        if self._like is not None and self._sum is not None:
            mean = map_of(self._like, (self._sum / self._maps).astype(np.float32))
        for _ in range(self._frames):
            yield mean


def _shares(near: list[_Sample], time: float, width: float) -> NDArray[np.float64]:
    """Give each sample's share in the map at a time, between those of the long and of the short line."""
    offsets = np.array([sample.time for sample in near]) - time
    long, short = line_shares(offsets, width), line_shares(offsets, SHORT * width)
    noise = _noise(near)
    difference = sum(
        (np.float32(share) * sample.response for share, sample in zip(short - long, near, strict=True)),
        start=np.zeros_like(near[0].response),
    )
    found = float((difference.astype(np.float64) ** 2).sum())
    explained = DOUBT * noise * float(((short - long) ** 2).sum())
    trust = 0.0 if found <= explained else 1 - explained / found
    return np.asarray(long + trust * (short - long))


def _noise(near: list[_Sample]) -> float:
    """Give the variance of the samples' trembling: the median of a sixth of their squared second differences."""
    if len(near) < 3:
        return 0.0
    seconds = [
        float(((one.response - 2 * two.response + three.response).astype(np.float64) ** 2).sum()) / 6
        for one, two, three in zip(near, near[1:], near[2:], strict=False)
    ]
    return float(np.median(seconds))


def line_shares(offsets: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """Give each sample's share in the value at offset 0 of the weighted least squares line through the samples.

    Parameters
    ----------
    offsets
        (n,) times from the point that is asked for, in units of `width`.
    width
        Standard deviation of the Gaussian weights.

    Returns
    -------
    NDArray
        (n,), of sum 1; some are negative where samples lie mostly on one side.
    """
    weights = np.exp(-0.5 * (offsets / width) ** 2)
    total, first, second = (float((weights * offsets**power).sum()) for power in (0, 1, 2))
    determinant = total * second - first * first
    # One sample, or several at one distance to one side, make no line: their mean it is.
    if determinant <= 1e-6 * (total * width) ** 2:
        return np.asarray(weights / total)
    return np.asarray(weights * (second - first * offsets) / determinant)


def _check_build(known: Build | None, new: Build) -> None:
    if known is not None and known != new:
        raise BadInputError(
            f"the method's colour maps differ in their build from one frame to the next (from {known.kind} to "
            f"{new.kind}), so that they cannot be smoothed. Choose another method, or take --steady 0."
        )

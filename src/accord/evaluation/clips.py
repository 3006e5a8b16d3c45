"""Methods over synthetic clips: how steady they are, how near the truth, and whether they follow the light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from accord.colour.xyz import luminance
from accord.core.encoding import SRGB, Floats
from accord.core.picture import Picture
from accord.evaluation.warping import WarpingError
from accord.methods.card import Method, MethodCard
from accord.transforms import ColourMap
from accord.video.clip import Frame
from accord.video.harmonizing import Record, Steadiness, harmonized
from accord.video.shots import Layers
from accord.video.synthetic import Made, MadeClip, Scenario, made

Doubles = NDArray[np.float64]

FURTHEST = 12
"""Frames of lag that are looked for, either way."""

SIZE = (108, 192)
"""Height and width of the clips."""

_DARK = 1e-4


@dataclass(frozen=True)
class ClipFigures:
    """What was measured on a clip, with each frame's own map ("alone") and with steady ones; docs/video.md defines it.

    Parameters
    ----------
    scenario, method
        Which clip, and which method.
    psnr_alone, psnr
        Of the foreground, dB.
    jitter_alone, jitter
        Of the maps, 255ths of white.
    warping_alone, warping
        Warping error, 255ths of white.
    lag
        Frames by which the foreground's light runs behind that of frames alone (negative: ahead); None where the light
        does not change.
    shots
        How many shots were found.
    """

    scenario: str
    method: str
    psnr_alone: float
    psnr: float
    jitter_alone: float | None
    jitter: float | None
    warping_alone: float | None
    warping: float | None
    lag: int | None
    shots: int


@dataclass(frozen=True, eq=False)
class Run:
    """A synthetic clip, harmonized.

    Parameters
    ----------
    psnr, jitter, warping, shots
        As in `ClipFigures`.
    course, wanted
        (n,) mean luminance of the foreground in the result, and in the truth, over the composite's, in stops.
    """

    psnr: float
    jitter: float | None
    warping: float | None
    shots: int
    course: Doubles
    wanted: Doubles


def measure(
    scenario: Scenario,
    method: MethodCard | Method | ColourMap,
    steadiness: Steadiness,
    *,
    name: str = "",
    size: tuple[int, int] = SIZE,
    seed: int = 7,
) -> ClipFigures:
    """Harmonize a synthetic clip with and without smoothing, and measure both results against its truth.

    Parameters
    ----------
    scenario, size, seed
        Which clip: see `accord.video.synthetic.made`.
    method
        What fits.
    steadiness
        The smoothing over time.
    name
        What to call the method; a card's id by default.

    Raises
    ------
    MissingExtraError
        If OpenCV (extra `evaluate`) is not installed.
    """
    alone, smooth = (run(scenario, method, each, size=size, seed=seed) for each in (Steadiness(0), steadiness))
    changes = bool(scenario.fade or scenario.shadow)
    return ClipFigures(
        scenario=scenario.name,
        method=name or (method.id if isinstance(method, MethodCard) else type(method).__name__),
        psnr_alone=alone.psnr,
        psnr=smooth.psnr,
        jitter_alone=alone.jitter,
        jitter=smooth.jitter,
        warping_alone=alone.warping,
        warping=smooth.warping,
        lag=lag(smooth.course, alone.course) if changes else None,
        shots=smooth.shots,
    )


def run(
    scenario: Scenario,
    method: MethodCard | Method | ColourMap,
    steadiness: Steadiness,
    *,
    size: tuple[int, int] = SIZE,
    seed: int = 7,
) -> Run:
    """Harmonize a synthetic clip once; parameters and errors are those of `measure`."""
    layers = Layers(MadeClip(scenario, size, seed), MadeClip(scenario, size, seed, masks=True))
    record, warping = Record(), WarpingError()
    squared, covered = 0.0, 0.0
    courses: tuple[list[float], list[float]] = ([], [])
    with harmonized(layers, method, steadiness, record) as frames:
        for index, ((frame, _), one) in enumerate(zip(frames, made(scenario, size, seed), strict=True)):
            result = _pixels(frame)
            difference = (result - one.truth).astype(np.float64) ** 2
            squared += float((difference.mean(axis=-1) * one.mask).sum())
            covered += float(one.mask.sum())
            warping.add(result, one.truth, one.mask, begins=index == scenario.cut)
            for course, picture in zip(courses, (result, one.truth), strict=True):
                course.append(_stops(picture, one))
    return Run(
        psnr=float(-10 * np.log10(squared / covered)),
        jitter=record.applied.value(),
        warping=warping.value(),
        shots=len(record.shots),
        course=np.array(courses[0]),
        wanted=np.array(courses[1]),
    )


def lag(given: Doubles, wanted: Doubles) -> int:
    """Give the shift in frames at which one course over time is nearest to another, by mean square.

    Parameters
    ----------
    given
        (n,) what came out.
    wanted
        (n,) what should have; `given` runs behind it where the result is positive.
    """
    inner = slice(FURTHEST, len(given) - FURTHEST)
    shifts = sorted(range(-FURTHEST, FURTHEST + 1), key=abs)
    misses = [
        float(((given[inner] - wanted[inner.start - shift : inner.stop - shift]) ** 2).mean()) for shift in shifts
    ]
    return shifts[int(np.argmin(misses))]


def _pixels(frame: Frame) -> Floats:
    """Give a frame's pixels; synthetic clips are of pictures."""
    if not isinstance(frame.content, Picture):
        raise TypeError(f"a synthetic clip gave {type(frame.content).__name__}")
    return frame.content.pixels


def _stops(picture: Floats, one: Made) -> float:
    """Give the mean luminance of the foreground over the composite's, in stops."""
    means = [float(np.average(luminance(SRGB.to_light(each)), weights=one.mask)) for each in (picture, one.composite)]
    return float(np.log2(max(means[0], _DARK) / max(means[1], _DARK)))

"""Clips whose truth is known: a foreground that moves through a scene whose light changes, pasted in from other light.

Everything is made from seeded noise, in linear light: reflectances of background and foreground, and the light that
falls on both. The truth shows the foreground in the scene's light; the composite shows it in a light of its own, which
does not change. So what a method should fit changes over time exactly as the scene's light does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import SRGB, Floats
from accord.core.picture import Picture
from accord.io.resample import resized
from accord.video.clip import Frame

Doubles = NDArray[np.float64]

RATE = 25
"""Frames a second."""


@dataclass(frozen=True)
class Scenario:
    """What happens in a clip.

    Parameters
    ----------
    name
        What to call it.
    frames
        How many frames there are.
    fade
        Stops by which the light changes, from a quarter of the clip on, over two seconds.
    shadow
        Share of the light that a soft-edged shadow takes away; it moves across the picture in the clip's middle half.
    cut
        The first frame of another scene, in other light; None for one scene.
    noise
        Standard deviation of the sensor's noise, in display-encoded values, white at 1.
    """

    name: str
    frames: int = 100
    fade: float = 0.0
    shadow: float = 0.0
    cut: int | None = None
    noise: float = 0.01


SCENARIOS = (
    Scenario("still light"),
    Scenario("fade", fade=-1.0),
    Scenario("shadow", shadow=0.6),
    Scenario("cut", cut=50),
    Scenario("all", frames=150, fade=-1.0, shadow=0.6, cut=75),
)
"""What is measured by default: 1 stop of fade over two seconds, a moving shadow, a hard cut, and all of them."""


@dataclass(frozen=True, eq=False)
class Made:
    """One frame, display-encoded sRGB, float32.

    Parameters
    ----------
    composite, truth
        (h, w, 3); the composite with noise, the truth without.
    mask
        (h, w) coverage of the foreground.
    """

    composite: Floats
    truth: Floats
    mask: Floats


def made(scenario: Scenario, size: tuple[int, int] = (108, 192), seed: int = 7) -> Iterator[Made]:
    """Make a clip frame by frame.

    Parameters
    ----------
    scenario
        What happens.
    size
        Height and width.
    seed
        Decides about scene, foreground and noise.
    """
    rng = np.random.default_rng(seed)
    scenes = [_scene(size, rng), _scene(size, rng)]
    reach = size[0] // 4
    skin = _reflectance((2 * reach, 2 * reach), rng, np.array([0.45, 0.25, 0.18]), 0.9)
    own_light = np.array([0.75, 0.8, 1.0])
    for index in range(scenario.frames):
        ground, colour = scenes[int(scenario.cut is not None and index >= scenario.cut)]
        light = _light(scenario, index, size)[..., None] * colour
        cover = _disc(size, index, reach)
        front = _pasted(skin, size, index, reach)
        share = cover[..., None]
        truth = light * (share * front + (1 - share) * ground)
        composite = share * own_light * front + (1 - share) * light * ground
        encoded = SRGB.from_light(composite.astype(np.float32))
        noisy = encoded + rng.normal(0, scenario.noise, encoded.shape)
        yield Made(np.clip(noisy, 0, 1).astype(np.float32), SRGB.from_light(truth.astype(np.float32)), cover)


@dataclass(frozen=True)
class MadeClip:
    """A synthetic clip as a clip to be harmonized; its masks are `masks`.

    Parameters
    ----------
    scenario, frame_size, seed
        As for `made`.
    masks
        Whether this is the mask clip.
    """

    scenario: Scenario
    frame_size: tuple[int, int] = (108, 192)
    seed: int = 7
    masks: bool = False
    still = False

    @property
    def name(self) -> str:
        """What to call it in messages."""
        return f"the synthetic clip {self.scenario.name!r}"

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.frame_size

    @property
    def count(self) -> int | None:
        """How many frames there are."""
        return self.scenario.frames

    def frames(self) -> Iterator[Frame]:
        """Make the frames."""
        for index, one in enumerate(made(self.scenario, self.frame_size, self.seed)):
            picture = Picture(one.mask[..., None] if self.masks else one.composite, SRGB)
            yield Frame(index, Fraction(index, RATE), picture)


def _scene(size: tuple[int, int], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Give a background's reflectance, and the colour of its light."""
    ground = _reflectance(size, rng, rng.uniform(0.2, 0.5, 3), 1.2)
    return ground, rng.uniform([0.7, 0.7, 0.45], [1.0, 0.9, 0.8]).astype(np.float32)


def _reflectance(size: tuple[int, int], rng: np.random.Generator, mean: Doubles, contrast: float) -> Floats:
    """Give noise of several scales about a mean reflectance, (h, w, 3)."""
    total = np.zeros((*size, 3), np.float32)
    for cells, weight in ((3, 0.6), (9, 0.3), (27, 0.2)):
        grid = rng.normal(0, weight, (cells, cells, 3)) + rng.normal(0, weight, (cells, cells, 1))
        total += resized(grid.astype(np.float32), (0, 0), (cells, cells), size, (0, 0, *size))
    return np.asarray(np.clip(mean * np.exp(contrast * 0.6 * total), 0.02, 0.95), np.float32)


def _light(scenario: Scenario, index: int, size: tuple[int, int]) -> Floats:
    """Give the strength of the light at each place, (h, w)."""
    begin = scenario.frames // 4
    stops = scenario.fade * np.clip((index - begin) / (2 * RATE), 0, 1)
    light = np.full(size, 2.0**stops, np.float32)
    if scenario.shadow > 0:
        way = np.clip((index - begin) / (scenario.frames / 2), 0, 1)
        x = (np.arange(size[1]) + 0.5) / size[1]
        covered = 1 / (1 + np.exp((np.abs(x - (1.8 * way - 0.4)) - 0.2) / 0.03))
        light = light * (1 - scenario.shadow * covered)
    return np.asarray(light, np.float32)


def _centre(size: tuple[int, int], index: int) -> tuple[float, float]:
    angle = 2 * np.pi * index / 60
    return size[0] * (0.55 + 0.08 * np.sin(angle)), size[1] * (0.5 + 0.12 * np.sin(angle / 2))


def _disc(size: tuple[int, int], index: int, reach: int) -> Floats:
    """Give the foreground's coverage: a disc with an edge two pixels wide."""
    row, column = _centre(size, index)
    down, across = np.mgrid[: size[0], : size[1]]
    distance = np.hypot(down + 0.5 - row, across + 0.5 - column)
    return np.asarray(np.clip((0.9 * reach - distance) / 2 + 0.5, 0, 1), np.float32)


def _pasted(skin: Floats, size: tuple[int, int], index: int, reach: int) -> Floats:
    """Give the foreground's reflectance where it is now, moved by whole pixels; its border goes on outside."""
    row, column = (round(at) - reach for at in _centre(size, index))
    down = np.clip(np.arange(size[0]) - row, 0, len(skin) - 1)
    across = np.clip(np.arange(size[1]) - column, 0, len(skin) - 1)
    return np.asarray(skin[down[:, None], across[None, :]])

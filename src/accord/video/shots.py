"""The layers of a clip to be harmonized, frame by frame: what is fitted on, and how a map is applied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from accord.core.encoding import SRGB, Floats
from accord.core.errors import BadInputError
from accord.core.picture import Picture
from accord.io import as_mask, mask_of
from accord.io.windows import display_window
from accord.pipeline import apply
from accord.pipeline.cover import bounding_box
from accord.pipeline.shrink import shrink
from accord.pipeline.small import small_mask, small_version
from accord.pipeline.working import WorkingView
from accord.staging import compose
from accord.transforms import ColourMap
from accord.video.clip import Clip, Frame
from accord.video.container import VideoFile
from accord.video.planes import Box, Planes

# What a lossy codec leaves of black and white in a mask: less than this much off either, and it is black or white.
_MASK_NOISE = 0.03
_LOSSLESS = ("ffv1", "ffvhuff", "huffyuv", "magicyuv", "png", "qtrle", "rawvideo", "utvideo", "v210")
_APART = Fraction(1, 20)  # seconds by which clips may run apart
_MARGIN = 4  # pixels around the mask's box that edge estimates look at


@dataclass(frozen=True, eq=False)
class Material:
    """One frame of everything.

    Parameters
    ----------
    ground
        The composite, or the background that the foreground goes over; the result is like it.
    cover
        (H, W) coverage of the foreground in [0, 1].
    over
        The foreground, where it is a layer of its own.
    cut_out
        Whether the coverage is the foreground's own alpha, so that its colours hold no background.
    """

    ground: Frame
    cover: Floats
    over: Frame | None = None
    cut_out: bool = False


@dataclass(frozen=True, eq=False)
class Layers:
    """The clips that are harmonized together.

    Parameters
    ----------
    ground
        The composite, or the background.
    mask
        Coverage of the foreground; None where alpha says it.
    over
        The foreground, or None for a finished composite.
    """

    ground: Clip
    mask: Clip | None
    over: Clip | None = None

    def check_sizes(self) -> None:
        """Refuse clips of different sizes or known different lengths.

        Raises
        ------
        BadInputError
            If they do not fit one another.
        """
        for other in (self.over, self.mask):
            if other is None:
                continue
            if other.size != self.ground.size:
                raise BadInputError(
                    f"{other.name} is {other.size[1]} x {other.size[0]}, {self.ground.name} is {self.ground.size[1]} x "
                    f"{self.ground.size[0]} (width x height, upright). Scale one of them to the other."
                )
            if None not in (other.count, self.ground.count) and not self.ground.still:
                self._check_counts(other, other.count or 0, self.ground.count or 0)

    def frames(self) -> Iterator[Material]:
        """Read all clips side by side, as long as the composite or background lasts."""
        clips = [clip for clip in (self.ground, self.over, self.mask) if clip is not None]
        reading = [clip.frames() for clip in clips]
        frames: list[Frame] = []
        starts: list[Fraction] = []
        for first in reading[0]:
            frames = [first]
            for clip, each in zip(clips[1:], reading[1:], strict=True):
                frame = next(each, None)
                if frame is None:
                    self._check_counts(clip, first.index, self.ground.count or first.index + 1)
                    raise BadInputError(_short(clip, first.index, self.ground, f"at least {first.index + 1}"))
                frames.append(frame)
            starts = starts or [frame.time for frame in frames]
            yield self._material(frames)
        if frames:
            _check_ends(clips, reading, frames, starts)

    def _check_counts(self, other: Clip, count: int, wanted: int) -> None:
        if not other.still and count < wanted:
            raise BadInputError(_short(other, count, self.ground, str(wanted)))

    def _material(self, frames: list[Frame]) -> Material:
        ground = frames[0]
        over = frames[1] if self.over is not None else None
        if self.mask is not None:
            return Material(ground, _as_cover(frames[-1], self.mask, ground, self.ground.size), over)
        carrier, clip = (ground, self.ground) if over is None else (over, self.over or self.ground)
        cover = carrier.content.coverage() if isinstance(carrier.content, Planes) else mask_of(carrier.content)
        if cover is None:
            raise BadInputError(
                f"there is no mask, and {clip.name} has no alpha that could serve as one. Give a mask: a clip, an "
                "image sequence, or one picture for all frames."
            )
        return Material(ground, cover, over, cut_out=True)


def small_composite(material: Material, to: tuple[int, int]) -> tuple[Picture, Floats]:
    """Give a composite's small version in the working space, float32, and its mask, (h, w)."""
    cover = small_mask(material.cover, to)
    if material.over is not None:
        colours = _small(material.over, to, material.cover) + _small(material.ground, to, 1 - material.cover)
        return Picture(colours, SRGB), cover
    content = material.ground.content
    if isinstance(content, Planes):
        return Picture(content.small(to), SRGB), cover
    colours, seen = small_version(WorkingView(content, alpha_covers=not material.cut_out), to)
    return Picture(colours, SRGB, alpha=None if material.cut_out or content.alpha is None else seen), cover


def recoloured(material: Material, colour_map: ColourMap | None) -> Frame:
    """Apply a map to the foreground of a frame; without one, the frame is composed as it is."""
    ground, over = material.ground, material.over
    if not material.cover.any():
        return ground
    box = _grown(bounding_box(material.cover), material.cover.shape)
    before = _picture(ground, box)
    if over is not None:
        front = replace(_picture(over, box), facts=before.facts)  # pixel on pixel, as the mask, whatever its windows
        if material.cut_out:
            front = replace(front, alpha=_alpha_like(front, over, material.cover))
        scene = compose(before, front, mask=None if material.cut_out else material.cover)
        after = scene.picture() if colour_map is None else scene.recolour(colour_map.transform)
    elif colour_map is None:
        return ground
    else:
        view = WorkingView(before, alpha_covers=not material.cut_out)
        after = apply.recoloured(view, material.cover, colour_map)
    if isinstance(ground.content, Planes):
        return replace(ground, content=ground.content.changed(box, before, after))
    return replace(ground, content=after)


def _picture(frame: Frame, box: Box) -> Picture:
    return frame.content.picture(box) if isinstance(frame.content, Planes) else frame.content


def _alpha_like(front: Picture, over: Frame, cover: Floats) -> Any:
    return cover if isinstance(over.content, Planes) else front.alpha


def _small(frame: Frame, to: tuple[int, int], weight: Floats) -> Floats:
    """Shrink a layer's colours times a weight."""
    content = frame.content
    if isinstance(content, Planes):
        return content.small(to, weight)
    view = WorkingView(content, alpha_covers=content.premultiplied)
    columns = slice(0, content.width)
    return shrink(lambda rows: view.read(rows, columns) * weight[rows, :, None], (content.height, content.width), to)


def _as_cover(frame: Frame, clip: Clip, ground: Frame, size: tuple[int, int]) -> Floats:
    content = frame.content
    if not isinstance(content, Planes):
        return as_mask(content, *size, None if isinstance(ground.content, Planes) else display_window(ground.content))
    alpha = content.coverage()
    cover = content.luma() if alpha is None or float(alpha.min()) == 1 else alpha
    if isinstance(clip, VideoFile) and clip.facts.codec in _LOSSLESS:
        return cover
    return np.asarray(np.clip((cover - _MASK_NOISE) / (1 - 2 * _MASK_NOISE), 0, 1), np.float32)


def _grown(box: Box, size: tuple[int, ...]) -> Box:
    rows, columns = (
        slice(max(0, part.start - _MARGIN), min(length, part.stop + _MARGIN))
        for part, length in zip(box, size, strict=True)
    )
    return rows, columns


def _check_ends(clips: list[Clip], rest: list[Iterator[Frame]], frames: list[Frame], starts: list[Fraction]) -> None:
    """Refuse clips that go on after the first, and have run apart from it: equally many frames belong together."""
    lasted = [frame.time - start for frame, start in zip(frames, starts, strict=True)]
    for clip, each, time in zip(clips, rest, lasted, strict=True):
        files = isinstance(clip, VideoFile) and isinstance(clips[0], VideoFile)
        if files and abs(time - lasted[0]) > max(_APART, lasted[0] / 50) and next(each, None) is not None:
            raise BadInputError(
                f"frame {frames[0].index} of {clip.name} is {float(time):.3f} s after its first, that of "
                f"{clips[0].name} {float(lasted[0]):.3f} s: their frame rates differ. Convert one of them to the "
                "other's."
            )


def _short(clip: Clip, count: int, lead: Clip, wanted: str) -> str:
    return (
        f"{clip.name} has {count} frames, {lead.name} has {wanted}. Each frame needs one of its own; a single picture "
        "(.png) stands for all frames."
    )

"""Clips in, a harmonized clip out: fitted ahead, smoothed over time, applied and encoded as the frames come.

The clips are read twice at once: one reader runs ahead and only shrinks and fits, the other follows and applies. What
is in between are maps, so memory does not depend on how far ahead the smoothing looks, nor on the clip's length.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from accord.core.encoding import LINEAR_SRGB, SRGB, Floats
from accord.core.errors import BadInputError
from accord.core.picture import Picture
from accord.io import write_picture
from accord.io.formats import sniff
from accord.io.paths import existing_file, resolved, whole_or_nothing
from accord.methods.card import Method, MethodCard
from accord.pipeline.asked import checked_strength, chosen
from accord.pipeline.fitting import FIT_SIZE, prepared
from accord.pipeline.shrink import fitted_size
from accord.pipeline.working import WorkingView
from accord.transforms import ColourMap, Identity
from accord.video.clip import Clip, Frame
from accord.video.container import VideoFile
from accord.video.cuts import Look, marked
from accord.video.jitter import Jitter, Probe
from accord.video.sequence import Pattern, Sequence, Still, check_writable
from accord.video.shots import Layers, Material, recoloured, small_composite
from accord.video.stages import stages
from accord.video.steady import WIDTH, Fitted, steady, whole_shots
from accord.video.writing import Coded, has_sound, writing

_WIDEST = 10.0
_LEAST = 0.01  # pixels of the small version: less foreground, or background, tells nothing

_PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class ClipResult:
    """What became of a clip.

    Parameters
    ----------
    output
        Where the result is.
    method
        The id of the method that fitted its maps.
    frames
        How many frames there are.
    shots
        The frames, counted from 0, with which shots begin.
    jitter_fitted, jitter
        How much the maps tremble from frame to frame, as fitted and as applied: see `accord.video.jitter`. None where
        no shot has three fitted frames.
    """

    output: str
    method: str | None
    frames: int
    shots: list[int]
    jitter_fitted: float | None
    jitter: float | None


@dataclass(frozen=True)
class _Scouted:
    """What the reader ahead has found out about a frame."""

    time: float
    look: Look
    probe: Probe
    colour_map: ColourMap | None


@dataclass(frozen=True)
class Steadiness:
    """How maps are smoothed over time.

    Parameters
    ----------
    width
        Standard deviation of the weights, in seconds; 0 leaves each frame its own map.
    whole_shot
        Whether all frames of a shot take one map, the mean of its frames' maps.
    """

    width: float = WIDTH
    whole_shot: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.width <= _WIDEST:
            raise BadInputError(
                f"steadiness is {self.width!r}, and has to be from 0 (each frame alone) to {_WIDEST} seconds."
            )

    def of(self, fitted: Iterator[Fitted]) -> Iterator[ColourMap | None]:
        """Smooth maps."""
        return whole_shots(fitted) if self.whole_shot else steady(fitted, self.width)


@dataclass(eq=False)
class Record:
    """What is counted on the way.

    Parameters
    ----------
    shots
        The frames, counted from 0, with which shots begin.
    fitted, applied
        The jitter of the maps as fitted and as applied.
    """

    shots: list[int] = field(default_factory=list)
    fitted: Jitter = field(default_factory=Jitter)
    applied: Jitter = field(default_factory=Jitter)


def open_clip(path: _PathLike, what: str, encoding: Literal["srgb", "linear"] | None = None) -> Clip:
    """Open a video file, an image sequence by its pattern, or a picture that stands for all frames.

    Raises
    ------
    BadInputError
        If it cannot be read.
    MissingExtraError
        If it is a video file, and the extra `video` is not installed.
    """
    meant = {None: None, "srgb": SRGB, "linear": LINEAR_SRGB}[encoding]
    pattern = Pattern.of(path)
    if pattern is not None and not Path(path).is_file():
        return Sequence(pattern, encoding=meant, what=what)
    found = existing_file(path, what)
    with found.open("rb") as file:
        form = sniff(file.read(16))
    if form is not None:
        return Still(found, encoding=meant, what=what)
    return VideoFile(found, what=what)


def harmonize_clip(
    output: _PathLike,
    *,
    composite: _PathLike | None = None,
    mask: _PathLike | None = None,
    foreground: _PathLike | None = None,
    background: _PathLike | None = None,
    method: str | MethodCard | Method | ColourMap | None = None,
    strength: float = 1.0,
    reference: Literal["background", "ring"] = "background",
    encoding: Literal["srgb", "linear"] | None = None,
    width: float = WIDTH,
    whole_shot: bool = False,
    coded: Coded | None = None,
    audio: _PathLike | Literal["keep", "none"] = "keep",
    on_frame: Callable[[int | None], None] | None = None,
) -> ClipResult:
    """Harmonize a clip.

    Parameters
    ----------
    output
        A video file, or a pattern of an image sequence like the source's. It appears whole or not at all.
    composite
        The finished composite: a video file or a sequence's pattern.
    mask
        Coverage of the foreground: a video file, a sequence's pattern, or one picture for all frames. By default alpha.
    foreground, background
        In place of a composite: the foreground, and what it goes over. Both are of one size, upright.
    method, strength, reference, encoding
        As for `accord.harmonize`; `encoding` says what image sequences hold.
    width
        How far maps are smoothed over time: the standard deviation of the weights, in seconds. 0 fits each frame alone.
    whole_shot
        Whether all frames of a shot take one map, the mean of its frames' maps.
    coded
        How a video file is encoded.
    audio
        "keep" copies sound and subtitles of the composite or background, "none" leaves them out, and a path takes
        another file's.
    on_frame
        Called after each frame with how many there are in all, or None where that is not known.

    Raises
    ------
    BadInputError
        If clips, output or settings cannot be used, or do not fit one another.
    MissingExtraError
        If a video file is involved, and the extra `video` is not installed.
    """
    strength = checked_strength(strength)
    layers = _layers(composite, mask, foreground, background, encoding)
    fitter = chosen(method)
    settings = Steadiness(width, whole_shot)
    record = Record()
    frames = 0
    with ExitStack() as stack:
        write, finish = stack.enter_context(_output(output, layers, coded, audio))
        done = stack.enter_context(harmonized(layers, fitter, settings, record, strength=strength, reference=reference))
        for frame, _ in done:
            write(frame)
            frames += 1
            if on_frame is not None:
                on_frame(layers.ground.count)
        finish()
    card = fitter if isinstance(fitter, MethodCard) else None
    return ClipResult(
        output=os.fspath(output),
        method=card.id if card else None,
        frames=frames,
        shots=record.shots,
        jitter_fitted=record.fitted.value(),
        jitter=record.applied.value() if not whole_shot or record.fitted.value() is None else 0.0,
    )


@contextmanager
def harmonized(
    layers: Layers,
    fitter: MethodCard | Method | ColourMap,
    steadiness: Steadiness,
    record: Record,
    *,
    strength: float = 1.0,
    reference: Literal["background", "ring"] = "background",
) -> Iterator[Iterator[tuple[Frame, ColourMap | None]]]:
    """Give the harmonized frames, and the map of each, as they come; threads work ahead until the block ends.

    Parameters
    ----------
    layers
        What is harmonized.
    fitter
        What fits the maps.
    steadiness
        How they are smoothed.
    record
        Is filled on the way.
    strength, reference
        As for `harmonize_clip`.
    """
    size = _fit_size(fitter, layers.ground.size)
    with stages() as running:
        scouted = running.ahead(_scouted(layers, size, fitter, reference), 8)
        maps = running.ahead(_steady(scouted, steadiness, record), 4)
        material = running.ahead(layers.frames(), 2)
        yield running.ahead(_applied(material, maps, strength), 2)


def _layers(
    composite: _PathLike | None,
    mask: _PathLike | None,
    foreground: _PathLike | None,
    background: _PathLike | None,
    encoding: Literal["srgb", "linear"] | None,
) -> Layers:
    if composite is not None and (foreground is not None or background is not None):
        raise BadInputError("give a finished composite, or a foreground and a background, and not both.")
    if composite is None and (foreground is None or background is None):
        raise BadInputError(
            "give a composite (and its mask), or a foreground and a background: with one of them alone there is "
            "nothing to harmonize."
        )
    if composite is not None:
        ground, over = open_clip(composite, "composite", encoding), None
    else:
        ground, over = (
            open_clip(background or "", "background", encoding),
            open_clip(foreground or "", "foreground", encoding),
        )
    layers = Layers(ground, None if mask is None else open_clip(mask, "mask"), over)
    if all(clip.still for clip in (layers.ground, layers.over or layers.ground)):
        raise BadInputError(f"{ground.name} is a single picture, not a clip: `accord harmonize` is for those.")
    if ground.still:
        raise BadInputError(
            f"{ground.name} is a single picture, and the result is written like the background: make a clip of it "
            "first, as long as the foreground."
        )
    layers.check_sizes()
    return layers


def _fit_size(fitter: MethodCard | Method | ColourMap, size: tuple[int, int]) -> tuple[int, int]:
    longest, square = (fitter.fit_size, fitter.square) if isinstance(fitter, MethodCard) else (FIT_SIZE, False)
    return fitted_size(*size, longest, square=square)


def _scouted(
    layers: Layers,
    size: tuple[int, int],
    fitter: MethodCard | Method | ColourMap,
    reference: Literal["background", "ring"],
) -> Iterator[_Scouted]:
    for material in layers.frames():
        small, cover = small_composite(material, size)
        yield _Scouted(
            time=float(material.ground.time),
            look=Look.of(small.pixels, cover),
            probe=Probe.of(small.pixels, cover),
            colour_map=_fit(small, cover, fitter, reference),
        )


def _fit(
    small: Picture, cover: Floats, fitter: MethodCard | Method | ColourMap, reference: Literal["background", "ring"]
) -> ColourMap | None:
    """Fit a frame's map; None where it shows no foreground, or nothing else."""
    seen = cover if small.alpha is None else cover * small.alpha
    if float(seen.sum()) < _LEAST or float((1 - cover).sum()) < _LEAST:
        return None
    if isinstance(fitter, ColourMap):
        return fitter
    return prepared(fitter, WorkingView(small, alpha_covers=True), cover, reference).colour_map()


def _steady(
    scouted: Iterator[_Scouted],
    steadiness: Steadiness,
    record: Record,
) -> Iterator[ColourMap | None]:
    """Mark the shots, smooth the maps within them, and keep count."""
    # Maps of a whole shot are one and the same, and a shot may be long: no probes are kept for them.
    keep_probes = not steadiness.whole_shot
    passed: deque[tuple[Probe, bool]] = deque()

    def fitted() -> Iterator[Fitted]:
        items = ((one, one.look) for one in scouted)
        for index, mark in enumerate(marked(items)):
            one = mark.item
            if mark.begins:
                record.shots.append(index)
            record.fitted.add(one.colour_map, one.probe, begins=mark.begins)
            if keep_probes:
                passed.append((one.probe, mark.begins))
            yield Fitted(one.time, mark.begins, one.colour_map, one.probe)

    for colour_map in steadiness.of(fitted()):
        if keep_probes:
            probe, begins = passed.popleft()
            record.applied.add(colour_map, probe, begins=begins)
        yield colour_map


def _applied(
    material: Iterator[Material], maps: Iterator[ColourMap | None], strength: float
) -> Iterator[tuple[Frame, ColourMap | None]]:
    for one, colour_map in zip(material, maps, strict=True):
        wanted = None if colour_map is None else colour_map.at_strength(strength)
        yield recoloured(one, None if isinstance(wanted, Identity) else wanted), wanted


@contextmanager
def _output(
    output: _PathLike, layers: Layers, coded: Coded | None, audio: _PathLike | Literal["keep", "none"]
) -> Iterator[tuple[Callable[[Frame], None], Callable[[], None]]]:
    """Open the output: what writes a frame, and what is done after the last."""
    pattern, ground = Pattern.of(output), layers.ground
    if isinstance(ground, VideoFile):
        if pattern is not None:
            raise BadInputError(
                f"{pattern} is an image sequence, and {ground.name} is a video file: the result is written as what it "
                "came as. Name a video file, such as .mp4, .mov or .mkv."
            )
        with _video_output(Path(output), ground, coded or Coded(), audio) as made:
            yield made
        return
    if pattern is None:
        raise BadInputError(
            f"{os.fspath(output)} is one file, and {ground.name} is an image sequence: name the result by a pattern "
            "too, like harmonized.%04d.exr or harmonized.####.exr."
        )
    if coded is not None and coded != Coded():
        raise BadInputError("codec, pixel format and codec options are for video files; image sequences have none.")
    if not isinstance(ground, Sequence):
        raise BadInputError(f"{ground.name} is no clip.")
    with _sequence_output(pattern, ground) as made:
        yield made


@contextmanager
def _video_output(
    path: Path, ground: VideoFile, coded: Coded, audio: _PathLike | Literal["keep", "none"]
) -> Iterator[tuple[Callable[[Frame], None], Callable[[], None]]]:
    resolved(path)
    sound: Path | None = None
    if audio == "keep":
        sound = ground.path if has_sound(ground.path) else None
    elif audio != "none":
        sound = existing_file(audio, "sound")
        if not has_sound(sound):
            raise BadInputError(f"{sound} has no sound that could be copied. Name another file, or leave it out.")
    with (
        whole_or_nothing(path) as temporary,
        writing(temporary, path, ground.facts, coded, sound=sound, like=ground.path) as writer,
    ):
        yield writer.write, writer.finish


@contextmanager
def _sequence_output(
    pattern: Pattern, ground: Sequence
) -> Iterator[tuple[Callable[[Frame], None], Callable[[], None]]]:
    """Write frames into a hidden folder beside, and move them to their names at the end."""
    check_writable(pattern, ground)
    folder = pattern.path(1).parent
    try:
        hidden = Path(tempfile.mkdtemp(prefix=".accord-", dir=folder))
    except OSError as error:
        raise BadInputError(
            f"{pattern} cannot be written: {error.strerror}. Check the folder's permissions."
        ) from error
    numbers = ground.numbers

    def write(frame: Frame) -> None:
        if isinstance(frame.content, Picture):
            write_picture(frame.content, hidden / pattern.path(numbers[frame.index]).name)

    def finish() -> None:
        for number in numbers:
            target = pattern.path(number)
            os.replace(hidden / target.name, target)  # noqa: PTH105 (says what it does better than Path.replace)

    try:
        yield write, finish
    finally:
        shutil.rmtree(hidden, ignore_errors=True)

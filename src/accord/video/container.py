"""Reading video files frame by frame, in their own code values, and describing how to write one like them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import BadInputError
from accord.io.paths import existing_file
from accord.video.clip import Frame
from accord.video.completeness import Checksums, SaidLength, Shown, check_size, frame_count
from accord.video.extra import pyav
from accord.video.planes import Coding, Planes
from accord.video.tags import ColourTags

# Formats whose samples lie in planes as they are; others (packed, semi-planar, palettes) are repacked without loss.
_PLANAR = re.compile(r"(yuva?4\d\dp|gbra?p|gray)(?:(9|10|12|14|16)le)?")
_RGB_ORDER = (2, 0, 1)  # FFmpeg stores green, blue, red
_FULL, _UNKNOWN_RANGE = 2, 0


@dataclass(frozen=True)
class Turn:
    """How stored pixels become upright: first transposed, then mirrored."""

    transposed: bool = False
    mirrored: bool = False
    upside_down: bool = False

    @classmethod
    def of(cls, matrix: tuple[int, ...] | None) -> Turn:
        """Read a display matrix (nine numbers of 16.16 and 2.30 fixed point).

        Raises
        ------
        BadInputError
            If it turns by anything but quarters.
        """
        if matrix is None:
            return cls()
        a, b, c, d = matrix[0], matrix[1], matrix[3], matrix[4]
        if b == c == 0 and a and d:
            return cls(False, a < 0, d < 0)
        if a == d == 0 and b and c:
            return cls(True, c < 0, b < 0)
        raise BadInputError("it is turned by an angle that is no quarter turn. Turn it for good first.")

    def upright(self, plane: NDArray[Any]) -> NDArray[Any]:
        """Give a plane upright: a view."""
        plane = plane.T if self.transposed else plane
        plane = plane[:, ::-1] if self.mirrored else plane
        return plane[::-1] if self.upside_down else plane

    def stored(self, plane: NDArray[Any]) -> NDArray[Any]:
        """Give a plane as it is stored: a view."""
        plane = plane[::-1] if self.upside_down else plane
        plane = plane[:, ::-1] if self.mirrored else plane
        return plane.T if self.transposed else plane


@dataclass(frozen=True)
class Facts:
    """What a video file says beside its pixels, as far as one like it needs to be told.

    Parameters
    ----------
    codec
        FFmpeg's name of the codec.
    pixel_format, planar_format
        FFmpeg's names of the pixel format, and of the one whose samples are handled here.
    profile
        The codec's profile, as far as it says one.
    width, height
        Stored size.
    time_base
        Seconds in one tick of its clock.
    rate
        Frames a second on average.
    aspect
        Width of a pixel over its height; None if unknown.
    tags
        Colour tags.
    range_tag
        The colour range's own code: 0 unspecified, 1 broadcast, 2 full.
    matrix
        Display matrix, or None.
    turn
        The same, as what to do.
    """

    codec: str
    pixel_format: str
    planar_format: str
    profile: str | None
    width: int
    height: int
    time_base: Fraction
    rate: Fraction
    aspect: Fraction | None
    tags: ColourTags
    range_tag: int
    matrix: tuple[int, ...] | None
    turn: Turn
    coding: Coding


class VideoFile:
    """A video file; its first video stream.

    Parameters
    ----------
    path
        The file.
    what
        What to call it in messages.

    Raises
    ------
    BadInputError
        If it cannot be read, is incomplete, holds no video, is interlaced, or is coded in a way that accord cannot
        work with.
    MissingExtraError
        If PyAV is not installed.
    """

    still = False

    def __init__(self, path: Path, *, what: str = "clip") -> None:
        self.path, self.name = existing_file(path, what), f"{what} {path}"
        container, stream = self._opened()
        with container:
            check_size(container, self.path, self.name)
            self.count: int | None = frame_count(stream)
            self._said = SaidLength.of(container, stream)
            first = next(self._decoded(container, stream, Shown()), None)
            if first is None:
                raise BadInputError(f"{self.name} holds no frame that can be decoded. Was it copied completely?")
            try:
                self.facts = _facts(stream, first)
            except BadInputError as error:
                raise BadInputError(f"{self.name}: {error}") from error
        turned = self.facts.turn.transposed
        stored = (self.facts.height, self.facts.width)
        self.size = (stored[1], stored[0]) if turned else stored

    def frames(self) -> Iterator[Frame]:
        """Decode the frames in the order in which they are shown.

        Raises
        ------
        BadInputError
            If they are damaged, fewer than the file says, or change on the way.
        """
        container, stream = self._opened()
        facts = self.facts
        shown = Shown()
        with container:
            last = None
            for index, frame in enumerate(self._decoded(container, stream, shown)):
                if (frame.width, frame.height) != (facts.width, facts.height):
                    raise BadInputError(
                        f"{self.name} changes its size at frame {index}, from {facts.width} x {facts.height} to "
                        f"{frame.width} x {frame.height} (width x height). Convert it to one size first."
                    )
                if frame.format.name != facts.pixel_format:
                    raise BadInputError(
                        f"{self.name} changes from {facts.pixel_format} to {frame.format.name} at frame {index}. "
                        "Convert it to one pixel format first."
                    )
                if frame.pts is None:
                    raise BadInputError(
                        f"{self.name} does not say when frame {index} is shown. Put it into .mkv or .mp4 first."
                    )
                if last is not None and frame.pts <= last:
                    raise BadInputError(
                        f"{self.name}: frame {index} is shown at {frame.pts}, not after the one before it, at {last}. "
                        "Its time stamps are broken; put it into a new container first."
                    )
                last = frame.pts
                stamp = (int(frame.pts), int(frame.duration or 0))
                shown.add(float(stamp[0] * frame.time_base), float(stamp[1] * frame.time_base))
                yield Frame(index, frame.pts * frame.time_base, self._planes(frame), stamp)
        if not self._said.reached(shown):
            raise BadInputError(
                f"{self.name} ends after {shown.count} frames, at {shown.end:.3f} s, and says of itself that it lasts "
                f"{self._said.seconds:.3f} s. It is damaged or incomplete: copy it again, or cut off what is broken."
            )

    def _opened(self) -> tuple[Any, Any]:
        av = pyav()
        try:
            container = av.open(str(self.path), "r")
        except av.error.FFmpegError as error:
            raise BadInputError(
                f"{self.name} is no video file that can be read ({error.strerror}). An image sequence is named "
                "by a pattern, like shot.%04d.exr or shot.####.exr."
            ) from error
        videos = [each for each in container.streams.video if not _is_cover(each)]
        if not videos:
            container.close()
            raise BadInputError(f"{self.name} holds no video. Give a file with pictures in it.")
        if videos[0].codec_context is None:
            container.close()
            raise BadInputError(f"{self.name} has a codec that PyAV cannot decode. Convert it to another one first.")
        videos[0].thread_type = "AUTO"
        return container, videos[0]

    def _decoded(self, container: Any, stream: Any, shown: Shown) -> Iterator[Any]:
        av = pyav()
        checksums, count = Checksums(stream.codec_context.codec.canonical_name), 0
        try:
            for number, packet in enumerate(container.demux(stream)):
                if not checksums.match(packet):
                    raise self._damaged(number)
                shown.read = max(shown.read, (packet.pos or 0) + packet.size)
                for frame in packet.decode():
                    if frame.is_corrupt:
                        raise self._damaged(count)
                    count += 1
                    yield frame
        except av.error.FFmpegError as error:
            raise BadInputError(
                f"{self.name} cannot be decoded any further: {error.strerror}. It is damaged or incomplete; repair it "
                "or cut off what is broken."
            ) from error

    def _damaged(self, number: int) -> BadInputError:
        return BadInputError(
            f"{self.name} is damaged at frame {number}. Copy it again, repair it or cut off what is broken."
        )

    def _planes(self, frame: Any) -> Planes:
        facts = self.facts
        if frame.format.name != facts.planar_format:
            frame = frame.reformat(format=facts.planar_format)
        # Copied: a decoder may run out of buffers if they are held back.
        samples = [facts.turn.upright(samples_of(plane, facts.coding.bits).copy()) for plane in frame.planes]
        count = 1 if facts.coding.kind == "grey" else 3
        alpha = samples[count] if len(samples) > count else None
        colours = [samples[at] for at in _RGB_ORDER] if facts.coding.kind == "rgb" else samples[:count]
        return Planes(facts.coding, tuple(colours), alpha)


def samples_of(plane: Any, bits: int) -> NDArray[Any]:
    """Give a plane of a frame as an array (height, width) that shares its memory."""
    dtype = np.dtype(np.uint8 if bits == 8 else "<u2")
    # By bytes: the buffer's size need not be a multiple of a line.
    raw = np.frombuffer(plane, np.uint8)[: plane.line_size * plane.height].reshape(plane.height, plane.line_size)
    return raw[:, : plane.width * dtype.itemsize].view(dtype)


def stored_planes(planes: Planes, turn: Turn) -> list[NDArray[Any]]:
    """Give a frame's planes in the order and orientation in which FFmpeg stores them."""
    colours = planes.samples
    if planes.coding.kind == "rgb":
        colours = tuple(colours[_RGB_ORDER.index(at)] for at in range(3))
    return [turn.stored(plane) for plane in (*colours, *([] if planes.alpha is None else [planes.alpha]))]


def _is_cover(stream: Any) -> bool:
    return bool(int(stream.disposition) & 0x400)  # FFmpeg's AV_DISPOSITION_ATTACHED_PIC: album art


def _facts(stream: Any, frame: Any) -> Facts:
    if frame.interlaced_frame:
        raise BadInputError("it is interlaced, and accord works on whole frames. Deinterlace it first.")
    planar = _planar_format(frame.format)
    said = stream.codec_context
    tags = ColourTags(*(int(code) for code in (frame.color_primaries, frame.color_trc, frame.colorspace)))
    full = "yuvj" in frame.format.name or frame.color_range == _FULL
    full = full or (planar.startswith("gray") and frame.color_range == _UNKNOWN_RANGE)
    return Facts(
        codec=said.codec.canonical_name,
        pixel_format=frame.format.name,
        planar_format=planar,
        profile=said.profile,
        width=frame.width,
        height=frame.height,
        time_base=frame.time_base,
        rate=Fraction(stream.average_rate or stream.guessed_rate or 25),
        aspect=said.sample_aspect_ratio or None,
        tags=tags,
        range_tag=int(frame.color_range),
        matrix=(matrix := _display_matrix(frame)),
        turn=Turn.of(matrix),
        coding=_coding(planar, tags, frame.height, full_range=full),
    )


def _planar_format(form: Any) -> str:
    """Name the planar format that holds the same samples."""
    name = form.name.replace("yuvj", "yuv")
    if _PLANAR.fullmatch(name):
        return str(name)
    components = form.components
    bits = max(part.bits for part in components) if components else 0
    depth = "" if bits == 8 else f"{bits}le"
    alpha = any(part.is_alpha for part in components) or name == "pal8"
    if form.has_palette:
        return "gbrap"
    odd = any(word in name for word in ("bayer", "xyz", "f16", "f32", "msb", "ya"))
    if odd or not 8 <= bits <= 16 or form.is_bit_stream:
        raise BadInputError(
            f"its pixel format {form.name} is none that accord works with. Convert it to 8 to 16 bit YUV or RGB, or to "
            "an image sequence."
        )
    if form.is_rgb:
        return f"gbr{'a' if alpha else ''}p{depth}"
    across, down = 16 // form.chroma_width(16), 16 // form.chroma_height(16)
    kind = {(1, 1): "444", (2, 1): "422", (2, 2): "420", (4, 1): "411", (4, 4): "410", (1, 2): "440"}[across, down]
    return f"yuv{'a' if alpha else ''}{kind}p{depth}"


def _coding(planar: str, tags: ColourTags, height: int, *, full_range: bool) -> Coding:
    found = _PLANAR.fullmatch(planar)
    if found is None:
        raise BadInputError(
            f"its pixel format, as {planar}, is none that accord works with. Convert it to 8 to 16 bit."
        )
    kind = {"y": "yuv", "g": "rgb"}[planar[0]] if not planar.startswith("gray") else "grey"
    red, blue = tags.luma_weights(height) if kind == "yuv" else (0.0, 0.0)
    return Coding(kind, int(found[2] or 8), full_range or kind == "rgb", red, blue, tags.encoding())


def _display_matrix(frame: Any) -> tuple[int, ...] | None:
    try:
        side_data = list(frame.side_data)
    except ValueError:  # it holds what PyAV has no name for, such as the EXIF of a camera's JPEG
        if frame.rotation:
            raise BadInputError("it is turned in a way that PyAV cannot tell. Turn it for good first.") from None
        return None
    for data in side_data:
        if data.type.name == "DISPLAYMATRIX":
            return tuple(int(value) for value in np.frombuffer(data, np.int32)[:9])
    return None

"""Writing a video file like another: codec, depth, clock, rotation, colour tags; its sound and subtitles copied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from accord.core.errors import BadInputError
from accord.video.clip import Frame
from accord.video.completeness import check_size
from accord.video.container import Facts, Turn, samples_of, stored_planes
from accord.video.extra import pyav
from accord.video.planes import Planes

_ENCODERS = {
    "av1": "libsvtav1",
    "h264": "libx264",
    "hevc": "libx265",
    "prores": "prores_ks",
    "vp8": "libvpx",
    "vp9": "libvpx-vp9",
}
# Quality at which the eye finds no difference to the source, with short lookahead: an encoder that holds back a few
# dozen frames grows for as long, and gains nothing at such quality.
_SETTINGS: dict[str, dict[str, str]] = {
    "ffv1": {"level": "3", "slicecrc": "1"},
    "libsvtav1": {"crf": "20", "preset": "6"},
    "libvpx": {"crf": "6", "b": "40M", "lag-in-frames": "12"},
    "libvpx-vp9": {"crf": "18", "b": "0", "row-mt": "1", "lag-in-frames": "12"},
    "libx264": {"crf": "14", "rc-lookahead": "10"},
    "libx265": {"crf": "16", "x265-params": "log-level=error:rc-lookahead=10"},
    **{name: {"flags": "+qscale", "global_quality": "236"} for name in ("mjpeg", "mpeg2video", "mpeg4")},
}
_PRORES = ("Proxy", "LT", "Standard", "HQ", "4444", "4444XQ")
# Containers that note how a picture is turned.
_ROTATABLE = ("3g2", "3gp", "f4v", "ipod", "matroska", "mov", "mp4", "webm")
_MPEG4_TICKS = 65535  # the most in a second
# Containers of which FFmpeg does not list what they hold.
_UNLISTED = ("mpegts", "mxf")
_NOT_OURS = ("encoder", "major_brand", "minor_version", "compatible_brands", "vendor_id", "duration")


@dataclass(frozen=True)
class Coded:
    """How a result is to be encoded.

    Parameters
    ----------
    codec
        A codec or encoder by FFmpeg's name; by default the source's, or the container's usual one where it cannot hold
        that.
    pixel_format
        FFmpeg's name; by default the source's.
    options
        The encoder's own options, by FFmpeg's names; they add to and replace the defaults.
    """

    codec: str | None = None
    pixel_format: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)


class VideoWriter:
    """Encodes frames into a file, beside packets copied from another.

    Made by `writing`.
    """

    def __init__(self, container: Any, stream: Any, facts: Facts, companions: _Companions | None) -> None:
        self._container, self._stream, self._facts, self._companions = container, stream, facts, companions
        _, clock = _clock(stream.codec_context.codec, facts)
        self._numbered = None if clock == facts.time_base else _Numbered(clock, facts.time_base)

    def write(self, frame: Frame) -> None:
        """Encode a frame at its own time."""
        content = frame.content
        if not isinstance(content, Planes) or frame.stamp is None:
            raise BadInputError("a video file takes frames of a video file; write image sequences by a pattern.")
        with self._encoding_errors():
            if self._companions is not None:
                self._companions.copy_until(frame.time)
            self._mux(self._stream.encode(self._filled(content, frame.stamp)))

    def finish(self) -> None:
        """Encode what is held back, copy what is left, and complete the file."""
        with self._encoding_errors():
            self._mux(self._stream.encode(None))
            if self._companions is not None:
                self._companions.copy_until(None)
        with _writing_errors("the file cannot be completed", "Choose another container by its suffix, or --no-audio."):
            self._container.close()

    def _encoding_errors(self) -> AbstractContextManager[None]:
        return _writing_errors(f"the encoder {self._stream.codec_context.name} failed", "Try another by --codec.")

    def _mux(self, packets: list[Any]) -> None:
        for packet in packets:
            if self._numbered is not None:
                self._numbered.time(packet)
            self._container.mux(packet)

    def _filled(self, planes: Planes, stamp: tuple[int, int]) -> Any:
        av, facts = pyav(), self._facts
        frame = av.VideoFrame(facts.width, facts.height, facts.planar_format)
        for target, plane in zip(frame.planes, stored_planes(planes, facts.turn), strict=True):
            np.copyto(samples_of(target, facts.coding.bits), plane)
        frame.color_range = facts.range_tag
        frame.colorspace, frame.color_primaries = facts.tags.matrix, facts.tags.primaries
        frame.color_trc = facts.tags.transfer
        wanted = self._stream.codec_context.pix_fmt
        if frame.format.name != wanted and wanted.replace("yuvj", "yuv") != frame.format.name:
            frame = frame.reformat(format=wanted)
        frame.pts, frame.time_base = stamp[0], facts.time_base
        if stamp[1]:
            frame.duration = stamp[1]
        if self._numbered is not None:
            self._numbered.number(frame)
        return frame


class _Numbered:
    """Frames by their number, for encoders whose clock has but one tick a frame: packets get the frames' times back."""

    def __init__(self, own: Fraction, time_base: Fraction) -> None:
        self._own, self._time_base = own, time_base
        self._stamps: dict[int, tuple[int, int]] = {}
        self._next = 0

    def number(self, frame: Any) -> None:
        """Take a frame's time, and number it."""
        self._stamps[self._next] = (frame.pts, frame.duration or round(self._own / self._time_base))
        frame.pts, frame.duration, frame.time_base = self._next, 1, self._own
        self._next += 1

    def time(self, packet: Any) -> None:
        """Give a packet the time of its frame; packets come in the order of decoding."""
        shown, decoded = packet.pts, packet.dts
        packet.time_base = self._time_base
        packet.pts, packet.duration = self._stamps[shown]
        # The encoder may begin before the first frame, to have it decoded in time.
        early = min(0, decoded)
        first, lasts = self._stamps[decoded - early]
        packet.dts = first + early * lasts
        for past in [number for number in self._stamps if number < decoded]:
            del self._stamps[past]


class _Companions:
    """Packets of sound and subtitles, copied as the pictures reach their time."""

    def __init__(self, source: Any, target: Any, path: Path, out: Path) -> None:
        self._target, self._streams, self._waiting = target, {}, None
        for stream in (*source.streams.audio, *source.streams.subtitles):
            name = stream.codec_context.codec.canonical_name if stream.codec_context is not None else stream.name
            if not _listed(target, source, name) or _needs_layout(target, stream, name):
                ways = " or ".join(suffix for suffix in (".mov", ".mkv") if suffix != out.suffix)
                raise BadInputError(
                    f"{out}: {out.suffix} cannot hold the {stream.type} of {path}, which is {name}, as it is. Write "
                    f"{ways}, or leave sound and subtitles out by --no-audio."
                )
            copy = target.add_stream_from_template(stream, opaque=True)
            copy.metadata.update(_kept(stream.metadata))
            copy.disposition = stream.disposition
            self._streams[stream.index] = copy
        self._packets = source.demux(list(source.streams.audio) + list(source.streams.subtitles))

    def __bool__(self) -> bool:
        return bool(self._streams)

    def copy_until(self, time: Fraction | None) -> None:
        """Copy what is due up to a time in seconds, or all."""
        while self._streams:
            packet = self._waiting or next(self._packets, None)
            self._waiting = None
            if packet is None:
                return
            if packet.dts is None:  # the end of a stream
                continue
            if time is not None and packet.dts * packet.time_base > time:
                self._waiting = packet
                return
            packet.stream = self._streams[packet.stream_index]
            self._target.mux(packet)


@contextmanager
def writing(
    temporary: Path, path: Path, facts: Facts, coded: Coded, *, sound: Path | None, like: Path
) -> Iterator[VideoWriter]:
    """Open a video file for writing.

    Parameters
    ----------
    temporary
        The file that is written.
    path
        What it will be called: for messages, and the container by its suffix.
    facts
        What to write like.
    coded
        How to encode.
    sound
        Whose sound and subtitles are copied; None for none.
    like
        Whose metadata and chapters are copied.

    Raises
    ------
    BadInputError
        If the container or encoder cannot hold what comes.
    """
    av = pyav()
    with ExitStack() as stack:
        with _opening_errors(path):
            container = stack.enter_context(_closing(av.open(str(temporary), "w")))
        source = stack.enter_context(av.open(str(like), "r"))
        name = _encoder(container, source, facts, coded, path)
        stream = _stream(container, name, facts, coded, path)
        container.metadata.update(_kept(source.metadata))
        video = source.streams.video[0]
        stream.metadata.update(_kept(video.metadata))
        companions = None
        if sound is not None:
            heard = source if sound == like else stack.enter_context(av.open(str(sound), "r"))
            with _opening_errors(path):
                companions = _Companions(heard, container, sound, path)
        if chapters := source.chapters():
            container.set_chapters(chapters)
        with _opening_errors(path):
            stream.codec_context.open()
            container.start_encoding()
        yield VideoWriter(container, stream, facts, companions)


def _listed(target: Any, source: Any, codec: str) -> bool:
    """Tell whether a container can hold a codec: by FFmpeg's list, or since it comes out of one of the same kind."""
    form = target.format.name
    return form in _UNLISTED or form == source.format.name or codec in target.supported_codecs


def _needs_layout(target: Any, stream: Any, codec: str) -> bool:
    """Tell whether the container has to know which channel is which (.mp4, of PCM), and the stream does not say."""
    if target.format.name != "mp4" or not codec.startswith("pcm_"):
        return False
    layout = stream.codec_context.layout
    return bool(layout.name == f"{layout.nb_channels} channels")


def has_sound(path: Path) -> bool:
    """Tell whether a file has sound or subtitles to copy."""
    av = pyav()
    try:
        with av.open(str(path), "r") as container:
            check_size(container, path, f"sound {path}")
            return bool(container.streams.audio or container.streams.subtitles)
    except av.error.FFmpegError as error:
        raise BadInputError(f"the sound of {path} cannot be read: {error.strerror}.") from error


def _encoder(container: Any, source: Any, facts: Facts, coded: Coded, path: Path) -> str:
    """Choose the encoder."""
    av = pyav()
    name = coded.codec or facts.codec
    if coded.codec is None and not _listed(container, source, name):
        name = container.default_video_codec
    name = _ENCODERS.get(name, name)
    try:
        codec = av.codec.Codec(name, "w")
        if codec.type != "video":
            raise ValueError
    except (av.error.FFmpegError, ValueError) as error:
        raise BadInputError(
            f"{path}: there is no encoder for {name} here. Choose one by --codec, for instance h264, hevc, prores or "
            "ffv1 (which loses nothing)."
        ) from error
    return str(codec.name)


def _stream(container: Any, name: str, facts: Facts, coded: Coded, path: Path) -> Any:
    codec = pyav().codec.Codec(name, "w")
    options = {**_SETTINGS.get(name, {}), **_profile(name, facts), **coded.options}
    rate, clock = _clock(codec, facts)
    with _opening_errors(path):
        stream = container.add_stream(name, rate=rate, options=options)
    stream.width, stream.height = facts.width, facts.height
    stream.pix_fmt = _pixel_format(codec, facts, coded, path)
    stream.time_base, stream.codec_context.time_base = facts.time_base, clock
    if facts.aspect is not None:
        stream.sample_aspect_ratio = facts.aspect
    said = stream.codec_context
    said.color_primaries, said.color_trc = facts.tags.primaries, facts.tags.transfer
    said.colorspace, said.color_range = facts.tags.matrix, facts.range_tag
    if facts.matrix is not None:
        if facts.turn != Turn() and container.format.name not in _ROTATABLE:
            raise BadInputError(
                f"{path}: its source is rotated, and {path.suffix} cannot note that. Write .mp4, .mov or .mkv, or turn "
                "the source's frames upright first."
            )
        if not _notes_rotation(stream):
            raise BadInputError(
                f"{path} would be rotated as its source is, which PyAV {pyav().__version__} cannot note: it takes PyAV "
                "18, which needs Python 3.11. Use that, or turn the source's frames upright first."
            )
        stream.set_display_matrix(facts.matrix)
    return stream


def _clock(codec: Any, facts: Facts) -> tuple[Fraction, Fraction]:
    """Give the encoder's frame rate and time base: the file's own, but for MPEG, which wants one tick a frame."""
    if rates := [Fraction(rate.numerator, rate.denominator) for rate in codec.frame_rates or ()]:
        rate = min(rates, key=lambda each: abs(each - facts.rate))
        return rate, 1 / rate
    if codec.name == "mpeg4" and facts.time_base.denominator > _MPEG4_TICKS:
        rate = facts.rate.limit_denominator(1001)
        return rate, 1 / rate
    return facts.rate, facts.time_base


def _notes_rotation(stream: Any) -> bool:
    return hasattr(stream, "set_display_matrix")  # since PyAV 18


def _pixel_format(codec: Any, facts: Facts, coded: Coded, path: Path) -> str:
    formats = [form.name for form in codec.video_formats or ()]
    wanted = [coded.pixel_format] if coded.pixel_format else [facts.planar_format, facts.pixel_format]
    if codec.name == "mjpeg" and facts.coding.full_range:
        wanted.insert(0, facts.planar_format.replace("yuv", "yuvj"))
    found = next((name for name in wanted if name in formats or not formats), None)
    if found is None:
        raise BadInputError(
            f"{path}: the encoder {codec.name} has no {wanted[0]}. Choose another by --codec (ffv1 in .mkv holds "
            f"nearly all), or convert by --pixel-format to one of: {', '.join(formats)}."
        )
    return found


def _profile(name: str, facts: Facts) -> dict[str, str]:
    """Keep the source's profile where it decides about quality."""
    said = facts.profile or ""
    if name == "prores_ks" and facts.codec == "prores" and said in _PRORES:
        return {"profile": said.lower()}
    if name == "prores_ks":
        return {"profile": "4444" if "444" in facts.planar_format else "hq"}
    if name == "dnxhd" and said.upper().startswith("DNXHR"):
        return {"profile": said.lower().replace(" ", "_")}
    return {}


def _kept(metadata: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in metadata.items() if key.lower() not in _NOT_OURS}


@contextmanager
def _closing(container: Any) -> Iterator[Any]:
    """Close a container on the way out; `finish` has done so, except where something else has already failed."""
    try:
        yield container
    finally:
        with suppress(pyav().error.FFmpegError):
            container.close()


@contextmanager
def _opening_errors(path: Path) -> Iterator[None]:
    av = pyav()
    try:
        yield
    except (av.error.FFmpegError, ValueError, OverflowError) as error:
        if isinstance(error, BadInputError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInputError(
            f"{path} cannot be written so: {reason}. Choose another container by its suffix, or another codec by "
            "--codec; --codec-option gives an encoder its own settings."
        ) from error


@contextmanager
def _writing_errors(failed: str, way_out: str) -> Iterator[None]:
    av = pyav()
    try:
        yield
    except av.error.FFmpegError as error:
        if isinstance(error, OSError) and error.errno in (
            28,
            122,
        ):  # no space left, quota: said by the output's own error
            raise OSError(error.errno, error.strerror) from error
        raise BadInputError(f"{failed}: {error.strerror}. {way_out}") from error

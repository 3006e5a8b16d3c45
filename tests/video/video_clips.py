"""Small clips for tests, made with PyAV."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

av = pytest.importorskip("av", reason="the extra video is not installed")

TURNS = hasattr(av.video.stream.VideoStream, "set_display_matrix")  # PyAV 17, which Python 3.10 has, lacks it

HEIGHT, WIDTH = 48, 64
CLOCK = Fraction(1, 12800)


def noise(count, shape=(HEIGHT, WIDTH, 3), seed=0):
    """Seeded smooth-ish colours, uint8 (count, h, w, 3), that drift a little from frame to frame."""
    rng = np.random.default_rng(seed)
    base = rng.uniform(50, 200, shape)
    return np.stack([np.clip(base + rng.normal(0, 4, shape), 0, 255) for _ in range(count)]).astype(np.uint8)


def discs(count, size=(HEIGHT, WIDTH)):
    """Masks of a disc that moves right by a pixel a frame, uint8 (count, h, w)."""
    down, across = np.mgrid[: size[0], : size[1]]
    return np.stack(
        [255 * (np.hypot(down - size[0] / 2, across - 20 - at) < 12).astype(np.uint8) for at in range(count)]
    )


def write_clip(
    path: Path,
    pictures,
    *,
    source="rgb24",
    codec="ffv1",
    form="yuv444p",
    stamps=None,
    tags=None,
    rotation=None,
    sound=False,
    options=None,
    muxing=None,
    clock=CLOCK,
):
    """Write pictures, (h, w[, 3]) arrays in PyAV's format `source`, as a video file; `sound` may name a codec."""
    stamps = [512 * index for index in range(len(pictures))] if stamps is None else stamps
    with av.open(str(path), "w", options=muxing or {}) as container:
        stream = container.add_stream(codec, rate=25, options=options or {})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = form
        stream.time_base = stream.codec_context.time_base = clock
        for name, value in (tags or {}).items():
            setattr(stream.codec_context, name, value)
        if rotation is not None:
            stream.set_display_rotation(rotation)
        audio = None
        if sound:
            audio = container.add_stream(sound if isinstance(sound, str) else "aac", rate=48000, layout="stereo")
        for stamp, picture in zip(stamps, pictures, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format=source)
            target = (tags or {}).get("colorspace")
            frame = frame.reformat(format=form, dst_colorspace=target) if target else frame.reformat(format=form)
            for name, value in (tags or {}).items():
                setattr(frame, name, value)
            frame.pts, frame.time_base = int(stamp), clock
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if audio is not None:
            rng = np.random.default_rng(1)
            for at in range(0, int(float(stamps[-1] * clock) * 48000) + 2048, 1024):
                heard = av.AudioFrame.from_ndarray(rng.normal(0, 0.1, (2, 1024)).astype(np.float32), "fltp", "stereo")
                heard.sample_rate, heard.pts, heard.time_base = 48000, at, Fraction(1, 48000)
                container.mux(audio.encode(heard))
            container.mux(audio.encode(None))
    return path


def read_planes(path):
    """Give all frames' planes as stored, one array a frame, and the frames' times in seconds."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        return [_stored(frame) for frame in frames], [frame.pts * frame.time_base for frame in frames]


def _stored(frame):
    if frame.format.name != "yuv420p10le":
        return frame.to_ndarray()
    luma = np.frombuffer(frame.planes[0], np.uint16)  # PyAV 17 has no array of these
    return luma.reshape(frame.height, -1)[:, : frame.width]


def sound_of(path):
    """Give a file's sound packets: bytes, time and length of each."""
    with av.open(str(path)) as container:
        return [
            (bytes(packet), packet.pts * packet.time_base, packet.duration * packet.time_base)
            for packet in container.demux(audio=0)
            if packet.size
        ]

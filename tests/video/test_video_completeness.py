"""Clips that are cut short or damaged are refused, and odd ones that are whole are not."""

from fractions import Fraction

import pytest
from video_clips import av, discs, noise, write_clip

from accord.core.errors import BadInputError
from accord.transforms import Affine
from accord.video.completeness import SaidLength, Shown
from accord.video.harmonizing import harmonize_clip, open_clip

DARKER = Affine.gain_offset(0.8)
CODECS = {
    ".mp4": {"codec": "libx264", "form": "yuv420p", "muxing": {"movflags": "faststart"}},
    ".mkv": {"codec": "ffv1"},
    ".avi": {"codec": "utvideo", "form": "gbrp"},
}


def refused(tmp_path, clip, message, **given):
    """Harmonize what is to be refused, and see that nothing is left of it."""
    write_clip(tmp_path / "mask.mkv", discs(1), source="gray", form="gray")
    mask = {"mask": tmp_path / "mask.mkv", **given}
    with pytest.raises(BadInputError, match=message):
        harmonize_clip(tmp_path / f"out{clip.suffix}", composite=clip, method=DARKER, **mask)
    assert not list(tmp_path.glob("out*"))
    assert not list(tmp_path.glob(".accord*"))


@pytest.mark.parametrize("suffix", CODECS)
def test_a_half_copied_clip_is_refused_before_the_work(tmp_path, suffix):
    clip = write_clip(tmp_path / f"clip{suffix}", noise(12), **CODECS[suffix])
    half = tmp_path / f"half{suffix}"
    half.write_bytes(clip.read_bytes()[: clip.stat().st_size * 6 // 10])
    refused(tmp_path, half, "half.* is incomplete: it has .* at least .* Copy it again")
    refused(tmp_path, clip, "half.* is incomplete", mask=half)


def test_half_copied_sound_is_refused(tmp_path):
    clip = write_clip(tmp_path / "clip.mkv", noise(2))
    sound = write_clip(tmp_path / "sound.mkv", noise(6), sound=True)
    sound.write_bytes(sound.read_bytes()[:-3000])
    refused(tmp_path, clip, "sound .*sound.mkv is incomplete", audio=sound)


def test_a_clip_that_ends_early_within_a_file_of_full_size_is_refused(tmp_path):
    clip = write_clip(tmp_path / "clip.mkv", noise(30), options={"level": "1"})  # no checksums
    data = clip.read_bytes()
    whole = len(data) * 3 // 10
    clip.write_bytes(data[:whole] + bytes(len(data) - whole))  # space set aside, and not filled
    mask = write_clip(tmp_path / "masks.mkv", discs(30), source="gray", form="gray")
    refused(tmp_path, clip, r"ends after 9 frames, at 0\.360 s, .* lasts 1\.200 s", mask=mask)


@pytest.mark.parametrize(("suffix", "codec"), [(".mov", "prores_ks"), (".mkv", "ffv1")])
def test_damaged_frames_are_refused(tmp_path, suffix, codec):
    clip = write_clip(tmp_path / f"clip{suffix}", noise(6), codec=codec, form="yuv422p10le")
    data = bytearray(clip.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 60] = b"Z" * 60
    clip.write_bytes(data)
    mask = write_clip(tmp_path / "masks.mkv", discs(6), source="gray", form="gray")
    refused(tmp_path, clip, "is damaged at frame [23]", mask=mask)


def test_an_unknown_codec_is_not_taken_for_damage(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", noise(2), codec="libx264", form="yuv420p")
    clip.write_bytes(clip.read_bytes().replace(b"avc1", b"none"))
    refused(tmp_path, clip, "has a codec that PyAV cannot decode")


@pytest.mark.parametrize("options", [{"level": "1"}, {"level": "3", "slicecrc": "0"}, {"level": "3", "slices": "9"}])
def test_ffv1_passes_with_checksums_and_without(tmp_path, options):
    clip = write_clip(tmp_path / "clip.mkv", noise(3), options=options)
    mask = write_clip(tmp_path / "mask.mkv", discs(3), source="gray", form="gray")
    assert harmonize_clip(tmp_path / "out.mkv", composite=clip, mask=mask, method=DARKER).frames == 3


def copied(clip, path, *, start=Fraction(0), last=0, sound=None):
    """Copy packets from a time on without decoding: what comes before it is stored, and not shown.

    The last one is shown for `last` seconds; the sound of another clip comes behind all.
    """
    with av.open(str(clip)) as source, av.open(str(path), "w") as target:
        copy = target.add_stream_from_template(source.streams.video[0])
        packets = [packet for packet in source.demux(video=0) if packet.dts is not None]
        packets[-1].duration = max(packets[-1].duration, round(last / packets[-1].time_base))
        heard = []
        if sound is not None:
            other = av.open(str(sound))
            copy_heard = target.add_stream_from_template(other.streams.audio[0])
            heard = [packet for packet in other.demux(audio=0) if packet.dts is not None]
        for packet in packets + heard:
            packet.pts, packet.dts = (round(each - start / packet.time_base) for each in (packet.pts, packet.dts))
            packet.stream = copy_heard if packet in heard else copy
            target.mux(packet)
    return path


H264 = {"codec": "libx264", "form": "yuv420p"}
UNEVEN = [0, 512, 1024, 8192, 8704, 9216, 25600, 26112, 40960, 41472]
ODD = {
    "edit list": lambda to: copied(write_clip(to / "all.mp4", noise(30), **H264), to / "a.mp4", start=Fraction(2, 5)),
    "uneven": lambda to: write_clip(to / "a.mkv", noise(10), stamps=UNEVEN, **H264),
    "late": lambda to: write_clip(to / "a.mkv", noise(10), stamps=[51200 + 512 * at for at in range(10)], **H264),
    "long last frame": lambda to: copied(write_clip(to / "all.mp4", noise(10), **H264), to / "a.mkv", last=20),
    "long sound": lambda to: copied(
        write_clip(to / "all.mp4", noise(10), **H264),
        to / "a.mkv",
        sound=write_clip(to / "sound.mkv", noise(2), stamps=[0, 19200], sound=True),
    ),
    "repeated frames": lambda to: write_clip(
        to / "a.avi",
        noise(10),
        codec="mjpeg",
        form="yuvj420p",
        stamps=[0, 1, 2, 20, 21, 40, 41, 42, 43, 44],
        clock=Fraction(1, 25),
    ),
    "fragments": lambda to: write_clip(to / "a.mp4", noise(10), muxing={"movflags": "frag_every_frame"}, **H264),
}


@pytest.mark.parametrize("odd", ODD)
def test_odd_clips_that_are_whole_pass(tmp_path, odd):
    clip = open_clip(ODD[odd](tmp_path), "clip")
    count = len(list(clip.frames()))
    assert count == (20 if odd == "edit list" else 10)
    assert clip.count in (None, count)


def test_time_without_frames_is_no_loss_where_the_whole_file_was_read():
    said = SaidLength(count=None, seconds=20.0, size=1000)  # as by a last frame whose duration was not written
    assert said.reached(Shown(count=10, begin=0.36, end=0.4, longest=0.04, read=950))
    assert not said.reached(Shown(count=10, begin=0.36, end=0.4, longest=0.04, read=300))

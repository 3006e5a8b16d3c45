"""Clips in, clips out: what a result keeps, and what is refused."""

from fractions import Fraction
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from video_clips import CLOCK, HEIGHT, TURNS, WIDTH, av, discs, noise, read_planes, sound_of, write_clip

import accord
from accord.core.encoding import LINEAR_SRGB, SRGB
from accord.core.errors import BadInputError
from accord.core.picture import Picture
from accord.io import read_picture, write_picture
from accord.transforms import Affine
from accord.video.harmonizing import harmonize_clip
from accord.video.sequence import Pattern
from accord.video.writing import Coded

DARKER = Affine.gain_offset(0.8)
COUNT = 6


@pytest.fixture(scope="module")
def pictures():
    return noise(COUNT)


@pytest.fixture(scope="module")
def masks():
    return discs(COUNT)


@pytest.fixture
def mask(tmp_path, masks):
    return write_clip(tmp_path / "mask.mkv", masks, source="gray", form="gray")


def test_a_clip_without_smoothing_is_harmonized_frame_by_frame(tmp_path, pictures, masks, mask):
    clip = write_clip(tmp_path / "clip.avi", pictures, codec="utvideo", form="gbrp")
    result = harmonize_clip(tmp_path / "out.avi", composite=clip, mask=mask, method="reinhard", width=0)
    assert (result.frames, result.method, result.shots) == (COUNT, "reinhard", [0])
    for found, picture, cover in zip(read_planes(tmp_path / "out.avi")[0], pictures, masks, strict=True):
        wanted = accord.harmonize(picture, cover, method="reinhard").image
        assert np.abs(found.astype(int) - wanted.astype(int)).max() <= 1
        np.testing.assert_array_equal(found[cover == 0], picture[cover == 0])


@pytest.mark.parametrize(
    ("codec", "form"), [("ffv1", "yuv420p"), ("ffv1", "yuv422p10le"), ("ffv1", "yuva444p16le"), ("ffv1", "gray16le")]
)
def test_depth_is_kept_and_whatever_the_mask_leaves_out_is_the_same(tmp_path, pictures, mask, codec, form):
    clip = write_clip(tmp_path / "clip.mkv", pictures, codec=codec, form=form)
    harmonize_clip(tmp_path / "out.mkv", composite=clip, mask=mask, method=DARKER)
    with av.open(str(tmp_path / "out.mkv")) as container:
        assert container.streams.video[0].pix_fmt == form
        assert container.streams.video[0].codec_context.name == codec
    before, after = read_planes(clip)[0][2], read_planes(tmp_path / "out.mkv")[0][2]
    assert before.dtype == after.dtype
    rows = before[:8] if before.ndim == 2 else before[:8, :, :3]
    np.testing.assert_array_equal(after[:8] if after.ndim == 2 else after[:8, :, :3], rows)
    assert (before != after).any()


def test_a_rotation_that_pyav_cannot_write_is_refused(tmp_path, pictures, masks, mask, monkeypatch):
    monkeypatch.setattr("accord.video.container._display_matrix", lambda _: (0, 1, 0, -1, 0, 0, 0, 0, 1))
    monkeypatch.setattr("accord.video.writing._notes_rotation", lambda _: False)
    clip = write_clip(tmp_path / "clip.mkv", pictures)
    with pytest.raises(BadInputError, match="PyAV 18"):
        harmonize_clip(tmp_path / "out.mkv", composite=clip, mask=mask, method=DARKER)
    assert not (tmp_path / "out.mkv").exists()


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_times_sound_rotation_and_tags_are_kept(tmp_path, pictures, masks, suffix):
    stamps = [0, 512, 1024, 2048, 2560, 4096] if suffix != ".mkv" else [0, 40, 80, 200, 240, 400]
    clock = CLOCK if suffix != ".mkv" else Fraction(1, 1000)
    turned = suffix != ".mkv" and TURNS
    tags = {"color_primaries": 9, "color_trc": 18, "colorspace": 9, "color_range": 1}
    clip = write_clip(
        tmp_path / f"clip{suffix}",
        pictures,
        codec="libx265",
        form="yuv420p10le",
        options={"x265-params": "log-level=error"},
        stamps=stamps,
        clock=clock,
        tags=tags,
        rotation=-90 if turned else None,
        sound=True,
    )
    upright = masks.transpose(0, 2, 1)[:, :, ::-1] if turned else masks
    mask = write_clip(
        tmp_path / "mask.mkv", [np.ascontiguousarray(each) for each in upright], source="gray", form="gray"
    )
    out = tmp_path / f"out{suffix}"
    harmonize_clip(out, composite=clip, mask=mask, method=DARKER)
    assert read_planes(out)[1] == read_planes(clip)[1]
    assert sound_of(out) == sound_of(clip)
    assert len(sound_of(out)) > 3
    with av.open(str(clip)) as one, av.open(str(out)) as other:
        before, after = next(one.decode(video=0)), next(other.decode(video=0))
        assert other.streams.video[0].codec_context.name == "hevc"
        for name in (*tags, "rotation", "width", "height"):
            assert getattr(after, name) == getattr(before, name), name
        assert after.format.name == "yuv420p10le"
    # The mask came upright, the frames lie on their side: the disc still is where it was.
    change = np.abs(read_planes(out)[0][0][:HEIGHT].astype(int) - read_planes(clip)[0][0][:HEIGHT])
    inside = masks[0] > 0
    assert change[inside].mean() > 5 * change[~inside].mean()


def test_layers_are_composed_and_the_foreground_alone_is_recoloured(tmp_path, pictures, masks, mask):
    front = write_clip(tmp_path / "front.avi", noise(COUNT, seed=3), codec="utvideo", form="gbrp")
    back = write_clip(tmp_path / "back.avi", pictures, codec="utvideo", form="gbrp")
    harmonize_clip(tmp_path / "out.avi", foreground=front, background=back, mask=mask, method=DARKER)
    found = read_planes(tmp_path / "out.avi")[0][1]
    np.testing.assert_array_equal(found[masks[1] == 0], pictures[1][masks[1] == 0])
    middle = (slice(20, 28), slice(18, 24))
    np.testing.assert_allclose(found[middle], noise(COUNT, seed=3)[1][middle] * 0.8, atol=2)


def test_a_foreground_with_alpha_needs_no_mask(tmp_path, pictures, masks):
    colours = np.concatenate([noise(COUNT, seed=3), masks[..., None]], axis=-1)
    front = write_clip(tmp_path / "front.avi", colours, source="rgba", codec="utvideo", form="gbrap")
    back = write_clip(tmp_path / "back.avi", pictures, codec="utvideo", form="gbrp")
    harmonize_clip(tmp_path / "out.avi", foreground=front, background=back, method=DARKER)
    found = read_planes(tmp_path / "out.avi")[0][1]
    np.testing.assert_array_equal(found[masks[1] == 0], pictures[1][masks[1] == 0])
    np.testing.assert_allclose(found[20:28, 18:24], noise(COUNT, seed=3)[1][20:28, 18:24] * 0.8, atol=2)


def test_strength_0_changes_nothing_and_a_still_mask_stands_for_all_frames(tmp_path, pictures, masks):
    clip = write_clip(tmp_path / "clip.mkv", pictures)
    write_picture(Picture(masks[0][..., None], SRGB), tmp_path / "mask.png")
    harmonize_clip(tmp_path / "same.mkv", composite=clip, mask=tmp_path / "mask.png", method="reinhard", strength=0)
    for one, other in zip(read_planes(clip)[0], read_planes(tmp_path / "same.mkv")[0], strict=True):
        np.testing.assert_array_equal(one, other)


def test_frames_without_foreground_pass(tmp_path, pictures, masks):
    masks = masks.copy()
    masks[2:] = 0
    masks[3] = 255
    clip = write_clip(tmp_path / "clip.mkv", pictures)
    mask = write_clip(tmp_path / "mask.mkv", masks, source="gray", form="gray")
    result = harmonize_clip(tmp_path / "out.mkv", composite=clip, mask=mask, method="mkl")
    assert result.frames == COUNT
    before, after = read_planes(clip)[0], read_planes(tmp_path / "out.mkv")[0]
    np.testing.assert_array_equal(before[4], after[4])
    assert (before[3] != after[3]).any()


@pytest.mark.parametrize(
    ("suffix", "encoding", "dtype"), [(".exr", LINEAR_SRGB, np.float16), (".png", SRGB, np.uint16)]
)
def test_image_sequences_go_in_and_out(tmp_path, pictures, masks, suffix, encoding, dtype):
    for at in range(3):
        values = pictures[at] / 255 if dtype == np.float16 else pictures[at].astype(np.uint16) * 257
        write_picture(Picture(values.astype(dtype), encoding), tmp_path / f"shot.{at + 998:04d}{suffix}")
        write_picture(Picture(masks[at][..., None], SRGB), tmp_path / f"mask.{at + 1:02d}.png")
    result = harmonize_clip(
        tmp_path / f"out_####{suffix}",
        composite=tmp_path / f"shot.%04d{suffix}",
        mask=tmp_path / "mask.##.png",
        method="reinhard",
        width=0,
    )
    assert result.frames == 3
    assert sorted(path.name for path in tmp_path.glob(f"out_*{suffix}")) == [
        f"out_{at:04d}{suffix}" for at in (998, 999, 1000)
    ]
    found = read_picture(tmp_path / f"out_0999{suffix}")
    wanted = accord.harmonize(tmp_path / f"shot.0999{suffix}", masks[1], method="reinhard").picture
    assert found.pixels.dtype == dtype
    np.testing.assert_array_equal(found.pixels, wanted.pixels)
    assert not list(tmp_path.glob(".accord*"))


def test_frames_that_the_format_cannot_hold_are_refused_before_the_work(tmp_path, pictures, masks):
    for at in (1, 2):
        write_picture(Picture(pictures[at], SRGB), tmp_path / f"shot.{at:04d}.png")
        write_picture(Picture(masks[at][..., None], SRGB), tmp_path / f"mask.{at:04d}.png")
    with pytest.raises(BadInputError, match=r"out\.0001\.exr: OpenEXR cannot hold uint8") as refused:
        harmonize_clip(tmp_path / "out.%04d.exr", composite=tmp_path / "shot.####.png", mask=tmp_path / "mask.####.png")
    assert ".accord-" not in str(refused.value)
    assert not list(tmp_path.glob("out*"))


def test_patterns_are_read():
    assert str(Pattern.of("a/shot.####.exr").path(7)).endswith("shot.0007.exr")
    assert str(Pattern.of("a/shot.%03d.exr").path(1234)).endswith("shot.1234.exr")
    assert str(Pattern.of("a/shot_%d.exr").path(7)).endswith("shot_7.exr")
    assert Pattern.of("clip.mp4") is None
    with pytest.raises(BadInputError, match="2 fields"):
        Pattern.of("shot.##.##.exr")


def test_a_gap_in_a_sequence_is_named(tmp_path, pictures):
    for at in (1, 2, 5):
        write_picture(Picture(pictures[0], SRGB), tmp_path / f"s.{at:03d}.png")
    with pytest.raises(BadInputError, match=r"2 are missing: 3, 4\."):
        harmonize_clip(tmp_path / "o.###.png", composite=tmp_path / "s.###.png", mask=tmp_path / "s.###.png")


def test_what_does_not_fit_is_refused_and_leaves_nothing(tmp_path, pictures, masks, mask):
    clip = write_clip(tmp_path / "clip.mkv", pictures)
    short = write_clip(tmp_path / "short.mkv", masks[:4], source="gray", form="gray")
    small = write_clip(tmp_path / "small.mkv", masks[:, :40], source="gray", form="gray")
    slow = write_clip(
        tmp_path / "slow.mkv", discs(8), source="gray", form="gray", stamps=[1024 * at for at in range(8)]
    )
    (tmp_path / "text.mp4").write_text("no video")
    out = tmp_path / "out.mkv"
    cases = {
        "has 4 frames, composite .* has": {"composite": clip, "mask": short},
        r"mask .* is 64 x 40, composite .* is 64 x 48": {"composite": clip, "mask": small},
        "their frame rates differ": {"composite": clip, "mask": slow},
        "no video file that can be read": {"composite": tmp_path / "text.mp4", "mask": mask},
        "does not exist": {"composite": tmp_path / "none.mp4", "mask": mask},
        "has no alpha that could serve": {"composite": clip},
        "and not both": {"composite": clip, "background": clip},
        "with one of them alone": {"foreground": clip},
        "has no sound that could be copied": {"composite": clip, "mask": mask, "audio": clip},
        "from 0 .* to 10": {"composite": clip, "mask": mask, "width": 60},
        "strength is 2": {"composite": clip, "mask": mask, "strength": 2},
        "no encoder for nonsense": {"composite": clip, "mask": mask, "coded": Coded("nonsense")},
        "has no yuv444p12le|convert by --pixel-format": {
            "composite": clip,
            "mask": mask,
            "coded": Coded("libsvtav1", "yuv444p12le"),
        },
    }
    for message, given in cases.items():
        with pytest.raises(BadInputError, match=message):
            harmonize_clip(out, method="reinhard", **given)
    with pytest.raises(BadInputError, match="is written as what it came as"):
        harmonize_clip(tmp_path / "o.###.png", composite=clip, mask=mask, method="reinhard")
    assert not list(tmp_path.glob(".accord*"))
    assert not out.exists()


def test_stopping_leaves_nothing_and_no_thread(tmp_path, pictures, masks, mask):
    import threading

    def stop(_):
        raise KeyboardInterrupt

    def others():  # but for those that help with tiles, which stay (accord.core.tiles)
        return sum(not thread.name.startswith("accord_") for thread in threading.enumerate())

    clip = write_clip(tmp_path / "clip.mkv", pictures)
    before = others()
    with pytest.raises(KeyboardInterrupt):
        harmonize_clip(tmp_path / "out.mkv", composite=clip, mask=mask, method="reinhard", on_frame=stop)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mkv", "mask.mkv"]
    assert others() == before


@pytest.mark.parametrize("given", [{}, {"audio": "pcm.mkv"}])
def test_sound_that_a_container_cannot_hold_is_refused_before_the_work(tmp_path, pictures, mask, given):
    clip = write_clip(tmp_path / "clip.mp4", pictures, codec="libx264", form="yuv420p")
    pcm = write_clip(tmp_path / "pcm.mkv", pictures, codec="libx264", form="yuv420p", sound="pcm_s16le")
    chosen = {name: tmp_path / value for name, value in given.items()}
    seen = []
    with pytest.raises(BadInputError, match=r"\.mp4 cannot hold the audio of .* Write \.mov or \.mkv, or leave sound"):
        harmonize_clip(
            tmp_path / "out.mp4",
            composite=clip if given else pcm,
            mask=mask,
            method=DARKER,
            on_frame=seen.append,
            **chosen,
        )
    assert not seen
    harmonize_clip(tmp_path / "out.mov", composite=pcm, mask=mask, method=DARKER)
    assert [each[0] for each in sound_of(tmp_path / "out.mov")] == [each[0] for each in sound_of(pcm)]


def test_what_fails_at_the_very_end_is_an_error_too_and_leaves_nothing(tmp_path, pictures, mask, monkeypatch):
    monkeypatch.setattr("accord.video.writing._needs_layout", lambda *_: False)
    pcm = write_clip(tmp_path / "pcm.mkv", pictures, codec="libx264", form="yuv420p", sound="pcm_s16le")
    with pytest.raises(BadInputError, match="cannot be completed: Invalid argument"):
        harmonize_clip(tmp_path / "out.mp4", composite=pcm, mask=mask, method=DARKER)
    with pytest.raises(ZeroDivisionError):  # and does not hide what has failed before
        harmonize_clip(tmp_path / "out.mp4", composite=pcm, mask=mask, method=DARKER, on_frame=lambda _: 1 / 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mask.mkv", "pcm.mkv"]


@pytest.mark.parametrize(
    ("before", "after", "codec", "wanted"),
    [
        (".mov", ".mp4", {"codec": "prores_ks", "form": "yuv422p10le"}, "h264"),
        (".mkv", ".webm", {"codec": "libx264", "form": "yuv420p"}, "vp9"),
        (".mov", ".mov", {"codec": "prores_ks", "form": "yuv422p10le"}, "prores"),
    ],
)
def test_a_container_that_cannot_hold_the_codec_takes_its_usual_one(
    tmp_path, pictures, mask, before, after, codec, wanted
):
    clip = write_clip(tmp_path / f"clip{before}", pictures, **codec)
    harmonize_clip(tmp_path / f"out{after}", composite=clip, mask=mask, method=DARKER)
    with av.open(str(tmp_path / f"out{after}")) as container:
        assert container.streams.video[0].codec_context.name == wanted
        assert container.streams.video[0].pix_fmt == codec["form"]


@pytest.mark.parametrize(
    ("suffix", "codec", "options"),
    [
        (".mpg", "mpeg1video", {}),
        (".ts", "mpeg2video", {}),
        (".mkv", "mpeg2video", {"bf": "2"}),
        (".mov", "mpeg2video", {"bf": "2"}),
        (".ts", "mpeg4", {}),
    ],
)
def test_mpeg_keeps_its_codec_and_times(tmp_path, pictures, mask, suffix, codec, options):
    stamps = [0, 1, 2, 5, 6, 8] if suffix in (".mkv", ".mov") else list(range(COUNT))
    clip = write_clip(
        tmp_path / f"clip{suffix}", pictures, codec=codec, form="yuv420p", stamps=stamps, clock=Fraction(1, 25)
    )
    out = tmp_path / f"out{suffix}"
    harmonize_clip(out, composite=clip, mask=mask, method=DARKER, coded=Coded(options=options))
    assert read_planes(out)[1] == read_planes(clip)[1]
    with av.open(str(out)) as container:
        assert container.streams.video[0].codec_context.name == codec
        assert len({frame.pict_type for frame in container.decode(video=0)}) == (3 if options else 2)


def test_a_container_that_cannot_note_a_rotation_is_refused(tmp_path, pictures, masks, monkeypatch):
    monkeypatch.setattr("accord.video.container._display_matrix", lambda _: (-65536, 0, 0, 0, -65536, 0, 0, 0, 1 << 30))
    clip = write_clip(tmp_path / "clip.mkv", pictures, codec="mpeg4", form="yuv420p")
    mask = write_clip(tmp_path / "mask.mkv", masks, source="gray", form="gray")
    with pytest.raises(BadInputError, match=r"is rotated, and \.avi cannot note that"):
        harmonize_clip(tmp_path / "out.avi", composite=clip, mask=mask, method=DARKER)
    assert not (tmp_path / "out.avi").exists()


@pytest.mark.parametrize("orientation", [1, 6])
def test_frames_with_exif_are_read_or_refused(tmp_path, pictures, mask, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    with av.open(str(tmp_path / "clip.mov"), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.height, stream.width, stream.pix_fmt = HEIGHT, WIDTH, "yuvj420p"
        container.start_encoding()
        for at, picture in enumerate(pictures):
            file = BytesIO()
            Image.fromarray(picture).save(file, "jpeg", exif=exif)
            packet = av.Packet(file.getvalue())
            packet.pts = packet.dts = at
            packet.time_base, packet.stream = Fraction(1, 25), stream
            container.mux(packet)
    given = {"composite": tmp_path / "clip.mov", "mask": mask, "method": DARKER}
    if orientation == 1:
        assert harmonize_clip(tmp_path / "out.mov", **given).frames == COUNT
    else:
        with pytest.raises(BadInputError, match=r"turned in a way that PyAV cannot tell|64 x 48 .* upright"):
            harmonize_clip(tmp_path / "out.mov", **given)


def test_sound_can_be_left_out_or_taken_from_elsewhere(tmp_path, pictures, mask):
    clip = write_clip(tmp_path / "clip.mp4", pictures, codec="libx264", form="yuv420p")
    other = write_clip(tmp_path / "other.mp4", pictures, codec="libx264", form="yuv420p", sound=True)
    harmonize_clip(tmp_path / "with.mp4", composite=clip, mask=mask, method=DARKER, audio=other)
    harmonize_clip(tmp_path / "without.mp4", composite=other, mask=mask, method=DARKER, audio="none")
    assert [each[0] for each in sound_of(tmp_path / "with.mp4")] == [each[0] for each in sound_of(other)]
    with av.open(str(tmp_path / "without.mp4")) as container:
        assert not container.streams.audio
        assert (container.streams.video[0].width, container.streams.video[0].height) == (WIDTH, HEIGHT)

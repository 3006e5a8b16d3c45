import math

import numpy as np
import pytest
from click.testing import CliRunner

import accord
from accord.cli.compose import command
from accord.core.encoding import LINEAR_SRGB, SRGB
from accord.core.picture import Picture
from accord.core.place import Place
from accord.io import read_picture, write_picture
from accord.transforms.affine import Affine


@pytest.fixture
def cutout(disc, smooth):
    """RGBA, 60 rows by 80, a disc around (30, 40) of radius 20 with a 3 pixel edge."""
    cover = np.rint(disc(60, 80, 30, 40, 20, 3) * 255).astype(np.uint8)
    return np.dstack([smooth(60, 80), cover])


ROOM = np.full((100, 120, 3), 30, np.uint8)


def _centre(mask):
    rows, columns = np.mgrid[: mask.shape[0], : mask.shape[1]] + 0.5
    return (columns * mask).sum() / mask.sum(), (rows * mask).sum() / mask.sum()


# One stop down and warm, in the working space.
DARKER = Affine.gain_offset((0.79, 0.73, 0.62))


def test_an_opaque_foreground_comes_through_unchanged_in_every_depth(smooth):
    for dtype in (np.uint8, np.uint16):
        front = smooth(21, 31).astype(dtype) * (np.iinfo(dtype).max // 255)
        room = np.zeros((50, 60, 3), dtype)
        picture = accord.compose(room, front, mask=np.ones((21, 31)), at=(20, 30), unit="pixels").picture()
        np.testing.assert_array_equal(picture.pixels[20:41, 4:35], front)
        assert np.count_nonzero(picture.pixels.any(axis=2)) == 21 * 31


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 33, -100])
@pytest.mark.parametrize("scale", [None, 0.3, 1.1])
def test_the_foreground_lands_where_it_was_put(cutout, rotation, scale, flip):
    room = np.full((300, 400, 3), 30, np.uint8)
    mask = accord.compose(room, cutout, at=(0.4, 0.55), scale=scale, rotation=rotation, flip=flip).mask
    assert _centre(mask) == pytest.approx((160, 165), abs=0.6)
    size = 1 if scale is None else scale * 400 / 80
    assert mask.sum() == pytest.approx(math.pi * 20**2 * size**2, rel=0.02)
    assert mask.max() == 1


def test_turns_go_counter_clockwise_and_flips_come_first():
    arrow = np.zeros((21, 21, 4), np.uint8)
    arrow[8:13, 14:] = 255  # points right
    room = np.zeros((41, 41, 3), np.uint8)
    across, down = _centre(accord.compose(room, arrow, rotation=90).mask)
    assert (across, down < 16) == (pytest.approx(20.5, abs=0.51), True)
    assert _centre(accord.compose(room, arrow, rotation=60).mask)[1] < 17
    assert _centre(accord.compose(room, arrow, flip=True).mask)[0] < 16
    assert _centre(accord.compose(room, arrow, flip=True, rotation=90).mask)[1] > 25


@pytest.mark.parametrize("settings", [{"scale": 0.2}, {"scale": 2.5}, {"scale": 0.4, "rotation": 20}, {"rotation": 45}])
def test_resampling_brings_no_fringe(cutout, settings, colour_difference):
    """A foreground of one colour keeps it, at every coverage, whatever lay under its transparent part."""
    cutout[..., :3] = (200, 120, 60)
    cutout[cutout[..., 3] == 0] = 0
    scene = accord.compose(ROOM, cutout, **settings)
    np.testing.assert_allclose(
        scene.foreground.colour[scene.foreground.coverage > 0] * 255,
        [[200, 120, 60]] * int((scene.foreground.coverage > 0).sum()),
        atol=0.1,
    )


def test_partly_outside_is_cut_and_wholly_outside_refused(cutout):
    scene = accord.compose(ROOM, cutout, at=(0, 0.5))
    assert 0 < scene.mask.sum() < math.pi * 400 * 0.55
    for settings in (
        {"at": (3.0, 0.5)},
        {"at": (-60, 50), "unit": "pixels"},
        {"at": (-60, 50), "unit": "pixels", "rotation": 20},
    ):
        with pytest.raises(accord.BadInputError, match="background"):
            accord.compose(ROOM, cutout, **settings)


def test_feather_stops_at_the_frame(cutout):
    """The cut by the frame is no edge of the foreground, so nothing fades there."""
    mask = accord.compose(ROOM, cutout, at=(0.0, 0.5), feather=6).mask
    assert mask[50, 0] == pytest.approx(1, abs=1e-4)
    assert mask.sum() < accord.compose(ROOM, cutout, at=(0.0, 0.5)).mask.sum()


def test_opacity_scales_coverage(cutout):
    half = accord.compose(ROOM, cutout, opacity=0.5).mask
    np.testing.assert_allclose(half, accord.compose(ROOM, cutout).mask / 2)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"opacity": 0}, "opacity"),
        ({"opacity": 1.5}, "opacity"),
        ({"feather": -1}, "feather"),
        ({"feather": math.nan}, "feather"),
        ({"feather": 1e9}, "feather"),
        ({"blend": "gamma"}, "blend"),
        ({"edges": "clean"}, "edges"),
        ({"mask_model": "u2net.onnx"}, "auto"),
        ({"mask": np.ones((3, 3))}, "mask"),
        ({"mask": np.zeros((60, 80))}, "0 everywhere"),
        ({"scale": 0.02, "feather": 50}, "nothing of the foreground"),
    ],
)
def test_settings_that_cannot_be_are_named(cutout, settings, word):
    with pytest.raises(accord.BadInputError, match=word):
        accord.compose(ROOM, cutout, **settings)


def test_without_alpha_or_mask_the_error_shows_a_way(smooth):
    with pytest.raises(accord.BadInputError, match='mask="auto"'):
        accord.compose(ROOM, smooth(20, 20))


def test_an_srgb_foreground_on_a_linear_background(cutout):
    room = np.full((100, 120, 3), 12.0, np.float32)
    picture = accord.compose(room, cutout).picture()
    assert (picture.pixels.dtype, picture.encoding) == (np.float32, LINEAR_SRGB)
    np.testing.assert_allclose(picture.pixels[50, 60], SRGB.to_light(cutout[30, 40, :3] / np.float32(255)), rtol=1e-4)
    np.testing.assert_array_equal(picture.pixels[0], room[0])


def test_a_premultiplied_foreground_keeps_its_light():
    """A linear render over a linear plate is the plain sum, above white included."""
    alpha = np.random.default_rng(1).random((30, 40)).astype(np.float32)
    light = np.random.default_rng(2).random((30, 40, 3)).astype(np.float32) * 5
    render = Picture(light * alpha[..., None], LINEAR_SRGB, alpha, premultiplied=True)
    plate = np.full((30, 40, 3), 2.0, np.float32)
    expected = light * alpha[..., None] + (1 - alpha[..., None]) * 2
    np.testing.assert_allclose(accord.compose(plate, render).picture().pixels, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("settings", [{}, {"scale": 0.8, "rotation": 30}, {"feather": 5}])
def test_harmonizing_a_scene_shows_no_ring_where_a_flat_composite_does(cutout, settings, colour_difference):
    """The truth is the cut-out recoloured before it is composed, on near black.

    In 16 bit: truth and result are rounded apart, and one code of 8 bit is up to 1.4 CIEDE2000 by itself.
    """
    room, front = ROOM.astype(np.uint16) * 257, cutout.astype(np.uint16) * 257
    scene = accord.compose(room, front, **settings)
    recoloured = front.copy()
    own = np.float32(front[..., :3] / 65535)
    recoloured[..., :3] = np.rint(DARKER.transform(own, Place.whole(60, 80)) * 65535)
    truth = accord.compose(room, recoloured, **settings).picture().pixels / 65535
    edge = (scene.mask > 0) & (scene.mask < 1)

    layered = accord.harmonize(scene, method=DARKER).image / 65535
    assert colour_difference(layered, truth)[edge].max() < 0.1

    flat = accord.harmonize(scene.picture(), scene.mask, method=DARKER).image / 65535
    assert colour_difference(flat, truth)[edge].max() > 5


@pytest.fixture
def files(tmp_path, cutout):
    from accord.io import as_picture

    write_picture(as_picture(ROOM), tmp_path / "room.png")
    write_picture(as_picture(cutout), tmp_path / "cutout.png")
    return tmp_path


def _run(files, *arguments):
    return CliRunner().invoke(
        command, [str(files / "room.png"), str(files / "cutout.png"), "-o", str(files / "out.png"), *arguments]
    )


def test_the_command_does_what_the_function_does(files, cutout):
    done = _run(
        files,
        "--at",
        "50px,40px",
        "--scale",
        "0.5",
        "--rotation",
        "15",
        "--flip",
        "--mask-out",
        str(files / "mask.png"),
    )
    assert done.exit_code == 0, done.output
    scene = accord.compose(ROOM, cutout, at=(50, 40), unit="pixels", scale=0.5, rotation=15, flip=True)
    np.testing.assert_array_equal(read_picture(files / "out.png").pixels, scene.picture().pixels)
    np.testing.assert_allclose(read_picture(files / "mask.png").pixels[..., 0] / 255, scene.mask, atol=0.5 / 255 + 1e-6)


def test_the_command_harmonizes_layers(files, cutout):
    room = np.random.default_rng(0).integers(20, 90, ROOM.shape).astype(np.uint8)
    from accord.io import as_picture

    write_picture(as_picture(room), files / "room.png")
    done = _run(files, "--harmonize", "--method", "mkl", "--strength", "0.5")
    assert done.exit_code == 0, done.output
    expected = accord.harmonize(accord.compose(room, cutout), method="mkl", strength=0.5).image
    np.testing.assert_array_equal(read_picture(files / "out.png").pixels, expected)


@pytest.mark.parametrize("which", ["room", "cutout"])
def test_the_way_out_of_a_profile_that_cannot_be_read_is_one(files, which):
    from PIL import Image

    path = files / f"{which}.png"
    assert _run(files).exit_code == 0
    expected = (files / "out.png").read_bytes()
    with Image.open(path) as image:
        image.save(path, icc_profile=b"no profile")
    option = {"room": "--encoding", "cutout": "--foreground-encoding"}[which]
    done = _run(files)
    assert f"({option} srgb)" in str(done.exception)
    assert _run(files, option, "srgb").exit_code == 0
    np.testing.assert_array_equal(read_picture(files / "out.png", encoding=SRGB).pixels, _decoded(expected))
    scene = accord.compose(files / "room.png", files / "cutout.png", **{option[2:].replace("-", "_"): "srgb"})
    np.testing.assert_array_equal(scene.picture().pixels, _decoded(expected))


def _decoded(data):
    from io import BytesIO

    from PIL import Image

    return np.asarray(Image.open(BytesIO(data)))


def test_encodings_say_what_values_mean(cutout):
    light = SRGB.to_light(cutout[..., :3].astype(np.float32) / 255)
    linear = np.concatenate([light, cutout[..., 3:].astype(np.float32) / 255], axis=2)
    room = ROOM.astype(np.float32) / 255
    scene = accord.compose(room, linear, encoding="srgb")
    assert scene.background.encoding is SRGB
    display = np.concatenate([cutout[..., :3].astype(np.float32) / 255, linear[..., 3:]], axis=2)
    same = accord.compose(room, display, encoding="srgb", foreground_encoding="srgb")
    np.testing.assert_allclose(scene.picture().pixels, same.picture().pixels, atol=1e-5)
    with pytest.raises(accord.BadInputError, match="encoding is 'p3'"):
        accord.compose(room, linear, foreground_encoding="p3")


def test_the_command_finds_out_before_it_writes_what_cannot_be(files):
    done = _run(files, "--mask-out", str(files / "mask.png"), "--quality", "90")
    assert "Leave quality out" in str(done.exception)
    write_picture(read_picture(files / "cutout.png"), files / "room.png")
    target = ["-o", str(files / "out.jpg"), "--mask-out", str(files / "mask.png")]
    done = CliRunner().invoke(command, [str(files / "room.png"), str(files / "cutout.png"), *target])
    assert "JPEG cannot hold alpha" in str(done.exception)
    assert sorted(path.name for path in files.iterdir()) == ["cutout.png", "room.png"]


@pytest.mark.parametrize("at", ["0.5", "1,2,3", "a,b", "10px,0.5"])
def test_the_command_refuses_positions_it_cannot_read(files, at):
    done = _run(files, "--at", at)
    assert isinstance(done.exception, accord.BadInputError)
    assert not (files / "out.png").exists()


def test_the_command_wants_to_be_told_to_harmonize(files):
    assert "--harmonize" in _run(files, "--method", "mkl").output


def test_the_command_keeps_mask_and_composite_apart(files):
    done = _run(files, "--mask-out", str(files / "out.png"))
    assert done.exit_code == 1
    assert "written twice" in str(done.exception)
    assert not (files / "out.png").exists()

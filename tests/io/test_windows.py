"""OpenEXR's data and display windows: what lies where."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest
from click.testing import CliRunner
from PIL import Image

import accord
from accord.cli.compose import command
from accord.core.errors import BadInputError
from accord.io import as_mask, as_picture, read_picture, write_picture
from accord.io.windows import display_window
from accord.pipeline import filing
from accord.transforms import Affine
from accord.video.clip import Frame
from accord.video.shots import Material, recoloured

HEIGHT, WIDTH = 24, 32
WARM = Affine.gain_offset([1.2, 1.0, 0.8])


def write(path, pixels, top=0, left=0, frame=(HEIGHT, WIDTH)):
    """Write an EXR whose pixels begin at a row and column of its frame."""
    pixels = np.ascontiguousarray(pixels, np.float32)
    spec = oiio.ImageSpec(*pixels.shape[1::-1], pixels.shape[2], "float")
    spec.channelnames = ("R", "G", "B", "A")[: pixels.shape[2]] if pixels.shape[2] > 1 else ("Y",)
    spec.x, spec.y, spec.full_width, spec.full_height = left, top, frame[1], frame[0]
    writer = oiio.ImageOutput.create(str(path))
    assert writer.open(str(path), spec)
    assert writer.write_image(pixels)
    writer.close()
    return path


def windows_of(path):
    """Give x, y, width and height of the data and the display windows of all parts."""
    reader, found = oiio.ImageInput.open(str(path)), set()
    index = 0
    while reader.seek_subimage(index, 0):
        spec = reader.spec()
        data = spec.x, spec.y, spec.width, spec.height
        found.add((data, (spec.full_x, spec.full_y, spec.full_width, spec.full_height)))
        index += 1
    reader.close()
    return found


@pytest.fixture
def matte(rng):
    cover = np.zeros((HEIGHT, WIDTH), np.float32)
    cover[5:15, 8:20] = rng.uniform(0.1, 1, (10, 12))
    return cover


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.fixture
def plate(rng):
    return rng.uniform(0.1, 2, (HEIGHT, WIDTH, 3)).astype(np.float32)


@pytest.fixture
def render(matte, rng):
    """A premultiplied frame, empty but for the matte."""
    return np.dstack([rng.uniform(0.1, 2, (HEIGHT, WIDTH, 3)) * matte[..., None], matte]).astype(np.float32)


def padded(pixels, margin):
    return np.pad(pixels, ((margin, margin), (margin, margin), (0, 0)), mode="edge")


def test_a_cropped_matte_lies_where_its_window_says(tmp_path, plate, matte):
    crop = write(tmp_path / "crop.exr", matte[5:15, 8:20, None], 5, 8)
    whole = write(tmp_path / "whole.exr", matte[..., None])
    composite = write(tmp_path / "plate.exr", plate)
    np.testing.assert_array_equal(as_mask(crop, HEIGHT, WIDTH), matte)
    outputs = []
    for mask in (whole, crop):
        result = accord.harmonize(composite, mask, method="mkl")
        np.testing.assert_array_equal(result.mask, matte)
        filing.harmonize_file(composite, mask, tmp_path / "out.exr", method="mkl")
        outputs += [result.image, read_picture(tmp_path / "out.exr").pixels]
    for output in outputs[1:]:
        np.testing.assert_array_equal(output, outputs[0])


def test_a_matte_of_the_plates_size_elsewhere_in_its_frame_is_moved(tmp_path, plate, matte):
    shifted = write(tmp_path / "shifted.exr", np.roll(matte, -3, axis=1)[..., None], 0, 3)
    assert as_mask(shifted, HEIGHT, WIDTH)[5:15, 8:20].tolist() == matte[5:15, 8:20].tolist()
    np.testing.assert_array_equal(accord.harmonize(plate, shifted, method=WARM).mask, matte)


@pytest.mark.parametrize("margin", [0, 2, 4])
def test_a_plate_with_overscan_takes_mattes_with_more_and_with_less(tmp_path, plate, matte, margin):
    wide = write(tmp_path / "plate.exr", padded(plate, 3), -3, -3)
    cover = write(tmp_path / "matte.exr", np.pad(matte, margin, constant_values=0.5)[..., None], -margin, -margin)
    mask = accord.harmonize(wide, cover, method=WARM).mask
    np.testing.assert_array_equal(mask[3:-3, 3:-3], matte)
    np.testing.assert_array_equal(mask[0], np.zeros_like(mask[0]) if margin < 4 else np.full_like(mask[0], 0.5))


def test_a_reference_lies_where_its_window_says(tmp_path, plate, matte):
    left = np.zeros((HEIGHT, WIDTH, 1), np.float32)
    left[:, :7] = 1
    results = [
        accord.harmonize(plate, matte, method="mkl", reference=reference).image
        for reference in (left[..., 0], write(tmp_path / "left.exr", left[:, :7]))
    ]
    np.testing.assert_array_equal(*results)


def test_a_cropped_renders_alpha_is_its_coverage_though_full_within_its_window(tmp_path):
    opaque = np.full((10, 12, 4), (0.5, 0.1, 0.1, 1), np.float32)
    mask = as_mask(write(tmp_path / "render.exr", opaque, 5, 8), HEIGHT, WIDTH)
    assert mask.sum() == mask[5:15, 8:20].sum() == 120


@pytest.mark.parametrize("margin", [0, -3, 3])
def test_an_alpha_that_is_full_all_over_plate_and_frame_says_nothing(tmp_path, matte, margin):
    """Plate and matte may both be cropped to a letterbox, or the plate have overscan and the matte none."""
    rows = slice(max(0, -margin), HEIGHT - max(0, -margin))
    opaque = np.dstack([matte, matte, matte, np.ones_like(matte)])[rows]
    source = write(tmp_path / "matte.exr", opaque, rows.start)
    plate = read_picture(write(tmp_path / "plate.exr", np.ones((HEIGHT + 2 * margin, WIDTH, 3)), -margin))
    mask = as_mask(source, plate.height, plate.width, display_window(plate))
    np.testing.assert_array_equal(mask, np.pad(matte, ((margin, margin), (0, 0))) if margin > 0 else matte[rows])


def test_frames_of_other_sizes_need_pixels_of_one_size(tmp_path, matte):
    larger = (2 * HEIGHT, 2 * WIDTH)
    same = write(tmp_path / "same.exr", matte[..., None], 1, 1, larger)
    np.testing.assert_array_equal(as_mask(same, HEIGHT, WIDTH), matte)
    crop = write(tmp_path / "crop.exr", matte[5:15, 8:20, None], 5, 8, larger)
    with pytest.raises(BadInputError, match=r"\(10, 12\).*display windows are \(48, 64\) and \(24, 32\)"):
        as_mask(crop, HEIGHT, WIDTH)


SETTINGS = [
    {},
    {"at": (0.3, 0.6), "scale": 0.55},
    {"at": (10, 9), "unit": "pixels", "flip": True, "rotation": 90},
    {"rotation": 270, "scale": 0.8},
    {"rotation": 25, "scale": 0.7, "feather": 2},
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_cropped_render_lands_like_the_whole_frame(tmp_path, plate, render, settings):
    ground = write(tmp_path / "plate.exr", plate)
    whole, crop = (
        accord.compose(ground, path, **settings)
        for path in (
            write(tmp_path / "whole.exr", render),
            write(tmp_path / "crop.exr", render[5:15, 8:20], 5, 8),
        )
    )
    np.testing.assert_array_equal(crop.mask, whole.mask)
    np.testing.assert_array_equal(crop.picture().pixels, whole.picture().pixels)
    if not settings:
        np.testing.assert_array_equal(crop.mask, render[..., 3])


@pytest.mark.parametrize("settings", SETTINGS)
def test_at_and_scale_refer_to_the_plates_display_window(tmp_path, plate, render, settings):
    front = write(tmp_path / "render.exr", render)
    plain = accord.compose(write(tmp_path / "plain.exr", plate), front, **settings)
    wide = accord.compose(write(tmp_path / "wide.exr", padded(plate, 3)[1:], -2, -3), front, **settings)
    rows, columns = slice(2, 2 + HEIGHT), slice(3, 3 + WIDTH)
    np.testing.assert_allclose(wide.mask[rows, columns], plain.mask, atol=1e-6)
    np.testing.assert_allclose(wide.picture().pixels[rows, columns], plain.picture().pixels, rtol=1e-5, atol=1e-6)


def test_overscan_of_both_lies_over_one_another(tmp_path, plate, rng):
    alpha = rng.uniform(0.1, 1, (HEIGHT + 6, WIDTH + 3, 1)).astype(np.float32)
    front = write(tmp_path / "render.exr", np.concatenate([alpha, alpha, alpha, alpha], axis=2), -5, -3)
    ground = write(tmp_path / "plate.exr", padded(plate, 3)[:-2], -3, -3)
    mask = accord.compose(ground, front).mask
    np.testing.assert_array_equal(mask[:, : WIDTH + 3], alpha[2:, :, 0])
    assert mask[:, WIDTH + 3 :].max() == 0


def test_the_foregrounds_mask_has_its_windows(tmp_path, plate, render, matte):
    """A photo (three channels) that was cropped, with a matte for it that was cropped otherwise."""
    photo = write(tmp_path / "photo.exr", render[2:18, 4:24, :3], 2, 4)
    cover = write(tmp_path / "matte.exr", matte[5:15, 8:20, None], 5, 8)
    np.testing.assert_array_equal(accord.compose(plate, photo, mask=cover).mask, matte)


def test_layers_and_masks_have_the_plates_windows(tmp_path, plate, matte, render):
    wide = write(tmp_path / "plate.exr", padded(plate, 3), -3, -3)
    expected = {((-3, -3, WIDTH + 6, HEIGHT + 6), (0, 0, WIDTH, HEIGHT))}
    result = accord.harmonize(wide, np.pad(matte, 3), method=WARM)
    result.save_layers(tmp_path / "layers.exr")
    assert windows_of(tmp_path / "layers.exr") == expected
    reader = oiio.ImageInput.open(str(tmp_path / "layers.exr"))
    np.testing.assert_array_equal(reader.read_image(2, 0, 0, 1, "float")[..., 0], np.pad(matte, 3))
    reader.close()
    front = write(tmp_path / "render.exr", render)
    outputs = ["-o", str(tmp_path / "out.exr"), "--mask-out", str(tmp_path / "mask.exr")]
    done = CliRunner().invoke(command, [str(wide), str(front), *outputs])
    assert done.exit_code == 0, done.output
    assert windows_of(tmp_path / "out.exr") == windows_of(tmp_path / "mask.exr") == expected
    np.testing.assert_array_equal(as_mask(tmp_path / "mask.exr", HEIGHT, WIDTH), matte)


def test_a_frame_of_any_declared_size_takes_no_memory(tmp_path, plate, render):
    vast = 2**20, 2**20  # OpenImageIO takes no larger ones
    front = write(tmp_path / "render.exr", render[5:15, 8:20], 5, 8, vast)
    scene = accord.compose(plate, front, at=(2**19, 2**19), unit="pixels")
    np.testing.assert_array_equal(scene.mask, render[..., 3])
    with pytest.raises(BadInputError, match="display windows are"):
        as_mask(front, HEIGHT, WIDTH)
    ground = write(tmp_path / "plate.exr", plate, 0, 0, vast)
    cover = write(tmp_path / "matte.exr", render[5:15, 8:20, 3:], 5, 8, vast)
    np.testing.assert_array_equal(accord.harmonize(ground, cover, method=WARM).mask, render[..., 3])
    far = write(tmp_path / "far.exr", render, 0, 2**28)
    with pytest.raises(BadInputError, match="at most 16777216 a side"):
        accord.compose(plate, far)


def test_a_clips_frames_lie_pixel_on_pixel_as_their_mask_does(tmp_path, plate, render, matte):
    ground, over = (
        Frame(0, Fraction(0), read_picture(path))
        for path in (
            write(tmp_path / "plate.exr", plate, -1, -1, (HEIGHT, WIDTH)),
            write(tmp_path / "render.exr", render, 0, 3, (HEIGHT, WIDTH)),
        )
    )
    done = recoloured(Material(ground, matte, over, cut_out=True), None).content.pixels
    assert ((done != plate).any(axis=2) == (matte > 0)).all()


@pytest.mark.parametrize("depth", ["half", "float"])
def test_an_alpha_beyond_full_coverage_is_full(tmp_path, plate, matte, depth):
    cover = matte.astype({"half": np.float16, "float": np.float32}[depth])
    alpha = cover.copy()
    alpha[6, 9], alpha[7, 9] = 1.5, -0.5
    source = tmp_path / "added.exr"
    dtype = cover.dtype
    write_picture(as_picture(np.dstack([plate.astype(dtype), alpha])), source)
    result = accord.harmonize(source, method=WARM)
    assert (result.mask.min(), result.mask.max(), result.mask[6, 9], result.mask[7, 9]) == (0, 1, 1, 0)
    np.testing.assert_array_equal(result.picture.alpha, alpha)
    filing.harmonize_file(source, None, tmp_path / "out.exr", method=WARM)
    np.testing.assert_array_equal(read_picture(tmp_path / "out.exr").pixels, result.picture.pixels)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_tiff_that_says_only_its_orientation_is_upright_when_it_is_large(tmp_path, rng, orientation):
    source = tmp_path / "turned.tif"
    Image.fromarray(rng.integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)).save(source, tiffinfo={274: orientation})
    whole, large = read_picture(source), read_picture(source, stream_above=0)
    np.testing.assert_array_equal(np.asarray(large.pixels), whole.pixels)

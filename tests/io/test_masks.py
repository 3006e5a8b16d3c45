import numpy as np
import pytest
from PIL import Image

from accord.core.errors import BadInputError
from accord.io import as_mask, as_picture, check_mask_splits, mask_of, write_picture

SOFT = np.linspace(0, 1, 12 * 18).reshape(12, 18)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "float16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(12, 18), (12, 18, 1), (12, 18, 3)])
def test_arrays_of_any_depth(dtype, shape):
    values = np.broadcast_to(SOFT.reshape(12, 18, *([1] * (len(shape) - 2))), shape)
    scale = {"uint8": 255, "uint16": 65535}.get(dtype, 1)
    mask = as_mask((values > 0.5) if dtype == "bool" else np.round(values * scale, 6).astype(dtype), 12, 18)
    assert mask.dtype == np.float32
    assert mask.shape == (12, 18)
    np.testing.assert_allclose(mask, SOFT > 0.5 if dtype == "bool" else SOFT, atol=1 / 255)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jxl", ".exr"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_files_of_any_depth(tmp_path, suffix, dtype):
    if (suffix == ".exr") != (dtype == "float32"):
        pytest.skip("each depth in one of the formats that hold it")
    scale = {"uint8": 255, "uint16": 65535}.get(dtype, 1)
    write_picture(as_picture((SOFT * scale).astype(dtype)), tmp_path / f"mask{suffix}")
    np.testing.assert_allclose(as_mask(tmp_path / f"mask{suffix}", 12, 18), SOFT, atol=1 / 255)


def test_half_coverage_is_half_and_the_brightest_value_is_not_full():
    mask = as_mask(np.full((2, 2), 51, np.uint8), 2, 2)
    np.testing.assert_allclose(mask, 0.2)


def test_the_alpha_of_a_cut_out_is_its_coverage():
    cut_out = np.zeros((12, 18, 4), np.uint8)
    cut_out[..., 3] = SOFT * 255
    np.testing.assert_allclose(as_mask(cut_out, 12, 18), SOFT, atol=1 / 255)
    np.testing.assert_allclose(mask_of(as_picture(cut_out)), SOFT, atol=1 / 255)
    assert mask_of(as_picture(cut_out[..., :3])) is None


def test_a_full_alpha_says_nothing():
    saved_as_rgba = np.full((12, 18, 4), 255, np.uint8)
    saved_as_rgba[..., :3] = (SOFT * 255).astype(np.uint8)[..., None]
    np.testing.assert_allclose(as_mask(saved_as_rgba, 12, 18), SOFT, atol=1 / 255)


def test_a_coloured_mask_is_its_luma():
    red = np.zeros((1, 1, 3), np.uint8)
    red[..., 0] = 255
    np.testing.assert_allclose(as_mask(red, 1, 1), 0.2126, rtol=1e-5)


def test_one_bit_pillow_and_png_masks(tmp_path):
    image = Image.fromarray(SOFT > 0.5)
    image.save(tmp_path / "mask.png")
    for source in (image, tmp_path / "mask.png", str(tmp_path / "mask.png")):
        np.testing.assert_array_equal(as_mask(source, 12, 18), SOFT > 0.5)


def test_a_masks_orientation_is_honoured(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray((SOFT * 255).astype(np.uint8)).save(tmp_path / "mask.png", exif=exif)
    np.testing.assert_allclose(as_mask(tmp_path / "mask.png", 18, 12), np.rot90(SOFT, -1), atol=1 / 255)


def test_a_masks_profile_does_not_matter(tmp_path, profiles):
    broken = profiles["falling"]
    Image.fromarray((SOFT * 255).astype(np.uint8)).convert("RGB").save(tmp_path / "mask.png", icc_profile=broken)
    np.testing.assert_allclose(as_mask(tmp_path / "mask.png", 12, 18), SOFT, atol=1 / 255)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.zeros((18, 12)), r"mask is \(18, 12\), picture is \(12, 18\) \(height, width\): it looks transposed"),
        (np.zeros((12, 17)), "resize one of them"),
        (np.full((12, 18), np.nan), "NaN"),
        (np.full((12, 18), 255.0), "from 255 to 255"),
        (np.full((12, 18), -0.5), "from -0.5"),
        (np.zeros((12, 18), np.int32), "int32 came"),
        (np.zeros((12, 18, 7)), r"shape \(12, 18, 7\)"),
        ("no such mask.png", "mask no such mask.png does not exist"),
        (None, "NoneType came"),
    ],
)
def test_useless_masks_are_errors(mask, message):
    with pytest.raises(BadInputError, match=message):
        as_mask(mask, 12, 18)


def test_float_noise_around_the_limits_is_cut():
    mask = as_mask(np.array([[-1e-6, 1 + 1e-6]]), 1, 2)
    assert mask.min() == 0
    assert mask.max() == 1


def test_a_mask_must_leave_foreground_and_background():
    with pytest.raises(BadInputError, match="0 everywhere"):
        check_mask_splits(np.zeros((2, 2), np.float32))
    with pytest.raises(BadInputError, match="above 0 everywhere"):
        check_mask_splits(np.full((2, 2), 0.1, np.float32))
    check_mask_splits(np.eye(2, dtype=np.float32))


@pytest.mark.parametrize(("dtype", "full"), [("uint8", 1), ("uint16", 1), ("uint16", 255)])
def test_labels_are_no_coverage(tmp_path, dtype, full):
    labels = np.zeros((4, 5), dtype)
    labels[1:3] = full
    Image.fromarray(labels).save(tmp_path / "labels.png")
    for source in (labels, tmp_path / "labels.png"):
        with pytest.raises(BadInputError, match=rf"nowhere above {full}, .+ as booleans"):
            as_mask(source, 4, 5)
    np.testing.assert_array_equal(as_mask(labels > 0, 4, 5), labels > 0)
    labels[0, 0] = np.iinfo(dtype).max // 100  # thin all over, but coverage
    assert 0 < as_mask(labels, 4, 5).max() < 0.01


def test_other_integers_have_a_way_out():
    with pytest.raises(BadInputError, match=r"mask array of int64 came.+ as booleans"):
        as_mask(np.ones((4, 5), np.int64), 4, 5)

"""Promise 1: the background comes back bit for bit; size, channels, depth, profile, alpha and metadata are kept."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import accord

SHAPES = [(), (1,), (2,), (3,), (4,)]


@st.composite
def composites(draw):
    """An array of any kind that is taken, and a mask with both foreground and background."""
    height, width = draw(st.integers(1, 9)), draw(st.integers(2, 9))
    shape = (height, width, *draw(st.sampled_from(SHAPES)))
    dtype = np.dtype(draw(st.sampled_from(["uint8", "uint16", "float16", "float32"])))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    if dtype.kind == "u":
        levels = draw(st.sampled_from([2, 7, np.iinfo(dtype).max + 1]))
        picture = (rng.integers(0, levels, shape) * (np.iinfo(dtype).max // (levels - 1))).astype(dtype)
    else:
        picture = (rng.normal(0.3, 0.6, shape) * draw(st.sampled_from([0.01, 1, 8]))).astype(dtype)
        if len(shape) == 3 and shape[2] in (2, 4):
            picture[..., -1] = np.clip(picture[..., -1], 0, 1)
    if len(shape) == 3 and shape[2] in (2, 4):  # some of the foreground and some of the background can be seen
        picture[0, 0, -1] = picture[-1, -1, -1] = 1 if dtype.kind == "f" else np.iinfo(dtype).max
    mask = rng.choice([0, 0, 0.3, 1], (height, width))
    mask.flat[0], mask.flat[-1] = 0, 1
    kind = draw(st.sampled_from(["bool", "uint8", "uint16", "float32", "float64"]))
    if kind == "bool":
        return picture, mask == 1
    if kind.startswith("u"):
        return picture, np.rint(mask * np.iinfo(kind).max).astype(kind)
    return picture, mask.astype(kind)


@given(composites())
def test_arrays(method, case):
    picture, mask = case
    image = accord.harmonize(picture, mask, method=method).image
    assert (image.shape, image.dtype) == (picture.shape, picture.dtype)
    np.testing.assert_array_equal(image[mask == 0], picture[mask == 0])
    assert np.isfinite(image).all()
    if picture.ndim == 3 and picture.shape[2] in (2, 4):
        np.testing.assert_array_equal(image[..., -1], picture[..., -1])


@pytest.mark.parametrize("shape", [(1, 65535), (65535, 1), (2, 3), (1, 2)])
def test_odd_sizes(method, shape):
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    mask = np.zeros(shape, np.uint8)
    mask.flat[mask.size // 2] = 255
    image = accord.harmonize(picture, mask, method=method).image
    np.testing.assert_array_equal(image[mask == 0], picture[mask == 0])


def test_one_pixel_is_no_composite(method):
    for value in (0, 255):
        with pytest.raises(accord.BadInputError):
            accord.harmonize(np.full((1, 1, 3), 9, np.uint8), np.full((1, 1), value, np.uint8), method=method)


@pytest.fixture
def halves(light):
    scene, mask = light
    return scene, np.rint(np.where(mask > 0.5, mask, 0) * 65535).astype(np.uint16)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P"])
@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_files_of_8_bit(tmp_path, halves, make_profile, mode, suffix):
    scene, mask = halves
    if suffix == ".webp" and mode not in ("RGB", "RGBA"):
        pytest.skip("WebP holds RGB and RGBA only")
    source = Image.fromarray(np.rint(scene**0.45 * 255).astype(np.uint8)).convert(mode)
    if mode in ("LA", "RGBA"):
        source.putalpha(Image.fromarray(np.full(mask.shape, 200, np.uint8)))
    colour = {} if mode in ("L", "LA") else {"icc_profile": make_profile("p3")}
    source.save(
        tmp_path / f"in{suffix}",
        dpi=(300, 300),
        **({"lossless": True, "exact": True} if suffix == ".webp" else {}),
        **colour,
    )
    accord.harmonize(tmp_path / f"in{suffix}", mask, method="mkl").save(tmp_path / f"out{suffix}")
    result = Image.open(tmp_path / f"out{suffix}")
    wanted = source.convert("RGB") if mode == "P" else source
    assert (result.mode, result.size) == (wanted.mode, wanted.size)
    assert result.info.get("icc_profile") == colour.get("icc_profile")
    if suffix != ".webp":
        assert [float(dots) for dots in result.info["dpi"]] == pytest.approx([300, 300], abs=0.01)
    outside = mask == 0
    # Pillow stores a TIFF's palette in steps of 256, where TIFF's 16-bit white asks for 257: that reads one code lower.
    apart = np.abs(np.asarray(result)[outside].astype(int) - np.asarray(wanted)[outside])
    assert apart.max() == 0 or (apart.max() == 1 and (mode, suffix) == ("P", ".tif"))
    assert (np.asarray(result) != np.asarray(wanted)).any()


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_deep_tiff(tmp_path, halves, dtype):
    scene, mask = halves
    source = (scene * 65535).astype(np.uint16) if dtype == "uint16" else scene * 3
    tifffile.imwrite(tmp_path / "in.tif", source, photometric="rgb")
    accord.harmonize(tmp_path / "in.tif", mask, method="mkl").save(tmp_path / "out.tif")
    result = tifffile.imread(tmp_path / "out.tif")
    assert result.dtype == source.dtype
    np.testing.assert_array_equal(result[mask == 0], source[mask == 0])
    assert (result != source).any()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_and_the_file_says_so(tmp_path, halves, orientation):
    scene, mask = halves
    upright = Image.fromarray(np.rint(scene**0.45 * 255).astype(np.uint8))
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's transpositions that undo each orientation
    stored = upright if orientation == 1 else upright.transpose(Image.Transpose(back[orientation]))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "Maker"
    stored.save(tmp_path / "in.png", exif=exif)
    result = accord.harmonize(tmp_path / "in.png", mask, method="mkl")
    np.testing.assert_array_equal(result.image[mask == 0], np.asarray(upright)[mask == 0])
    result.save(tmp_path / "out.png")
    written = Image.open(tmp_path / "out.png")
    assert written.getexif().get(0x0112, 1) == 1
    assert written.getexif()[0x010F] == "Maker"
    np.testing.assert_array_equal(np.asarray(written), result.image)

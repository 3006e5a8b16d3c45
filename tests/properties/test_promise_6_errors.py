"""Promise 6: bad input gets one clear error of ours; output files appear whole or not at all."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import accord

PICTURE = np.random.default_rng(5).integers(0, 256, (16, 16, 3), dtype=np.uint8)
MASK = np.zeros((16, 16), np.uint8)
MASK[4:12, 4:12] = 255


def coded(suffix):
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(buffer, {"jpg": "jpeg", "tif": "tiff"}.get(suffix, suffix))
    return buffer.getvalue()


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
@given(share=st.floats(0, 0.98))
def test_truncated_files(tmp_path, suffix, share):
    data = coded(suffix)
    path = tmp_path / f"cut.{suffix}"
    path.write_bytes(data[: int(len(data) * share)])
    image = None  # what was lost may be no pixels
    with contextlib.suppress(accord.BadInputError):
        image = accord.harmonize(path, MASK, method="mkl").image
    if image is not None:
        np.testing.assert_array_equal(image[MASK == 0], np.asarray(Image.open(path))[MASK == 0])


@pytest.mark.parametrize("content", [b"", b"not a picture", bytes(5000)])
def test_what_is_no_picture(tmp_path, content):
    path = tmp_path / "thing.png"
    path.write_bytes(content)
    with pytest.raises(accord.BadInputError, match="thing"):
        accord.harmonize(path, MASK, method="mkl")
    with pytest.raises(accord.BadInputError, match="thing"):
        accord.harmonize(PICTURE, path, method="mkl")


def test_folders_and_missing_files(tmp_path):
    for path in (tmp_path, tmp_path / "missing.png"):
        with pytest.raises(accord.BadInputError, match=path.name):
            accord.harmonize(path, MASK, method="mkl")


def test_cmyk_names_a_way_out(tmp_path):
    Image.fromarray(PICTURE).convert("CMYK").save(tmp_path / "in.jpg")
    with pytest.raises(accord.BadInputError, match=r"CMYK.*[Cc]onvert"):
        accord.harmonize(tmp_path / "in.jpg", MASK, method="mkl")
    with Image.open(tmp_path / "in.jpg") as image, pytest.raises(accord.BadInputError, match=r"CMYK.*[Cc]onvert"):
        accord.harmonize(image, MASK, method="mkl")


@pytest.mark.parametrize("shape", [(16, 15), (8, 8), (16, 16, 5), (0, 0), (16,)])
def test_masks_of_another_shape(shape):
    with pytest.raises(accord.BadInputError):
        accord.harmonize(PICTURE, np.ones(shape, np.float32), method="mkl")


@pytest.mark.parametrize("value", [np.nan, -0.5, 1.5, 255])
def test_masks_with_other_values(value):
    mask = (MASK / 255).astype(np.float32)
    mask[5, 5] = value
    with pytest.raises(accord.BadInputError):
        accord.harmonize(PICTURE, mask, method="mkl")


@pytest.mark.parametrize("dtype", [np.int16, np.int64, np.float64, np.complex64, bool, object])
def test_pictures_of_another_dtype(dtype):
    with pytest.raises(accord.BadInputError, match="uint8"):
        accord.harmonize(PICTURE.astype(dtype), MASK, method="mkl")


@pytest.mark.parametrize("source", [None, 3, [[1, 2], [3, 4]], b"bytes"])
def test_pictures_of_another_kind(source):
    with pytest.raises(accord.BadInputError):
        accord.harmonize(source, MASK, method="mkl")


def test_a_transparent_foreground_or_background():
    for hidden in (MASK, 255 - MASK):
        with pytest.raises(accord.BadInputError, match=r"transparent|visible"):
            accord.harmonize(np.dstack([PICTURE, hidden]), MASK, method="mkl")


def test_16_bit_mask_on_an_8_bit_picture():
    deep = MASK.astype(np.uint16) * 257
    expected = accord.harmonize(PICTURE, MASK, method="mkl").image
    np.testing.assert_array_equal(accord.harmonize(PICTURE, deep, method="mkl").image, expected)


def test_a_failed_save_leaves_what_was_there(tmp_path, monkeypatch):
    target = tmp_path / "out.png"
    target.write_bytes(b"before")
    result = accord.harmonize(PICTURE, MASK, method="mkl")

    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fails)
    with pytest.raises((accord.BadInputError, OSError)):
        result.save(target)
    assert [path.name for path in tmp_path.iterdir()] == ["out.png"]
    assert target.read_bytes() == b"before"

"""Files harmonized without holding more than they need; whichever way they go, the same file comes out."""

from __future__ import annotations

import filecmp

import numpy as np
import pytest
from PIL import Image

import accord
from accord.core.encoding import LINEAR_SRGB, SRGB
from accord.core.picture import FileFacts, Picture
from accord.io import read_picture, write_picture
from accord.io.streamed import is_streamed
from accord.pipeline import filing

SIZE = (300, 90)  # more rows than are decoded at a time


@pytest.fixture
def mask(tmp_path):
    cover = np.zeros(SIZE, np.uint8)
    cover[20:280, 30:70] = 255
    cover[20:280, 29] = 100
    Image.fromarray(cover).save(tmp_path / "mask.png")
    return cover


def written(path, mask, kind):
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    tiled = FileFacts(path.suffix[1:].replace("tif", "tiff"), attributes={"container:tile": (64, 32)})
    pictures = {
        "8 bit": Picture(codes, SRGB),
        "16 bit": Picture(codes.astype(np.uint16) * 257, SRGB),
        "16 bit in tiles": Picture(codes.astype(np.uint16) * 257, SRGB, facts=tiled),
        "with alpha": Picture(codes, SRGB, alpha=mask),
        "half": Picture((codes / 255).astype(np.float16), LINEAR_SRGB),
        "float": Picture((codes / 255).astype(np.float32), LINEAR_SRGB),
        "grey": Picture(codes[..., :1], SRGB),
    }
    write_picture(pictures[kind], path)


CASES = [
    ("a.tif", "8 bit"),
    ("a.tif", "16 bit"),
    ("a.tif", "16 bit in tiles"),
    ("a.tif", "with alpha"),
    ("a.tif", "float"),
    ("a.png", "8 bit"),
    ("a.png", "16 bit"),
    ("a.png", "grey"),
    ("a.exr", "half"),
    ("a.dpx", "8 bit"),
]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_streamed_in_place_and_whole_give_the_same_file(tmp_path, mask, monkeypatch, name, kind):
    source = tmp_path / name
    written(source, mask, kind)
    cover = None if kind == "with alpha" else tmp_path / "mask.png"
    outputs = [tmp_path / f"{way}-{name}" for way in ("whole", "in_place", "streamed")]
    result = accord.harmonize(source, cover, method="mkl")
    result.save(outputs[0])
    np.testing.assert_array_equal(read_picture(outputs[0]).pixels, result.picture.pixels)
    filing.harmonize_file(source, cover, outputs[1], method="mkl")
    monkeypatch.setattr(filing, "STREAM_ABOVE", 0)
    assert is_streamed(read_picture(source, stream_above=0).pixels)
    filing.harmonize_file(source, cover, outputs[2], method="mkl", threads=2)
    for other in outputs[1:]:
        if name.endswith("dpx"):  # its header holds its name
            np.testing.assert_array_equal(read_picture(other).pixels, read_picture(outputs[0]).pixels)
        else:
            assert filecmp.cmp(outputs[0], other, shallow=False)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpeg_in_any_orientation_is_the_same_file(tmp_path, orientation):
    rng = np.random.default_rng(6)
    exif = Image.Exif()
    exif[274] = orientation
    image = Image.fromarray(rng.integers(0, 256, (40, 56, 3), dtype=np.uint8))
    image.save(tmp_path / "a.jpg", quality=92, exif=exif)
    upright = read_picture(tmp_path / "a.jpg").pixels.shape[:2]
    cover = np.zeros(upright, np.uint8)
    cover[5:30, 8:30] = 255
    Image.fromarray(cover).save(tmp_path / "mask.png")
    accord.harmonize(tmp_path / "a.jpg", tmp_path / "mask.png", method="mkl").save(tmp_path / "whole.jpg")
    filing.harmonize_file(tmp_path / "a.jpg", tmp_path / "mask.png", tmp_path / "in_place.jpg", method="mkl")
    assert filecmp.cmp(tmp_path / "whole.jpg", tmp_path / "in_place.jpg", shallow=False)


def test_a_streamed_file_may_replace_itself(tmp_path, mask, monkeypatch):
    source = tmp_path / "a.tif"
    written(source, mask, "8 bit")
    accord.harmonize(source, tmp_path / "mask.png", method="mkl").save(tmp_path / "whole.tif")
    monkeypatch.setattr(filing, "STREAM_ABOVE", 0)
    filing.harmonize_file(source, tmp_path / "mask.png", source, method="mkl")
    assert filecmp.cmp(tmp_path / "whole.tif", source, shallow=False)


def test_a_streamed_file_that_is_cut_off_leaves_nothing(tmp_path, mask, monkeypatch):
    source = tmp_path / "a.tif"
    written(source, mask, "8 bit")
    source.write_bytes(source.read_bytes()[:-20000])
    monkeypatch.setattr(filing, "STREAM_ABOVE", 0)
    with pytest.raises(accord.BadInputError, match="damaged or incomplete"):
        filing.harmonize_file(source, tmp_path / "mask.png", tmp_path / "o.tif", method="mkl")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tif", "mask.png"]


def test_not_a_number_is_found_while_streaming(tmp_path, mask, monkeypatch):
    rng = np.random.default_rng(7)
    values = rng.random((*SIZE, 3), np.float32)
    values[270, 3, 1] = np.nan
    write_picture(Picture(values, LINEAR_SRGB), tmp_path / "a.tif")
    monkeypatch.setattr(filing, "STREAM_ABOVE", 0)
    with pytest.raises(accord.BadInputError, match="row 270, column 3"):
        filing.harmonize_file(tmp_path / "a.tif", tmp_path / "mask.png", tmp_path / "o.tif", method="mkl")


def test_without_mask_or_alpha_the_error_names_auto(tmp_path, mask):
    written(tmp_path / "a.png", mask, "8 bit")
    with pytest.raises(accord.BadInputError, match='mask="auto"'):
        filing.harmonize_file(tmp_path / "a.png", None, tmp_path / "o.png", method="mkl")

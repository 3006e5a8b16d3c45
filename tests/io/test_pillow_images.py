import numpy as np
import pytest
from PIL import Image, JpegImagePlugin

from accord.core.errors import BadInputError
from accord.io import as_picture, read_picture, to_array, write_picture


@pytest.mark.parametrize(
    ("mode", "channels"),
    [
        ("1", 1),
        ("L", 1),
        ("LA", 2),
        ("P", 3),
        ("RGB", 3),
        ("RGBA", 4),
        ("RGBX", 3),
        ("YCbCr", 3),
        ("I;16", 1),
        ("F", 1),
    ],
)
def test_modes(picture_of, mode, channels):
    image = Image.fromarray(picture_of(20, 30, 3, "uint8"))
    image = Image.new("I;16", (30, 20), 40000) if mode == "I;16" else image.convert(mode)
    array = to_array(as_picture(image))
    assert array.shape == ((20, 30) if channels == 1 else (20, 30, channels))
    assert array.dtype == {"I;16": "uint16", "F": "float32"}.get(mode, "uint8")


@pytest.mark.parametrize("mode", ["CMYK", "LAB", "HSV", "I"])
def test_modes_that_are_refused(mode):
    with pytest.raises(BadInputError, match="came"):
        as_picture(Image.new(mode, (2, 2)))


def test_an_images_profile_and_coding_are_its_files(tmp_path, picture_of, profiles):
    path = tmp_path / "a.jpg"
    Image.fromarray(picture_of(20, 30, 3, "uint8")).save(path, quality=70, subsampling=2, icc_profile=profiles["P3"])
    with Image.open(path) as image:
        picture = as_picture(image)
        tables = image.quantization
    assert picture.encoding is read_picture(path).encoding
    np.testing.assert_array_equal(picture.pixels, read_picture(path).pixels)
    write_picture(picture, tmp_path / "b.jpg")
    with Image.open(tmp_path / "b.jpg") as result:
        assert result.quantization == tables
        assert JpegImagePlugin.get_sampling(result) == 2
        assert result.info["icc_profile"] == profiles["P3"]


def test_an_array_is_shared_and_never_written_to(picture_of):
    array = picture_of(20, 30, 4, "uint8")
    array.setflags(write=False)
    picture = as_picture(array)
    assert np.shares_memory(picture.pixels, array)
    np.testing.assert_array_equal(to_array(picture), array)


def test_grey_comes_back_in_its_shape(picture_of):
    for shape in ((20, 30), (20, 30, 1)):
        assert to_array(as_picture(picture_of(20, 30, 1, "uint8").reshape(shape))).shape == shape

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from accord.core.encoding import LINEAR_SRGB
from accord.core.encoding import SRGB as WORKING
from accord.core.errors import BadInputError
from accord.io.profile import encoding_of_chromaticities, encoding_of_png, encoding_of_profile

RGB = ("P3", "Adobe RGB", "gamma 1.8", "type 0", "type 1", "type 2", "type 4")
GREY = ("grey gamma 2.2", "grey table")


def littlecms(icc, samples, intent=1):
    """Convert uint8 samples to sRGB by Pillow's littlecms, relative colorimetric."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    target = ImageCms.createProfile("sRGB")
    image = Image.fromarray(samples)
    made = ImageCms.profileToProfile(image, source, target, intent, outputMode="RGB")
    return np.asarray(made)


@pytest.mark.parametrize("name", RGB)
def test_colours_agree_with_littlecms(profiles, name):
    codes = np.stack(np.meshgrid(*[np.arange(0, 256, 15, dtype=np.uint8)] * 3), axis=-1).reshape(-1, 18, 3)
    ours = encoding_of_profile(profiles[name], 3).to_working(codes.astype(np.float32) / 255)
    # littlecms clips to sRGB's gamut and rounds to 8 bit, some of its steps being 16-bit integers.
    np.testing.assert_allclose(np.clip(ours, 0, 1) * 255, littlecms(profiles[name], codes), atol=1.1)


@pytest.mark.parametrize("name", GREY)
def test_greys_agree_with_littlecms(profiles, name):
    codes = np.arange(256, dtype=np.uint8).reshape(16, 16)
    values = np.repeat(codes[..., None], 3, axis=2).astype(np.float32) / 255
    difference = np.abs(
        encoding_of_profile(profiles[name], 1).to_working(values) * 255 - littlecms(profiles[name], codes)
    )
    # Its 8-bit grey path works on coarse tables: up to 1.7 off at the darkest codes.
    assert difference[codes >= 16].max() <= 1.01
    assert difference.max() <= 2


@pytest.mark.parametrize("name", sorted({*RGB, *GREY} - {"type 2"}))
def test_every_16_bit_grey_comes_back(profiles, name):
    encoding = encoding_of_profile(profiles[name], 1 if name in GREY else 3)
    codes = np.repeat(np.arange(65536, dtype=np.float32)[:, None], 3, axis=1) / 65535
    back = encoding.from_working(encoding.to_working(codes))
    np.testing.assert_allclose(back * 65535, codes * 65535, atol=0.5)


@pytest.mark.parametrize("name", sorted({*RGB} - {"type 2"}))
def test_8_bit_colours_come_back(profiles, name):
    encoding = encoding_of_profile(profiles[name], 3)
    codes = np.random.default_rng(0).integers(0, 256, (50000, 3))
    back = encoding.from_working(encoding.to_working(codes.astype(np.float32) / 255))
    np.testing.assert_array_equal(np.rint(back * 255), codes)


def test_a_flat_start_gives_its_end_back(profiles):
    encoding = encoding_of_profile(profiles["type 2"], 3)  # level at 0.02 up to code 0.05 / 0.9
    codes = np.linspace(0, 1, 1001, dtype=np.float32)[:, None].repeat(3, axis=1)
    back = encoding.from_working(encoding.to_working(codes))
    np.testing.assert_allclose(back, np.maximum(codes, 0.05 / 0.9), atol=1e-3)


def test_colours_outside_srgb_are_not_clipped(profiles):
    green = np.array([[0, 1, 0]], np.float32)
    working = encoding_of_profile(profiles["P3"], 3).to_working(green)
    # P3's green in extended sRGB, from the CSS Color 4 conversion: (-0.5116, 1.0183, -0.3107).
    np.testing.assert_allclose(working, [[-0.5116, 1.0183, -0.3107]], atol=2e-3)


def test_srgb_profiles_are_the_working_encoding(profiles, srgb_profile):
    assert encoding_of_profile(srgb_profile, 3) is WORKING
    assert encoding_of_profile(profiles["sRGB as table"], 3) is WORKING
    assert encoding_of_profile(profiles["linear"], 3) is LINEAR_SRGB


def test_a_grey_picture_may_have_an_rgb_profile(profiles):
    grey = np.full((1, 3), 0.5, np.float32)
    encoding = encoding_of_profile(profiles["gamma 1.8"], 1)
    np.testing.assert_allclose(encoding.to_light(grey), 0.5 ** (461 / 256), rtol=1e-5)  # 1.8 as ICC stores it


def test_a_grey_profile_on_a_colour_picture_is_an_error(profiles):
    with pytest.raises(BadInputError, match="for grey"):
        encoding_of_profile(profiles["grey gamma 2.2"], 3)


def test_a_falling_curve_is_an_error(profiles):
    with pytest.raises(BadInputError, match="falls"):
        encoding_of_profile(profiles["falling"], 3)


def test_a_lookup_table_alone_is_an_error(profiles):
    table = profiles["P3"].replace(b"rXYZ", b"A2B0")
    with pytest.raises(BadInputError, match="lookup table"):
        encoding_of_profile(table, 3)


@pytest.mark.parametrize("length", range(0, 500, 20))
def test_a_cut_profile_is_an_error_with_a_way_out(profiles, length):
    with pytest.raises(BadInputError, match="encoding='srgb'"):
        encoding_of_profile(profiles["P3"][:length], 3)


def test_mutated_profiles_are_read_or_refused(profiles):
    rng = np.random.default_rng(0)
    for _ in range(400):
        data = bytearray(profiles[("P3", "Adobe RGB", "type 4", "sRGB as table")[rng.integers(4)]])
        for _ in range(rng.integers(1, 6)):
            data[rng.integers(min(len(data), 700))] = rng.integers(256)
        try:
            encoding = encoding_of_profile(bytes(data), 3)
        except BadInputError:
            continue
        values = np.array([[0.1, 0.5, 0.9]], np.float32)
        with np.errstate(all="ignore"):
            assert encoding.to_working(values).shape == (1, 3)


def test_chromaticities_of_acescg_agree_with_published_matrix():
    acescg = encoding_of_chromaticities((0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767))
    # AP1 to linear sRGB with Bradford, as in the ACES documentation.
    published = [[1.70505, -0.62179, -0.08326], [-0.13026, 1.14080, -0.01055], [-0.02400, -0.12897, 1.15297]]
    np.testing.assert_allclose(acescg.to_srgb, published, atol=2e-3)


def test_png_states_its_encoding_without_a_profile():
    assert encoding_of_png([(b"gAMA", (45455).to_bytes(4, "big"))], 3) is WORKING
    assert encoding_of_png([(b"gAMA", (100000).to_bytes(4, "big"))], 3) is LINEAR_SRGB
    assert encoding_of_png([(b"cICP", bytes((12, 13, 0, 1)))], 3).name == "Display P3"
    with pytest.raises(BadInputError, match="cICP"):
        encoding_of_png([(b"cICP", bytes((9, 16, 0, 1)))], 3)

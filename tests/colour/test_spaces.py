"""Spaces against colour-science, an independent implementation."""

import warnings

import numpy as np
import pytest

from accord.colour.cielab import lab_to_linear, linear_to_lab
from accord.colour.difference import ciede2000
from accord.colour.oklab import linear_to_oklab, oklab_to_linear
from accord.colour.spaces import SPACES, space
from accord.colour.temperature import adaptation, linear_to_xyy, temperature_to_xy, xy_to_temperature
from accord.colour.xyz import LUMINANCE, linear_to_xyz, luminance
from accord.core.errors import BadInputError


@pytest.fixture(scope="module")
def colour():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # colour-science warns of its own optional dependencies
        return pytest.importorskip("colour", reason="colour-science is the outside reference")


@pytest.fixture(scope="module")
def light():
    return (np.random.default_rng(1).random((500, 3)) ** 2.2).astype(np.float32)


@pytest.fixture(scope="module")
def extended_light():
    return np.random.default_rng(2).uniform(-0.5, 12, (500, 3)).astype(np.float32)


def test_lab_is_that_of_colour_science(colour, light):
    expected = colour.XYZ_to_Lab(
        linear_to_xyz(light), colour.CCS_ILLUMINANTS["CIE 1931 2 Degree Standard Observer"]["D65"]
    )
    np.testing.assert_allclose(linear_to_lab(light), expected, atol=2e-3)


def test_oklab_is_that_of_colour_science(colour, light):
    # Ottosson's cone matrix starts from linear sRGB, colour-science's from XYZ with rounded digits.
    np.testing.assert_allclose(linear_to_oklab(light), colour.XYZ_to_Oklab(linear_to_xyz(light)), atol=5e-4)


def test_xyz_is_that_of_colour_science(colour, light):
    expected = colour.RGB_to_XYZ(light, "sRGB", apply_cctf_decoding=False)
    np.testing.assert_allclose(linear_to_xyz(light), expected, atol=2e-4)
    np.testing.assert_allclose(luminance(light), expected[:, 1], atol=2e-4)
    np.testing.assert_allclose(LUMINANCE, [0.2126, 0.7152, 0.0722], atol=5e-5)


@pytest.mark.parametrize("name", SPACES)
def test_there_and_back_keeps_extended_values(name, extended_light):
    there = SPACES[name].from_light(extended_light)
    np.testing.assert_allclose(SPACES[name].to_light(there), extended_light, atol=2e-4)


@pytest.mark.parametrize("name", SPACES)
def test_black_and_white_are_neutral(name):
    ends = space(name).from_light(np.array([[0, 0, 0], [1, 1, 1]], np.float32))
    expected = {"linear": [[0, 0, 0], [1, 1, 1]], "lab": [[0, 0, 0], [100, 0, 0]], "oklab": [[0, 0, 0], [1, 0, 0]]}[
        name
    ]
    np.testing.assert_allclose(ends, expected, atol=2e-4)


def test_oklab_scales_with_light(light):
    np.testing.assert_allclose(linear_to_oklab(light * 8), 2 * linear_to_oklab(light), atol=1e-5)


def test_an_unknown_space_is_refused():
    with pytest.raises(BadInputError, match=r"no colour space named 'hsv'.*oklab"):
        space("hsv")


def test_lab_and_oklab_invert(light):
    np.testing.assert_allclose(lab_to_linear(linear_to_lab(light)), light, atol=1e-5)
    np.testing.assert_allclose(oklab_to_linear(linear_to_oklab(light)), light, atol=1e-5)


def test_ciede2000_is_that_of_colour_science(colour):
    rng = np.random.default_rng(3)
    first = rng.uniform([0, -120, -120], [100, 120, 120], (4000, 3))
    # Near pairs, far pairs, greys against colours, and hues on both sides of the seam at 0 and of opposite hue.
    second = np.concatenate(
        [first[:1000] + rng.normal(0, 1, (1000, 3)), rng.permutation(first)[:1000], first[2000:3000], first[3000:]]
    )
    second[2000:3000, 1:] = 0
    second[3000:, 2] *= -1
    expected = colour.delta_E(first, second, method="CIE 2000")
    got = ciede2000(first.astype(np.float32), second.astype(np.float32))
    np.testing.assert_allclose(got, expected, atol=2e-3)


def test_ciede2000_is_symmetric_and_zero_for_equals():
    rng = np.random.default_rng(4)
    first, second = rng.uniform(-100, 100, (2, 300, 3)).astype(np.float32)
    np.testing.assert_allclose(ciede2000(first, second), ciede2000(second, first), rtol=1e-4)
    assert (ciede2000(first, first) == 0).all()


def test_ciede2000_stays_finite_for_extended_colours():
    far = np.array([[0, 0, 0], [1e5, 1e5, -1e5], [-50, 0, 0]], np.float32)
    assert np.isfinite(ciede2000(far[:, None], far[None])).all()


def test_temperature_and_tint_are_those_of_colour_science(colour):
    rng = np.random.default_rng(5)
    kelvin, tint = rng.uniform(2000, 12000, 200), rng.uniform(-0.03, 0.03, 200)
    xy = colour.UCS_uv_to_xy(colour.temperature.CCT_to_uv(np.column_stack([kelvin, tint]), method="Ohno 2013"))
    mired, duv = xy_to_temperature(xy)
    np.testing.assert_allclose(1e6 / mired, kelvin, rtol=0.02)
    np.testing.assert_allclose(duv, tint, atol=3e-4)


def test_temperature_inverts():
    mired, tint = np.array([80.0, 154.0, 350.0]), np.array([0.01, 0.0, -0.02])
    back = xy_to_temperature(temperature_to_xy(mired, tint))
    np.testing.assert_allclose(back[0], mired, atol=0.01)
    np.testing.assert_allclose(back[1], tint, atol=1e-5)


def test_black_has_the_chromaticity_of_white():
    np.testing.assert_allclose(linear_to_xyy(np.zeros((1, 3), np.float32)), [[0.3127, 0.3290, 0]], atol=1e-6)


def test_adaptation_turns_one_white_into_another():
    warm = temperature_to_xy(np.array(300.0), np.array(0.0))
    got = linear_to_xyy((adaptation(np.array([0.3127, 0.3290]), warm) @ np.ones(3)).astype(np.float32)[None])
    np.testing.assert_allclose(got[0], [*warm, 1.0], atol=1e-5)
    np.testing.assert_allclose(adaptation(warm, warm), np.eye(3), atol=1e-12)

"""What every method in the registry promises."""

import json

import numpy as np
import pytest

from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.transforms import ColourMap, from_dict

COMMUTE_WITH_EXPOSURE = ("identity", "reinhard", "reinhard-oklab", "mkl", "histogram", "idt", "xue")


def fit(method, composite, mask):
    return method.fit(composite, mask, 1 - mask)


def transform(colour_map, composite):
    return colour_map.transform(composite, Place.whole(*composite.shape[:2]))


def test_the_same_input_gives_the_same_map(method, scene):
    assert fit(method, *scene) == fit(method, *scene)


def test_the_map_has_the_picture_s_shape_and_reads_back(method, scene):
    colour_map = fit(method, *scene)
    assert isinstance(colour_map, ColourMap)
    out = transform(colour_map, scene[0])
    assert (out.shape, out.dtype) == (scene[0].shape, np.float32)
    assert np.isfinite(out).all()
    assert from_dict(json.loads(json.dumps(colour_map.to_dict(), allow_nan=False))) == colour_map


def test_the_card_says_whether_place_matters(card, method, scene):
    colour_map = fit(method, *scene)
    assert not colour_map.local or card.local


def test_input_is_not_written_to(method, scene):
    for array in scene:
        array.setflags(write=False)
    fit(method, *scene)


@pytest.mark.parametrize("mask_value", [0.0, 1.0])
def test_a_mask_that_leaves_nothing_is_refused(method, scene, mask_value):
    with pytest.raises(BadInputError, match=r"mask|reference"):
        fit(method, scene[0], np.full_like(scene[1], mask_value))


def test_a_mask_of_another_size_is_refused(method, scene):
    with pytest.raises(BadInputError, match=r"\(128, 96\)"):
        fit(method, scene[0], scene[1].T)


def test_pixels_that_are_no_numbers_are_refused(method, scene):
    composite, mask = scene
    composite[48, 56] = np.nan
    with pytest.raises(BadInputError, match="NaN"):
        fit(method, composite, mask)


def hard_cases():
    rng = np.random.default_rng(3)
    noise = rng.uniform(0.1, 0.9, (24, 32, 3))
    box = np.zeros((24, 32))
    box[6:18, 8:24] = 1
    inside = box[..., None] > 0
    one = np.zeros((24, 32))
    one[11, 15] = 1
    corner = np.ones((24, 32))
    corner[0, 0] = 0
    tiny = np.array([[[0.2, 0.3, 0.4], [0.6, 0.5, 0.4]]])
    return {
        "one pixel": (noise, one),
        "a faint pixel": (noise, one * 1e-3),
        "flat foreground": (np.where(inside, 0.4, noise), box),
        "flat background": (np.where(inside, noise, 0.7), box),
        "both flat": (np.where(inside, 0.4, np.full_like(noise, 0.7)), box),
        "both the same": (np.full_like(noise, 0.5), box),
        "black": (np.zeros_like(noise), box),
        "black foreground": (np.where(inside, 0.0, noise), box),
        "grey": (noise[..., :1].repeat(3, -1), box),
        "one channel": (noise * [1, 0, 0], box),
        "nearly full": (noise, corner),
        "half covered": (noise, np.full((24, 32), 0.5)),
        "1 x 2": (tiny, np.array([[1.0, 0.0]])),
        "2 x 1": (tiny.transpose(1, 0, 2), np.array([[1.0], [0.0]])),
        "one row": (noise[:1], box[8:9]),
        "light above white and below black": (noise * 40 - 4, box),
        "8 bit steps": (np.round(noise * 10) / 255, box),
    }


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("case", hard_cases())
def test_hard_cases_give_finite_and_sane_results(card, method, case):
    composite, mask = (array.astype(np.float32) for array in hard_cases()[case])
    out = transform(fit(method, composite, mask), composite)
    assert np.isfinite(out).all()
    if card.kind == "classical":
        # Foreground colours end near the range of the colours there are.
        low, high = float(composite.min()), float(composite.max())
        margin = 1.5 * (high - low) + 0.02
        covered = out[mask > 0]
        assert covered.min() >= low - margin
        assert covered.max() <= high + margin


@pytest.fixture
def classical(card, method):
    if card.kind != "classical":
        pytest.skip("a promise of classical methods")
    return method


def test_a_foreground_that_matches_is_left_alone(classical):
    # Waves of colour and grain, the same everywhere: the disc cut out of it is like the rest.
    rng = np.random.default_rng(2)
    y, x = np.mgrid[0:96, 0:128]
    waves = [np.sin(2 * np.pi * (a * x + b * y) / 24) for a, b in ((1, 0), (1, 1), (0, 1))]
    composite = 0.5 + 0.12 * np.stack(waves, -1) + rng.normal(0, 0.02, (96, 128, 3))
    mask = (np.hypot(x - 60, y - 48) < 30).astype(np.float32)
    composite = composite.astype(np.float32)
    change = np.abs(transform(fit(classical, composite, mask), composite) - composite)[mask > 0]
    assert change.mean() < 0.012
    assert np.quantile(change, 0.99) < 0.05


def test_a_map_fitted_small_agrees_with_one_fitted_at_full_size(classical, scene):
    composite, mask = scene
    small = composite.reshape(48, 2, 64, 2, 3).mean((1, 3))
    small_mask = mask.reshape(48, 2, 64, 2).mean((1, 3))
    full = transform(fit(classical, composite, mask), composite)[mask > 0.5]
    lifted = transform(fit(classical, small, small_mask), composite)[mask > 0.5]
    assert np.abs(full - lifted).mean() < 0.012


def light(values):
    return np.sign(values) * np.where(
        np.abs(values) <= 0.04045, values / 12.92, ((np.abs(values) + 0.055) / 1.055) ** 2.4
    )


def code(linear):
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("exposure", [2.0, 8.0])
def test_twice_the_light_gives_twice_the_result(card, classical, scene, exposure):
    if card.id not in COMMUTE_WITH_EXPOSURE:
        pytest.skip(f"{card.id} works on differences of code values, which do not scale with light")
    composite, mask = scene
    composite = np.clip(composite, 0.15, None)
    brighter = code(light(composite.astype(np.float64)) * exposure).astype(np.float32)
    dim = light(transform(fit(classical, composite, mask), composite))[mask > 0]
    bright = light(transform(fit(classical, brighter, mask), brighter))[mask > 0]
    # Near black the sRGB curve has its straight toe, where a shift of code values is no shift of light.
    seen = dim > 0.01
    assert seen.mean() > 0.9
    np.testing.assert_allclose(bright[seen], exposure * dim[seen], rtol=0.02)


def test_harmonizing_twice_changes_little_more_than_once(card, classical, scene):
    composite, mask = scene
    once = composite + mask[..., None] * (transform(fit(classical, composite, mask), composite) - composite)
    twice = once + mask[..., None] * (transform(fit(classical, once, mask), once) - once)
    first, second = (np.abs(one - other)[mask > 0.5].mean() for one, other in ((once, composite), (twice, once)))
    assert second <= 0.25 * first + 0.002

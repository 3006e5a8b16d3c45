from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from PIL import Image

import accord
from accord.core.encoding import LINEAR_SRGB, SRGB
from accord.core.picture import Picture
from accord.methods import registry
from accord.pipeline import working
from accord.transforms import Affine, Identity

DOUBLE = Affine(np.eye(3, 4) * 2)
SHADE = Affine(np.eye(3, 4) * 0.5)


def test_map_is_mixed_in_by_coverage(composite, mask):
    image = accord.harmonize(composite, mask, method=SHADE).image
    exact = composite * (1 - 0.5 * mask[..., None].astype(np.float64))
    assert np.abs(image - exact).max() <= 0.5 + 1e-4


def test_background_is_kept_bit_for_bit(composite, mask):
    image = accord.harmonize(composite, mask, method="mkl").image
    np.testing.assert_array_equal(image[mask == 0], composite[mask == 0])
    assert (image != composite).any()


def test_input_is_not_written_into(composite, mask):
    before, mask_before = composite.copy(), mask.copy()
    accord.harmonize(composite, mask, method="mkl")
    np.testing.assert_array_equal(composite, before)
    np.testing.assert_array_equal(mask, mask_before)


def test_integers_clip_and_round_half_to_even(mask):
    flat = np.full((24, 32, 3), 200, np.uint8)
    assert accord.harmonize(flat, mask, method=DOUBLE).image.max() == 255
    odd = np.full((24, 32, 3), 5, np.uint8)
    assert accord.harmonize(odd, mask == 1, method=SHADE).image[8, 20, 0] == 2


def test_floats_are_not_clipped(composite, mask):
    bright = composite.astype(np.float32) / 100
    image = accord.harmonize(bright, mask, method=DOUBLE, encoding="srgb").image
    np.testing.assert_allclose(image[mask == 1], 2 * bright[mask == 1], rtol=1e-6)


def test_half_floats_stay_finite_half_floats(mask):
    image = accord.harmonize(np.full((24, 32, 3), 60000, np.float16), mask, method=DOUBLE, encoding="srgb").image
    assert image.dtype == np.float16
    assert image.max() == 65504


def test_identity_keeps_even_linear_floats_bit_for_bit(composite, mask):
    light = (composite / 255).astype(np.float32) ** 2
    np.testing.assert_array_equal(accord.harmonize(light, mask, method="identity").image, light)


def test_strength_zero_is_the_source(composite, mask):
    result = accord.harmonize(composite, mask, method="mkl", strength=0)
    np.testing.assert_array_equal(result.image, composite)
    assert isinstance(result.colour_map, Identity)


def test_strength_is_part_of_the_map_given_back(composite, mask):
    half = accord.harmonize(composite, mask, method="mkl", strength=0.5)
    again = accord.harmonize(composite, mask, method=half.colour_map)
    np.testing.assert_array_equal(again.image, half.image)


@pytest.mark.parametrize("strength", [-0.1, 1.01, np.nan, "much", None])
def test_other_strengths_are_refused(composite, mask, strength):
    with pytest.raises(accord.BadInputError, match="strength is"):
        accord.harmonize(composite, mask, method="mkl", strength=strength)


def test_card_method_and_id_agree(composite, mask):
    card = registry.get("mkl")
    by_id = accord.harmonize(composite, mask, method="mkl")
    assert by_id.method is card
    for method in (card, card.load()):
        np.testing.assert_array_equal(accord.harmonize(composite, mask, method=method).image, by_id.image)
    assert accord.harmonize(composite, mask, method=card.load()).method is None


def test_result_is_frozen(composite, mask):
    result = accord.harmonize(composite, mask, method="identity")
    with pytest.raises(FrozenInstanceError):
        result.mask = mask


def test_strips_do_not_show(composite, mask, monkeypatch):
    whole = accord.harmonize(composite, mask, method="mkl").image
    monkeypatch.setattr(working, "STRIP_PIXELS", 40)
    np.testing.assert_array_equal(accord.harmonize(composite, mask, method="mkl").image, whole)


def test_only_the_bounding_box_is_mapped(composite, mask):
    places = []

    class Watching(Identity):
        def transform(self, pixels, place):
            places.append(place)
            return super().transform(pixels, place)

    accord.harmonize(composite, mask, method=Watching())
    assert [(place.top, place.left, place.height, place.width) for place in places] == [(6, 15, 12, 14)]


def test_the_default_is_the_learned_method(composite, mask):
    assert accord.harmonize(composite, mask).method is registry.get("accord")


def test_unknown_method_suggests(composite, mask):
    with pytest.raises(accord.UnknownMethodError, match="Did you mean mkl"):
        accord.harmonize(composite, mask, method="mlk")


def test_a_method_of_no_kind_is_refused(composite, mask):
    with pytest.raises(accord.BadInputError, match="method is a int"):
        accord.harmonize(composite, mask, method=3)


def test_without_mask_or_alpha_the_error_names_auto(composite):
    with pytest.raises(accord.BadInputError, match='mask="auto"'):
        accord.harmonize(composite, method="mkl")


def test_auto_without_a_model_is_an_error(composite, monkeypatch):
    monkeypatch.delenv("ACCORD_MASK_MODEL", raising=False)
    with pytest.raises(accord.WeightsError, match="model"):
        accord.harmonize(composite, "auto", method="mkl")


def test_a_model_without_auto_is_refused(composite, mask):
    with pytest.raises(accord.BadInputError, match="auto"):
        accord.harmonize(composite, mask, method="mkl", mask_model="u2net.onnx")


@pytest.mark.parametrize(("value", "what"), [(0, "0 everywhere"), (1, "1 everywhere")])
def test_empty_and_full_masks_are_refused(composite, value, what):
    with pytest.raises(accord.BadInputError, match=what):
        accord.harmonize(composite, np.full((24, 32), value, np.float32), method="mkl")


def test_alpha_serves_as_the_mask_and_stays(composite, mask):
    alpha = np.rint(mask * 255).astype(np.uint8)
    image = accord.harmonize(np.dstack([composite, alpha]), method="mkl").image
    np.testing.assert_array_equal(image[..., 3], alpha)
    expected = accord.harmonize(composite, alpha, method="mkl").image
    np.testing.assert_array_equal(image[..., :3], expected)


def test_a_cut_out_without_background_is_refused(composite, mask):
    alpha = np.rint(mask * 255).astype(np.uint8)
    cutout = np.dstack([composite * (mask > 0)[..., None].astype(np.uint8), alpha])
    with pytest.raises(accord.BadInputError, match="cut-out"):
        accord.harmonize(cutout, method="mkl")


def test_what_cannot_be_seen_does_not_count(composite, mask, rng):
    alpha = np.full(mask.shape, 255, np.uint8)
    alpha[:, :8] = 0
    other = composite.copy()
    other[:, :8] = rng.integers(0, 256, (24, 8, 3))
    one = accord.harmonize(np.dstack([composite, alpha]), mask, method="mkl").image
    two = accord.harmonize(np.dstack([other, alpha]), mask, method="mkl").image
    np.testing.assert_array_equal(one[:, 8:], two[:, 8:])


def test_premultiplied_colours_are_mapped_as_they_are_seen(composite, mask, rng):
    colour = composite.astype(np.float32) / 255
    alpha = rng.choice(np.array([0, 0.25, 1], np.float32), mask.shape)
    straight = Picture(colour, SRGB, alpha=alpha)
    multiplied = Picture(colour * alpha[..., None], SRGB, alpha=alpha, premultiplied=True)
    one = accord.harmonize(straight, mask, method="mkl").image
    two = accord.harmonize(multiplied, mask, method="mkl").image
    np.testing.assert_allclose(two[..., :3], one[..., :3] * alpha[..., None], atol=2e-6)
    assert np.isfinite(two).all()


def test_premultiplied_alpha_that_is_the_mask_divides_nothing(composite, mask):
    light = composite.astype(np.float32) / 255
    plain = accord.harmonize(Picture(light, LINEAR_SRGB), mask, method="mkl").image
    comped = Picture(light, LINEAR_SRGB, alpha=mask, premultiplied=True)
    np.testing.assert_array_equal(accord.harmonize(comped, method="mkl").image[..., :3], plain)


@pytest.mark.parametrize("shape", [(24, 32), (24, 32, 1)])
def test_grey_stays_grey(composite, mask, shape):
    grey = composite[..., 0].reshape(shape)
    image = accord.harmonize(grey, mask, method=SHADE).image
    assert (image.shape, image.dtype) == (grey.shape, grey.dtype)
    exact = grey * (1 - 0.5 * mask.reshape(24, 32, *[1] * (grey.ndim - 2)).astype(np.float64))
    assert np.abs(image - exact).max() <= 0.5 + 1e-3


def test_reference_ring_and_own_mask_look_elsewhere(composite, mask):
    composite[:, :5] = (255, 0, 0)
    near = np.ones(mask.shape, bool)
    near[:, :5] = False
    whole, ring, own = (
        accord.harmonize(composite, mask, method="reinhard", reference=reference).image
        for reference in ("background", "ring", near)
    )
    cast = [float((image[mask == 1].astype(float) @ [1, -1, 0]).mean()) for image in (whole, ring, own)]
    assert cast[0] > cast[1] + 10
    assert cast[0] > cast[2] + 10


def test_a_reference_within_the_foreground_is_refused(composite, mask):
    with pytest.raises(accord.BadInputError, match="reference"):
        accord.harmonize(composite, mask, method="mkl", reference=mask == 1)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_a_number_is_refused(composite, mask, value):
    light = composite.astype(np.float32)
    light[20, 3, 1] = value
    for source in (light, Picture(light, LINEAR_SRGB)):
        with pytest.raises(accord.BadInputError, match="row 20, column 3"):
            accord.harmonize(source, mask, method="mkl")


def test_scene_is_recoloured_in_layers(composite, mask):
    red = np.dstack([np.full((24, 32, 3), (200, 30, 30), np.uint8), np.rint(mask * 255).astype(np.uint8)])
    scene = accord.compose(composite, red)
    result = accord.harmonize(scene, method=SHADE)
    shaded = np.dstack([np.full((24, 32, 3), (100, 15, 15), np.uint8), red[..., 3]])
    np.testing.assert_allclose(result.image, accord.compose(composite, shaded).picture().pixels, atol=1)
    np.testing.assert_array_equal(accord.harmonize(scene, method="mkl", strength=0).image, scene.picture().pixels)
    with pytest.raises(accord.BadInputError, match="scene"):
        accord.harmonize(scene, mask, method="mkl")


def test_a_network_is_given_each_side_as_long_as_it_reads_it_at_most(composite, mask):
    seen = []

    class Fitter:
        def fit(self, small, small_mask, reference):
            seen.append((small.shape, small_mask.shape, reference.shape, small.dtype))
            return Identity()

    for fit_size in (16, 28):
        card = replace(registry.get("identity"), id="square", square=True, fit_size=fit_size, load=Fitter)
        accord.harmonize(composite, mask, method=card)
    assert seen == [
        ((16, 16, 3), (16, 16), (16, 16), np.float32), ((24, 28, 3), (24, 28), (24, 28), np.float32),
    ]  # fmt: skip


def test_pillow_images_are_taken(composite, mask):
    image = accord.harmonize(
        Image.fromarray(composite), Image.fromarray(np.rint(mask * 255).astype(np.uint8)), method="mkl"
    ).image
    assert (image.shape, image.dtype) == (composite.shape, composite.dtype)

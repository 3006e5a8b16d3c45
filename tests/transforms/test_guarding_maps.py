"""Tone, hue limit and protection: what they let through, and what they hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accord.colour.difference import ciede2000
from accord.core.encoding import SRGB
from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.transforms import (
    Affine,
    Chain,
    Curve,
    Curves,
    HueLimit,
    Identity,
    InSpace,
    Palette,
    Polynomial,
    Protected,
    Region,
    Skin,
    Tone,
)
from accord.transforms.holding import to_lab

STOP = InSpace("linear", Affine.gain_offset(2.0))
WARM = Affine.gain_offset([1.25, 1.0, 0.7], [0.05, 0.0, -0.02])


def codes(seed, count=400):
    """Colours as 8-bit pictures hold them, (1, count, 3)."""
    return np.random.default_rng(seed).integers(0, 256, (1, count, 3)).astype(np.float32) / 255


def moved(colour_map, colours):
    """CIEDE2000 without lightness that a colour map moves what is seen of colours."""
    after = colour_map.transform(colours, Place.whole(*colours.shape[:2]))
    return ciede2000(to_lab(colours), to_lab(np.clip(after, 0, 1)), lightness=False)


@st.composite
def maps(draw):
    """Draw maps as methods fit them, strong ones too."""
    numbers = st.floats(-1, 1, width=32)
    matrix = np.eye(3, 4) + 0.5 * np.array(draw(st.lists(numbers, min_size=12, max_size=12))).reshape(3, 4)
    kind = draw(st.sampled_from(["affine", "lab", "linear", "curves", "polynomial"]))
    if kind == "affine":
        return Affine(matrix)
    if kind == "lab":
        return InSpace("lab", Affine(matrix * [[1, 1, 1, 60]]))
    if kind == "linear":
        return InSpace("linear", Affine(matrix))
    if kind == "curves":
        bent = [Curve.through([0, 0.5, 1], sorted(np.abs(row[:3]))) for row in matrix]
        return Curves(*bent)
    return Polynomial(np.tile(matrix, (1, 4))[:, :13] * 0.3)


@settings(max_examples=40, deadline=None)
@given(inner=maps(), tolerance=st.floats(0.5, 10), seed=st.integers(0, 99), pick=st.integers(0, 399))
def test_protected_colours_stay_within_the_tolerance_whatever_the_map(inner, tolerance, seed, pick):
    colours = codes(seed)
    kept = Protected(inner, (Palette(colours[0, [pick]]),), tolerance, clipped=True)
    weight = kept.areas[0].weight(to_lab(colours), Place.whole(1, 400))
    assert weight[0, pick] == 1
    assert moved(kept, colours)[weight == 1].max() <= tolerance
    everywhere = Protected(inner, (Region(np.ones((1, 1))),), tolerance, clipped=True)
    assert moved(everywhere, colours).max() <= tolerance


@settings(max_examples=40, deadline=None)
@given(inner=maps(), degrees=st.floats(0, 90), seed=st.integers(0, 99))
def test_hues_turn_no_further_than_the_limit_whatever_the_map(inner, degrees, seed):
    colours = codes(seed)
    limited = HueLimit(inner, degrees, clipped=True)
    before = to_lab(colours)
    after = to_lab(np.clip(limited.transform(colours, Place.whole(1, 400)), 0, 1))
    chromatic = (np.hypot(*before[..., 1:].T).T >= 8) & (np.hypot(*after[..., 1:].T).T >= 8)
    turn = np.arctan2(after[..., 2], after[..., 1]) - np.arctan2(before[..., 2], before[..., 1])
    turn = np.abs(np.rad2deg(np.arctan2(np.sin(turn), np.cos(turn))))
    assert turn[chromatic].max(initial=0) <= degrees + 0.2


def test_lightness_moves_where_colour_may_not():
    colours = np.full((1, 1, 3), [0.5, 0.35, 0.3], np.float32)
    kept = Protected(Chain((STOP, WARM)), (Palette(colours[0]),), 2.0, clipped=True)
    before, after = (to_lab(c)[0, 0] for c in (colours, kept.transform(colours, Place.whole(1, 1))))
    wanted = to_lab(kept.inner.transform(colours, Place.whole(1, 1)))[0, 0]
    assert after[0] == pytest.approx(wanted[0], abs=0.1)
    assert after[0] - before[0] > 10
    assert moved(kept.inner, colours)[0, 0] > 2 >= moved(kept, colours)[0, 0]


def test_far_from_what_is_protected_the_map_acts_bit_for_bit():
    blue, orange = np.float32([[[0.1, 0.2, 0.8]]]), np.float32([[[0.9, 0.5, 0.1]]])
    kept = Protected(WARM, (Palette(blue[0]),), 2.0, clipped=True)
    place = Place.whole(1, 1)
    np.testing.assert_array_equal(kept.transform(orange, place), WARM.transform(orange, place), strict=True)
    unmoved = Protected(Identity(), (Region(np.ones((1, 1))),), 2.0, clipped=True)
    np.testing.assert_array_equal(unmoved.transform(blue, place), blue, strict=True)


@pytest.mark.parametrize("limited", ["palette", "skin", "region", "hue"])
def test_guards_draw_no_edge_into_a_gradient(limited):
    width = 2000
    share = np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
    gradient = np.float32([0.75, 0.5, 0.4]) * (1 - share) + np.float32([0.2, 0.4, 0.75]) * share
    areas = {
        "palette": Palette([[0.2, 0.4, 0.75]]),
        "skin": Skin(),
        "region": Region([[1, 1, 1, 0.9, 0.6, 0.3, 0.1, 0, 0, 0, 0, 0]]),
    }
    guard = HueLimit(WARM, 10, True) if limited == "hue" else Protected(WARM, (areas[limited],), 2.0, clipped=True)
    place = Place.whole(1, width)
    step = np.abs(np.diff(guard.transform(gradient, place), axis=1)).max()
    plain = np.abs(np.diff(WARM.transform(gradient, place), axis=1)).max()
    assert step < max(12 * plain, 2 / 255)


def test_a_little_more_change_is_not_a_long_way_back():
    colour = np.float32([229, 103, 72]) / 255
    change = np.float32([10.2, -153.4, -60.6]) / 255  # out of the gamut, where clipping bends the way
    results = []
    for share in np.linspace(0.3, 1.5, 1201):
        more = Affine.gain_offset(1.0, share * change)
        kept = Protected(more, (Palette([[0.90588235, 0.47058824, 0.31764706]]),), 2.0, clipped=True)
        results.append(np.clip(kept.transform(colour[None, None], Place.whole(1, 1)), 0, 1))
    assert np.abs(np.diff(results, axis=0)).max() < 1.5 / 255


def test_tone_keeps_chromaticity_and_takes_luminance():
    colours = codes(3) * np.float32(0.8) + np.float32(0.1)
    toned = Tone(Chain((STOP, WARM)), np.eye(3))
    place = Place.whole(1, 400)
    before, after = (SRGB.to_light(c) for c in (colours, toned.transform(colours, place)))
    wanted = SRGB.to_light(toned.inner.transform(colours, place))
    weights = np.float32([0.2126, 0.7152, 0.0722])
    np.testing.assert_allclose(after @ weights, wanted @ weights, rtol=2e-3)
    np.testing.assert_allclose(after / after.sum(-1, keepdims=True), before / before.sum(-1, keepdims=True), atol=1e-3)


def test_tone_lifts_black_without_colour():
    dark = np.float32([[[0.0, 0.0, 0.0], [0.002, 0.0, 0.0]]])
    lifted = Tone(Affine.gain_offset(0.8, 0.2), np.eye(3)).transform(dark, Place.whole(1, 2))
    np.testing.assert_allclose(lifted, 0.2, atol=0.01)


@pytest.mark.parametrize("person", ["light", "medium", "dark"])
def test_skin_is_found_and_grass_sky_and_grey_are_not(person):
    # Patches 2 and 1 of a colour chart made for photographers, "light skin" and "dark skin", and one between.
    skin = {"light": (194, 150, 130), "medium": (160, 115, 92), "dark": (115, 82, 68)}[person]
    others = [(87, 108, 67), (98, 122, 157), (120, 120, 120), (250, 250, 250), (8, 6, 5), (175, 54, 60)]
    colours = np.float32([[skin, *others]]) / 255
    weight = Skin().weight(to_lab(colours), Place.whole(1, 7))[0]
    assert weight[0] == 1
    assert weight[1:].max() < 0.6


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: Protected(WARM, (), 2.0, True), "areas"),
        (lambda: Protected(WARM, (Skin(),), -1, True), "tolerance"),
        (lambda: Protected("mkl", (Skin(),), 2, True), "inner"),
        (lambda: HueLimit(WARM, 100, True), "degrees"),
        (lambda: Region([[0, 2]]), "grid"),
        (lambda: Tone("mkl", np.eye(3)), "inner"),
    ],
)
def test_guards_that_cannot_be_are_refused(make, word):
    with pytest.raises(BadInputError, match=word):
        make()

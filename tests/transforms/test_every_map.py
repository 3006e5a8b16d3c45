"""What every colour map promises."""

import json
import math
from contextlib import suppress
from functools import reduce
from operator import getitem

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.transforms import Blend, ColourMap, Identity, from_dict
from accord.transforms.reading import KINDS


def test_every_kind_is_tried(maps):
    assert {made.kind for made in maps.values()} == set(KINDS)


@pytest.mark.parametrize(("rows", "columns"), [(1, 53), (10, 53), (7, 11)])
def test_tiles_equal_the_whole_bit_for_bit(colour_map, pixels, rows, columns):
    height, width = pixels.shape[:2]
    whole = colour_map.transform(pixels, Place.whole(height, width))
    assert whole.dtype == np.float32
    for top in range(0, height, rows):
        for left in range(0, width, columns):
            tile = pixels[top : top + rows, left : left + columns]
            place = Place(top, left, tile.shape[0], tile.shape[1], height, width)
            np.testing.assert_array_equal(
                colour_map.transform(tile, place), whole[top : top + rows, left : left + columns], strict=True
            )


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_tile_of_any_picture_equals_its_part_of_the_whole(colour_map, data):
    height, width = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 40))
    top, left = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    tall, wide = data.draw(st.integers(1, height - top)), data.draw(st.integers(1, width - left))
    picture = (
        np.random.default_rng(data.draw(st.integers(0, 99))).normal(0.5, 0.6, (height, width, 3)).astype(np.float32)
    )
    whole = colour_map.transform(picture, Place.whole(height, width))
    window = np.s_[top : top + tall, left : left + wide]
    tile = colour_map.transform(picture[window], Place(top, left, tall, wide, height, width))
    np.testing.assert_array_equal(tile, whole[window], strict=True)


def test_input_is_not_written_to(colour_map, pixels):
    pixels.setflags(write=False)
    colour_map.transform(pixels, Place.whole(37, 53))


def test_results_are_finite_for_extended_values(colour_map, pixels):
    far = (pixels - 0.3) * 40
    assert np.isfinite(colour_map.transform(far, Place.whole(37, 53))).all()


def test_serialised_form_reads_back_exactly(colour_map):
    back = from_dict(json.loads(json.dumps(colour_map.to_dict(), allow_nan=False)))
    assert back == colour_map
    assert hash(back) == hash(colour_map)


def places_in(data):
    """Give the paths of all entries, of lists the first."""
    keys = list(data) if isinstance(data, dict) else [0] if isinstance(data, list) and data else []
    return [(key, *rest) for key in keys for rest in [(), *places_in(data[key])]]


@pytest.mark.parametrize("damage", [None, 5, -1, math.inf, 10**400, "x", [], {}, [[1, 2], [3]], [math.inf], True])
def test_a_damaged_description_is_refused_or_read_as_a_map(colour_map, damage):
    for *way, last in places_in(colour_map.to_dict()):
        data = colour_map.to_dict()
        reduce(getitem, way, data)[last] = damage
        with suppress(BadInputError):
            assert isinstance(from_dict(data), ColourMap)


def test_kinds_differ(maps):
    assert len(set(maps.values())) == len(maps)


def test_strength_0_is_the_identity_and_1_the_map(colour_map):
    assert colour_map.at_strength(0) == Identity()
    assert colour_map.at_strength(1) is colour_map


def test_half_strength_is_half_way(colour_map, pixels):
    place = Place.whole(37, 53)
    whole = colour_map.transform(pixels, place)
    half = colour_map.at_strength(0.5).transform(pixels, place)
    np.testing.assert_allclose(half, (pixels + whole) / 2, atol=2e-6)


def test_the_same_map_fits_every_resolution(colour_map):
    # Each pixel of a small picture, repeated 4 x 4: a map may not depend on how many pixels there are.
    small = np.random.default_rng(8).uniform(0, 1, (8, 1, 3)).astype(np.float32) * np.ones((1, 9, 1), np.float32)
    small[:] = small[:1]
    large = small.repeat(4, 0).repeat(4, 1)
    at_small = colour_map.transform(small, Place.whole(8, 9))
    at_large = colour_map.transform(large, Place.whole(32, 36))
    shrunk = at_large.reshape(8, 4, 9, 4, 3).mean((1, 3))
    np.testing.assert_allclose(shrunk, at_small, atol=0.08)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float16", "float32", "float64"])
def test_apply_keeps_shape_and_dtype(colour_map, dtype):
    image = np.random.default_rng(9).uniform(0, 1, (5, 4, 3))
    image = image.astype(dtype) if dtype.startswith("f") else (image * np.iinfo(dtype).max).astype(dtype)
    result = colour_map.apply(image)
    assert (result.shape, result.dtype) == (image.shape, image.dtype)
    np.testing.assert_array_equal(colour_map.apply(image, strength=0), image, strict=True)


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan"), "half"])
def test_a_strength_outside_0_to_1_is_refused(colour_map, strength):
    with pytest.raises(BadInputError, match="strength is"):
        colour_map.at_strength(strength)


def test_blends_of_blends_are_one(maps):
    bilateral = maps["bilateral-grid"]
    assert bilateral.at_strength(0.5).at_strength(0.5) == Blend(bilateral, 0.25)


def test_a_blend_may_go_beyond_its_map(maps):
    affine, place = maps["affine"], Place.whole(6, 5)
    picture = np.random.default_rng(2).random((6, 5, 3)).astype(np.float32)
    change = affine.transform(picture, place) - picture
    beyond = Blend(affine, 1.5)
    np.testing.assert_allclose(beyond.transform(picture, place) - picture, 1.5 * change, atol=1e-6)
    assert beyond.at_strength(0.5) == Blend(affine, 0.75)


def test_local_says_whether_place_matters(maps):
    local = {name for name, made in maps.items() if made.local}
    assert local == {
        "affine-grid",
        "affine-grid-as-published",
        "polynomial-grid",
        "bilateral-grid",
        "offset-grid",
        "chain",
        "mean",
        "blend",
        "hue-limit",
        "protected",
    }

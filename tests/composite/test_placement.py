import math

import numpy as np
import pytest

from accord.composite.placement import Box, place
from accord.core.errors import BadInputError


def test_scale_is_a_share_of_the_backgrounds_width():
    placed = place((50, 100), (300, 400), scale=0.5)
    assert (placed.height, placed.width) == (100, 200)


def test_fractions_and_pixels_say_the_same():
    assert place((10, 10), (300, 400), at=(0.25, 0.5)) == place((10, 10), (300, 400), at=(100, 150), unit="pixels")


def test_pictures_of_one_size_lie_over_one_another():
    assert place((301, 401), (301, 401)).corner == (0, 0)


@pytest.mark.parametrize(
    ("rotation", "turns", "angle"), [(90, 1, 0), (-90, 3, 0), (450, 1, 0), (100, 1, 10), (-30, 0, -30)]
)
def test_quarter_turns_are_taken_off(rotation, turns, angle):
    placed = place((20, 40), (300, 400), rotation=rotation)
    assert (placed.quarter_turns, placed.angle) == (turns, pytest.approx(angle))
    assert (placed.height, placed.width) == ((40, 20) if turns % 2 else (20, 40))


def test_turning_is_counter_clockwise_about_the_centre():
    placed = place((20, 40), (100, 100), rotation=30)
    right = placed.matrix(20, 40) @ [40, 10, 1]
    np.testing.assert_allclose(right[:2], [50 + 20 * math.cos(math.radians(30)), 50 - 10])


def test_the_box_holds_the_turned_part():
    box = place((20, 40), (100, 100), rotation=30).box(Box(0, 0, 20, 40), 20, 40)
    reach = 20 * math.cos(math.radians(30)) + 10 * math.sin(math.radians(30))
    assert box.left <= 50 - reach
    assert box.right >= 50 + reach


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"scale": 0}, "scale"),
        ({"scale": -1}, "scale"),
        ({"scale": math.nan}, "scale"),
        ({"scale": "big"}, "scale"),
        ({"scale": 1e9}, "scale"),
        ({"scale": 1e308}, "scale"),
        ({"at": (0.5,)}, "at"),
        ({"at": 0.5}, "at"),
        ({"at": (math.inf, 0)}, "at"),
        ({"at": (1e308, 1e308)}, "at"),
        ({"at": (0, -(2.0**25)), "unit": "pixels"}, "at"),
        ({"rotation": math.nan}, "rotation"),
        ({"unit": "inches"}, "unit"),
    ],
)
def test_settings_that_cannot_be_are_named(settings, word):
    with pytest.raises(BadInputError, match=f"^{word}"):
        place((20, 40), (100, 100), **settings)

"""One colour map for a set."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data, draw

import accord
from accord.core.errors import BadInputError, GuardError
from accord.transforms import Affine


@pytest.fixture(scope="module")
def angles():
    """Give the same thing on three backgrounds of different light, at three sizes."""
    pictures = []
    for step, gain, (row, column) in ((2, 1.0, (90, 120)), (3, 0.7, (60, 90)), (2, 1.2, (110, 150))):
        picture = np.clip(data.coffee()[::step, ::step].astype(float) * gain, 0, 255).astype(np.uint8)
        mask = np.zeros(picture.shape[:2], np.float32)
        mask[draw.disk((row, column), 40)] = 1
        thing = np.random.default_rng(3).integers(40, 160, (int(mask.sum()), 3))
        picture[mask > 0] = thing
        pictures.append((picture, mask))
    return pictures


def test_every_picture_of_a_set_gets_the_same_map(angles):
    results = list(accord.harmonize_set(angles, method="mkl"))
    assert results[0].colour_map == results[1].colour_map == results[2].colour_map
    for (picture, _), result in zip(angles, results, strict=True):
        assert result.image.shape == picture.shape
        assert result.method.id == "mkl"
        assert result.signals.background_untouched
    # The same colours come out the same everywhere.
    first, last = (results[i].image[angles[i][1] > 0] for i in (0, 2))
    assert np.abs(np.sort(first[:, 0])[::200].astype(int) - np.sort(last[:, 0])[::200]).max() <= 2


def test_the_map_lies_between_what_each_picture_asks_for(angles):
    own = [accord.harmonize(*each, method="mkl").image[each[1] > 0].mean() for each in angles]
    results = accord.harmonize_set(angles, method="mkl")
    shared = [result.image[mask > 0].mean() for (_, mask), result in zip(angles, results, strict=True)]
    assert min(own) < min(shared) <= max(shared) < max(own)
    assert np.mean(shared) == pytest.approx(np.mean(own), abs=2)


def test_a_set_of_one_keeps_its_own_map(angles):
    (result,) = accord.harmonize_set(angles[:1], method="histogram", strength=0.5)
    assert result.colour_map == accord.harmonize(*angles[0], method="histogram", strength=0.5).colour_map


def test_limits_hold_for_a_set(angles):
    change = Affine.gain_offset([1.6, 1.5, 1.2])
    results = list(accord.harmonize_set(angles, method=change, protect="#808080", max_exposure=0.3, max_hue=15))
    assert results[0].colour_map == results[1].colour_map
    assert [guard.name for guard in results[1].guards] == ["max_exposure", "max_hue", "protect #808080"]
    assert all(guard.held for result in results for guard in result.guards)
    assert results[0].guards[0].wanted > 0.4
    assert results[0].settings["same_map"] == 3


LIMITS = [{}, {"max_exposure": 0}, {"mode": "tone-wb"}, {"max_hue": 0, "protect": "skin", "tolerance": 0}]


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("limits", LIMITS)
def test_strength_0_leaves_a_set_as_it_is_whatever_the_limits(angles, count, dtype, limits):
    white = {np.uint8: 255, np.uint16: 65535, np.float32: 1}[dtype]
    pictures = [((picture / 255 * white).astype(dtype), mask * 0.7) for picture, mask in angles[:count]]
    results = accord.harmonize_set(pictures, method="mkl", strength=0, **limits)
    for (picture, mask), result in zip(pictures, results, strict=True):
        np.testing.assert_array_equal(result.image, picture)
        assert result.settings["max_exposure"] == limits.get("max_exposure")
        one = accord.harmonize(picture, mask, method="mkl", strength=0, **limits)
        assert (result.colour_map, result.guards) == (one.colour_map, one.guards)


def test_what_cannot_be_used_is_named_by_its_number(angles):
    with pytest.raises(BadInputError, match="empty"):
        accord.harmonize_set([], method="mkl")
    with pytest.raises(BadInputError, match="picture 2 of the set: the mask is 0"):
        accord.harmonize_set([angles[0], (angles[1][0], np.zeros_like(angles[1][1]))], method="mkl")


def test_a_broken_limit_is_raised_before_the_first_picture_of_a_set_is_made(angles, monkeypatch):
    monkeypatch.setattr("accord.pipeline.sets.guarded", lambda colour_map, *_: colour_map)
    angles = [(np.full_like(angles[0][0], 0.5), angles[0][1]), angles[1]]  # grey has no hue to turn
    with pytest.raises(GuardError, match=r"^picture 2 of the set: the result breaks a limit: max_hue"):
        accord.harmonize_set(angles, method=Affine.gain_offset([0.4, 1, 1.8]), max_hue=1)

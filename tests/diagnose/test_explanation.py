from __future__ import annotations

import json

import numpy as np
import pytest

import accord
from accord.core.errors import BadInputError
from accord.diagnose import PhotographicEdit, explain
from accord.diagnose.least_squares import least_squares
from accord.transforms import Affine, Filters, Identity, InSpace, Photographic

# A stop; from 6,500 to 5,000 K; and percents.
KNOWN = {
    "exposure": 1.0,
    "temperature": 1e6 / 5000 - 1e6 / 6500,
    "contrast": 30.0,
    "saturation": 40.0,
    "highlights": -8.0,
    "shadows": 6.0,
    "tint": 0.008,
}


@pytest.mark.parametrize("name", ["astronaut", "coffee"])
@pytest.mark.parametrize("control", KNOWN)
def test_a_map_that_is_a_known_edit_is_explained_by_it(photos, oval, applying, name, control):
    picture = photos[name].astype(np.float32) / 255
    edit = PhotographicEdit(**{control: KNOWN[control]})
    told = explain(applying(edit.apply), picture, oval(picture))
    assert getattr(told.edit, control) == pytest.approx(KNOWN[control], rel=0.15)
    for other, size in KNOWN.items():
        if other != control:
            assert abs(getattr(told.edit, other)) < 0.15 * abs(size), other
    assert told.residual < 0.15 * told.move


def test_edits_together_are_told_apart(photos, oval, applying):
    picture = photos["cat"].astype(np.float32) / 255
    edit = PhotographicEdit(-0.5, 20, 0.003, 15, -5, 4, -20)
    told = explain(applying(edit.apply), picture, oval(picture))
    np.testing.assert_allclose(told.edit.to_vector(), edit.to_vector(), rtol=0.15)


def test_exposure_is_told_of_other_maps_that_change_it(photos, oval):
    picture = photos["cat"].astype(np.float32) / 255
    doubled = explain(InSpace("linear", Affine.gain_offset(2.0)), picture, oval(picture))
    assert doubled.edit.exposure == pytest.approx(1, abs=0.02)
    brighter = explain(Filters.measured([0, 0.3, 0, 0, 0, 0], picture), picture, oval(picture))
    assert brighter.edit.exposure > 0.5
    assert brighter.residual < 0.2 * brighter.move


def test_what_no_photographic_edit_does_is_left_as_residual(photos, oval):
    picture = photos["cat"].astype(np.float32) / 255
    swapped = explain(Affine(np.eye(3, 4)[[2, 0, 1]]), picture, oval(picture))
    assert swapped.residual > 3
    assert f"{swapped.residual:.1f}" in str(swapped)


def test_identity_needs_no_explanation(photos, oval):
    picture = photos["cat"].astype(np.float32) / 255
    told = explain(Identity(), picture, oval(picture))
    np.testing.assert_allclose(told.edit.to_vector(), 0, atol=1e-3)
    assert told.move == 0


@pytest.mark.parametrize("method", ["reinhard", "mkl", "poisson"])
def test_a_white_foreground_is_explained_though_clipping_hides_what_is_brighter(photos, oval, method):
    picture = photos["cat"].copy()
    picture[oval(picture) > 0] = 255
    told = accord.harmonize(picture, oval(picture), method=method).explanation
    Photographic(told.edit)
    assert told.move > 10
    assert told.residual < 0.5 * told.move


def test_no_control_leaves_its_range(oval):
    white = np.ones((8, 8, 3), np.float32)
    told = explain(InSpace("linear", Affine.gain_offset([1, 0, 1])), white, oval(white))
    Photographic(told.edit)


def test_colours_that_end_near_white_are_not_explained_by_a_grey_of_any_temperature():
    beige = np.random.default_rng(0).normal((0.815, 0.78, 0.648), (0.008, 0.008, 0.027), (40, 40, 3)).astype(np.float32)
    told = explain(Affine.gain_offset(0.3, [0.69, 0.73, 0.83]), beige, np.ones((40, 40), np.float32))
    assert told.residual < 0.1 * told.move
    assert told.edit.temperature < 0 < told.edit.exposure < 2
    assert told.edit.saturation > -75


def test_an_edit_of_nothing_changes_nothing():
    colours = np.random.default_rng(0).uniform(-0.2, 1.5, (100, 3)).astype(np.float32)
    np.testing.assert_allclose(PhotographicEdit().apply(colours), colours, atol=1e-4)


def test_a_result_explains_its_map_and_the_explanation_is_json(photos, oval):
    result = accord.harmonize(photos["cat"], oval(photos["cat"]), method=InSpace("linear", Affine.gain_offset(0.5)))
    told = result.explanation
    assert told.edit.exposure == pytest.approx(-1, abs=0.02)
    assert json.loads(json.dumps(told.to_dict()))["schema_version"] == 1
    assert result.explanation is told


@pytest.mark.parametrize("mask", [np.zeros((4, 4), np.float32), np.ones((4, 5), np.float32)])
def test_useless_masks_are_refused(mask):
    with pytest.raises(BadInputError, match="mask is"):
        explain(Identity(), np.zeros((4, 4, 3), np.float32), mask)


def test_least_squares_finds_the_bottom_of_a_bent_valley():
    found = least_squares(lambda p: np.array([10 * (p[1] - p[0] ** 2), 1 - p[0]]), np.array([-1.2, 1.0]), np.ones(2))
    np.testing.assert_allclose(found, [1, 1], atol=1e-2)

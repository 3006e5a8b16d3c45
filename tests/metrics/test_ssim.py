"""Structural similarity against scikit-image."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from accord.core.errors import BadInputError
from accord.metrics.ssim import ssim, ssim_harmonizer


def test_is_scikit_images_gaussian_form_away_from_the_border(pair):
    prediction, truth, mask = pair
    composited = mask[..., None] * prediction + (1 - mask[..., None]) * truth
    _, field = structural_similarity(
        truth,
        composited,
        channel_axis=2,
        data_range=255,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    assert ssim(prediction, truth, mask) == pytest.approx(field[5:-5, 5:-5].mean())


def test_strips_make_no_difference(pair, monkeypatch):
    prediction, truth, mask = pair
    whole = ssim(prediction, truth, mask)
    for strip in (1, 3, 7):
        monkeypatch.setattr("accord.metrics.ssim.STRIP", strip)
        assert ssim(prediction, truth, mask) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("place", [(0, 0), (19, 30), (0, 15), (9, 30)])
def test_a_mask_at_the_border_is_seen_whole(pair, place):
    prediction, truth, mask = pair
    mask = np.zeros_like(mask)
    mask[place] = 1
    touched = np.full_like(mask, 1e-300)  # every window counts as touched, so nothing is taken for granted
    touched[place] = 1
    assert ssim(prediction, truth, mask) == pytest.approx(ssim(prediction, truth, touched), rel=1e-12)


def test_harmonizers_form_is_scikit_images_default_with_range_2(pair):
    prediction, truth, _ = pair
    expected = structural_similarity(truth, prediction, channel_axis=2, data_range=2)
    assert ssim_harmonizer(prediction, truth) == pytest.approx(expected)


def test_a_mask_of_zeros_loses_nothing(pair):
    prediction, truth, mask = pair
    assert ssim(prediction, truth, mask * 0) == 1


def test_a_picture_smaller_than_the_window_is_refused(pair):
    prediction, truth, mask = pair
    with pytest.raises(BadInputError, match="at least 11 pixels"):
        ssim(prediction[:10], truth[:10], mask[:10])

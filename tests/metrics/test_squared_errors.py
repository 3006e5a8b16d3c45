"""MSE, fMSE, PSNR and fPSNR against scikit-image, and what they refuse."""

import numpy as np
import pytest
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio

from accord.core.errors import BadInputError
from accord.metrics.fmse import fmse, fmse_harmonizer
from accord.metrics.fpsnr import fpsnr, fpsnr_cdtnet
from accord.metrics.mse import mse, mse_pct_net
from accord.metrics.psnr import psnr, psnr_harmonizer, psnr_idih


def test_mse_and_psnr_are_scikit_images(pair):
    prediction, truth, _ = pair
    assert mse(prediction, truth) == pytest.approx(mean_squared_error(truth, prediction))
    expected = peak_signal_noise_ratio(truth, prediction, data_range=255)
    assert psnr(prediction, truth) == pytest.approx(expected, abs=1e-6)
    span = prediction.max() - prediction.min()
    expected = peak_signal_noise_ratio(truth, prediction, data_range=span)
    assert psnr_harmonizer(prediction, truth) == pytest.approx(expected, abs=1e-6)


def test_fmse_of_a_binary_mask_is_the_mse_of_its_pixels(pair):
    prediction, truth, mask = pair
    mask = (mask > 0.4).astype(np.float32)
    expected = mean_squared_error(truth[mask == 1], prediction[mask == 1])
    assert fmse(prediction, truth, mask) == pytest.approx(expected)
    assert fmse_harmonizer(prediction, truth, mask) == pytest.approx(expected)
    assert fpsnr(prediction, truth, mask) == pytest.approx(10 * np.log10(255**2 / expected), abs=1e-6)


def test_soft_edges_count_in_proportion(pair):
    _, truth, mask = pair
    assert fmse(truth + 3, truth, mask) == pytest.approx(9)
    assert mse_pct_net(truth + 3, truth, mask) == pytest.approx(9 * mask.mean())


def test_background_damage_shows_in_the_mse_alone(pair):
    _, truth, mask = pair
    damaged = truth + 20 * (mask == 0)[..., None]
    assert mse(damaged, truth) > 100
    assert mse_pct_net(damaged, truth, mask) == 0
    assert fmse(damaged, truth, mask) == 0


def test_variants_take_their_peak_from_the_pictures(pair):
    prediction, truth, mask = pair
    dark, dark_truth = prediction / 4, truth / 4
    shift = 20 * np.log10(255 / dark_truth.max())
    assert psnr(dark, dark_truth) - psnr_idih(dark, dark_truth) == pytest.approx(shift)
    assert fpsnr(dark, dark_truth, mask) - fpsnr_cdtnet(dark, dark_truth, mask) == pytest.approx(shift)


def test_equal_pictures_stay_finite(pair):
    _, truth, mask = pair
    assert psnr(truth, truth) == pytest.approx(108.1308, abs=1e-3)
    assert fpsnr(truth, truth, mask) == pytest.approx(108.1308, abs=1e-3)


def test_integers_do_not_wrap_around():
    low, high = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 200, np.uint8)
    assert mse(low, high) == 40000


def test_bad_input_names_what_came(pair):
    prediction, truth, mask = pair
    with pytest.raises(BadInputError, match=r"\(19, 31\).*\(20, 31\)"):
        mse(prediction[1:], truth)
    with pytest.raises(BadInputError, match="RGB"):
        mse(prediction[..., 0], truth[..., 0])
    with pytest.raises(BadInputError, match="divide 8-bit masks by 255"):
        fmse(prediction, truth, mask * 255)
    with pytest.raises(BadInputError, match="0 everywhere"):
        fmse(prediction, truth, mask * 0)
    with pytest.raises(BadInputError, match=r"mask is \(31, 20\)"):
        fmse(prediction, truth, mask.T)
    with pytest.raises(BadInputError, match="nan"):
        fmse(prediction, truth, np.full_like(mask, np.nan))

from __future__ import annotations

import numpy as np
import pytest

from accord.pipeline import shrink as module
from accord.pipeline.shrink import fitted_size, shrink
from accord.pipeline.small import small_mask


def shrunken(values, to):
    return shrink(lambda rows: values[rows], values.shape[:2], to)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1000, 500), (100, 50)), ((50, 80), (50, 80)), ((1, 65535), (1, 100)), ((3000, 4000), (75, 100))],
)
def test_longest_side_is_fitted_and_aspect_kept(size, expected):
    assert fitted_size(*size, 100, square=False) == expected


def test_a_network_is_given_each_side_as_long_as_it_reads_it_and_nothing_enlarged():
    assert fitted_size(1, 3000, 100, square=True) == (1, 100)
    assert fitted_size(90, 3000, 100, square=True) == (90, 100)


def test_whole_ratios_average_blocks(rng):
    values = rng.random((12, 20, 3), dtype=np.float32)
    np.testing.assert_allclose(shrunken(values, (3, 5)), values.reshape(3, 4, 5, 4, 3).mean((1, 3)), rtol=1e-5)


@pytest.mark.parametrize("to", [(7, 9), (12, 5), (1, 1), (11, 20), (5, 19)])
def test_any_ratio_keeps_the_mean(rng, to):
    values = rng.random((12, 20, 3), dtype=np.float32)
    np.testing.assert_allclose(shrunken(values, to).mean((0, 1)), values.mean((0, 1)), rtol=1e-5)


def test_equals_opencv_area(rng):
    cv2 = pytest.importorskip("cv2")
    values = rng.random((101, 67, 3), dtype=np.float32)
    ours = shrunken(values, (31, 23))
    np.testing.assert_allclose(ours, cv2.resize(values, (23, 31), interpolation=cv2.INTER_AREA), atol=2e-6)


def test_strips_do_not_show(rng, monkeypatch):
    values = rng.random((50, 40, 3), dtype=np.float32)
    whole = shrunken(values, (13, 17))
    monkeypatch.setattr(module, "STRIP_PIXELS", 100)
    np.testing.assert_allclose(shrunken(values, (13, 17)), whole, atol=1e-6)


def test_same_size_is_the_same(rng):
    values = rng.random((5, 6, 3), dtype=np.float32)
    np.testing.assert_array_equal(shrunken(values, (5, 6)), values)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (3, 40)])
def test_growing_keeps_constants_and_range(rng, size):
    values = rng.random((*size, 3), dtype=np.float32)
    grown = shrunken(values, (16, 16))
    assert grown.shape == (16, 16, 3)
    assert grown.min() >= values.min() - 1e-6
    assert grown.max() <= values.max() + 1e-6


@pytest.mark.parametrize("to", [(13, 17), (50, 7), (1, 1), (50, 40)])
@pytest.mark.parametrize(
    "box", [np.s_[20:31, 3:4], np.s_[0:1, 39:40], np.s_[49:50, 0:40], np.s_[0:50, 0:40], np.s_[:0]]
)
def test_a_mask_is_shrunk_where_it_covers_as_anywhere(rng, to, box):
    mask = np.zeros((50, 40), np.float32)
    mask[box] = rng.random(mask[box].shape, dtype=np.float32)
    codes = np.rint(255 * mask).astype(np.uint8)
    np.testing.assert_array_equal(small_mask(mask, to), np.clip(shrunken(mask[..., None], to)[..., 0], 0, 1))
    np.testing.assert_array_equal(small_mask(codes, to), small_mask(codes / np.float32(255), to))


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("size", [(601, 5), (23, 7), (14, 5)])
def test_whole_numbers_are_averaged_as_floats_are(rng, dtype, size):
    values = rng.integers(0, np.iinfo(dtype).max, (*size, 3), dtype, endpoint=True)
    values[: size[0] // 2] = np.iinfo(dtype).max  # sums that overflow if anything does
    for count in (1, 2, 13):
        to = (count, 3)
        np.testing.assert_allclose(shrunken(values, to), shrunken(values.astype(np.float64), to), rtol=2e-6)

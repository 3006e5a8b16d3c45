from __future__ import annotations

import numpy as np
import pytest

import accord
from accord.core.errors import BadInputError
from accord.pipeline.explaining import HOTTEST, heat_map, heat_picture
from accord.transforms import Affine, AffineGrid, Chain, Identity, InSpace


def test_a_map_of_colour_alone_acts_nowhere_in_its_own_way(composite, mask):
    result = accord.harmonize(composite, mask, method=InSpace("linear", Affine.gain_offset(1.5)))
    np.testing.assert_array_equal(heat_map(result), np.zeros(mask.shape, np.float32), strict=True)


def test_the_heat_is_where_the_map_differs_from_itself(composite, mask):
    grid = np.tile(np.eye(3, 4, dtype=np.float32), (1, 8, 1, 1))
    grid[:, 5:, 0, 3] = 0.3  # red, from column 20 on; the foreground reaches from 15 to 28
    local = Chain((Affine.gain_offset(1.1), AffineGrid(grid)))
    heat = heat_map(accord.harmonize(composite, mask, method=local))
    assert (heat.shape, heat.dtype) == (mask.shape, np.float32)
    assert not heat[mask == 0].any()
    assert heat[mask == 1].mean() > 3


def test_a_constant_grid_is_as_good_as_no_grid(composite, mask):
    grid = np.tile(np.eye(3, 4, dtype=np.float32), (2, 2, 1, 1))
    assert heat_map(accord.harmonize(composite, mask, method=AffineGrid(grid))).max() < 0.2
    assert heat_map(accord.harmonize(composite, mask, method=Identity())).max() == 0


def test_what_drives_a_fit_is_where_the_background_is_unlike_the_rest(rng):
    picture = rng.integers(100, 120, (64, 64, 3), dtype=np.uint8)
    picture[8:16, 48:56] = (250, 30, 10)
    mask = np.zeros((64, 64), np.float32)
    mask[24:40, 24:40] = 1
    drove = accord.harmonize(picture, mask, method="mkl").drivers
    assert drove.shape == (8, 8)
    assert np.unravel_index(drove.argmax(), (8, 8)) == (1, 6)
    assert drove.max() > 3 * np.median(drove)
    assert not drove[3:5, 3:5].any()


def test_a_colour_map_has_no_drivers(composite, mask):
    with pytest.raises(BadInputError, match="nothing in the picture drove it"):
        _ = accord.harmonize(composite, mask, method=Identity()).drivers


def test_heat_is_drawn_on_the_same_scale_for_every_picture():
    heat = np.array([[0, 5, HOTTEST, 3 * HOTTEST]], np.float32)
    drawn = heat_picture(heat, np.full((1, 4, 3), 0.5, np.float32))
    assert drawn[0, 0].tolist() == [64, 64, 64]
    assert drawn[0, 1, 0] > drawn[0, 1, 2]
    assert drawn[0, 2].tolist() == drawn[0, 3].tolist() == [255, 255, 255]

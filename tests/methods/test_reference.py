import numpy as np
import pytest

from accord.core.errors import BadInputError
from accord.methods.reference import RING_WIDTH, reference_weights


@pytest.fixture
def disc():
    y, x = np.mgrid[0:120, 0:160]
    return np.clip(20.5 - np.hypot(x - 70, y - 50), 0, 1).astype(np.float32)


def test_background_is_what_the_mask_leaves(disc):
    np.testing.assert_array_equal(reference_weights(disc), 1 - disc)


def test_a_ring_reaches_as_far_as_it_says(disc):
    y, x = np.mgrid[0:120, 0:160]
    beyond = np.hypot(x - 70, y - 50) - 20
    width = RING_WIDTH * np.sqrt(disc.sum())
    ring = reference_weights(disc, "ring")
    np.testing.assert_array_equal(ring[beyond < width - 1], 1 - disc[beyond < width - 1])
    assert (ring[beyond > width + 1] == 0).all()


def test_a_ring_grows_with_the_picture(disc):
    large = disc.repeat(3, 0).repeat(3, 1)
    share, large_share = (reference_weights(mask, "ring").mean() for mask in (disc, large))
    assert large_share == pytest.approx(share, rel=0.05)


def test_distance_is_that_of_scipy():
    ndimage = pytest.importorskip("scipy.ndimage", reason="SciPy is the outside reference")
    mask = (np.random.default_rng(0).random((40, 50)) > 0.995).astype(np.float32)
    width = max(2.0, RING_WIDTH * np.sqrt(mask.sum()))
    expected = (ndimage.distance_transform_edt(mask == 0) <= width) & (mask == 0)
    np.testing.assert_array_equal(reference_weights(mask, "ring") > 0, expected)


@pytest.mark.parametrize("mask", [np.ones((3, 4)), np.zeros((3, 4)), np.full((1, 1), 0.5), np.full((3, 4), 0.2)])
def test_odd_masks_have_rings_of_finite_weights(mask):
    ring = reference_weights(mask.astype(np.float32), "ring")
    assert ring.shape == mask.shape
    assert ((ring >= 0) & (ring <= 1)).all()


def test_an_unknown_kind_is_refused(disc):
    with pytest.raises(BadInputError, match="reference is 'sky', but one of background, ring"):
        reference_weights(disc, "sky")

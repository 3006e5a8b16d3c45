import numpy as np
import pytest

from accord.core.place import Place
from accord.methods.published.lift import lifted
from accord.transforms import Affine


@pytest.fixture
def photo():
    """Smooth colours with fine grain, (64, 96, 3), and a disc with a soft edge."""
    rng = np.random.default_rng(2)
    y, x = np.mgrid[0:64, 0:96] / 64
    waves = np.stack([0.5 + 0.3 * np.sin(4 * x + 3 * y + phase) for phase in (0, 1, 2)], -1)
    picture = np.clip(waves + rng.normal(0, 0.05, waves.shape), 0, 1).astype(np.float32)
    mask = np.clip((24 - np.hypot(x - 0.7, y - 0.5) * 64) / 3, 0, 1).astype(np.float32)
    return picture, mask


def error(photo, recoloured):
    """Give the lifted map's root mean square error over the foreground, and the change's own."""
    picture, mask = photo
    found = lifted(picture, recoloured.astype(np.float32), mask).transform(picture, Place.whole(*mask.shape))
    inside = mask > 0.5
    return tuple(np.sqrt(((one - recoloured)[inside] ** 2).mean()) for one in (found, picture))


def test_an_affine_change_is_found(photo):
    matrix = [[0.9, 0.1, 0, 0.05], [0, 0.7, 0.1, 0], [0.1, 0, 0.8, -0.02]]
    recoloured = Affine(matrix).transform(photo[0], Place.whole(64, 96))
    left, change = error(photo, recoloured)
    assert left < 0.003 < 0.03 < change


def test_a_change_that_depends_on_place_is_found(photo):
    x = np.linspace(0, 1, 96)[None, :, None]
    left, change = error(photo, photo[0] * (0.5 + 0.5 * x))
    assert left < 0.005 < 0.05 < change


def test_a_change_that_depends_on_brightness_is_found(photo):
    left, change = error(photo, photo[0] ** 2)
    assert left < 0.01 < 0.1 < change


def test_no_change_is_the_identity(photo):
    picture, mask = photo
    found = lifted(picture, picture, mask).transform(picture, Place.whole(64, 96))
    np.testing.assert_allclose(found, picture, atol=1e-4)


def test_what_the_mask_leaves_out_plays_no_part(photo):
    picture, mask = photo
    recoloured = 0.8 * picture
    other = np.where(mask[..., None] > 0, recoloured, 0.3).astype(np.float32)
    assert lifted(picture, recoloured, mask) == lifted(picture, other, mask)


def test_detail_of_a_larger_picture_is_kept(photo):
    large = photo[0]
    small = large.reshape(32, 2, 48, 2, 3).mean((1, 3))
    mask = photo[1].reshape(32, 2, 48, 2).mean((1, 3))
    found = lifted(small, 0.8 * small + 0.1, mask).transform(large, Place.whole(64, 96))
    inside = photo[1] == 1
    np.testing.assert_allclose(found[inside], (0.8 * large + 0.1)[inside], atol=0.01)

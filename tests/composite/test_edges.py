import builtins

import numpy as np
import pytest

from accord.composite.edges import clean_cutout, clean_photo, clean_with_matting, fill, spread
from accord.core.encoding import SRGB
from accord.core.errors import MissingExtraError

SIZE = 120


@pytest.fixture
def mixed(disc, smooth):
    """A foreground, its coverage with a wide edge, and the two mixed with a bright old background, in linear light."""
    own = SRGB.to_light(smooth(SIZE, SIZE, 40, 120) / np.float32(255))
    cover = disc(SIZE, SIZE, 60, 60, 40, 8)
    return own, cover, cover[..., None] * own + (1 - cover[..., None]) * np.float32(0.9)


def _fringe(estimate, own, cover, colour_difference):
    """What the new composite shows of the old background: CIEDE2000 over black."""
    share = cover[..., None]
    return colour_difference(SRGB.from_light(share * estimate), SRGB.from_light(share * own))


@pytest.mark.parametrize("zeroed", [False, True])
def test_the_old_background_leaves_no_fringe(mixed, zeroed, colour_difference):
    own, cover, seen = mixed
    if zeroed:
        seen = np.where(cover[..., None] > 0, seen, np.float32(0))
    cleaned = (clean_cutout if zeroed else clean_photo)(seen, cover)
    assert _fringe(seen, own, cover, colour_difference).max() > 20  # what there is to be cleaned
    left = _fringe(cleaned, own, cover, colour_difference)
    assert left.max() < 5  # pymatting leaves 4.1 at most and 0.8 on average
    assert left[(cover > 0) & (cover < 1)].mean() < 1.5


def test_opaque_pixels_keep_their_colour(mixed):
    _, cover, seen = mixed
    for clean in (clean_photo, clean_cutout):
        np.testing.assert_allclose(clean(seen, cover)[cover == 1], seen[cover == 1], rtol=0, atol=1e-6)


def test_a_clean_cutout_stays_nearly_as_it_is(mixed, colour_difference):
    own, cover, _ = mixed
    cutout = np.where(cover[..., None] > 0, own, np.float32(0))
    changed = _fringe(clean_cutout(cutout, cover), own, cover, colour_difference)
    assert changed[(cover > 0) & (cover < 1)].mean() < 1.5


def test_glass_within_an_opaque_frame_keeps_its_colour():
    cover = np.zeros((200, 200), np.float32)
    cover[10:190, 10:190] = 1
    cover[45:155, 45:155] = 0.4
    colour = np.full((200, 200, 3), 0.1, np.float32)
    colour[45:155, 45:155] = (0.2, 0.6, 0.9)
    np.testing.assert_allclose(clean_cutout(colour, cover)[45:155, 45:155], colour[45:155, 45:155], atol=1e-6)


def test_light_above_white_survives(disc):
    cover = disc(40, 40, 20, 20, 12, 4)
    colour = np.full((40, 40, 3), 6.0, np.float32)
    np.testing.assert_allclose(clean_photo(colour, cover), 6, rtol=1e-4)


def test_spreading_fills_odd_sizes_from_a_single_pixel():
    for shape in [(1, 1), (1, 7), (5, 1), (13, 10)]:
        weight = np.zeros(shape, np.float32)
        weight[0, 0] = 1
        colour = np.zeros((*shape, 3), np.float32)
        colour[0, 0] = (0.25, 0.5, 2)
        filled = fill(colour, weight)
        np.testing.assert_allclose(filled, np.broadcast_to(np.float32([0.25, 0.5, 2]), filled.shape), rtol=1e-5)


def test_spreading_nothing_gives_black():
    assert not spread(np.ones((6, 5, 3), np.float32), np.zeros((6, 5), np.float32)).any()


def test_matting_cleans_too_and_above_white(mixed, colour_difference):
    pytest.importorskip("pymatting", reason="the extra `matting` is not installed")
    own, cover, seen = mixed
    assert _fringe(clean_with_matting(seen, cover), own, cover, colour_difference).max() < 5
    brighter = clean_with_matting(seen * np.float32(8), cover)
    np.testing.assert_allclose(brighter, clean_with_matting(seen, cover) * 8, rtol=1e-3, atol=1e-3)


def test_matting_names_its_extra(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("pymatting"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"accord\[matting\]"):
        clean_with_matting(np.ones((2, 2, 3), np.float32), np.ones((2, 2), np.float32))

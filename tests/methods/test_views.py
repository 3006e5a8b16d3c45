"""What the learned method shows its network, and what it makes of two answers."""

from __future__ import annotations

import numpy as np
import pytest

from accord.core.place import Place
from accord.core.resources import using
from accord.methods.learned.method import Learned, around
from accord.methods.learned.sharp import sharp


@pytest.fixture(autouse=True)
def _one_core():
    """Have the whole shown before the crop: what stands for a network tells them by their order."""
    with using(1):
        yield


class Sees:
    """Stands for a network: remembers what it is shown, and answers a slope along the picture's width."""

    def __init__(self):
        self.metadata = {"size": "64"}
        self.shown = []

    def run(self, inputs):
        columns = np.linspace(0, 0.1, 16, dtype=np.float32)
        grid = np.zeros((1, 12, 16, 16), np.float32)
        grid[0, 3] = columns[::-1] if self.shown else columns  # the mirrored view sees it mirrored
        self.shown.append(inputs)
        return {"coefficients": np.zeros((1, 3, 13), np.float32), "grid": grid}


def placed(size, rows, columns):
    mask = np.zeros((size, size), np.float32)
    mask[rows, columns] = 1
    return mask


def test_it_sees_the_whole_and_a_mirrored_crop_around_the_foreground():
    rng = np.random.default_rng(0)
    composite = rng.random((128, 128, 3)).astype(np.float32)
    mask = placed(128, slice(20, 60), slice(70, 100))
    network = Sees()
    Learned(network).fit(composite, mask, 1 - mask)
    whole, crop = network.shown
    assert whole["mask"].mean() == pytest.approx(mask.mean(), abs=0.01)
    assert crop["mask"].mean() > 3 * whole["mask"].mean()
    rows, columns = around(mask)
    part = np.flip(composite[rows, columns], 1)
    np.testing.assert_allclose(crop["picture"][0].mean((1, 2)), part.mean((0, 1)), atol=0.02)


def test_a_crop_of_everything_answers_as_the_whole_does():
    mask = placed(128, slice(2, 126), slice(0, 127))
    composite = np.full((128, 128, 3), 0.5, np.float32)
    made = Learned(Sees()).fit(composite, mask, 1 - mask).inner.transform(composite, Place.whole(128, 128))
    np.testing.assert_allclose(made[..., 0], np.broadcast_to(made[:1, :, 0], (128, 128)), atol=1e-5)
    assert np.diff(made[0, :, 0]).min() >= -1e-6
    assert made[0, -1, 0] - made[0, 0, 0] == pytest.approx(0.1, abs=0.01)


class Answers:
    """Stands for a network: adds to all channels what it is told for the whole and for the crop."""

    def __init__(self, whole, close):
        self.metadata = {"size": "64"}
        self.added = [whole, close]

    def run(self, _):
        coefficients = np.zeros((1, 3, 13), np.float32)
        coefficients[..., 0] = self.added.pop(0)
        return {"coefficients": coefficients, "grid": np.zeros((1, 12, 16, 16), np.float32)}


@pytest.mark.parametrize(
    ("whole", "close", "step"),
    [(0.1, 0.1, 1.0), (0.6, 0.2, 1.2), (0.2, 0.6, 1.2), (0.5, 0.3, 1.1), (0.2, -0.1, 1.4), (0.1, -0.1, 1.4)],
)
def test_the_more_the_answers_differ_the_longer_is_the_step(whole, close, step):
    mask = placed(128, slice(20, 100), slice(30, 110))
    composite = np.full((128, 128, 3), 0.4, np.float32)
    found = Learned(Answers(whole, close)).fit(composite, mask, 1 - mask)
    made = found.transform(composite, Place.whole(128, 128)) - composite
    np.testing.assert_allclose(made, step * (whole + close) / 2, rtol=3e-3, atol=1e-6)


@pytest.mark.parametrize(("changed", "step"), [(1, 1.0077), (5, 1.1), (20, 1.1882)])
def test_a_small_change_is_not_lengthened_by_as_much(changed, step):
    mask = placed(128, slice(20, 100), slice(30, 110))
    composite = np.full((128, 128, 3), 0.4, np.float32)
    both = Answers(1.5 * changed / 255, 0.5 * changed / 255)  # they differ by as much as their mean changes
    assert Learned(both).fit(composite, mask, 1 - mask).strength == pytest.approx(step, abs=1e-4)


def test_answers_that_change_nothing_are_no_step():
    mask = placed(128, slice(20, 100), slice(30, 110))
    composite = np.full((128, 128, 3), 0.4, np.float32)
    assert Learned(Answers(0, 0)).fit(composite, mask, 1 - mask).strength == 1
    speck = np.zeros((320, 320), np.float32)
    speck[7, 9] = 0.4  # less than half of a small pixel: none of the look's pixels is foreground
    faint = Learned(Answers(0.15, 0.05)).fit(np.full((320, 320, 3), 0.4, np.float32), speck, 1 - speck)
    assert faint.strength == 1


def test_small_pixels_on_the_edge_show_one_side_and_no_mixture():
    mask = placed(128, slice(21, 90), slice(33, 101))  # an odd edge: half of a small pixel
    soft = (mask + np.roll(mask, 1, 0) + np.roll(mask, 1, 1)) / 3
    red, blue = np.float32([0.9, 0.1, 0.1]), np.float32([0.1, 0.2, 0.8])
    for cover in (mask, soft):
        composite = cover[..., None] * red + (1 - cover[..., None]) * blue
        shown = sharp(composite, cover, 64)
        inside = shown[..., 3] == 1
        assert set(np.unique(shown[..., 3])) == {0, 1}
        np.testing.assert_allclose(shown[inside, :3], np.broadcast_to(red, (inside.sum(), 3)), atol=0.05)
        np.testing.assert_allclose(shown[~inside, :3], np.broadcast_to(blue, ((~inside).sum(), 3)), atol=0.05)


def test_a_veil_that_is_nowhere_full_still_shows_its_colours():
    mask = np.full((64, 64), 0.3, np.float32)
    mask[20:40, 20:40] = 0.6
    composite = np.random.default_rng(0).random((64, 64, 3)).astype(np.float32)
    shown = sharp(composite, mask, 64)
    np.testing.assert_allclose(shown[..., :3], composite, atol=1e-4)
    np.testing.assert_array_equal(shown[..., 3], mask > 0.5)


@pytest.mark.parametrize("rows", [slice(0, 3), slice(60, 64), slice(0, 64), slice(31, 32)])
def test_the_crop_holds_the_foreground_and_some_of_its_surroundings(rows):
    mask = placed(64, rows, rows)
    found = around(mask)
    for span in found:
        assert 0 <= span.start <= rows.start
        assert rows.stop <= span.stop <= 64
        assert span.stop - span.start >= 8


def test_a_faint_mask_has_a_crop_too():
    assert around(placed(64, slice(5, 9), slice(5, 9)) * 0.2) == around(placed(64, slice(5, 9), slice(5, 9)))

"""What the learned method shows its network, and what it makes of two answers."""

from __future__ import annotations

import numpy as np
import pytest

from accord.core.place import Place
from accord.methods.learned import method
from accord.methods.learned.method import Learned, around
from accord.methods.learned.nudge import GAINS, for_unnudged
from accord.methods.learned.sharp import sharp
from accord.transforms import Polynomial


class Sees:
    """Stands for a network: remembers what it is shown, and answers a slope along the picture's width."""

    def __init__(self):
        self.metadata = {"size": "64"}
        self.asked = []

    def run(self, inputs):
        self.asked.append(inputs)
        grid = np.zeros((2, 12, 16, 16), np.float32)
        columns = np.linspace(0, 1, 16, dtype=np.float32)
        grid[0, 3] = 0.1 * columns
        grid[1, 3] = 0.1 * columns[::-1]  # the mirrored view sees it mirrored
        return {"coefficients": np.zeros((2, 3, 13), np.float32), "grid": grid}


class Knows:
    """Stands for a network that moves foregrounds, as it sees them, to a colour; or away from it when in doubt."""

    def __init__(self, colour, doubt=0.0):
        self.metadata = {"size": "64"}
        self._colour, self._doubt = np.float32(colour), doubt
        self._said = 0

    def run(self, inputs):
        self._said += 1
        mask = inputs["mask"]
        seen = (inputs["picture"] * mask).sum((2, 3)) / mask.sum((2, 3))
        coefficients = np.zeros((2, 3, 13), np.float32)
        coefficients[..., 0] = self._colour + self._doubt * (-1) ** self._said - seen
        return {"coefficients": coefficients, "grid": np.zeros((2, 12, 16, 16), np.float32)}


def placed(size, rows, columns):
    mask = np.zeros((size, size), np.float32)
    mask[rows, columns] = 1
    return mask


def test_it_sees_the_whole_and_a_mirrored_crop_with_nudged_foregrounds():
    rng = np.random.default_rng(0)
    composite = rng.random((128, 128, 3)).astype(np.float32)
    mask = placed(128, slice(20, 60), slice(70, 100))
    network = Sees()
    Learned(network).fit(composite, mask, 1 - mask)
    rows, columns = around(mask)
    whole = sharp(composite, mask, 64)
    part = sharp(composite[rows, columns], mask[rows, columns], 64)[:, ::-1]
    assert part[..., 3].mean() > 3 * whole[..., 3].mean()
    for number, asked in enumerate(network.asked):
        for shown, cover, view, gain in zip(
            asked["picture"], asked["mask"], (whole, part), GAINS[number::2][:2], strict=True
        ):
            np.testing.assert_array_equal(cover[0], view[..., 3])
            there = cover[0] == 1
            np.testing.assert_allclose(shown[:, there].T, np.minimum(view[there, :3] * gain, 1), atol=1e-6)
            np.testing.assert_allclose(shown[:, cover[0] == 0].T, view[cover[0] == 0, :3], atol=1e-6)


def test_a_crop_of_everything_answers_as_the_whole_does(monkeypatch):
    monkeypatch.setattr(method, "GAINS", np.ones((4, 3), np.float32))
    mask = placed(128, slice(2, 126), slice(0, 127))
    composite = np.full((128, 128, 3), 0.5, np.float32)
    made = Learned(Sees()).fit(composite, mask, 1 - mask).transform(composite, Place.whole(128, 128))
    np.testing.assert_allclose(made[..., 0], np.broadcast_to(made[:1, :, 0], (128, 128)), atol=1e-5)
    assert np.diff(made[0, :, 0]).min() >= -1e-6
    assert made[0, -1, 0] - made[0, 0, 0] == pytest.approx(0.1 * method.STEP, abs=0.01)


@pytest.mark.parametrize("gain", GAINS)
def test_an_answer_about_nudged_colours_is_one_about_those_that_are_there(gain):
    rng = np.random.default_rng(0)
    coefficients = rng.normal(0, 0.2, (3, 13))
    colours = (rng.random((4, 5, 3)) / max(1, gain.max())).astype(np.float32)  # none clips
    place = Place.whole(4, 5)
    of_nudged = Polynomial(coefficients).transform(colours * gain, place)
    of_these = Polynomial(for_unnudged(coefficients, gain)).transform(colours, place)
    np.testing.assert_allclose(of_these, of_nudged, atol=1e-5)


def painted(model, mask, colour):
    composite = np.full((64, 64, 3), 0.2, np.float32)
    composite[mask > 0] = colour
    return Learned(model).fit(composite, mask, 1 - mask).transform(composite, Place.whole(64, 64))[mask > 0]


def test_answers_that_agree_are_followed_and_those_that_do_not_are_not():
    mask = placed(64, slice(10, 50), slice(16, 60))
    there, wanted = np.float32([0.4, 0.5, 0.3]), np.float32([0.5, 0.45, 0.4])
    followed = painted(Knows(wanted), mask, there)
    np.testing.assert_allclose(
        followed, np.broadcast_to(there + method.STEP * (wanted - there), followed.shape), atol=0.01
    )
    torn = painted(Knows(wanted, doubt=0.5), mask, there)
    assert np.abs(torn - there).max() < 0.5 * np.abs(followed - there).max()
    np.testing.assert_allclose(painted(Knows(there), mask, there), np.broadcast_to(there, followed.shape), atol=1e-3)


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

"""Colour maps over time: as vectors, smoothed, cut into shots."""

import numpy as np
import pytest

from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.methods import registry
from accord.transforms import Affine, AffineGrid, Blend, Chain, Curve, Curves, Filters, Identity, Lut3D, Polynomial
from accord.video.cuts import Look, is_cut, marked
from accord.video.jitter import Jitter, Probe
from accord.video.steady import Fitted, line_shares, steady, whole_shots
from accord.video.vectors import map_of, vector_of

PIXELS = np.random.default_rng(3).uniform(0.05, 0.95, (8, 8, 3)).astype(np.float32)
PLACE = Place.whole(8, 8)
PROBE = Probe(PIXELS, np.ones((8, 8), np.float32))


def gain(value):
    return Affine.gain_offset(value)


def fitted(maps, begins=(0,), rate=25):
    return [Fitted(at / rate, at in begins, each, PROBE) for at, each in enumerate(maps)]


def gains(maps):
    return np.array([each.matrix[0, 0] for each in maps])


@pytest.mark.parametrize("name", [card.id for card in registry.cards() if card.kind == "classical"])
def test_a_map_comes_back_from_its_vector(name):
    mask = np.zeros((24, 24), np.float32)
    mask[6:18, 6:18] = 1
    picture = np.random.default_rng(5).uniform(0.2, 0.8, (24, 24, 3)).astype(np.float32)
    made = registry.get(name).load().fit(picture, mask, 1 - mask)
    back = map_of(made, vector_of(made)[1])
    assert vector_of(back)[0] == vector_of(made)[0]
    place = Place.whole(24, 24)
    # Curves and tables are rewritten over other knots, which rounds their corners.
    missed = np.abs(back.transform(picture, place) - made.transform(picture, place))
    assert missed.max() < 0.01
    assert missed.mean() < 1e-3


def test_maps_of_the_learned_kind_average_as_their_numbers():
    rng = np.random.default_rng(1)
    one, other = (
        Blend(Chain((Polynomial(rng.normal(0, 0.1, (3, 13))), AffineGrid(rng.normal(0, 1, (4, 4, 3, 4))))), strength)
        for strength in (0.8, 1.1)
    )
    mean = map_of(one, (vector_of(one)[1] + vector_of(other)[1]) / 2)
    assert mean.strength == pytest.approx(0.95)
    np.testing.assert_allclose(
        mean.inner.maps[0].coefficients,
        (one.inner.maps[0].coefficients + other.inner.maps[0].coefficients) / 2,
        atol=1e-7,
    )


def test_curves_and_tables_are_compared_over_the_same_knots_and_nodes():
    def curves(knots, slope):
        one = Curve.through(knots, np.array(knots) * slope)
        return Curves(one, one, one)

    one, other = curves([0.1, 0.5, 0.9], 1.0), curves([0.0, 0.3, 0.4, 1.0], 2.0)
    mean = map_of(one, (vector_of(one)[1] + vector_of(other)[1]) / 2)
    np.testing.assert_allclose(mean.transform(PIXELS, PLACE), 1.5 * PIXELS, atol=1e-5)
    nodes = Lut3D.nodes(9, np.array([[0.1] * 3, [0.8] * 3]))
    table = Lut3D(nodes.astype(np.float32) * 0.5, np.array([[0.1] * 3, [0.8] * 3]))
    assert vector_of(table)[0] == vector_of(Lut3D(np.zeros((33, 33, 33, 3), np.float32)))[0]


def test_means_that_leave_a_maps_range_are_brought_back():
    filters = Filters(np.full(6, 0.999), np.full(3, 0.5), 0.5)
    assert map_of(filters, vector_of(filters)[1] * np.float32(1.01)).arguments.max() == 1
    little = Blend(gain(1.2), 0.01)
    assert map_of(little, vector_of(little)[1] * np.float32(-1)).strength == 0


def test_shares_give_a_line_through_the_samples_exactly():
    for offsets in (np.arange(-9, 10), np.arange(0, 10), np.arange(-4, 12)):
        shares = line_shares(offsets / 25, 0.2)
        assert shares.sum() == pytest.approx(1)
        assert (shares * offsets).sum() == pytest.approx(0, abs=1e-9)
    assert line_shares(np.array([0.3]), 0.2).tolist() == [1]


def test_a_steady_fade_passes_unchanged_at_the_ends_too():
    course = np.linspace(1, 0.5, 60)
    np.testing.assert_allclose(gains(steady(fitted([gain(each) for each in course]), 0.2)), course, atol=1e-6)


def test_trembling_is_taken_away():
    rng = np.random.default_rng(2)
    course = 1 + rng.normal(0, 0.05, 120)
    smooth = gains(steady(fitted([gain(each) for each in course]), 0.2))
    assert np.std(np.diff(smooth, 2)) < 0.1 * np.std(np.diff(course, 2))
    assert np.abs(smooth - 1).max() < 0.06


def test_a_fast_change_of_light_is_followed():
    rng = np.random.default_rng(4)
    truth = 1 - 0.5 / (1 + np.exp(-(np.arange(120) - 60) / 1.5))
    course = truth + rng.normal(0, 0.01, 120)
    smooth = gains(steady(fitted([gain(each) for each in course]), 0.2))
    assert np.sqrt(np.mean((smooth - truth) ** 2)) < np.sqrt(np.mean((course - truth) ** 2)) * 1.05
    assert abs(int(np.argmax(smooth < 0.75)) - int(np.argmax(truth < 0.75))) <= 1


def test_nothing_is_carried_over_a_cut():
    maps = [gain(1.0)] * 20 + [gain(0.4)] * 20
    np.testing.assert_allclose(gains(steady(fitted(maps, begins=(0, 20)), 0.2)), [1.0] * 20 + [0.4] * 20, atol=1e-6)


def test_a_whole_shot_takes_the_mean_of_its_maps():
    maps = [gain(1.0), gain(0.5), None, gain(2.0), gain(3.0)]
    assert gains(whole_shots(fitted(maps, begins=(0, 3)))).tolist() == [0.75] * 3 + [2.5] * 2


def test_frames_without_a_map_take_their_neighbours():
    maps = [gain(1.0)] * 5 + [None] * 40 + [gain(1.0)] * 5
    made = list(steady(fitted(maps), 0.1))
    assert len(made) == 50
    np.testing.assert_allclose(gains(made), 1, atol=1e-6)
    assert list(steady(fitted([None, None]), 0.1)) == [None, None]


def test_without_width_maps_are_as_fitted():
    maps = [gain(1.0), None, gain(3.0)]
    assert list(steady(fitted(maps), 0)) == maps


def test_maps_of_different_builds_are_refused():
    with pytest.raises(BadInputError, match="from affine to identity"):
        list(steady(fitted([gain(1.0), Identity()]), 0.2))


def looks(pictures):
    mask = np.zeros((24, 24), np.float32)
    mask[8:16, 8:16] = 1
    return [(at, Look.of(picture.astype(np.float32), mask)) for at, picture in enumerate(pictures)]


def scene(seed):
    return np.random.default_rng(seed).uniform(0.1, 0.9, (24, 24, 3))


def begins(pictures):
    return [mark.item for mark in marked(looks(pictures)) if mark.begins]


def test_cuts_are_found_and_fades_and_noise_are_none():
    rng = np.random.default_rng(6)
    still = [scene(1) + rng.normal(0, 0.02, (24, 24, 3)) for _ in range(30)]
    other = [scene(2) + rng.normal(0, 0.02, (24, 24, 3)) for _ in range(3)]
    fade = [scene(1) * share for share in np.linspace(1, 0.5, 50)]
    assert begins(still) == [0]
    assert begins(fade) == [0]
    assert begins(still[:10] + other + still[10:12]) == [0, 10, 13]
    assert begins(still[:10] + [scene(1) * 0.5] * 10) == [0, 10]


def test_a_foreground_from_another_shot_is_a_cut_too():
    pictures = [scene(1) for _ in range(20)]
    for picture in pictures[12:]:
        picture[8:16, 8:16] = 0.1
    assert begins(pictures) == [0, 12]


def test_steady_motion_is_no_cut():
    wide = np.random.default_rng(8).uniform(0, 1, (24, 400, 3))
    assert begins([wide[:, 12 * at : 12 * at + 24] for at in range(25)]) == [0]
    assert not is_cut([(0.1, 0.0)] * 7, 3)


def test_jitter_of_independent_noise_is_its_deviation_and_a_fade_has_none():
    rng = np.random.default_rng(9)
    noisy, fading = Jitter(), Jitter()
    for at in range(300):
        noisy.add(Affine.gain_offset(1, rng.normal(0, 2 / 255)), PROBE, begins=at == 0)
        fading.add(gain(1 - at / 600), PROBE, begins=at == 0)
    assert noisy.value() == pytest.approx(2, rel=0.1)
    assert fading.value() == pytest.approx(0, abs=1e-4)
    assert Jitter().value() is None


def test_jitter_compares_nothing_across_a_cut():
    jitter = Jitter()
    for at in range(12):
        jitter.add(gain(1.0 if at < 6 else 2.0), PROBE, begins=at in (0, 6))
    assert jitter.value() == 0

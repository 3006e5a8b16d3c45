"""Judging, leaving alone and choosing, with a stand-in for the learned default that is cheap and known."""

from __future__ import annotations

import json

import numpy as np
import pytest

import accord
from accord.core.errors import BadInputError
from accord.diagnose.score import Estimate
from accord.methods.card import MethodCard
from accord.methods.learned.crop import Crop, for_whole_picture
from accord.pipeline import choosing, default
from accord.pipeline.harmonizing import read_composite
from accord.pipeline.judging import Judge, judge_of
from accord.transforms import Affine, AffineGrid, Blend, Chain, Identity, Polynomial


class Sure:
    """Finds that the foreground ought to have a certain mean, whatever it is."""

    def fit(self, composite, mask, reference):  # noqa: ARG002
        mean = (composite * mask[..., None]).sum((0, 1)) / mask.sum()
        return Affine.gain_offset([1, 1, 1], (np.float32([0.5, 0.45, 0.4]) - mean).tolist())


CARD = MethodCard(
    id="accord", title="A stand-in", source="here", licence="-", works_in="srgb", load=Sure, kind="network",
    fit_size=32, square=True,
)  # fmt: skip


@pytest.fixture
def judged(monkeypatch):
    monkeypatch.setattr(default.registry, "cards", lambda: [CARD])


@pytest.fixture
def composite():
    rng = np.random.default_rng(4)
    picture = rng.uniform(90, 150, (48, 60, 3)).astype(np.uint8)
    mask = np.zeros((48, 60), np.float32)
    mask[10:36, 15:40] = 1
    mask[9, 15:40] = 0.5
    picture[mask > 0] //= 2
    return picture, mask


@pytest.mark.usefixtures("judged")
def test_where_no_background_can_be_seen_nothing_is_judged(composite):
    picture, mask = composite
    view, cover = read_composite(picture, mask, encoding=None, mask_model=None)
    assert judge_of(view, cover) is not None
    assert judge_of(view, np.ones_like(cover)) is None


@pytest.mark.usefixtures("judged")
def test_results_nearer_to_what_the_network_proposes_are_likelier_better(composite):
    view, mask = read_composite(*composite, encoding=None, mask_model=None)
    judge = Judge(view, mask, CARD)
    right = judge.maps["whole"]
    away = Affine.gain_offset([1, 1, 1], [-0.15, -0.15, -0.15])
    results = [judge.small.with_foreground(judge.applied(made)) for made in (right, away, Identity())]
    near, far, still = judge.estimate(results)
    assert near.p_better > far.p_better
    assert near.error_ratio < far.error_ratio
    assert still == Estimate(0.0, 1.0)


@pytest.mark.usefixtures("judged")
def test_signals_hold_the_score_and_say_the_same_twice(composite):
    signals = [accord.harmonize(*composite, method="reinhard").signals for _ in range(2)]
    assert signals[0] == signals[1]
    assert 0 <= signals[0].p_better <= 1
    assert signals[0].error_ratio > 0
    assert accord.harmonize(*composite, method=Identity()).signals.p_better == 0


@pytest.mark.usefixtures("judged")
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_left_alone_is_bit_for_bit(composite, dtype):
    picture, mask = composite
    picture = (picture / 255).astype(dtype) if dtype is np.float32 else picture.astype(dtype)
    alone = accord.harmonize(picture, mask, method="mkl", when_needed=1.0)
    assert alone.left_alone
    assert alone.image.tobytes() == picture.tobytes()
    assert alone.colour_map == Identity()
    assert alone.need.p_better < 1
    done = accord.harmonize(picture, mask, method="mkl", when_needed=0.0)
    assert not done.left_alone
    assert done.need.harmonized
    np.testing.assert_array_equal(done.image, accord.harmonize(picture, mask, method="mkl").image)
    json.dumps([alone.need.to_dict(), done.settings])


@pytest.mark.usefixtures("judged")
def test_the_best_of_several_is_chosen_and_told(composite):
    result = accord.harmonize(*composite, best_of=["mkl", "histogram"])
    tried = result.choice.candidates
    assert {one.name for one in tried} == {"whole", "ring", "near", "nearer", "mean", "mkl", "histogram"}
    assert [one.error_ratio for one in tried] == sorted(one.error_ratio for one in tried)
    assert sum(one.weight for one in tried) == pytest.approx(1)
    assert tried[0].weight == max(one.weight for one in tried)
    json.dumps(result.choice.to_dict(), allow_nan=False)
    picture, mask = composite
    np.testing.assert_array_equal(result.image[mask == 0], picture[mask == 0])


@pytest.mark.usefixtures("judged")
@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"best_of": True, "method": "mkl"}, "leave out method"),
        ({"best_of": True, "reference": "ring"}, "leave out method"),
        ({"best_of": "mkl"}, "a list of methods"),
        ({"when_needed": 2}, "from 0 to 1"),
        ({"when_needed": "yes"}, "from 0 to 1"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(composite, asked, message):
    with pytest.raises(BadInputError, match=message):
        accord.harmonize(*composite, **asked)


def test_a_clear_favourite_stands_alone_and_rivals_are_averaged():
    clear = choosing.weights([Estimate(0.9, 0.3), Estimate(0.4, 1.5), Estimate(0.3, 2.0)])
    np.testing.assert_allclose(clear, [1, 0, 0])
    rivals = choosing.weights([Estimate(0.9, 0.5), Estimate(0.9, 0.5), Estimate(0.1, 5.0)])
    np.testing.assert_allclose(rivals, [0.5, 0.5, 0])


def test_a_map_fitted_in_a_crop_does_the_same_there_in_the_whole_picture():
    from accord.core.place import Place

    rng = np.random.default_rng(1)
    # A grid that is smooth, as those of the network are: its cells are read again at other places.
    slope = np.linspace(-0.2, 0.2, 16)[:, None, None, None] * np.linspace(0.5, 1, 16)[None, :, None, None]
    grid = (np.eye(3, 4) + slope * rng.normal(0, 1, (3, 4))).astype(np.float32)
    fitted = Blend(Chain((Polynomial(rng.normal(0, 0.05, (3, 13))), AffineGrid(grid))), 0.7)
    whole = for_whole_picture(fitted, Crop(0.25, 0.5, 0.5, 0.25))
    picture = rng.random((64, 64, 3)).astype(np.float32)
    inside = picture[16:48, 32:48]
    np.testing.assert_allclose(
        whole.transform(picture, Place.whole(64, 64))[16:48, 32:48],
        fitted.transform(inside, Place.whole(32, 16)),
        atol=6e-3,
    )

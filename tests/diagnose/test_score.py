from __future__ import annotations

import numpy as np
import pytest

from accord.core.errors import WeightsError
from accord.diagnose.disagreement import disagreement
from accord.diagnose.score import PROPOSALS, Outlook, Score, features, shipped
from accord.diagnose.score.features import NAMES


@pytest.fixture
def outlook():
    """A dark blueish foreground that nine guesses want brighter and warmer."""
    rng = np.random.default_rng(3)
    before = rng.uniform(0.1, 0.4, (200, 3)).astype(np.float32)
    wanted = before + np.array([0.2, 0.15, 0.1]) + rng.normal(0, 0.01, (PROPOSALS, 1, 3))
    around = rng.uniform(0.3, 0.7, (100, 3)).astype(np.float32)
    return Outlook(before, around, around, 0.2, wanted.astype(np.float32))


def told(outlook, share):
    """Give the features of a result that goes `share` of the way, which the network would finish."""
    after = outlook.before + np.float32(share) * (outlook.middle - outlook.before)
    return dict(zip(NAMES, features(outlook, after, outlook.middle), strict=True))


def test_features_say_how_far_a_result_went_towards_the_guesses(outlook):
    none, half, all_the_way, wrong = (told(outlook, share) for share in (0, 0.5, 1, -0.5))
    assert half["step"] == pytest.approx(2, abs=0.05)
    assert all_the_way["step"] == pytest.approx(1, abs=0.05)
    assert all_the_way["nearer"] < half["nearer"] < none["nearer"] < wrong["nearer"]
    assert none["nearer"] == pytest.approx(0)
    assert all_the_way["nearer_share"] == 1
    assert wrong["nearer_share"] == 0
    assert half["agreement"] == pytest.approx(1, abs=0.01)
    assert wrong["agreement"] == pytest.approx(-1, abs=0.01)
    assert all(np.isfinite(list(figures.values())).all() for figures in (none, half, all_the_way, wrong))


def test_the_shipped_score_prefers_the_right_way_to_the_wrong_one(outlook):
    right, wrong = shipped().estimate(np.array([list(told(outlook, share).values()) for share in (1, -0.5)]))
    assert right.p_better > 0.5 > wrong.p_better
    assert right.error_ratio < 1 < wrong.error_ratio
    assert 0 < shipped().threshold < 1


def test_a_score_comes_back_as_it_was_saved(tmp_path):
    shipped().save(tmp_path / "score.npz")
    again = Score.load(tmp_path / "score.npz")
    rows = np.random.default_rng(0).normal(0, 1, (4, len(NAMES)))
    assert again.estimate(rows) == shipped().estimate(rows)


def test_a_score_of_other_features_is_refused(tmp_path):
    path = tmp_path / "score.npz"
    shipped().save(path)
    with np.load(path) as stored:
        arrays = dict(stored)
    np.savez(path, **arrays | {"features": np.array(["one"])})
    with pytest.raises(WeightsError, match="other features"):
        Score.load(path)
    path.write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="cannot be read"):
        Score.load(path)
    with pytest.raises(WeightsError, match="cannot be read"):
        Score.load(tmp_path / "missing.npz")


def test_methods_that_agree_do_not_disagree():
    colours = np.random.default_rng(0).random((50, 3)).astype(np.float32)
    assert disagreement([colours, colours, colours]) == 0
    assert disagreement([colours, np.clip(colours + 0.1, 0, 1)]) > 1
    assert disagreement([colours]) is None

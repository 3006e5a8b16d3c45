from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import accord
from accord.monitoring import Action, advise, compare, override_of, rates, replay, shadow_contest
from accord.monitoring.contest import Duel, decide


def judged(window, reference, contests=()):
    return advise(compare(window, reference), list(contests), rates(window, reference))


def test_nothing_new_is_kept(synthetic):
    assert judged(synthetic(100, 1), synthetic(200, 2)).action is Action.KEEP


def test_a_new_model_that_users_undo_is_rolled_back(synthetic):
    window = synthetic(100, 1, model="sha256:2")
    undone = [override_of(entry.id, 0.0) for entry in window[:20]]
    advice = judged([*window, *undone], synthetic(200, 2))
    assert advice.action is Action.ROLL_BACK
    assert "users turned down or undid: 20 of 100" in advice.evidence[0]


def test_more_strength_than_given_is_no_complaint(synthetic):
    window = [replace(entry, strength=0.5) for entry in synthetic(100, 1, model="sha256:2")]
    reference = [replace(entry, strength=0.5) for entry in synthetic(200, 2)]
    assert judged([*window, *(override_of(entry.id, 1.0) for entry in window[:30])], reference).action is Action.KEEP


def test_the_last_override_counts(synthetic):
    window = synthetic(100, 1, model="sha256:2")
    first = [replace(override_of(entry.id, 0.2), time="2026-11-24T11:00:00.000Z") for entry in window[:30]]
    second = [replace(override_of(entry.id, 1.0), time="2026-11-24T12:00:00.000Z") for entry in window[:30]]
    assert judged([*window, *first, *second], synthetic(200, 2)).action is Action.KEEP


def test_a_new_model_whose_results_look_harmful_is_rolled_back(synthetic):
    advice = judged(synthetic(100, 1, model="sha256:2", score=0.4), synthetic(200, 2))
    assert advice.action is Action.ROLL_BACK
    assert advice.action.exit_code == 4


def test_the_same_model_is_not_rolled_back_but_looked_at(synthetic):
    advice = judged(synthetic(100, 1, score=0.4), synthetic(200, 2))
    assert (advice.action, advice.action.exit_code) == (Action.LOOK, 3)


def test_more_pictures_of_a_harder_kind_are_no_fault_of_the_model(synthetic):
    def mixed(seed, dark, bright, model):
        return synthetic(dark, seed, brightness=-4.5, score=0.35, model=model) + synthetic(
            bright, seed + 1, brightness=-1.0, model=model
        )

    advice = judged(mixed(1, 80, 20, "sha256:2"), mixed(3, 60, 240, "sha256:1"))
    assert advice.action is Action.LOOK  # the scenes got darker


def test_what_was_left_alone_is_not_condemned(synthetic):
    window = [
        replace(entry, signals={**entry.signals, "p_better": 0.0, "move_mean": 0.0})
        for entry in synthetic(100, 1, model="sha256:2")
    ]
    assert not any(rate.rose for rate in rates(window, synthetic(200, 2)))


def test_too_few_are_too_few(synthetic):
    assert judged(synthetic(5, 1), synthetic(200, 2)).action is Action.UNKNOWN


def duels(gain, count=40, seed=0, *, harm=0):
    rng = np.random.default_rng(seed)
    errors = 400 * np.exp(rng.normal(0, 0.5, count))
    better = errors * 2 ** -rng.normal(gain, 0.4, count)
    return [
        Duel(str(i), "5-15 %", float(a), float(b if i >= harm else 5000), 2000.0)
        for i, (a, b) in enumerate(zip(errors, better, strict=True))
    ]


@pytest.mark.parametrize(
    ("made", "verdict"),
    [
        (duels(0.5), "better"),
        (duels(-0.5), "worse"),
        (duels(0.0), "even"),
        (duels(0.5, count=8), "unknown"),
        (duels(0.9, harm=3), "worse"),  # better on average, and ruins some
    ],
)
def test_a_contest_is_decided(made, verdict):
    assert decide("golden set", "one", "two", made).verdict == verdict


def test_a_candidate_that_fails_is_worse():
    assert decide("shadow", "one", "two", duels(0.5), failed=1).verdict == "worse"


def test_a_candidate_that_is_worse_for_small_foregrounds_is_not_better():
    small = [replace(duel, where="0-5 %") for duel in duels(-0.6, count=20, seed=1)]
    contest = decide("golden set", "one", "two", [*duels(0.8, count=60), *small])
    assert contest.worse_in == ("0-5 %",)
    assert contest.verdict == "even"


def test_damage_alone_decides_nothing():
    """Without truth or score a method that changes nothing would win."""
    contest = decide("shadow", "mkl", "identity", [Duel(str(i), "0-5 %") for i in range(50)])
    assert contest.verdict == "unknown"
    assert "cannot be told" in str(contest)


def test_the_shadow_s_scores_make_a_switch(synthetic):
    live = synthetic(80, 1, score=0.6)
    shadows = [
        replace(
            entry,
            id=f"shadow{entry.id}",
            about=entry.id,
            method="two",
            signals=dict(entry.signals) | {"p_better": min(1.0, entry.signals["p_better"] + 0.1)},
        )
        for entry in live
    ]
    (contest,) = shadow_contest([*live, *shadows])
    assert (contest.live, contest.candidate, contest.count, contest.verdict) == ("mkl", "two", 80, "better")
    advice = judged([*live, *shadows], synthetic(200, 2, score=0.6), [contest])
    assert (advice.action, advice.action.exit_code) == (Action.SWITCH, 5)
    failed = replace(shadows[0], kind="failure", signals={}, id="failed")
    assert shadow_contest([*live, *shadows, failed])[0].verdict == "worse"


@pytest.fixture
def golden(tmp_path):
    """Twelve composites whose foreground was darkened, with their real pictures."""
    for folder in ("composites", "masks", "reals"):
        (tmp_path / folder).mkdir()
    rng = np.random.default_rng(8)
    for number in range(12):
        real = np.clip(rng.normal(130, 25, (32, 32, 3)) + rng.normal(0, 5, 3), 0, 255).astype(np.uint8)
        mask = np.zeros((32, 32), np.uint8)
        mask[8:24, 8:24] = 255
        composite = np.where(mask[..., None] > 0, real * 0.6, real).astype(np.uint8)
        for folder, name, one in (
            ("composites", f"p{number}_1_2", composite), ("masks", f"p{number}_1", mask), ("reals", f"p{number}", real)
        ):  # fmt: skip
            Image.fromarray(one).save(tmp_path / folder / f"{name}.png")
    return tmp_path


def test_a_golden_set_tells_the_better_method(golden):
    contest, found = replay(golden, "identity", "mkl")
    assert (contest.measure, contest.verdict, len(found)) == ("fMSE", "better", 12)
    assert contest.gain > 1
    again, _ = replay(golden, "mkl", "identity")
    assert again.verdict == "worse"
    assert replay(golden, "mkl", "mkl")[0].verdict == "even"


def test_a_real_picture_of_another_size_is_told(golden):
    Image.new("RGB", (5, 5)).save(golden / "reals" / "p0.png")
    with pytest.raises(accord.BadInputError, match="one size"):
        replay(golden, "identity", "mkl")

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from accord.monitoring import compare, likely_causes, summary
from accord.monitoring.drift import live


def drawn(entries, count, rng, *, fresh=True):
    """Draw entries with replacement, each as if it were a picture of its own."""
    return [
        replace(entries[int(number)], composite_hash=f"sha256:{rng.integers(1 << 60)}" if fresh else "sha256:1")
        for number in rng.integers(0, len(entries), count)
    ]


def test_an_undrifted_resample_is_not_named(real_log):
    """The issue's figure: nothing is named in at least 95 of 100 runs. Window and reference share no photo."""
    rng, quiet = np.random.default_rng(0), 0
    for _ in range(100):
        order = rng.permutation(len(real_log["day"]))
        window, reference = order[:100], order[100:]
        found = compare([real_log["day"][i] for i in window], [real_log["day"][i] for i in reference])
        quiet += not found.drifts
    assert quiet >= 95


def test_a_resample_with_repeats_is_not_named_either(real_log):
    rng = np.random.default_rng(1)
    quiet = sum(not compare(drawn(real_log["day"], 150, rng), real_log["day"]).drifts for _ in range(40))
    assert quiet >= 38


@pytest.mark.parametrize("count", [50, 100])
def test_night_scenes_are_named(real_log, count):
    rng = np.random.default_rng(2)
    for _ in range(10):
        window = [real_log["night"][i] for i in rng.permutation(len(real_log["night"]))[:count]]
        found = compare(window, real_log["day"])
        drift = next(one for one in found.drifts if one.figure == "scene_brightness")
        assert drift.window_median < drift.reference_median - 2
        assert "scenes got darker" in likely_causes(found)[0]
        assert any("brightness of the scene is darker in all pictures" in line for line in summary(found.drifts))


@pytest.mark.parametrize("count", [50, 100])
def test_another_camera_is_named(real_log, count):
    rng = np.random.default_rng(3)
    for _ in range(10):
        window = [real_log["camera"][i] for i in rng.permutation(len(real_log["camera"]))[:count]]
        found = compare(window, real_log["day"])
        assert {"scene_grain", "scene_warmth"} <= {one.figure for one in found.drifts}
        cause = next(one for one in likely_causes(found) if "another source" in one)
        assert "grain of the scene" in cause
        assert "colour temperature of the scene" in cause


def test_a_mix_of_a_third_night_scenes_is_named(real_log):
    rng = np.random.default_rng(4)
    for _ in range(10):
        window = drawn(real_log["day"], 80, rng) + drawn(real_log["night"], 40, rng)
        assert "scene_brightness" in {one.figure for one in compare(window, real_log["day"]).drifts}


def test_a_drift_within_one_bin_is_named_with_the_bin(synthetic):
    before = synthetic(300, 1, brightness=-4.0) + synthetic(300, 2, brightness=-1.0)
    now = synthetic(120, 3, brightness=-4.0, shift=1.5) + synthetic(120, 4, brightness=-1.0)
    found = compare(now, before)
    bins = {one.where for one in found.drifts if one.figure == "sharp"}
    assert "dark scenes" in bins
    assert "bright scenes" not in bins
    assert likely_causes(found) == [
        "results changed though pictures and model did not: look at settings and at the pictures"
    ]


def test_a_difference_too_small_to_matter_is_not_named_however_large_the_log(synthetic):
    found = compare(synthetic(6000, 5, shift=0.12), synthetic(6000, 6))
    assert not found.drifts


def test_bins_with_few_results_are_left_out_and_said(synthetic):
    found = compare(synthetic(60, 7, ratio=0.2), synthetic(60, 8, ratio=0.2))
    assert "foreground 0-5 %" in found.skipped
    assert found.enough
    assert not compare(synthetic(10, 7), synthetic(60, 8)).enough


def test_what_changed_in_the_making_is_told(synthetic):
    now = [replace(entry, settings={"reference": "ring"}) for entry in synthetic(30, 9, model="sha256:2")]
    found = compare(now, synthetic(30, 10))
    assert found.model_changed
    assert any(change.startswith("model: sha256:1 before, sha256:2 now") for change in found.changes)
    assert any(change.startswith("reference") for change in found.changes)


def test_repeats_and_shadows_count_once_and_not_at_all(synthetic):
    entries = synthetic(5, 11)
    repeated = [replace(entries[0], id=f"again{i}") for i in range(3)]
    shadow = replace(entries[1], id="shadow", about=entries[1].id, method="reinhard")
    assert len(live([*entries, *repeated, shadow])) == 5

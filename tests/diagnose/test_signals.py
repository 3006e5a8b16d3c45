from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import accord
from accord.diagnose import Signals
from accord.diagnose.artefacts import edge_halo, noise_gain
from accord.diagnose.evidence import Pair
from accord.transforms import Affine, Filters, Identity, InSpace, OffsetGrid

DOCS = Path(__file__).parents[2] / "docs" / "signals.md"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Leave out the score, which asks a network ten times: tests/pipeline/test_judging.py has it."""
    monkeypatch.setattr("accord.pipeline.judging.judge_of", lambda *_: None)


@pytest.fixture
def signals(photos, oval):
    def measured(colour_map, name="cat", picture=None, mask=None):
        picture = photos[name] if picture is None else picture
        return accord.harmonize(picture, oval(picture) if mask is None else mask, method=colour_map).signals

    return measured


def documented():
    table = DOCS.read_text().split("## Signals")[1].split("\n## ")[0]
    return [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]


def test_every_signal_is_documented():
    assert documented() == [field.name for field in fields(Signals)]


def test_identity_moves_nothing_and_breaks_nothing(signals):
    told = signals(Identity())
    assert told.move_mean == told.move_p95 == told.hue_reversals == told.banding == told.edge_halo == 0
    assert told.gap_closed == 0
    assert told.clipping_added == told.out_of_gamut_added == (0, 0, 0)
    assert told.gradient_correlation == pytest.approx(1)
    assert told.structure_similarity == pytest.approx(1)
    assert told.luminance_order == pytest.approx(1)
    assert told.noise_gain == 1
    assert told.background_untouched


def test_signals_are_json_with_a_version_and_computed_once(photos, oval):
    result = accord.harmonize(photos["cat"], oval(photos["cat"]), method="mkl")
    assert "signals" not in vars(result)
    told = json.loads(json.dumps(result.signals.to_dict(), allow_nan=False))
    assert told["schema_version"] == 2
    assert list(told) == [field.name for field in fields(Signals)]
    assert result.signals is result.signals
    again = accord.harmonize(photos["cat"], oval(photos["cat"]), method="mkl").signals
    assert again == result.signals


def test_matching_statistics_closes_the_gap(photos, oval):
    told = accord.harmonize(photos["rocket"], oval(photos["rocket"]), method="reinhard", reference="ring").signals
    assert told.gap_closed > 0.7
    assert told.gap_after < told.gap_before
    assert told.contrast_gap_after < told.contrast_gap_before
    assert told.move_p95 > told.move_mean > 0


def test_no_gap_no_share_of_it(signals):
    assert signals(Identity(), picture=np.full((64, 64, 3), 90, np.uint8)).gap_closed is None


def test_clipping_is_told_by_channel(signals):
    told = signals(Affine.gain_offset([2.5, 1, 1]))
    red, green, blue = told.clipping_added
    assert red > 0.2
    assert green == blue == 0
    assert told.out_of_gamut_added[0] == pytest.approx(red, abs=0.05)


def test_floats_are_out_of_gamut_and_beyond_white(photos, oval):
    picture = photos["cat"].astype(np.float32) / 255
    told = accord.harmonize(picture, oval(picture), method=Affine.gain_offset(2.5), encoding="srgb").signals
    assert min(told.out_of_gamut_added) > 0.1


def test_a_negative_turns_hues_and_order(signals):
    told = signals(Affine.gain_offset(-1.0, 1.0), name="astronaut")
    assert told.hue_reversals > 0.8
    assert told.luminance_order < -0.9
    assert told.gradient_correlation < -0.5


def test_grey_has_no_hue_to_reverse(signals):
    grey = np.repeat(np.arange(0, 200, dtype=np.uint8)[:, None, None].repeat(200, 1), 3, axis=2)
    assert signals(Affine.gain_offset(-1.0, 1.0), picture=grey).hue_reversals == 0


def test_gain_keeps_detail_and_blur_does_not(signals, photos, oval, applying):
    gained = signals(Affine.gain_offset(0.7, 0.1))
    assert gained.gradient_correlation > 0.98
    assert gained.structure_similarity > 0.98

    def blurred(pixels):
        for axis in (0, 1):
            pixels = sum(np.roll(pixels, step, axis) for step in range(-3, 4)) / np.float32(7)
        return pixels

    soft = signals(applying(blurred))
    assert soft.gradient_correlation < 0.6
    assert soft.structure_similarity < 0.9


def test_stretching_a_smooth_sky_bands_it(signals):
    ramp = np.linspace(60, 100, 320)[None, :, None] + np.random.default_rng(0).normal(0, 1, (320, 320, 3))
    sky = np.rint(ramp).astype(np.uint8)
    assert signals(Affine.gain_offset(2.0), picture=sky).banding > 0.35
    assert signals(Affine.gain_offset(0.9), picture=sky).banding < 0.05


def test_noise_gain_is_the_gain_of_the_map(signals):
    noisy = np.clip(np.random.default_rng(0).normal(80, 6, (256, 256, 3)), 0, 255).astype(np.uint8)
    assert signals(Affine.gain_offset(2.0), picture=noisy).noise_gain == pytest.approx(2, rel=0.05)
    assert signals(Affine.gain_offset(0.5), picture=noisy).noise_gain == pytest.approx(0.5, rel=0.05)


MAPS = {
    "gain": Affine.gain_offset([1.2, 0.9, 0.7], 0.05),
    "stop": InSpace("linear", Affine.gain_offset(2.0)),
    "filters": Filters.measured([0.2, 0.1, 0.2, 0.2, 0.1, 0.1], np.full((4, 4, 3), 0.4, np.float32)),
}


@pytest.mark.parametrize("colour_map", MAPS.values(), ids=MAPS)
@pytest.mark.parametrize("name", ["astronaut", "cat", "rocket"])
def test_maps_of_colour_alone_leave_no_halo(signals, colour_map, name):
    assert abs(signals(colour_map, name=name).edge_halo) < 0.8


def test_a_map_that_bleeds_at_the_edge_leaves_a_halo(photos, oval):
    mask = oval(photos["cat"])
    before = photos["cat"].astype(np.float32) / 255
    from accord.diagnose.regions import depth_inside

    lit = np.where((depth_inside(mask > 0, 8) < 8) & (mask > 0), np.float32(0.1), np.float32(0))
    assert edge_halo(Pair(before, before + lit[..., None], mask)) > 4


def test_damage_to_the_background_is_seen_to_the_bit(photos, oval):
    from accord.pipeline.measuring import background_untouched

    result = accord.harmonize(photos["cat"], oval(photos["cat"]), method="mkl")
    assert result.signals.background_untouched
    pixels = result.picture.pixels.copy()
    pixels[0, 0, 1] ^= 1
    assert not background_untouched(result.composite.picture, result.picture.with_pixels(pixels), result.mask)
    minus_zero = np.zeros((4, 4, 3), np.float32)
    minus_zero[0, 0] = -0.0
    picture = result.picture.with_pixels(np.zeros((4, 4, 3), np.float32))
    assert not background_untouched(picture, picture.with_pixels(minus_zero), np.eye(4, dtype=np.float32)[::-1].copy())


@pytest.fixture
def rng_picture():
    return np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    "covered", [(slice(5, 6), slice(5, 6)), (slice(0, 64), slice(0, 63)), (slice(3, 4), slice(0, 64))]
)
def test_odd_masks_have_signals_too(signals, rng_picture, covered):
    mask = np.zeros((64, 64), np.float32)
    mask[covered] = 0.3
    told = signals(Affine.gain_offset(1.5), picture=rng_picture, mask=mask)
    json.dumps(told.to_dict(), allow_nan=False)
    assert told.move_mean > 0
    assert told.background_untouched


def test_transparent_and_local_pictures_have_signals_too(rng_picture):
    mask = np.zeros((64, 64), np.float32)
    mask[10:50, 10:50] = 1
    layered = np.dstack([rng_picture, np.full((64, 64), 200, np.uint8)])
    layered[20:30, :, 3] = 0
    grid = OffsetGrid(np.random.default_rng(0).uniform(-0.1, 0.1, (5, 7, 3)).astype(np.float32))
    told = accord.harmonize(layered, mask, method=grid).signals
    json.dumps(told.to_dict(), allow_nan=False)
    nothing = np.dstack([rng_picture, np.where(mask > 0, 0, 255).astype(np.uint8)])
    json.dumps(accord.harmonize(nothing, mask, method=grid).signals.to_dict(), allow_nan=False)


def test_scenes_have_signals_too(rng_picture):
    cutout = np.zeros((20, 20, 4), np.uint8)
    cutout[4:16, 4:16] = (30, 60, 90, 255)
    told = accord.harmonize(accord.compose(rng_picture, cutout, at=(0.5, 0.5)), method="reinhard").signals
    assert told.background_untouched
    assert told.gap_closed > 0


def test_a_small_foreground_in_a_large_picture_is_not_lost():
    picture = np.random.default_rng(0).integers(0, 256, (1500, 1500), dtype=np.uint8)[..., None].repeat(3, axis=2)
    mask = np.zeros(picture.shape[:2], bool)
    mask[[7, 1491], [1493, 3]] = True
    told = accord.harmonize(picture, mask, method=Affine.gain_offset(0.5)).signals
    assert told.move_mean > 0
    assert told.background_untouched


def test_noise_is_unknown_without_a_whole_block():
    tiny = np.zeros((6, 6, 3), np.float32)
    assert noise_gain(Pair(tiny, tiny, np.ones((6, 6), np.float32))) is None

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from skimage import data

import accord
from accord.core.errors import BadInputError
from accord.diagnose import PhotographicEdit
from accord.diagnose.look import UNITS, Look
from accord.diagnose.mask_health import MaskHealth, edge_width, holes
from accord.diagnose.regions import depth_inside
from accord.diagnose.texture import edge_blur
from accord.diagnose.verdict import LIMITS

DOCS = Path(__file__).parents[2] / "docs" / "signals.md"
PHOTOS = ["cat", "coffee", "rocket"]


def documented(heading):
    table = DOCS.read_text().split(f"## {heading}")[1].split("\n## ")[0]
    return [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]


def test_every_figure_and_limit_is_documented():
    assert documented("How a region looks") == [field.name for field in fields(Look)] == list(UNITS)
    assert documented("The mask's health") == [field.name for field in fields(MaskHealth)]
    text = DOCS.read_text()
    for name, limit in LIMITS.items():
        assert f"| {name} | {limit:g} |" in text


def looks(picture, mask, edit):
    """Inspect a foreground before and after an edit of it."""
    edited = np.where(mask[..., None] > 0, edit.apply(picture), picture).astype(np.float32)
    return [accord.inspect(one, mask, encoding="srgb") for one in (picture, edited)]


@pytest.mark.parametrize("name", PHOTOS)
def test_known_edits_are_recovered(photos, oval, name):
    picture, mask = photos[name].astype(np.float32) / 255, oval(photos[name])
    before, after = (one.foreground for one in looks(picture, mask, PhotographicEdit(exposure=1)))
    assert after.exposure.value - before.exposure.value == pytest.approx(1, rel=0.15)

    # From 6,500 K to 5,000 K.
    warmer = PhotographicEdit(temperature=1e6 / 5000 - 1e6 / 6500)
    before, after = (one.foreground for one in looks(picture, mask, warmer))
    assert after.warmth.value - before.warmth.value == pytest.approx(warmer.temperature, rel=0.15)

    before, after = (one.foreground for one in looks(picture, mask, PhotographicEdit(contrast=30)))
    assert after.contrast.value / before.contrast.value - 1 == pytest.approx(0.3, rel=0.15)

    before, after = (one.foreground for one in looks(picture, mask, PhotographicEdit(saturation=40)))
    assert after.saturation.value / before.saturation.value - 1 == pytest.approx(0.4, rel=0.15)


def test_differences_move_with_the_foreground_and_the_rest_stays(photos, oval):
    picture, mask = photos["cat"].astype(np.float32) / 255, oval(photos["cat"])
    before, after = looks(picture, mask, PhotographicEdit(exposure=-1))
    assert after.difference.exposure.value - before.difference.exposure.value == pytest.approx(-1, rel=0.15)
    assert after.background == before.background
    assert after.ring == before.ring


def test_8_bit_photos_are_recovered_where_nothing_clips(photos, oval):
    picture, mask = photos["cat"], oval(photos["cat"])
    darker = PhotographicEdit(exposure=-1).apply(picture.astype(np.float32) / 255)
    edited = np.where(mask[..., None] > 0, np.rint(darker * 255).astype(np.uint8), picture)
    before, after = (accord.inspect(one, mask).foreground for one in (picture, edited))
    assert after.exposure.value - before.exposure.value == pytest.approx(-1, rel=0.05)


def test_a_white_point_in_kelvin_is_that_of_the_light():
    from accord.colour.temperature import temperature_to_xy
    from accord.colour.xyz import LINEAR_FROM_XYZ

    x, y = temperature_to_xy(np.array(1e6 / 4000), np.array(0.01))
    light = LINEAR_FROM_XYZ @ np.array([x / y, 1, (1 - x - y) / y]) * 0.2
    picture = np.full((40, 40, 3), 0.2, np.float32)
    picture[10:30, 10:30] = light
    mask = np.zeros((40, 40), bool)
    mask[10:30, 10:30] = True
    told = accord.inspect(picture, mask).foreground
    assert told.temperature.value == pytest.approx(4000, abs=5)
    assert told.tint.value == pytest.approx(0.01, abs=2e-4)
    assert told.exposure.value == pytest.approx(np.log2(0.2), abs=0.01)
    assert told.contrast.value == pytest.approx(0, abs=0.05)


def test_intervals_hold_the_figure_shrink_with_evenness_and_repeat(photos, oval):
    picture, mask = photos["cat"], oval(photos["cat"])
    told = accord.inspect(picture, mask)
    for name in UNITS:
        one = getattr(told.foreground, name)
        assert one.low <= one.value <= one.high, name
    assert accord.inspect(picture, mask).to_dict() == told.to_dict()
    noise = np.random.default_rng(0).integers(0, 256, picture.shape, dtype=np.uint8)
    even = accord.inspect(noise, mask).foreground.exposure
    assert even.high - even.low < 0.1 * (told.foreground.exposure.high - told.foreground.exposure.low)


def gaussian(tone, sigma):
    offsets = np.arange(-12, 13)
    kernel = np.exp(-(offsets**2) / (2 * sigma**2))
    kernel /= kernel.sum()
    for axis in (0, 1):
        tone = np.apply_along_axis(lambda line: np.convolve(np.pad(line, 12, mode="edge"), kernel, "valid"), axis, tone)
    return tone.astype(np.float32)


@pytest.mark.parametrize("sigma", [1.0, 2.0, 3.0])
def test_edges_are_as_blurred_as_they_were_made(sigma):
    rng, squares = np.random.default_rng(0), np.zeros((200, 200), np.float32)
    for row, column in rng.integers(0, 170, (12, 2)):
        squares[row : row + 36, column : column + 36] += 0.08
    found, _ = edge_blur(gaussian(squares, sigma), np.ones(squares.shape, bool))
    # The pixel grid adds its own.
    assert np.quantile(found, 0.25) == pytest.approx(np.hypot(sigma, 0.6), rel=0.15)


def test_a_blurred_foreground_is_no_matter_of_colour(photos, oval):
    picture = data.camera()[::1, ::1][:400, :400]
    picture = np.repeat(picture[..., None], 3, axis=2)
    mask = oval(picture)
    soft = gaussian(picture[..., 0].astype(np.float32), 5.0)[..., None].repeat(3, axis=2)
    composite = np.where(mask[..., None] > 0, soft, picture).astype(np.uint8)
    told = accord.inspect(composite, mask)
    finding = next(one for one in told.findings if one.what == "blur")
    assert finding.severity >= 1
    assert not finding.by_colour
    assert "blur" in finding.tool
    assert told.verdict in ("colour cannot mend it", "colour can mend part of it")


def test_grain_is_that_of_the_noise():
    rng = np.random.default_rng(0)
    picture = np.full((200, 200, 3), 120.0)
    mask = np.zeros((200, 200), bool)
    mask[50:150, 50:150] = True
    picture += rng.normal(0, 1, (200, 200, 1)) * np.where(mask, 8, 1)[..., None]
    told = accord.inspect(np.rint(picture).astype(np.uint8), mask)
    assert told.foreground.grain.value == pytest.approx(8, rel=0.2)
    assert told.ring.grain.value == pytest.approx(1, rel=0.3)


def test_a_far_too_bright_foreground_can_be_mended_by_colour():
    rng = np.random.default_rng(0)
    picture = rng.integers(4, 12, (96, 96, 3), dtype=np.uint8)
    mask = np.zeros((96, 96), np.float32)
    mask[20:70, 20:70] = gaussian(np.pad(np.ones((42, 42), np.float32), 4), 1.0)
    bright = rng.integers(200, 250, (96, 96, 3))
    picture = np.rint(mask[..., None] * bright + (1 - mask[..., None]) * picture).astype(np.uint8)
    told = accord.inspect(picture, mask)
    assert told.verdict == "colour can mend it"
    assert told.findings[0].what == "exposure"
    assert "brighter" in told.findings[0].says
    assert "harmonize" in told.findings[0].tool


def pasted(colour_of_edge):
    """Paste a grey disc on a darker ground, its outline 2 pixels of another colour."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:160, :160]
    mask = (np.hypot(rows - 80, columns - 80) < 45).astype(np.float32)
    picture = np.where(mask[..., None] > 0, 150, 100) + rng.normal(0, 3, (160, 160, 3))
    depth = depth_inside(mask > 0, 3)
    picture[(depth > 0) & (depth < 3)] = colour_of_edge
    return np.clip(picture, 0, 255).astype(np.uint8), mask


def test_halo_and_spill_are_told_apart():
    clean = accord.inspect(*pasted((150, 150, 150))).mask
    assert abs(clean.fringe.value) < 1
    assert clean.spill.value < 1
    bright = accord.inspect(*pasted((230, 230, 230)))
    assert bright.mask.fringe.value > LIMITS["fringe"]
    assert bright.mask.spill.value < 1
    assert any(one.what == "fringe" and "bright halo" in one.says for one in bright.findings)
    dark = accord.inspect(*pasted((30, 30, 30)))
    assert dark.mask.fringe.value < -LIMITS["fringe"]
    green = accord.inspect(*pasted((90, 190, 90)))
    assert green.mask.spill.value > LIMITS["spill"]
    assert 100 < green.mask.spill_hue < 170
    assert any(one.what == "spill" and not one.by_colour for one in green.findings)


def test_edge_width_of_hard_and_soft_masks():
    rows, columns = np.mgrid[:200, :200]
    inside = 60 - np.hypot(rows - 100, columns - 100)
    assert edge_width((inside > 0).astype(np.float32)) == 0
    for width in (2, 6):
        soft = np.clip(inside / width + 0.5, 0, 1).astype(np.float32)
        assert edge_width(soft) == pytest.approx(width, rel=0.15)
    assert edge_width(np.ones((5, 5), np.float32)) is None


def test_holes_are_enclosed_background():
    mask = np.zeros((60, 60), np.float32)
    mask[10:50, 10:50] = 1
    assert holes(mask) == 0
    mask[20:24, 20:24] = 0
    mask[30:34, 10:40] = 0  # a bay, open to the left
    assert holes(mask) == pytest.approx(16 / mask.sum())
    spiral = np.ones((9, 9), np.float32)
    spiral[4, 4:9] = spiral[2:5, 4] = spiral[2, 2:5] = 0
    assert holes(spiral) == 0


def test_soft_mask_on_an_untouched_photo_stands_out_in_nothing(photos, oval):
    mask = gaussian(oval(photos["cat"]), 1.5)
    mask[mask < 0.02] = 0
    told = accord.inspect(photos["cat"], mask)
    assert told.findings == ()
    assert told.verdict == "nothing stands out"
    assert json.loads(json.dumps(told.to_dict(), allow_nan=False))["schema_version"] == 1


@pytest.mark.parametrize(
    "covered", [(slice(5, 6), slice(5, 6)), (slice(0, 30), slice(0, 29)), (slice(3, 4), slice(0, 30))]
)
@pytest.mark.parametrize("value", [0, 128, 255])
def test_odd_masks_and_flat_pictures_are_inspected(covered, value):
    mask = np.zeros((30, 30), np.float32)
    mask[covered] = 1
    told = accord.inspect(np.full((30, 30, 3), value, np.uint8), mask)
    json.dumps(told.to_dict(), allow_nan=False)


def test_useless_masks_are_refused(photos):
    with pytest.raises(BadInputError, match="0 everywhere"):
        accord.inspect(photos["cat"], np.zeros(photos["cat"].shape[:2], bool))
    with pytest.raises(BadInputError, match="no mask"):
        accord.inspect(photos["cat"])

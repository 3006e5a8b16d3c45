from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from skimage import data

import accord
from accord.colour.warmth import xyz_to_warmth
from accord.colour.xyz import XYZ_FROM_LINEAR
from accord.core.encoding import SRGB
from accord.core.errors import BadInputError
from accord.diagnose import PhotographicEdit
from accord.diagnose.look import UNITS, Look
from accord.diagnose.mask_health import MaskHealth, edge_width, holes
from accord.diagnose.regions import depth_inside
from accord.diagnose.suggestion import suggested_change
from accord.diagnose.texture import edge_blur
from accord.diagnose.verdict import LIMITS, QUIET
from accord.methods.card import MethodCard
from accord.pipeline.harmonizing import read_composite
from accord.pipeline.inspecting import inspected
from accord.transforms import Affine

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


WARMER = 1e6 / 5000 - 1e6 / 6500  # from 6,500 K to 5,000 K, in mired

EDITS = {
    "exposure": (PhotographicEdit(exposure=1), 1, False),
    "warmth": (PhotographicEdit(temperature=WARMER), WARMER, False),
    "contrast": (PhotographicEdit(contrast=30), 0.3, True),
    "saturation": (PhotographicEdit(saturation=40), 0.4, True),
}


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize("figure", EDITS)
def test_known_edits_are_recovered(photos, oval, name, figure):
    edit, size, relative = EDITS[figure]
    before, after = looks(photos[name].astype(np.float32) / 255, oval(photos[name]), edit)
    own = getattr(before.foreground, figure).value
    for which in ("foreground", "difference"):
        moved = getattr(getattr(after, which), figure).value - getattr(getattr(before, which), figure).value
        assert moved / (own if relative else 1) == pytest.approx(size, rel=0.15), which
    assert after.background == before.background
    assert after.ring == before.ring


@pytest.mark.parametrize("figure", ["exposure", "warmth"])
def test_known_edits_are_recovered_from_8_bit_photos_with_clipped_lights(photos, oval, figure):
    edit, size, _ = EDITS[figure]
    picture, mask = photos["coffee"], oval(photos["coffee"])
    edited = np.rint(np.clip(edit.apply(picture.astype(np.float32) / 255), 0, 1) * 255).astype(np.uint8)
    before, after = (accord.inspect(one, mask).foreground for one in (picture, edited))
    assert getattr(after, figure).value - getattr(before, figure).value == pytest.approx(size, rel=0.15)


def test_one_change_of_light_is_one_step_of_warmth_on_any_colour():
    colours = np.random.default_rng(0).uniform(0.1, 0.9, (50, 3)).astype(np.float32)
    both = [
        xyz_to_warmth(SRGB.to_light(one) @ XYZ_FROM_LINEAR.T) for one in (colours, EDITS["warmth"][0].apply(colours))
    ]
    np.testing.assert_allclose(both[1] - both[0], WARMER, rtol=0.01)
    assert xyz_to_warmth(np.ones(3) @ XYZ_FROM_LINEAR.T) == pytest.approx(153.7, abs=0.1)


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
        if name == "light_direction" and one.value is None:
            continue
        assert one.low <= one.value <= one.high, name
    assert accord.inspect(picture, mask).to_dict() == told.to_dict()
    noise = np.random.default_rng(0).integers(0, 256, picture.shape, dtype=np.uint8)
    even = accord.inspect(noise, mask).foreground.exposure
    assert even.high - even.low < 0.4 * (told.foreground.exposure.high - told.foreground.exposure.low)


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
    found = {finding.what: finding for finding in told.findings[:2]}  # the learned default's own say may come first
    assert set(found) == {"exposure", "suggested_change"}
    assert "brighter" in found["exposure"].says
    assert "harmonize" in found["exposure"].tool


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
    assert told.verdict in ("nothing stands out", "nothing to do")
    assert json.loads(json.dumps(told.to_dict(), allow_nan=False))["schema_version"] == 2


@pytest.mark.parametrize(
    "covered", [(slice(5, 6), slice(5, 6)), (slice(0, 30), slice(0, 29)), (slice(3, 4), slice(0, 30))]
)
@pytest.mark.parametrize("value", [0, 128, 255])
def test_odd_masks_and_flat_pictures_are_inspected(covered, value):
    mask = np.zeros((30, 30), np.float32)
    mask[covered] = 1
    told = accord.inspect(np.full((30, 30, 3), value, np.uint8), mask)
    json.dumps(told.to_dict(), allow_nan=False)


class Brightening:
    """A method that scales colours by 1.5, whatever it sees."""

    def __init__(self, gain):
        self.gain = gain

    def fit(self, composite, mask, reference):  # noqa: ARG002
        return Affine(np.eye(3, 4) * self.gain)


@pytest.mark.parametrize(
    ("gain", "verdict"), [(1.0, "nothing to do"), (1.03, "nothing to do"), (1.6, "colour can mend it")]
)
def test_what_the_learned_default_would_do_is_evidence(photos, oval, gain, verdict):
    facts = {"title": "", "source": "", "licence": "", "works_in": "srgb", "fit_size": 64, "square": True}
    card = MethodCard(id="test", load=lambda: Brightening(gain), **facts)
    mask = gaussian(oval(photos["cat"]), 1.5)
    mask[mask < 0.02] = 0
    told = inspected(*read_composite(photos["cat"], mask, encoding=None, mask_model=None), card)
    assert told.verdict == verdict
    assert (told.suggested_change.value >= LIMITS["suggested_change"]) == (gain > 1.5)
    assert (told.suggested_change.value <= QUIET) == (gain < 1.1)
    assert told.to_dict()["suggested_change"]["unit"] == "CIEDE2000"


def test_suggested_change_is_the_median_of_proposals():
    grey = np.full((8, 8, 3), 0.5, np.float32)
    told = suggested_change(grey, np.ones((8, 8), np.float32), [grey, grey + 0.1, grey + 0.3])
    assert told.low == 0
    assert 0 < told.value < told.high


def test_useless_masks_are_refused(photos):
    with pytest.raises(BadInputError, match="0 everywhere"):
        accord.inspect(photos["cat"], np.zeros(photos["cat"].shape[:2], bool))
    with pytest.raises(BadInputError, match="no mask"):
        accord.inspect(photos["cat"])

"""Limits on results: set as users set them, held, and reported."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from skimage import data, draw

import accord
from accord.colour.difference import ciede2000
from accord.core.encoding import SRGB
from accord.core.errors import BadInputError, GuardError, GuardWarning
from accord.pipeline.protecting import protected_areas, region_grid
from accord.transforms import Affine, Identity, InSpace, Palette, Protected, Region, Skin, from_dict
from accord.transforms.holding import to_lab

WARM = Affine.gain_offset([1.25, 1.0, 0.7], [0.05, 0.0, -0.02])
TWO_STOPS = InSpace("linear", Affine.gain_offset(4.0))


@pytest.fixture(scope="module")
def photo():
    return np.ascontiguousarray(data.astronaut()[:300:2, 100:400:2])


@pytest.fixture(scope="module")
def cover(photo):
    mask = np.zeros(photo.shape[:2], np.float32)
    mask[draw.disk((70, 70), 55)] = 1
    return mask


def differences(photo, result):
    before, after = (to_lab(picture.astype(np.float32) / 255) for picture in (photo, result.image))
    return ciede2000(before, after, lightness=False)


@pytest.mark.parametrize("tolerance", [1.5, 2.0, 5.0])
def test_a_region_stays_within_the_tolerance_in_the_picture_itself(photo, cover, tolerance):
    logo = np.zeros(cover.shape, np.uint8)
    logo[60:80, 50:90] = 255
    result = accord.harmonize(photo, cover, method=WARM, protect=logo, tolerance=tolerance)
    off = differences(photo, result)
    # Rounding to 8 bit takes its part, above all in the dark.
    assert np.percentile(off[logo > 0], 99) <= tolerance
    assert off[logo > 0].max() <= tolerance + 0.5
    assert off[(cover > 0) & (logo == 0)].mean() > 5
    (guard,) = result.guards
    assert guard.held
    assert guard.value <= tolerance < guard.wanted
    assert guard.share == pytest.approx((logo > 0).sum() / (cover > 0).sum(), abs=0.15)


def test_skin_keeps_its_colour_and_takes_the_light(photo, cover):
    face = np.zeros(cover.shape, bool)
    face[40:60, 55:75] = True
    weight = Skin().weight(to_lab(photo.astype(np.float32) / 255), None)
    assert weight[face].mean() > 0.8
    result = accord.harmonize(photo, cover, method=Affine.gain_offset([0.7, 0.7, 0.9]), protect="skin")
    assert differences(photo, result)[face & (weight == 1)].max() <= 2.5
    darker = photo[face].mean() - result.image[face].mean()
    assert darker > 10


def test_several_things_are_protected_and_told_apart(photo, cover, tmp_path):
    (tmp_path / "brand.gpl").write_text("GIMP Palette\nName: brand\n# ours\n200 30 40 red\n 26  43  60 blue\n")
    asked = ["#fff", "26,43,60", (1, 2, 3), tmp_path / "brand.gpl", "skin"]
    result = accord.harmonize(photo, cover, method=WARM, protect=asked)
    assert [guard.name for guard in result.guards] == [
        "protect #fff", "protect 26,43,60", "protect 1,2,3", "protect brand.gpl", "protect skin",
    ]  # fmt: skip
    assert all(guard.held for guard in result.guards)
    assert json.loads(json.dumps([guard.to_dict() for guard in result.guards]))[0]["limit"] == 2
    assert from_dict(json.loads(json.dumps(result.colour_map.to_dict()))) == result.colour_map


def test_what_is_not_there_is_reported_and_breaks_nothing(photo, cover):
    (guard,) = accord.harmonize(photo, cover, method=WARM, protect="#00ff00").guards
    assert (guard.share, guard.value, guard.held) == (0, None, True)
    assert "nothing of it" in str(guard)


@pytest.mark.parametrize("change", [TWO_STOPS, InSpace("linear", Affine.gain_offset(0.2))])
@pytest.mark.parametrize("depth", ["uint8", "float32"])
def test_exposure_moves_no_further_than_asked(photo, cover, change, depth):
    picture = photo if depth == "uint8" else SRGB.to_light(photo.astype(np.float32) / 255)
    result = accord.harmonize(picture, cover, method=change, max_exposure=0.5)
    light = [
        SRGB.to_light(each.astype(np.float32) / 255) if depth == "uint8" else each for each in (picture, result.image)
    ]
    means = [each[cover > 0].mean(0) @ [0.2126, 0.7152, 0.0722] for each in light]
    assert abs(np.log2(means[1] / means[0])) == pytest.approx(0.5, abs=0.03)
    assert result.guards[0].wanted > 1
    assert result.guards[0].held


def test_a_limit_that_is_not_reached_changes_nothing(photo, cover):
    free = accord.harmonize(photo, cover, method="mkl")
    limited = accord.harmonize(photo, cover, method="mkl", max_exposure=10)
    np.testing.assert_array_equal(limited.image, free.image)
    assert limited.colour_map == free.colour_map


def test_hues_stay_within_the_limit(photo, cover):
    result = accord.harmonize(photo, cover, method="reinhard", max_hue=20)
    (guard,) = result.guards
    assert guard.held
    assert guard.value <= 20.5 < guard.wanted
    assert result.signals.hue_reversals == 0


def test_tone_alone_keeps_chromaticity_and_tone_with_white_balance_moves_it_once(photo, cover):
    grey = photo.copy()
    grey[cover > 0] = np.linspace(40, 120, int(cover.sum()))[:, None].astype(np.uint8)
    results = {
        mode: accord.harmonize(grey, cover, method=WARM, mode=mode).image[cover > 0].astype(float)
        for mode in ("full", "tone-wb", "tone")
    }
    assert np.abs(np.ptp(results["tone"], axis=1)).max() <= 1
    np.testing.assert_allclose(results["tone-wb"], results["full"], atol=12)
    assert (results["tone-wb"][:, 0] > results["tone-wb"][:, 2]).all()


def test_tone_with_white_balance_comes_nearer_to_the_map_than_tone_where_colours_end_near_white(photo, cover):
    # A flat beige sky that turns to nearly white: grey explains that as well as any white balance does.
    beige = photo.copy()
    beige[cover > 0] = np.clip(
        np.random.default_rng(0).normal((208, 199, 165), (2, 2, 7), (int(cover.sum()), 3)), 0, 255
    )
    paler = Affine.gain_offset(0.3, [0.69, 0.73, 0.83])
    results = {mode: accord.harmonize(beige, cover, method=paler, mode=mode) for mode in ("full", "tone-wb", "tone")}
    wanted, balanced, toned = (to_lab(each.image[cover > 0].astype(np.float32) / 255) for each in results.values())
    assert ciede2000(balanced, wanted).mean() < 0.5 * ciede2000(toned, wanted).mean()


def test_limits_hold_at_part_strength_and_on_scenes(photo):
    foreground = np.dstack([photo[:60, :60], np.full((60, 60), 255, np.uint8)])
    scene = accord.compose(photo, foreground, at=(0.5, 0.5), scale=0.4)
    result = accord.harmonize(scene, method=WARM, protect="skin", strength=0.7)
    assert result.guards[0].held
    assert result.guards[0].wanted > 2


@pytest.fixture
def broken(monkeypatch):
    monkeypatch.setattr("accord.pipeline.harmonizing.guarded", lambda colour_map, *_: colour_map)


def test_a_broken_limit_is_an_error_or_a_warning_as_asked(photo, cover, broken):
    with pytest.raises(GuardError, match=r"max_exposure: .*broken"):
        accord.harmonize(photo, cover, method=TWO_STOPS, max_exposure=0.1)
    with pytest.warns(GuardWarning, match="max_exposure"):
        result = accord.harmonize(photo, cover, method=TWO_STOPS, max_exposure=0.1, on_violation="warn")
    assert not result.guards[0].held


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"protect": "#12345"}, "hexadecimal"),
        ({"protect": "300,1,1"}, "255"),
        ({"protect": [(1, 2)]}, "three"),
        ({"protect": "nowhere.png"}, "nowhere"),
        ({"protect": "nowhere.gpl"}, "nowhere"),
        ({"protect": np.zeros((3, 3), np.uint8)}, "mask"),
        ({"tolerance": -1}, "tolerance"),
        ({"mode": "hue"}, "tone-wb"),
        ({"max_exposure": "much"}, "max_exposure"),
        ({"max_hue": 120}, "90"),
        ({"on_violation": "ignore"}, "warn"),
        ({"as_published": True, "mode": "tone"}, "as_published"),
    ],
)
def test_limits_that_cannot_be_are_refused(photo, cover, options, word):
    with pytest.raises(BadInputError, match=word):
        accord.harmonize(photo, cover, method="mkl", **options)


def test_a_black_region_is_refused(photo, cover):
    with pytest.raises(BadInputError, match="black everywhere"):
        accord.harmonize(photo, cover, method="mkl", protect=np.zeros(cover.shape, bool))


def test_a_palette_without_colours_is_refused(tmp_path):
    (tmp_path / "empty.txt").write_text("GIMP Palette\n")
    with pytest.raises(BadInputError, match="no colour"):
        protected_areas(str(tmp_path / "empty.txt"), (4, 4))


def test_palettes_are_read_in_all_their_forms(tmp_path):
    (tmp_path / "brand.hex").write_text("1a2b3c\n#FFFFFF white\n10, 20, 30\n")
    area = protected_areas(tmp_path / "brand.hex", (4, 4))["brand.hex"]
    assert isinstance(area, Palette)
    np.testing.assert_allclose(area.colours * 255, [[26, 43, 60], [255, 255, 255], [10, 20, 30]])


@pytest.mark.parametrize("size", [(50, 40), (401, 777)])
def test_a_region_is_protected_in_full_to_its_last_pixel(size):
    mask = np.zeros(size, np.float32)
    mask[draw.ellipse(size[0] * 0.4, size[1] * 0.5, size[0] * 0.2, size[1] * 0.1)] = 1
    mask[0, 0] = mask[-1, -1] = 1
    weight = Region(region_grid(mask)).weight(np.zeros((*size, 3), np.float32), accord.core.place.Place.whole(*size))
    assert (weight[mask > 0] == 1).all()
    assert (weight == 0).mean() > 0.5
    assert np.abs(np.diff(weight, axis=1)).max() < 0.5


def test_region_files_are_read(photo, cover, tmp_path):
    Image.fromarray((cover * 255).astype(np.uint8)).save(tmp_path / "logo.png")
    result = accord.harmonize(photo, cover, method=WARM, protect=tmp_path / "logo.png")
    assert result.guards[0].name == "protect logo.png"
    assert isinstance(result.colour_map, Protected)


def test_strength_0_and_no_limits_need_no_guards(photo, cover):
    assert accord.harmonize(photo, cover, method=WARM, strength=0, protect="skin").guards == ()
    assert accord.harmonize(photo, cover, method=Identity()).guards == ()


def test_limits_that_come_as_numpys_numbers_go_into_a_sidecar(photo, cover, tmp_path):
    limits = {"tolerance": np.float32(1.5), "max_exposure": np.float64(0.5), "max_hue": np.int64(5)}
    result = accord.harmonize(photo, cover, method=WARM, protect="skin", **limits)
    result.save_sidecar(tmp_path / "a.json")
    settings = json.loads((tmp_path / "a.json").read_text())["settings"]
    assert {name: settings[name] for name in limits} == {"tolerance": 1.5, "max_exposure": 0.5, "max_hue": 5.0}


@pytest.mark.parametrize("name", ["tolerance", "max_exposure", "max_hue"])
@pytest.mark.parametrize("value", ["5", b"5", [5], np.nan, -1, 10**400])
def test_limits_that_are_no_number_are_refused(photo, cover, name, value):
    with pytest.raises(BadInputError, match=f"{name} is .*a number from 0 to"):
        accord.harmonize(photo, cover, method=WARM, **{name: value})


def test_a_tolerance_is_a_number(photo, cover):
    with pytest.raises(BadInputError, match="tolerance is None"):
        accord.harmonize(photo, cover, method=WARM, tolerance=None)

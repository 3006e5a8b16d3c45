"""Light of known direction, on objects rendered by benchmarks/raycaster.py."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

import accord
from accord.diagnose.light import WIDEST, direction_draws, light_on_object, light_on_pieces
from accord.diagnose.relief import surface_normals

UNCUT = (False, False, False, False)


@pytest.fixture(scope="module")
def raycaster():
    path = Path(__file__).parents[2] / "benchmarks" / "raycaster.py"
    spec = importlib.util.spec_from_file_location("raycaster", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["raycaster"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["raycaster"]


def turn(one, other):
    return (one - other + 180) % 360 - 180


def told(made, number=0):
    flags = (made.shows == number).astype(np.float32)
    return light_on_object(made.picture.astype(np.float32) / 255, flags, 0)


def known(one):
    return bool(np.isfinite(direction_draws(one, 0)[0]))


def test_a_disc_swells_to_half_a_sphere():
    rows, columns = np.mgrid[:61, :61] - 30
    flags = np.hypot(rows, columns) < 27.5
    normals = surface_normals(flags, UNCUT)
    wanted = np.stack([columns, -rows, np.sqrt(np.maximum(27.5**2 - rows**2 - columns**2, 0))], axis=-1)[flags]
    wanted = wanted / np.linalg.norm(wanted, axis=-1, keepdims=True)
    assert np.degrees(np.arccos(np.clip((normals * wanted).sum(-1), -1, 1))).mean() < 3


def test_what_the_frame_cuts_has_no_rim_there():
    normals = surface_normals(np.ones((20, 40), bool), (False, False, True, True)).reshape(20, 40, 3)
    assert np.abs(normals[..., 0]).max() < 1e-6
    assert normals[0, 5, 1] > 0.9


@pytest.mark.parametrize("azimuth", [0, 75, 160, 290])
def test_light_on_a_sphere(raycaster, azimuth):
    solid = raycaster.Solid(raycaster.sphere, np.eye(3))
    made = raycaster.render([solid], raycaster.Light(azimuth, elevation=35, specular=0.4), size=64)
    one = told(made)
    assert abs(turn(one.azimuth, azimuth)) < 5
    assert known(one)


def test_light_on_objects_of_many_shapes(raycaster):
    rng, errors = np.random.default_rng(11), []
    for shape in [*raycaster.SHAPES] * 2:
        light = raycaster.random_light(rng)
        solid = raycaster.random_solid(rng, shape, texture=float(rng.choice([0, 0.15, 0.35])), size=0.75)
        one = told(raycaster.render([solid], light, size=64, noise=2))
        errors.append((abs(turn(one.azimuth, light.azimuth)), known(one)))
    error, sure = np.array(errors).T
    assert np.median(error) < 15
    assert sure.mean() > 0.25
    assert error[sure > 0].max() < 40


@pytest.mark.parametrize("light", [{"ambient": 1.0}, {"elevation": 90}])
@pytest.mark.parametrize("shape", ["sphere", "box"])
def test_ambiguous_light_is_unknown(raycaster, light, shape):
    solid = raycaster.random_solid(np.random.default_rng(2), shape, texture=0.15, size=0.75)
    assert not known(told(raycaster.render([solid], raycaster.Light(0, **light), size=64)))


@pytest.fixture(scope="module")
def scene(raycaster):
    """Nine spheres and ellipsoids in the same light, from the upper left."""
    rng = np.random.default_rng(1)
    solids = [
        raycaster.random_solid(
            rng, "sphere" if cell % 2 else "ellipsoid", texture=0.1, size=0.28,
            centre=((cell % 3 - 1) * 0.64, (cell // 3 - 1) * 0.64, 0.0), albedo=tuple(rng.uniform(0.05, 0.7, 3)),
        )
        for cell in range(9)
    ]  # fmt: skip
    return raycaster.render(solids, raycaster.Light(135, elevation=20), size=160, backdrop=(0.3, 0.32, 0.3))


def test_the_pieces_of_a_background_agree_on_its_light(scene):
    one = light_on_pieces(scene.picture.astype(np.float32) / 255, (scene.shows != 3).astype(np.float32), 0)
    assert abs(turn(one.azimuth, 135)) < 15
    assert known(one)
    flat = np.full((64, 64, 3), 0.5, np.float32)
    assert light_on_pieces(flat, np.ones((64, 64), np.float32), 0) is None


def test_an_object_in_another_light_needs_relighting(scene):
    mask = scene.shows == 3
    fits = accord.inspect(scene.picture, mask)
    assert abs(fits.difference.light_direction.value) < 20
    assert not any(one.what == "light_direction" for one in fits.findings)
    for figure in (fits.foreground.light_direction, fits.background.light_direction):
        assert figure.unit == "degrees"
        assert figure.low <= figure.value <= figure.high <= figure.low + WIDEST

    rows, columns = (slice(found.min(), found.max() + 1) for found in np.nonzero(mask))
    turned, there = scene.picture.copy(), mask.copy()
    turned[rows, columns] = turned[rows, columns][::-1, ::-1]
    there[rows, columns] = there[rows, columns][::-1, ::-1]
    wrong = accord.inspect(turned, there)
    finding = next(one for one in wrong.findings if one.what == "light_direction")
    assert abs(abs(wrong.difference.light_direction.value) - 180) < 25
    assert "lower right" in finding.says
    assert "upper left" in finding.says
    assert "relighting" in finding.tool
    assert not finding.by_colour
    assert wrong.verdict in ("colour cannot mend it", "colour can mend part of it")

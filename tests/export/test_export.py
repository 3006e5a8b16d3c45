from __future__ import annotations

import json
import re

import numpy as np
import pytest

import accord
from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.export import export
from accord.export.approximation import made_global
from accord.export.cdl import Decision, fitted_decision
from accord.transforms import (
    Affine,
    AffineGrid,
    Chain,
    Curve,
    Curves,
    Identity,
    InSpace,
    Lut3D,
    OffsetGrid,
    Polynomial,
)
from accord.transforms.polynomial import TERMS

CODE = 1 / 255
GAIN = Affine.gain_offset([1.1, 0.9, 0.8], [0.02, 0.0, 0.05])
MIXING = Affine(np.array([[0.8, 0.1, 0.05, 0.02], [0.0, 0.9, 0.1, 0.0], [0.1, -0.1, 0.9, 0.03]]))
CURVE = Curve.through([0.0, 0.3, 0.7, 1.0], [0.05, 0.2, 0.8, 0.95])
KINKED = Curve.through([0.0, 0.3, 0.32, 1.0], [0.0, 0.2, 0.5, 1.0])
BENT = np.random.default_rng(0).normal(0, 0.05, (3, len(TERMS)))
GLOBAL = {
    "identity": Identity(),
    "gain": GAIN,
    "mixing": MIXING,
    "stop": InSpace("linear", Affine.gain_offset(2.0)),
    "lab": InSpace("lab", Affine.gain_offset([0.9, 1.2, 1.1], [5.0, 3.0, -6.0])),
    "oklab": InSpace("oklab", Affine.gain_offset([0.9, 1.2, 1.1], [0.05, 0.01, -0.02])),
    "curves": Curves(CURVE, CURVE, Curve.through([0.0, 1.0], [0.1, 0.9])),
    "kinked": Curves(KINKED, CURVE, CURVE),
    "chain": Chain((InSpace("linear", MIXING), GAIN)),
    "polynomial": Polynomial(BENT),
    "half": InSpace("lab", Affine.gain_offset(1.0, [10.0, 0.0, 0.0])).at_strength(0.5),
}
LOCAL = AffineGrid(np.stack([GAIN.matrix, MIXING.matrix])[None].astype(np.float32))


def foreground(colour_map, photo, mask):
    mapped = colour_map.transform(photo, Place.whole(*mask.shape))
    return photo[mask > 0], np.clip(mapped[mask > 0], 0, 1)


@pytest.mark.parametrize("name", GLOBAL)
def test_clf_gives_what_we_give(tmp_path, photo, mask, open_colour_io, name):
    done = export(GLOBAL[name], tmp_path / "map.clf", composite=photo, mask=mask)
    before, after = foreground(GLOBAL[name], photo, mask)
    off = np.abs(np.clip(open_colour_io(done.path, before), 0, 1) - after)
    assert off.max() < CODE
    assert done.exact
    assert done.residual_max == pytest.approx(255 * off.max(), abs=0.1)


# Bends between nodes, and cube roots near black, are more than a table's straight lines hold; .clf holds them.
SHARP = {"lab": 33, "oklab": 33, "curves": 33}
SMOOTH = {name: 33 for name in GLOBAL if name not in SHARP and name != "kinked"} | {"stop": 65}


@pytest.mark.parametrize(("name", "size"), SMOOTH.items())
def test_cube_gives_what_we_give(tmp_path, photo, mask, open_colour_io, name, size):
    done = export(GLOBAL[name], tmp_path / "map.cube", composite=photo, mask=mask, cube_size=size)
    before, after = foreground(GLOBAL[name], photo, mask)
    off = np.abs(np.clip(open_colour_io(done.path, before), 0, 1) - after)
    assert off.max() < CODE
    assert done.exact
    assert done.residual_max == pytest.approx(255 * off.max(), abs=0.1)


@pytest.mark.parametrize(("name", "size"), SHARP.items())
def test_cube_of_a_sharply_bent_map_gives_nearly_that_and_says_so(tmp_path, photo, mask, open_colour_io, name, size):
    done = export(GLOBAL[name], tmp_path / "map.cube", composite=photo, mask=mask, cube_size=size)
    before, after = foreground(GLOBAL[name], photo, mask)
    off = np.abs(np.clip(open_colour_io(done.path, before), 0, 1) - after).max(axis=-1)
    assert (off < CODE).mean() > 0.9
    assert off.mean() < 0.3 * CODE
    assert done.residual_mean == pytest.approx(255 * off.mean(), abs=0.05)
    assert f"{done.residual_mean:.2f} of 255 on average" in done.path.read_text()


@pytest.mark.parametrize("suffix", [".cdl", ".cc", ".ccc"])
def test_cdl_holds_gain_and_offset_exactly(tmp_path, photo, mask, open_colour_io, suffix):
    done = export(GAIN, tmp_path / f"map{suffix}", composite=photo, mask=mask)
    before, after = foreground(GAIN, photo, mask)
    assert np.abs(np.clip(open_colour_io(done.path, before), 0, 1) - after).max() < CODE
    assert done.exact
    assert done.residual_max < 0.01


@pytest.mark.parametrize("suffix", [".cdl", ".cube", ".clf"])
@pytest.mark.parametrize("colour_map", [MIXING, LOCAL, GLOBAL["stop"]], ids=["mixing", "local", "stop"])
def test_the_residual_stated_is_what_open_colour_io_leaves(tmp_path, photo, mask, open_colour_io, suffix, colour_map):
    done = export(colour_map, tmp_path / f"map{suffix}", composite=photo, mask=mask)
    before, after = foreground(colour_map, photo, mask)
    off = 255 * np.abs(np.clip(open_colour_io(done.path, before), 0, 1) - after).max(axis=-1)
    assert done.residual_mean == pytest.approx(off.mean(), abs=0.05)
    assert done.residual_max == pytest.approx(off.max(), abs=0.1)
    assert f"{done.residual_mean:.2f} of 255 on average, {done.residual_max:.2f} at most" in done.path.read_text()
    if colour_map is LOCAL:
        assert not done.exact
        assert "nearest" in done.path.read_text()


@pytest.mark.parametrize(
    ("name", "form"),
    [("mixing", "3-D table, 33 nodes"), ("lab", "3-D table, 65 nodes"), ("kinked", "curves")],
)
def test_a_cube_takes_what_form_the_map_needs(tmp_path, photo, mask, open_colour_io, name, form):
    done = export(GLOBAL[name], tmp_path / "map.cube", composite=photo, mask=mask)
    assert (done.form, done.exact) == (form, True)
    before, after = foreground(GLOBAL[name], photo, mask)
    assert np.abs(np.clip(open_colour_io(done.path, before), 0, 1) - after).max() < CODE
    assert done.to_dict()["form"] == form


def test_what_no_cube_holds_takes_the_best_form_and_is_not_called_exact(tmp_path, photo, mask):
    plain = export(GLOBAL["oklab"], tmp_path / "plain.cube", composite=photo, mask=mask, cube_size=65)
    graded = export(GLOBAL["oklab"], tmp_path / "graded.cube", composite=photo, mask=mask)
    assert graded.form == "curves and 3-D table, 65 nodes"
    assert 1 < graded.residual_max < 0.7 * plain.residual_max
    assert (plain.exact, graded.exact) == (False, False)
    assert "nearest" in graded.path.read_text()[:300]


def test_a_table_reaches_beyond_its_domain_in_clf(tmp_path, photo, mask, open_colour_io):
    domain = np.array([[0.2, 0.3, 0.25], [0.6, 0.7, 0.9]])
    table = Lut3D.nodes(9, domain) + np.random.default_rng(1).normal(0, 0.02, (9, 9, 9, 3))
    lut = Lut3D(table.astype(np.float32), domain)
    done = export(lut, tmp_path / "map.clf", composite=photo, mask=mask)
    before, after = foreground(lut, photo, mask)
    assert np.abs(np.clip(open_colour_io(done.path, before), 0, 1) - after).max() < 0.05 * CODE


def test_a_map_of_place_is_exported_nearer_than_no_map(tmp_path, photo, mask):
    done = export(LOCAL, tmp_path / "map.cube", composite=photo, mask=mask)
    before, after = foreground(LOCAL, photo, mask)
    assert done.residual_mean < 0.6 * 255 * np.abs(after - before).max(axis=-1).mean()


def test_a_constant_map_of_place_is_exported_as_good_as_exactly(tmp_path, photo, mask):
    grid = AffineGrid(np.broadcast_to(MIXING.matrix, (2, 3, 3, 4)).astype(np.float32))
    done = export(grid, tmp_path / "map.cube", composite=photo, mask=mask)
    assert done.residual_max < 1
    assert not done.exact


def test_a_few_colours_do_not_bend_the_rest():
    before = np.random.default_rng(0).normal(0.5, 0.01, (50, 3)).astype(np.float32)
    lifted = before + np.float32(0.1)
    made = made_global(OffsetGrid(np.full((1, 1, 3), 0.1, np.float32)), before, lifted)
    everywhere = np.random.default_rng(1).uniform(0, 1, (1, 500, 3)).astype(np.float32)
    change = made.transform(everywhere, Place.whole(1, 500)) - everywhere
    assert np.abs(change - 0.1).max() < 0.2


def test_colours_beyond_white_are_held(tmp_path, mask, photo, open_colour_io):
    bright = photo * 2.5 - 0.1
    for suffix in (".cube", ".clf"):
        done = export(GLOBAL["polynomial"], tmp_path / f"map{suffix}", composite=bright, mask=mask, cube_size=65)
        before = bright[mask > 0]
        after = GLOBAL["polynomial"].transform(bright, Place.whole(*mask.shape))[mask > 0]
        assert np.abs(open_colour_io(done.path, before) - after).max() < 3 * CODE


def test_decision_is_fitted(photo, mask):
    made = Decision(np.array([1.2, 0.9, 1.0]), np.array([0.02, -0.03, 0.0]), np.array([1.1, 0.8, 1.3]), 0.7)
    before = photo[mask > 0][::3]
    found = fitted_decision(before, made.apply(before).astype(np.float32))
    np.testing.assert_allclose(found.apply(before), made.apply(before), atol=0.5 * CODE)
    np.testing.assert_allclose(found.slope, made.slope, atol=0.03)
    assert found.saturation == pytest.approx(0.7, abs=0.02)


def test_cube_of_17_nodes_is_in_the_order_of_the_specification(tmp_path, photo, mask):
    text = export(Identity(), tmp_path / "map.cube", composite=photo, mask=mask, cube_size=17).path.read_text()
    assert "LUT_3D_SIZE 17\n" in text
    rows = [line for line in text.splitlines() if re.match(r"[-\d]", line)]
    assert len(rows) == 17**3
    np.testing.assert_allclose([float(x) for x in rows[1].split()], [1 / 16, 0, 0], atol=1e-6)
    np.testing.assert_allclose([float(x) for x in rows[-1].split()], [1, 1, 1], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [("map.3dl", 33, [".cube", ".clf"]), ("map.cube", 16, ["17", "33", "65"]), ("nowhere/map.clf", 33, ["nowhere"])],
)
def test_what_cannot_be_written_is_refused(tmp_path, photo, mask, name, size, words):
    with pytest.raises(BadInputError) as caught:
        export(GAIN, tmp_path / name, composite=photo, mask=mask, cube_size=size)
    for word in words:
        assert word in str(caught.value)
    assert list(tmp_path.iterdir()) == []


METHODS = ["mkl", "reinhard", "reinhard-oklab", "histogram", "idt", "xue"]


@pytest.mark.parametrize(
    ("method", "strength", "suffix"),
    [
        *((method, 1.0, ".clf") for method in METHODS),
        *((method, 1.0, ".cube") for method in ("mkl", "histogram", "xue")),
        *(
            pytest.param(method, strength, suffix, marks=pytest.mark.slow)
            for method, strength, suffix in [
                ("reinhard", 1.0, ".cube"),
                ("reinhard-oklab", 1.0, ".cube"),
                ("idt", 1.0, ".cube"),
                *((method, 0.6, suffix) for method in METHODS[1:] for suffix in (".clf", ".cube")),
            ]
        ),
    ],
)
def test_a_result_s_map_as_file_makes_the_result(tmp_path, photo, mask, open_colour_io, method, strength, suffix):
    composite = np.rint(photo * 255).astype(np.uint8)
    result = accord.harmonize(composite, mask, method=method, strength=strength)
    done = result.export(tmp_path / f"map{suffix}")
    wanted = result.colour_map.transform(photo, Place.whole(*mask.shape))[mask > 0]
    off = np.abs(np.clip(open_colour_io(done.path, photo[mask > 0]), 0, 1) - np.clip(wanted, 0, 1))
    assert off.max() <= CODE
    assert done.exact
    given = np.rint(np.clip(open_colour_io(done.path, photo[mask > 0]), 0, 1) * 255)
    assert np.abs(given - result.image[mask > 0]).max() <= 1
    json.dumps(done.to_dict())

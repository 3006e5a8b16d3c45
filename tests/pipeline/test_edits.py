"""Sidecars: what they record, and that they make the picture again, at its size and at others."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import numpy as np
import pytest
from skimage import data, draw, transform

import accord
from accord.core.errors import BadInputError
from accord.pipeline.edits import read_edit
from accord.transforms import Affine, AffineGrid, Chain, Polynomial


@pytest.fixture(scope="module")
def photo():
    return np.ascontiguousarray(data.coffee()[::4, ::4])


@pytest.fixture(scope="module")
def cover(photo):
    mask = np.zeros(photo.shape[:2], np.float32)
    mask[draw.disk((50, 75), 30)] = 1
    return mask


@pytest.fixture(scope="module")
def local_map():
    rng = np.random.default_rng(5)
    grid = np.eye(3, 4) + rng.normal(0, 0.05, (6, 8, 3, 4))
    return Chain((Polynomial(rng.normal(0, 0.05, (3, 13))), AffineGrid(grid.astype(np.float32))))


@pytest.mark.parametrize("name", ["edit.json", "edit.xmp"])
def test_a_sidecar_makes_the_same_picture_again(tmp_path, photo, cover, name):
    asked = accord.harmonize(photo, cover, method="histogram", strength=0.6, protect=["skin", cover], max_hue=40)
    asked.save_sidecar(tmp_path / name)
    again = accord.harmonize(photo, cover, method=tmp_path / name)
    np.testing.assert_array_equal(again.image, asked.image)
    assert again.colour_map == asked.colour_map
    assert accord.harmonize(photo, cover, method=str(tmp_path / name)).colour_map == asked.colour_map


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_an_edit_of_place_is_the_same_at_another_size(tmp_path, photo, cover, local_map, scale):
    asked = accord.harmonize(photo, cover, method=local_map, protect=cover * (np.arange(150) < 70))
    asked.save_sidecar(tmp_path / "edit.json")
    size = tuple(round(length * scale) for length in cover.shape)
    other = np.rint(transform.resize(photo / 255, size, anti_aliasing=True) * 255).astype(np.uint8)
    other_cover = (transform.resize(cover, size, order=1) > 0.5).astype(np.float32)
    done = accord.harmonize(other, other_cover, method=tmp_path / "edit.json").image
    wanted = np.rint(transform.resize(asked.image / 255, size, anti_aliasing=True) * 255)
    inner = transform.resize(cover, size, order=1) == 1
    assert np.abs(done[inner] - wanted[inner]).mean() < 1.5
    assert np.abs(other[inner] - wanted[inner]).mean() > 5


def test_a_sidecar_tells_how_the_picture_came_about(tmp_path, photo, cover):
    result = accord.harmonize(photo, cover, method="mkl", strength=0.5, reference="ring", max_exposure=0.1)
    result.save_sidecar(tmp_path / "edit.json")
    told = json.loads((tmp_path / "edit.json").read_text())
    assert told["accord"] == accord.__version__
    assert told["schema_version"] == 1
    assert told["method"]["id"] == "mkl"
    assert told["model_hash"] is None
    assert told["settings"]["strength"] == 0.5
    assert told["settings"]["reference"] == "ring"
    assert told["settings"]["max_exposure"] == 0.1
    assert told["signals"] == json.loads(json.dumps(result.signals.to_dict()))
    assert told["guards"][0]["name"] == "max_exposure"
    assert told["explanation"]["schema_version"] == 1


def test_an_xmp_sidecar_is_xml(tmp_path, photo, cover):
    accord.harmonize(photo, cover, method=Affine.gain_offset(1.1)).save_sidecar(tmp_path / "edit.xmp")
    root = ElementTree.fromstring((tmp_path / "edit.xmp").read_text(encoding="utf-8").replace("\ufeff", ""))
    (edit,) = root.iter("{urn:accord:edit:1}edit")
    assert json.loads(edit.text)["colour_map"]["kind"] == "affine"
    (tool,) = root.iter("{http://ns.adobe.com/xap/1.0/}CreatorTool")
    assert tool.text == f"accord {accord.__version__}"


def test_a_bare_colour_map_is_an_edit_too(tmp_path, photo, cover):
    (tmp_path / "map.json").write_text(json.dumps(Affine.gain_offset(0.5).to_dict()))
    assert read_edit(tmp_path / "map.json") == Affine.gain_offset(0.5)
    assert accord.harmonize(photo, cover, method=tmp_path / "map.json").image[50, 75].sum() > 0


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("edit.json", "not json", "no JSON"),
        ("edit.json", "[1]", "object"),
        ("edit.json", "{}", "kind"),
        ("edit.json", '{"schema_version": 2, "colour_map": {"kind": "identity"}}', "Update"),
        ("edit.json", '{"colour_map": {"kind": "affine", "matrix": [1]}}', "matrix"),
        ("edit.json", '{"colour_map": {"kind": "protected"}}', "areas"),
        ("edit.json", '{"colour_map": {"kind": "chain", "maps": null}}', "cannot be read"),
        ("edit.json", '{"colour_map": {"kind": "lut3d", "table": {"shape": [1e400], "float32": ""}}}', "cannot be"),
        ("edit.json", '{"a":' * 100_000, "no JSON"),
        ("edit.xmp", "<x/>", "another program"),
    ],
)
def test_what_is_no_edit_is_refused(tmp_path, photo, cover, name, text, word):
    (tmp_path / name).write_text(text)
    with pytest.raises(BadInputError, match=word) as caught:
        accord.harmonize(photo, cover, method=tmp_path / name)
    assert name in str(caught.value)


def test_a_missing_edit_and_another_name_are_refused(tmp_path, photo, cover):
    with pytest.raises(BadInputError, match="does not exist"):
        accord.harmonize(photo, cover, method=tmp_path / "edit.json")
    with pytest.raises(BadInputError, match=r"\.json or \.xmp"):
        accord.harmonize(photo, cover, method="mkl").save_sidecar(tmp_path / "edit.txt")

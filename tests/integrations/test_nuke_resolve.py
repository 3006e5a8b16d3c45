"""The path into Nuke and Resolve: what examples/nuke_resolve.py makes, applied by OpenColorIO."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest
from skimage import data, draw

import accord
from accord.core.encoding import SRGB
from accord.core.place import Place
from accord.transforms import Affine

ocio = pytest.importorskip("PyOpenColorIO", reason="the package opencolorio is not installed")

EXAMPLE = Path(__file__).parents[2] / "examples" / "nuke_resolve.py"
CODE = 1 / 255
DISPLAY = "sRGB - Texture"


@pytest.fixture(scope="module")
def plate(tmp_path_factory):
    """Give a folder with a scene-linear EXR that goes beyond white, its mask, and a decision as an edit."""
    folder = tmp_path_factory.mktemp("plate")
    photo = data.astronaut()[::4, ::4].astype(np.float32) / 255
    cover = np.zeros(photo.shape[:2], np.float32)
    cover[draw.disk((64, 60), 40)] = 1
    light = SRGB.to_light(photo)
    light[cover > 0] *= np.float32([0.5, 0.7, 0.9])
    light[:20, :20] = 6
    _write(folder / "comp.exr", light)
    _write(folder / "matte.exr", cover[..., None])
    decision = Affine.gain_offset([1.1, 0.9, 0.8], [0.02, 0.0, 0.05])
    (folder / "decision.json").write_text(json.dumps(decision.to_dict()))
    return folder


def _write(path, pixels):
    buffer = oiio.ImageBuf(np.ascontiguousarray(pixels))
    assert buffer.write(str(path), "float")


def made(plate, method):
    """Run the example as its users do; give its folder, and accord's own colours over the foreground."""
    folder = plate / Path(method).stem
    command = [sys.executable, str(EXAMPLE), "comp.exr", "matte.exr", folder.name, "--method", method]
    said = subprocess.run(command, cwd=plate, capture_output=True, text=True, check=True).stdout
    result = accord.harmonize(
        plate / "comp.exr", plate / "matte.exr", method=str(plate / method) if "." in method else method
    )
    light = oiio.ImageBuf(str(plate / "comp.exr")).get_pixels(oiio.FLOAT)
    working = SRGB.from_light(light)
    inside = result.mask == 1
    wanted = result.colour_map.transform(working, Place.whole(*result.mask.shape))[inside]
    return folder, said, light[inside], wanted


def applied(config, transform, colours):
    pixels = np.array(colours, np.float32, order="C")
    config.getProcessor(transform).getDefaultCPUProcessor().applyRGB(pixels)
    return pixels


def through(config, space, file):
    """Give what Nuke does with OCIOColorSpace, OCIOFileTransform and OCIOColorSpace on a linear Rec. 709 plate."""
    transform = ocio.FileTransform(str(file), interpolation=ocio.INTERP_TETRAHEDRAL)
    linear = "Linear Rec.709 (sRGB)"
    there, back = ocio.ColorSpaceTransform(linear, space), ocio.ColorSpaceTransform(space, linear)
    return ocio.GroupTransform([there, transform, back])


@pytest.fixture(scope="module")
def mkl(plate):
    return made(plate, "mkl")


@pytest.fixture
def config(mkl):
    ocio.ClearAllCaches()
    return ocio.Config.CreateFromFile(str(mkl[0] / "config.ocio"))


def off(light, wanted):
    return np.abs(np.clip(SRGB.from_light(light), 0, 1) - np.clip(wanted, 0, 1)).max()


def test_it_makes_all_files_and_says_how_true_they_are(mkl):
    folder, said, _, _ = mkl
    names = {"map.cube", "map.clf", "map.cc", "map.ccc", "map.cdl", "map_acescct.cube", "config.ocio", "layers.exr"}
    assert {path.name for path in folder.iterdir()} == names
    for name in names:
        assert name in said


@pytest.mark.parametrize("space", ["ACEScg", "ACES2065-1", "ACEScct", "Linear Rec.709 (sRGB)"])
def test_the_look_gives_accord_s_result_in_every_space(mkl, config, space):
    _, _, light, wanted = mkl
    plate = applied(config, ocio.ColorSpaceTransform("Linear Rec.709 (sRGB)", space), light)
    graded = applied(config, ocio.LookTransform(space, space, "accord"), plate)
    assert off(applied(config, ocio.ColorSpaceTransform(space, "Linear Rec.709 (sRGB)"), graded), wanted) < CODE


@pytest.mark.parametrize(
    ("name", "space"), [("map.cube", DISPLAY), ("map.clf", DISPLAY), ("map_acescct.cube", "ACEScct")]
)
def test_a_table_between_conversions_gives_accord_s_result(mkl, config, name, space):
    folder, _, light, wanted = mkl
    assert off(applied(config, through(config, space, folder / name), light), wanted) < CODE


def test_a_table_on_linear_light_is_far_off(mkl, config):
    folder, _, light, wanted = mkl
    assert off(applied(config, ocio.FileTransform(str(folder / "map.cube")), light), wanted) > 20 * CODE


@pytest.mark.parametrize("suffix", [".cc", ".ccc", ".cdl"])
def test_a_decision_is_applied_to_display_encoded_values(plate, config, suffix):
    folder, said, light, wanted = made(plate, "decision.json")
    assert "map.cc: the map itself" in said
    assert off(applied(config, through(config, DISPLAY, folder / f"map{suffix}"), light), wanted) < CODE


def test_the_layers_merge_to_accord_s_result_in_light(plate, mkl):
    parts = {}
    for index in range(4):
        part = oiio.ImageBuf(str(mkl[0] / "layers.exr"), index, 0)
        parts[part.spec().getattribute("oiio:subimagename")] = part.get_pixels(oiio.FLOAT)
    layer = parts["harmonized"]
    merged = parts["background"] * (1 - layer[..., 3:]) + layer[..., :3]
    own = accord.harmonize(plate / "comp.exr", plate / "matte.exr", method="mkl").image
    np.testing.assert_allclose(merged, own, atol=1e-5)
    assert merged.max() >= 6

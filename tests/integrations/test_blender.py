"""The recipe for Blender's compositor, run by Blender itself where its module bpy is at hand."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest

import accord
from accord.core.encoding import SRGB
from accord.transforms import Affine

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "examples" / "astronaut"
COMPOSITE, MASK = DEMO / "composite.png", DEMO / "mask.png"


@pytest.fixture(scope="module")
def blender():
    python = os.environ.get("ACCORD_BPY_PYTHON")
    if not python:
        pytest.skip("ACCORD_BPY_PYTHON names no Python that has bpy (docs/blender.md says how to run with one)")

    def run(*words):
        return subprocess.run(
            [python, str(ROOT / "examples" / "blender_compositor.py"), *map(str, words)],
            capture_output=True,
            text=True,
            timeout=300,
        )

    return run


@pytest.fixture
def result(tmp_path):
    edit = tmp_path / "edit.json"
    edit.write_text(json.dumps(Affine.gain_offset([1.1, 0.9, 0.8], [0.02, 0.0, 0.05]).to_dict()))
    return accord.harmonize(COMPOSITE, MASK, method=str(edit))


def off(path, result):
    """Give how far a rendered picture is from accord's own, in code values of 255."""
    light = oiio.ImageBuf(str(path)).get_pixels(oiio.FLOAT)[..., :3]
    return 255 * np.abs(np.clip(SRGB.from_light(light), 0, 1) - result.image / 255).max()


def test_a_decision_in_nodes_gives_accord_s_result(tmp_path, blender, result):
    result.export(tmp_path / "map.cc")
    done = blender("cdl", COMPOSITE, MASK, tmp_path / "map.cc", tmp_path / "out.exr")
    assert done.returncode == 0, done.stderr
    assert off(tmp_path / "out.exr", result) < 1


def test_layers_in_nodes_give_accord_s_result(tmp_path, blender, result):
    result.save_layers(tmp_path / "layers.exr")
    done = blender("layers", COMPOSITE, tmp_path / "layers.exr", tmp_path / "out.exr")
    assert done.returncode == 0, done.stderr
    assert off(tmp_path / "out.exr", result) < 1


def test_a_decision_that_the_node_cannot_hold_is_refused(tmp_path, blender):
    accord.harmonize(COMPOSITE, MASK, method="mkl").export(tmp_path / "map.cc")
    done = blender("cdl", COMPOSITE, MASK, tmp_path / "map.cc", tmp_path / "out.exr")
    assert "saturation" in done.stdout + done.stderr
    assert not (tmp_path / "out.exr").exists()

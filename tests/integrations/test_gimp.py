"""The plug-in for GIMP 3, driven by GIMP itself without a screen, where there is one."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data, draw, filters

import accord

PLUG_IN = Path(__file__).parents[2] / "integrations" / "gimp" / "accord-harmonize"
LEFT, TOP = 60, 40

# GIMP does not show what its own Python raises.
_BEGIN = """
import traceback

try:
    exec(open({script!r}).read(), {{}})
except Exception:
    with open({trouble!r}, "w") as written:
        written.write(traceback.format_exc())
"""
# Run by that Python; `drawable` is what the plug-in is asked about: the flat picture, or what `prepare` pasted.
_DRIVER = """
import json
from gi.repository import Gimp, Gio

def file(name):
    return Gio.File.new_for_path({folder!r} + "/" + name)

def save(image, name):
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, file(name), None)

image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, file("background.png"))
drawable = image.get_layers()[0]
{prepare}
save(image, "as-it-was.png")
procedure = Gimp.get_pdb().lookup_procedure("plug-in-accord-harmonize")
config = procedure.create_config()
config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
config.set_property("image", image)
config.set_core_object_array("drawables", [drawable])
config.set_property("method", "mkl")
done = procedure.run(config)
said = {{
    "status": done.index(0).value_nick,
    "error": Gimp.get_pdb().get_last_error(),
    "layers": [[layer.get_name(), layer.get_visible()] for layer in image.get_layers()],
}}
with open({folder!r} + "/said.json", "w") as written:
    json.dump(said, written)
top = Gimp.Image.new(image.get_width(), image.get_height(), Gimp.ImageBaseType.RGB)
top.insert_layer(Gimp.Layer.new_from_drawable(image.get_layers()[0], top), None, 0)
top.get_layers()[0].resize_to_image_size()
save(top, "top.png")
image.flatten()
save(image, "flat.png")
"""
_PASTE = """
drawable = Gimp.file_load_layer(Gimp.RunMode.NONINTERACTIVE, image, file("cutout.png"))
image.insert_layer(drawable, None, 0)
drawable.set_offsets({left}, {top})
"""
_SELECT = """
image.select_ellipse(Gimp.ChannelOps.REPLACE, 60, 40, 80, 60)
"""


@pytest.fixture(scope="session")
def gimp(tmp_path_factory):
    """Give a function that runs a script in GIMP, with the plug-in installed."""
    named = os.environ.get("ACCORD_GIMP") or shutil.which("gimp-console-3.0")
    if not named:
        pytest.skip("there is no gimp-console-3.0, and ACCORD_GIMP names none (docs/gimp.md says how to run with one)")
    settings = tmp_path_factory.mktemp("gimp")
    shutil.copytree(PLUG_IN, settings / "plug-ins" / PLUG_IN.name)
    (settings / "plug-ins" / PLUG_IN.name / f"{PLUG_IN.name}.py").chmod(0o755)
    environment = {
        **os.environ,
        "GIMP3_DIRECTORY": str(settings),
        "ACCORD": str(Path(sys.executable).with_name("accord")),
    }

    def run(script: Path) -> None:
        begin = script.with_name("begin.py")
        begin.write_text(_BEGIN.format(script=str(script), trouble=str(script.with_name("trouble.txt"))))
        batch = f"exec(open({str(begin)!r}).read())"
        command = [*shlex.split(named), "-i", "-d", "--batch-interpreter", "python-fu-eval", "-b", batch, "--quit"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
        trouble = script.with_name("trouble.txt")
        assert not trouble.exists(), trouble.read_text()
        assert script.with_name("said.json").exists(), done.stdout[-2000:] + done.stderr[-2000:]

    return run


@pytest.fixture
def harmonized(gimp, tmp_path):
    """Give a function that prepares an image in GIMP, runs the plug-in, and says what became of it."""
    background = np.ascontiguousarray(data.coffee()[:320:2, :480:2])
    Image.fromarray(background).save(tmp_path / "background.png")

    def run(prepare: str) -> dict:
        (tmp_path / "driver.py").write_text(_DRIVER.format(folder=str(tmp_path), prepare=prepare))
        gimp(tmp_path / "driver.py")
        return json.loads((tmp_path / "said.json").read_text())

    return run


def cutout(size=(80, 96)):
    """Give a cut-out with a soft edge, RGBA."""
    cover = np.zeros(size)
    cover[draw.disk((size[0] / 2, size[1] / 2), min(size) / 2 - 8)] = 255
    alpha = np.uint8(np.round(filters.gaussian(cover, 2, preserve_range=True)))
    return np.dstack([np.ascontiguousarray(data.astronaut()[: size[0], 180 : 180 + size[1]]), alpha])


def read(folder, name):
    return np.asarray(Image.open(folder / name).convert("RGBA" if name == "top.png" else "RGB"))


def test_a_pasted_layer_takes_the_light_of_what_lies_below(harmonized, tmp_path):
    pasted = cutout()
    Image.fromarray(pasted).save(tmp_path / "cutout.png")
    said = harmonized(_PASTE.format(left=LEFT, top=TOP))
    assert said["status"] == "success", said
    (name, seen), (_, hidden), (_, below) = said["layers"]
    assert name.endswith(", harmonized")
    assert (seen, hidden, below) == (True, False, True)
    before, top, flat = read(tmp_path, "background.png"), read(tmp_path, "top.png"), read(tmp_path, "flat.png")
    mask = np.zeros(before.shape[:2], np.uint8)
    place = np.s_[TOP : TOP + pasted.shape[0], LEFT : LEFT + pasted.shape[1]]
    mask[place] = pasted[..., 3]
    np.testing.assert_array_equal(top[..., 3], mask)
    np.testing.assert_array_equal(flat[mask == 0], before[mask == 0])
    own = accord.harmonize(read(tmp_path, "as-it-was.png"), mask, method="mkl").image
    assert np.abs(flat[mask == 255].astype(int) - own[mask == 255]).max() <= 1


def test_a_selection_in_a_flat_picture_is_harmonized(harmonized, tmp_path):
    said = harmonized(_SELECT)
    assert said["status"] == "success", said
    before, flat = read(tmp_path, "background.png"), read(tmp_path, "flat.png")
    rows, columns = np.mgrid[: before.shape[0], : before.shape[1]]
    away = ((columns - 99.5) / 40) ** 2 + ((rows - 69.5) / 30) ** 2
    np.testing.assert_array_equal(flat[away > 1.1], before[away > 1.1])
    assert np.abs(flat[away < 0.9].astype(int) - before[away < 0.9]).mean() > 5


def test_a_layer_that_covers_everything_is_told_in_accord_s_own_words(harmonized, tmp_path):
    whole = cutout((160, 240))
    whole[..., 3] = 255
    Image.fromarray(whole).save(tmp_path / "cutout.png")
    said = harmonized(_PASTE.format(left=0, top=0))
    assert said["status"] == "execution-error"
    assert "background" in said["error"]
    assert len(said["layers"]) == 2

"""What the workbench shows and exports, without a browser."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import struct
import subprocess
import sys
from io import BytesIO

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from accord.cli.main import main

STROKE = {"radius": 6, "softness": 0.5, "points": [20, 24, 28, 20, 22, 30]}
EDIT = {"exposure": -0.4, "temperature": -15, "tint": 0.004, "contrast": 10, "saturation": -12}


def unpacked(body):
    length = struct.unpack("<I", body[:4])[0]
    told = json.loads(body[4 : 4 + length])
    for name, about in told["arrays"].items():
        start = 4 + length + about["offset"]
        count = int(np.prod(about["shape"]))
        told[name] = np.frombuffer(body, about["dtype"], count, start).reshape(about["shape"])
    return told


def by_command_line(bench, files, document, folder, *others):
    """Run the command that the workbench names, where the files are that were dropped, and what else it exports."""
    shutil.copytree(files, folder, dirs_exist_ok=True)
    told, exported = bench.export("picture" + unpacked(bench.ask("stage", document))["suffix"], document)
    for what in others:
        about, content = bench.export(what, document)
        (folder / about["name"]).write_bytes(content)
    arguments = shlex.split(told["command"])
    assert arguments[0] == "accord"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        done = CliRunner().invoke(main, arguments[1:])
    assert done.exit_code == 0, done.output
    return exported, (folder / arguments[-1]).read_bytes()


@pytest.mark.parametrize("changes", [{}, {"strength": 0.35}, {"method": "accord"}])
def test_an_exported_scene_is_the_command_line_s_byte_for_byte(bench, files, tmp_path, changes):
    exported, made = by_command_line(bench, files, bench.layers(**changes), tmp_path / "there")
    assert exported == made


def test_sliders_protected_colours_and_a_painted_mask_are_exported_as_an_edit(bench, files, tmp_path):
    document = bench.layers(
        "photo.png", mask={"base": "none", "strokes": [STROKE]}, edit=EDIT, protect=["#d28c50", "skin"]
    )
    document["placement"] |= {"rotation": 7.5, "flip": True}
    exported, made = by_command_line(bench, files, document, tmp_path / "there", "edit.json", "mask.png")
    assert exported == made


@pytest.mark.parametrize(
    ("changes", "others"),
    [
        ({}, ()),
        ({"protect": ["#d28c50"], "reference": "ring", "strength": 0.8, "tolerance": 3.5}, ()),
        ({"edit": EDIT}, ("edit.json",)),
    ],
)
def test_an_exported_composite_is_the_command_line_s_byte_for_byte(bench, files, tmp_path, changes, others):
    exported, made = by_command_line(bench, files, bench.flat(**changes), tmp_path / "there", *others)
    assert exported == made


@pytest.mark.parametrize("changes", [{}, {"edit": EDIT}, {"protect": ["#d28c50"], "strength": 0.6}])
def test_what_is_shown_is_what_is_exported(bench, changes):
    document = bench.flat(**changes)
    shown = unpacked(bench.ask("shown", document))["shown"][..., :3]
    exported = np.asarray(Image.open(BytesIO(bench.export("picture.png", document)[1])))
    assert np.abs(shown.astype(int) - exported).max() <= 1


@pytest.mark.parametrize("window", [(10, 20, 50, 40), (100, 70, 4000, 4000), (0, 0, 12, 9)])
@pytest.mark.parametrize("kind", ["layers", "flat"])
def test_a_part_at_full_size_is_what_is_exported(bench, kind, window):
    document = getattr(bench, kind)(edit=EDIT, protect=["skin"])
    left, top, width, height = window
    shown = unpacked(bench.ask(f"shown?window={left},{top},{width},{height}", document))["shown"][..., :3]
    exported = np.asarray(Image.open(BytesIO(bench.export("picture.png", document)[1])))
    part = exported[top : top + height, left : left + width]
    assert shown.shape == part.shape
    assert np.abs(shown.astype(int) - part).max() <= 1


@pytest.mark.parametrize("window", ["120,0,10,10", "0,0,0,5", "0,0,9000,5", "-1,0,5,5", "1,2,3", "٣,0,5,5", "a"])
def test_a_part_that_is_not_there_is_refused(bench, window):
    assert "window" in bench.refused(f"stage?window={window}", bench.flat())


def test_a_scene_s_layers_make_its_composite(bench):
    document = bench.layers()
    stage = unpacked(bench.ask("stage", document))
    assert stage["light"]
    layer, ground = stage["layer"].astype(np.float32), stage["ground"].astype(np.float32)
    height, width = layer.shape[:2]
    where = (slice(stage["top"], stage["top"] + height), slice(stage["left"], stage["left"] + width))
    composite = np.asarray(Image.open(BytesIO(bench.export("composite.png", document)[1])).convert("RGB")) / 255
    inside = layer[..., 3] == 1
    np.testing.assert_allclose(layer[inside][:, :3], composite[where][inside], atol=0.004)
    outside = layer[..., 3] == 0
    np.testing.assert_allclose(ground[where][outside][:, :3], composite[where][outside], atol=0.002)


def test_signals_come_with_words(bench):
    told = json.loads(bench.ask("signals", bench.layers()))
    names = {one["name"]: one for one in told["signals"]}
    assert names["background_untouched"]["value"] == 1
    assert names["move_mean"]["value"] > 1
    assert all(one["title"] and one["look_at"] for one in told["signals"] if one["concern"])
    assert told["explanation"]["exposure"] < 0


@pytest.mark.parametrize(
    ("what", "start"),
    [
        ("map.cube", b"# Made by accord"),
        ("map.clf", b"<?xml"),
        ("layers.exr", b"\x76\x2f\x31\x01"),
        ("layers.psd", b"8BPS"),
    ],
)
def test_colour_maps_and_layers_are_exported(bench, what, start):
    if what.endswith("psd"):
        pytest.importorskip("psd_tools", reason="needs the extra psd")
    told, content = bench.export(what, bench.layers())
    assert content.startswith(start)
    assert told["bytes"] == len(content)
    assert told["name"].startswith("the room-")


def test_strokes_add_and_erase_at_full_size(bench):
    erase = {**STROKE, "erase": True, "radius": 3, "softness": 0, "points": [20, 24]}
    document = bench.layers("photo.png", mask={"base": "none", "strokes": [STROKE, erase]})
    mask = np.asarray(Image.open(BytesIO(bench.export("mask.png", document)[1])))
    assert mask.shape == (48, 40)
    assert mask[20, 27] == 255  # on the stroke
    assert mask[24, 20] == 0  # erased again
    assert 0 < mask[15, 28] < 255  # where the brush fades
    assert mask[2, 2] == 0
    again = np.asarray(Image.open(BytesIO(bench.export("mask.png", document)[1])))
    np.testing.assert_array_equal(mask, again)


def test_a_dropped_mask_can_be_painted_on(bench, files):
    base = bench.drop("vase mask.png")
    document = bench.layers("photo.png", mask={"base": base, "strokes": [{"radius": 3, "points": [2, 2]}]})
    mask = np.asarray(Image.open(BytesIO(bench.export("mask.png", document)[1])))
    own = np.asarray(Image.open(files / "vase mask.png"))
    assert mask[2, 2] == 255
    np.testing.assert_array_equal(mask[10:], own[10:])


def test_a_mask_of_another_size_is_refused_by_its_own_name(bench):
    document = bench.layers("photo.png", mask={"base": bench.drop("mask.png")})
    reason = bench.refused("stage", document)
    assert "(90, 120)" in reason
    assert "(48, 40)" in reason


def test_what_is_no_picture_is_refused_without_a_path(bench):
    answer = bench.client.post("/api/pictures", files={"picture": b"not a picture"}, data={"name": "notes.png"})
    assert answer.status_code == 415
    answer = bench.client.post(
        "/api/pictures", files={"picture": b"\x89PNG\r\n\x1a\nbroken"}, data={"name": "torn.png"}
    )
    assert answer.status_code == 422
    assert "torn.png" in answer.json()["detail"]
    assert str(bench.folder) not in answer.json()["detail"]


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "../secrets.onnx"},
        {"method": "edit.json"},
        {"method": "no-such-method"},
        {"protect": ["/etc/passwd"]},
        {"mask": {"base": "../../etc"}},
        {"background": "0" * 32},
        {"composite": "0" * 32},
        {"edit": {"exposure": float(99)}},
        {"strength": -1},
        {"unknown": 1},
    ],
)
def test_no_path_and_nothing_out_of_range_is_taken(bench, changes):
    assert bench.refused("stage" if "method" not in changes else "mapped", {**bench.layers(), **changes})


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_pages_from_elsewhere_are_refused(bench, headers):
    answer = bench.client.post("/api/stage", json={}, headers=headers)
    assert answer.status_code == 403


def test_the_page_fetches_nothing_from_elsewhere(bench):
    page = bench.client.get("/")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "http://" not in page.text.replace("http://www.w3.org", "")
    assert "https://" not in page.text


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("a/b\\c.png", "c.png"),
        ("../..", "picture.png"),
        ("x\0y\n.tif", "xy.tif"),
        ("", "picture.png"),
        ("photo", "photo.png"),
    ],
)
def test_names_are_plain(given, plain):
    from accord.ui.store import plain_name

    assert plain_name(given, ".png") == plain


def test_a_taken_port_is_told_in_one_line():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(main, ["ui", "--port", str(port), "--no-browser"])
    assert done.exit_code == 1
    assert f"port {port}" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_stopping_it_leaves_no_picture_behind(tmp_path, sent):
    command = [sys.executable, "-m", "accord", "ui", "--port", "0", "--no-browser"]
    with subprocess.Popen(
        command,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert "http://127.0.0.1:" in running.stdout.readline()
        assert len(list(tmp_path.glob("accord-ui-*"))) == 1
        running.send_signal(sent)
        _, wrong = running.communicate(timeout=60)
    assert (running.returncode, wrong) == (0, "")
    assert list(tmp_path.glob("accord-ui-*")) == []

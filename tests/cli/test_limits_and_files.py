"""`accord harmonize` with limits, and with more files than the picture."""

from __future__ import annotations

import json

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest
from click.testing import CliRunner
from PIL import Image
from skimage import data, draw

from accord.cli.main import main
from accord.io import as_picture, write_picture
from accord.transforms import AffineGrid


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    photo = data.coffee()[::4, ::4]
    mask = np.zeros(photo.shape[:2], np.uint8)
    mask[draw.disk((50, 75), 30)] = 255
    Image.fromarray(photo).save("composite.png")
    Image.fromarray(mask).save("mask.png")
    Image.fromarray(np.dstack([photo[:, ::-1], mask[:, ::-1]])).save("other.png")
    grid = np.tile(np.eye(3, 4, dtype=np.float32), (1, 4, 1, 1))
    grid[:, 2:, 0, 3] = 0.2
    (tmp_path / "local.json").write_text(json.dumps(AffineGrid(grid).to_dict()))

    def harmonized(*options):
        return CliRunner().invoke(main, ["harmonize", "composite.png", "mask.png", "-o", "out.png", *options])

    return harmonized


def test_limits_are_kept_and_told(run, tmp_path):
    done = run("--method", "mkl", "--protect", "#a05030", "--protect", "skin", "--tolerance", "3",
               "--max-exposure", "0.2", "--max-hue", "20", "--mode", "tone-wb", "--json", "about.json")  # fmt: skip
    assert done.exit_code == 0, done.output
    guards = json.loads((tmp_path / "about.json").read_text())["guards"]
    assert [guard["name"] for guard in guards] == ["max_exposure", "max_hue", "protect #a05030", "protect skin"]
    assert all(guard["held"] for guard in guards)
    assert done.stdout.count("held") == 4


def test_a_broken_limit_is_an_error_with_nothing_written_or_a_warning(run, tmp_path, monkeypatch):
    monkeypatch.setattr("accord.pipeline.harmonizing.guarded", lambda colour_map, *_: colour_map)
    done = run("--method", "reinhard", "--max-exposure", "0.01")
    assert (done.exit_code, done.stderr.count("Error: the result breaks a limit: max_exposure")) == (1, 1)
    assert not (tmp_path / "out.png").exists()
    done = run("--method", "reinhard", "--max-exposure", "0.01", "--on-violation", "warn")
    assert done.exit_code == 0
    assert "Warning: max_exposure" in done.stderr
    assert (tmp_path / "out.png").exists()


@pytest.mark.parametrize("sidecar", ["edit.json", "edit.xmp"])
def test_a_sidecar_is_a_method(run, tmp_path, sidecar):
    assert run("--method", "mkl", "--strength", "0.5", "--sidecar", sidecar).exit_code == 0
    first = (tmp_path / "out.png").read_bytes()
    done = run("--method", sidecar)
    assert done.exit_code == 0
    assert "a colour map" in done.stdout
    assert (tmp_path / "out.png").read_bytes() == first


def test_layers_and_heat_map_are_written(run, tmp_path):
    done = run("--method", "local.json", "--layers", "layers.exr", "--heat-map", "heat.png")
    assert done.exit_code == 0, done.output
    assert oiio.ImageInput.open("layers.exr").seek_subimage(3, 0)
    heat = np.asarray(Image.open(tmp_path / "heat.png")).astype(int)
    assert heat.shape == (100, 150, 3)
    assert np.ptp(heat[50, 85:100], axis=-1).max() > 50
    assert np.ptp(heat[:15], axis=-1).max() == 0


def test_a_set_gets_one_map(run, tmp_path):
    done = run("--method", "reinhard", "--same-map", "other.png", "alpha", "other-out.png", "--sidecar", "edit.json")
    assert done.exit_code == 0, done.output
    # The other picture is the first one mirrored, so the map makes the mirrored result.
    first, other = (np.asarray(Image.open(tmp_path / name).convert("RGB")) for name in ("out.png", "other-out.png"))
    np.testing.assert_array_equal(other[:, ::-1], first)
    assert json.loads((tmp_path / "edit.json").read_text())["settings"]["same_map"] == 2


def test_every_picture_of_a_set_is_logged_and_told(run, tmp_path, monkeypatch):
    monkeypatch.setattr("accord.pipeline.sets.guarded", lambda colour_map, *_: colour_map)
    done = run("--method", "reinhard", "--same-map", "other.png", "alpha", "other-out.png", "--log", "set.jsonl",
               "--log-paths", "--json", "about.json", "--max-hue", "1", "--on-violation", "warn")  # fmt: skip
    assert done.exit_code == 0, done.output
    for name in ("out.png", "other-out.png"):
        assert f"Warning: {name}: max_hue: " in done.stderr
    logged = [json.loads(line) for line in (tmp_path / "set.jsonl").read_text().splitlines()]
    assert [entry["composite"] for entry in logged] == [str(tmp_path / name) for name in ("composite.png", "other.png")]
    assert [entry["mask"] for entry in logged] == [str(tmp_path / "mask.png"), None]
    about = json.loads((tmp_path / "about.json").read_text())
    (other,) = about["same_map"]
    assert (about["output"], other["output"]) == ("out.png", "other-out.png")
    assert not other["guards"][0]["held"]
    assert other["signals"]["background_untouched"]
    assert logged[0]["composite_hash"] != logged[1]["composite_hash"]


@pytest.mark.parametrize("taken", ["other.png", "third.png", "third-mask.png", "link.png"])
def test_a_sets_output_is_no_other_pictures_input(run, tmp_path, taken):
    for source, name in (("other.png", "third.png"), ("mask.png", "third-mask.png")):
        (tmp_path / name).write_bytes((tmp_path / source).read_bytes())
    (tmp_path / "link.png").symlink_to("third.png")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    third = ["--same-map", "third.png", "third-mask.png", "third-out.png"]
    outputs = ["b.png", taken] if taken == "other.png" else [taken, "b.png"]
    done = run(
        "--same-map", "other.png", "alpha", outputs[0], "--same-map", "composite.png", "mask.png", outputs[1], *third
    )
    assert done.exit_code == 1
    assert f"Error: {taken} is to be written, but also read" in done.stderr
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_sets_picture_may_be_written_onto_its_own_input(run, tmp_path):
    assert run("--method", "mkl", "--same-map", "other.png", "alpha", "b.png").exit_code == 0
    assert run("--method", "mkl", "--same-map", "other.png", "alpha", "other.png").exit_code == 0
    assert (tmp_path / "other.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize("composite", ["floats.exr", "other.png"])
def test_layers_that_a_psd_cannot_hold_are_found_out_before_the_work(run, tmp_path, composite):
    floats = np.asarray(Image.open(tmp_path / "composite.png"), np.float32) / 255
    write_picture(as_picture(floats), tmp_path / "floats.exr")
    before = sorted(path.name for path in tmp_path.iterdir())
    output = f"out{composite[-4:]}"
    done = CliRunner().invoke(main, ["harmonize", composite, "mask.png", "-o", output, "--layers", "layers.psd"])
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: layers.psd: a ")
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_further_channels_that_would_be_lost_are_found_out_before_the_work(run, tmp_path, monkeypatch):
    spec = oiio.ImageSpec(150, 100, 4, "uint8")
    spec.channelnames, spec.alpha_channel = ("R", "G", "B", "selection"), -1
    writer = oiio.ImageOutput.create("tiff")
    assert writer.open(str(tmp_path / "selected.tif"), spec)
    assert writer.write_image(np.asarray(Image.open(tmp_path / "other.png")))
    writer.close()
    arguments = ["harmonize", "selected.tif", "mask.png", "--method", "mkl", "-o"]
    assert CliRunner().invoke(main, [*arguments, "out.tif"]).exit_code == 0
    kept = oiio.ImageInput.open(str(tmp_path / "out.tif")).read_image("uint8")
    np.testing.assert_array_equal(kept[..., 3], np.asarray(Image.open(tmp_path / "other.png"))[..., 3])
    monkeypatch.setattr("accord.pipeline.filing.fitted", None)
    done = CliRunner().invoke(main, [*arguments, "out.exr"])
    assert "OpenEXR cannot hold uint8 pixels. Write .tif, or convert the depth first." in done.stderr


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--sidecar", "edit.txt"], ".xmp"),
        (["--layers", "layers.png"], ".psd"),
        (["--heat-map", "heat"], "heat"),
        (["--layers", "out.exr", "--sidecar", "out.png"], ".json"),
        (["--tolerance", "1"], "--protect"),
        (["--protect", "nothing.png"], "nothing.png"),
        (["--same-map", "other.png", "alpha", "out.png"], "twice"),
        (["--same-map", "other.png", "alpha", "b.png", "--reference", "mask.png"], "reference|background or ring"),
        (["--same-map", "other.png", "alpha", "b.png", "--as-published"], "--as-published"),
        (["--same-map", "composite.png", "mask.png", "b.jpg", "--quality", "90"], "out.png: quality is 90"),
        (["--same-map", "composite.png", "mask.png", "b.png", "--same-map", "other.png", "alpha", "b.jpg"], "alpha"),
        (["--quality", "90"], "Leave quality out"),
        (["--as-published", "--sidecar", "edit.json"], "--sidecar"),
        (["--as-published", "--layers", "layers.exr"], "--layers"),
    ],
)
def test_what_cannot_be_is_one_line_before_anything_is_written(run, tmp_path, options, word):
    before = sorted(path.name for path in tmp_path.iterdir())
    done = run("--method", "mkl", *options)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert any(part in done.stderr for part in word.split("|"))
    assert sorted(path.name for path in tmp_path.iterdir()) == before

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
    ],
)
def test_what_cannot_be_is_one_line_before_anything_is_written(run, tmp_path, options, word):
    done = run("--method", "mkl", *options)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert any(part in done.stderr for part in word.split("|"))
    assert not (tmp_path / "out.png").exists()

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from accord.cli.main import main


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(3)
    picture = rng.integers(4, 12, (48, 64, 3), dtype=np.uint8)
    mask = np.zeros((48, 64), np.uint8)
    mask[12:36, 16:48] = 255
    picture[mask > 0] = rng.integers(200, 255, (np.count_nonzero(mask), 3))
    Image.fromarray(picture).save(tmp_path / "composite.png")
    Image.fromarray(mask).save(tmp_path / "mask.png")
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_prints_figures_findings_and_verdict(files):
    done = run("inspect", files / "composite.png", files / "mask.png")
    assert done.exit_code == 0
    for word in ("exposure", "stops", "mired", "brighter", "accord harmonize", "Verdict: colour"):
        assert word in done.stdout
    assert sorted(path.name for path in files.iterdir()) == ["composite.png", "mask.png"]


def test_json_goes_to_standard_output_or_a_file(files):
    told = json.loads(run("inspect", files / "composite.png", "--mask", files / "mask.png", "--json").stdout)
    assert told["verdict"].startswith("colour")
    assert told["foreground"]["exposure"]["unit"] == "stops"
    done = run("inspect", files / "composite.png", files / "mask.png", "--json", files / "told.json")
    assert json.loads((files / "told.json").read_text()) == told
    assert "Verdict" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["composite.png"], ["no mask"]),
        (["missing.png", "mask.png"], ["missing.png"]),
        (["composite.png", "mask.png", "--mask", "mask.png"], ["twice"]),
    ],
)
def test_errors_are_one_line(files, arguments, words):
    done = run("inspect", *(files / name if name.endswith(".png") else name for name in arguments))
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr


def test_harmonize_gives_signals_and_explanation_as_json(files):
    arguments = [files / "composite.png", files / "mask.png", "-o", files / "out.png", "--method", "mkl", "--json"]
    told = json.loads(run("harmonize", *arguments).stdout)
    assert told["method"] == "mkl"
    assert told["signals"]["background_untouched"] is True
    assert told["explanation"]["exposure"] < -1
    assert told["exports"] == []

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from accord.cli.main import main


@pytest.fixture
def run(tmp_path, photo, mask):
    Image.fromarray(np.rint(photo * 255).astype(np.uint8)).save(tmp_path / "composite.png")
    Image.fromarray((mask * 255).astype(np.uint8)).save(tmp_path / "mask.png")

    def harmonized(*options):
        names = [tmp_path / "composite.png", tmp_path / "mask.png", "-o", tmp_path / "out.png", "--method", "mkl"]
        return CliRunner().invoke(main, [str(argument) for argument in ["harmonize", *names, *options]])

    return harmonized


def test_all_exports_at_once(run, tmp_path, photo, mask, open_colour_io):
    names = {"--cube": "map.cube", "--cdl": "map.ccc", "--clf": "map.clf"}
    options = [part for option, name in names.items() for part in (option, tmp_path / name)]
    done = run(*options, "--cube-size", "17", "--json", tmp_path / "about.json")
    assert done.exit_code == 0, done.output
    exports = json.loads((tmp_path / "about.json").read_text())["exports"]
    assert [one["path"] for one in exports] == [str(tmp_path / name) for name in names.values()]
    assert [one["exact"] for one in exports] == [True, False, True]
    assert "LUT_3D_SIZE 17" in (tmp_path / "map.cube").read_text()
    result = np.asarray(Image.open(tmp_path / "out.png"))[mask > 0]
    for name in ("map.cube", "map.clf"):
        given = np.rint(np.clip(open_colour_io(tmp_path / name, photo[mask > 0]), 0, 1) * 255)
        assert np.abs(given - result).max() <= 1
        assert name in done.stdout


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--cube", "map.clf"], ".cube"),
        (["--cdl", "map.cube"], ".ccc"),
        (["--cube", "a.cube", "--cube-size", "16"], "17"),
    ],
)
def test_wrong_names_and_sizes_are_one_line_before_anything_is_written(run, tmp_path, options, word):
    done = run(*options)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert word in done.stderr
    assert not (tmp_path / "out.png").exists()

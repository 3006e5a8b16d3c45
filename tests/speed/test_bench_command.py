from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from accord.cli.main import main
from accord.evaluation.speed import OURS, PEERS, make_files, measure, size_of
from accord.io import read_picture


@pytest.mark.slow
def test_bench_prints_ratios_and_gives_all_as_json(tmp_path):
    target = tmp_path / "speed.json"
    arguments = [
        "bench",
        "--size",
        "0.01",
        "--method",
        "mkl",
        "--network",
        "none",
        "--runs",
        "1",
        "--json",
        str(target),
    ]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert "to file" in done.output
    rows = json.loads(target.read_text())
    assert [row["what"] for row in rows] == [*OURS, *PEERS]
    by_name = {row["what"]: row for row in rows}
    ours = by_name["fit"]["seconds"] + by_name["apply"]["seconds"]
    assert by_name["decode"]["to_ours"] == pytest.approx(by_name["decode"]["seconds"] / ours)
    assert all(row["peak_mb"] > 20 for row in rows if not row["trouble"])


def test_wrong_names_are_told_before_the_work():
    for arguments in (["--method", "mlk"], ["--method", "mkl", "--network", "pctnet"]):
        done = CliRunner().invoke(main, ["bench", *arguments])
        assert done.exit_code == 1
        assert done.output.startswith("Error: no ")


def test_the_foreground_is_a_fifth(tmp_path):
    picture, mask = make_files(tmp_path, 0.03)
    height, width = size_of(0.03)
    assert read_picture(picture).pixels.shape == (height, width, 3)
    assert read_picture(mask).pixels.mean() / 255 == pytest.approx(0.2, abs=0.01)


def test_figures_are_taken_without_running_files_of_the_current_folder(tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit('a file of the current folder ran')\n")
    monkeypatch.chdir(tmp_path)
    found = measure("decode", 0.01, tmp_path, method=None, runs=1, threads=1, limit=60)
    assert (found.trouble, found.seconds is None) == ("", False)


def test_what_fails_is_told_in_place_of_a_figure(tmp_path):
    found = measure("a miracle", 0.01, tmp_path, method=None, runs=1, threads=1, limit=60)
    assert found.seconds is None
    assert "miracle" in found.trouble

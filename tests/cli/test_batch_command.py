from __future__ import annotations

import csv
import json

import pytest

from accord.monitoring import read_log


@pytest.fixture
def manifest(files):
    rows = [("composite.png", "mask.png", "out/a.png"), ("gone.png", "mask.png", "out/b.png")]
    path = files / "jobs.csv"
    path.write_text("\n".join(["composite,mask,output,sku", *(",".join([*row, "17"]) for row in rows)]) + "\n")
    return path


def test_a_bad_picture_is_reported_and_the_rest_is_told_of(accord_cli, files, manifest):
    told = ["--results", files / "r.csv", "--log", files / "log.jsonl"]
    code, out, err = accord_cli("batch", manifest, "--method", "mkl", "--workers", "1", *told)
    assert (code, out) == (1, "1 of 2 pictures harmonized, 1 failed\n")
    assert "columns that mean nothing here: sku" in err
    assert "failed: " in err
    assert "gone.png does not exist" in err
    assert "Error: 1 of 2 pictures could not be harmonized" in err
    with (files / "r.csv").open(newline="") as file:
        good, bad = csv.DictReader(file)
    assert (good["status"], good["error"], bad["status"]) == ("done", "", "failed")
    assert float(good["gap_after"]) < float(good["gap_before"])
    assert good["clipping_added.red"] == "0.0"
    assert "does not exist" in bad["error"]
    (logged,) = read_log(files / "log.jsonl")
    assert (logged.front_end, logged.method, logged.composite) == ("batch", "mkl", None)

    (files / "gone.png").write_bytes((files / "composite.png").read_bytes())
    code, out, _ = accord_cli("batch", manifest, "--method", "mkl", "--workers", "1", "--results", files / "r.jsonl")
    assert (code, out) == (0, "1 of 2 pictures harmonized, 1 already there\n")
    rows = [json.loads(line) for line in (files / "r.jsonl").read_text().splitlines()]
    assert [row["status"] for row in rows] == ["skipped", "done"]
    assert rows[0]["signals"]["gap_after"] == float(good["gap_after"])


@pytest.mark.parametrize(
    ("option", "name", "to"),
    [("--results", "a.csv", "a.csv"), ("--results", "a.csv", "same.csv"), ("--log", "a.jsonl", "a.jsonl")],
)
def test_a_manifest_is_not_written_over(accord_cli, files, option, name, to):
    row = '{"composite": "composite.png", "mask": "mask.png"}' if name == "a.jsonl" else "composite,mask\na.png,b.png"
    (files / name).write_text(row + "\n")
    if to != name:
        (files / to).hardlink_to(files / name)
    code, _, err = accord_cli("batch", files / name, "-o", files / "out", option, files / to)
    assert (code, err.count("\n")) == (1, 1)
    assert f"{option} {files / to} is what is to be harmonized" in err
    assert (files / name).read_text() == row + "\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["jobs.csv", "--results", "r.txt"], "r.txt"),
        (["jobs.csv", "--results", "nowhere/r.csv"], "nowhere"),
        (["jobs.csv", "--log-paths"], "--log"),
        (["jobs.csv", "--method", "mlk"], "Did you mean mkl"),
        (["nothing.csv"], "nothing.csv"),
        (["composite.png"], "-o"),
        ([], "SOURCES"),
    ],
)
def test_errors_are_one_line(accord_cli, files, manifest, monkeypatch, arguments, words):
    monkeypatch.chdir(files)
    code, out, err = accord_cli("batch", *arguments, "--workers", "1")
    assert (code, out) == (1, "")
    assert words in err
    assert sum(line.startswith("Error: ") for line in err.splitlines()) == 1

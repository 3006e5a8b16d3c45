"""The command `accord evaluate`."""

import csv
import json

import pytest
from click.testing import CliRunner
from PIL import Image

from accord.cli.main import main


def run(*arguments):
    return CliRunner().invoke(main, ["evaluate", *map(str, arguments)])


def failed(result):
    """Give the one line that an error prints."""
    assert result.exit_code == 1
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("Error: ")
    return lines[0]


def test_prints_tables_of_the_methods_side_by_side(dataset):
    result = run(dataset, "--method", "identity", "--method", "reinhard")
    assert result.exit_code == 0, result.output
    assert "Means over 4 composites" in result.stdout
    assert "By foreground ratio" in result.stdout
    assert [line.split()[0] for line in result.stdout.splitlines()[2:4]] == ["identity", "reinhard"]


def test_json_holds_all_and_csv_every_picture(dataset, tmp_path):
    result = run(dataset, "--method", "identity", "--size", "full", "--json", "--csv", tmp_path / "x.csv")
    report = json.loads(result.stdout)
    assert (report["size"], report["mask_rule"]) == ("full", "soft")
    overall = report["summaries"][0]
    assert overall["pictures"] == 4
    assert overall["harmed"]["mean"] == 0
    assert overall["figures"]["fmse"]["low"] <= overall["figures"]["fmse"]["mean"] <= overall["figures"]["fmse"]["high"]
    assert report["figures"]["fmse"]["lower_is_better"] is True
    rows = list(csv.DictReader((tmp_path / "x.csv").read_text().splitlines()))
    assert [row["name"] for row in rows] == ["a1_1_1", "a1_1_2", "a1_2_1", "b_2_1_1"]
    mean = sum(float(row["fmse"]) for row in rows) / 4
    assert overall["figures"]["fmse"]["mean"] == pytest.approx(mean)


def test_resume_goes_on_and_ends_with_the_same_file(dataset, tmp_path):
    path, once = tmp_path / "x.csv", tmp_path / "once.csv"
    arguments = (dataset, "--method", "mkl", "--variant", "idih")
    whole = run(*arguments, "--csv", once)
    assert "PSNR (iDIH)" in whole.stdout
    # Stopped in the middle of the third line.
    path.write_text("\n".join(once.read_text().splitlines()[:4])[:-20])
    assert "--resume" in failed(run(*arguments, "--csv", path))
    resumed = run(*arguments, "--csv", path, "--resume")
    assert resumed.stdout == whole.stdout
    assert path.read_text() == once.read_text()


def test_limit_and_list_choose_composites(dataset, tmp_path):
    assert "Means over 2 composites" in run(dataset, "--method", "identity", "--limit", "2").stdout
    (tmp_path / "mine.txt").write_text("b_2_1_1.jpg\n")
    assert "Means over 1 composites" in run(dataset, "--method", "identity", "--list", tmp_path / "mine.txt").stdout


def test_the_sheet_shows_the_worst_of_each_method(dataset, tmp_path):
    sheet = tmp_path / "worst.png"
    result = run(dataset, "--method", "identity", "--method", "mkl", "--sheet", sheet, "--worst", "2")
    assert result.exit_code == 0, result.output
    with Image.open(sheet) as picture:
        assert picture.height > 4 * 256
        assert picture.width > 4 * 256


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--method", "identty"], "Did you mean identity"),
        (["--method", "identity", "--resume"], "--csv"),
        (["--method", "identity", "--csv", "nowhere/x.csv"], "nowhere does not exist"),
        (["--method", "identity", "--sheet", "x.txt"], ".png"),
        (
            [
                "--method",
                "identity",
                "--method",
                "mkl",
                "--method",
                "reinhard",
                "--method",
                "idt",
                "--method",
                "xue",
                "--sheet",
                "x.jpg",
                "--worst",
                "50",
            ],
            "Make it a .png",
        ),
        (["--method", "identity", "--size", "512"], "full-to-256"),
        ([], "--method"),
    ],
)
def test_what_cannot_be_done_is_said_before_any_work(dataset, arguments, message):
    assert message in failed(run(dataset, *arguments))


def test_a_dataset_with_a_missing_mask_names_the_file(dataset):
    (dataset / "masks" / "b_2_1.png").unlink()
    assert "b_2_1_1.png has no partner in masks" in failed(run(dataset, "--method", "identity"))


@pytest.mark.slow
@pytest.mark.calibration
def test_doing_nothing_on_the_benchmark_is_reported_as_published(bench):
    result = run(bench, "--method", "identity", "--size", "256")
    row = next(line.split() for line in result.stdout.splitlines() if line.startswith("identity"))
    assert row[:4] == ["identity", "400.56", "1967.7", "24.95"]
    for heading in ("By family", "By source", "By foreground ratio"):
        assert heading in result.stdout

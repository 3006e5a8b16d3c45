from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import accord


def one_error_line(outcome, *words):
    code, out, err = outcome
    assert code == 1
    assert out == ""
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    for word in words:
        assert word in err, err


def test_writes_what_the_library_gives(accord_cli, files):
    code, out, err = accord_cli(
        "harmonize", files / "composite.png", files / "mask.png", "-o", files / "out.png", "--method", "mkl"
    )
    assert (code, err) == (0, "")
    assert "mkl" in out
    expected = accord.harmonize(files / "composite.png", files / "mask.png", method="mkl").image
    np.testing.assert_array_equal(np.asarray(Image.open(files / "out.png")), expected)


def test_options_reach_the_library(accord_cli, files):
    code, _, _ = accord_cli(
        "harmonize", files / "composite.png", "--mask", files / "mask.png", "--output", files / "out.png",
        "--method", "reinhard", "--strength", "0.5", "--reference", "ring",
    )  # fmt: skip
    expected = accord.harmonize(
        files / "composite.png", files / "mask.png", method="reinhard", strength=0.5, reference="ring"
    )
    assert code == 0
    np.testing.assert_array_equal(np.asarray(Image.open(files / "out.png")), expected.image)


def test_may_write_onto_its_input(accord_cli, files):
    expected = accord.harmonize(files / "composite.png", files / "mask.png", method="mkl").image
    target = files / "composite.png"
    assert accord_cli("harmonize", target, files / "mask.png", "-o", target, "--method", "mkl")[0] == 0
    np.testing.assert_array_equal(np.asarray(Image.open(target)), expected)
    assert sorted(path.name for path in files.iterdir()) == ["composite.png", "mask.png"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["composite.png", "mask.png", "-o", "o.png", "--method", "mlk"], ["mlk", "Did you mean mkl"]),
        (["composite.png", "-o", "o.png", "--method", "mkl"], ["no mask"]),
        (["missing.png", "mask.png", "-o", "o.png", "--method", "mkl"], ["missing.png"]),
        (["composite.png", "missing.png", "-o", "o.png", "--method", "mkl"], ["missing.png"]),
        (["composite.png", "mask.png", "-o", "o.xyz", "--method", "mkl"], ["o.xyz"]),
        (["composite.png", "mask.png", "-o", "nowhere/o.png", "--method", "mkl"], ["nowhere"]),
        (["composite.png", "mask.png", "-o", "o.png", "--method", "mkl", "--strength", "2"], ["strength"]),
        (["composite.png", "mask.png", "-o", "o.png", "--method", "mkl", "--reference", "no.png"], ["no.png"]),
        (["composite.png", "mask.png", "-o", "o.png", "--method", "mkl", "--mask", "auto"], ["twice", "--help"]),
        (["composite.png", "--mask", "auto", "-o", "o.png", "--method", "mkl"], ["model"]),
        (["composite.png", "mask.png"], ["-o", "--help"]),
        (["composite.png", "mask.png", "-o", "o.png", "--no-such-option"], ["--no-such-option"]),
    ],
)
def test_errors_are_one_line(accord_cli, files, monkeypatch, arguments, words):
    monkeypatch.chdir(files)
    monkeypatch.delenv("ACCORD_MASK_MODEL", raising=False)
    one_error_line(accord_cli("harmonize", *arguments), *words)
    assert sorted(path.name for path in files.iterdir()) == ["composite.png", "mask.png"]


@pytest.mark.parametrize(
    ("error", "words"),
    [(MemoryError(), ["memory"]), (OSError(28, "No space left on device", "o.png"), ["No space left", "o.png"])],
)
def test_the_machine_s_limits_are_one_line(accord_cli, files, monkeypatch, error, words):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr("accord.pipeline.filing.harmonize_file", fails)
    arguments = ["harmonize", files / "composite.png", files / "mask.png", "-o", files / "o.png", "--method", "mkl"]
    one_error_line(accord_cli(*arguments), *words)


def test_our_own_bugs_keep_their_traceback(accord_cli, files, monkeypatch):
    def fails(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("accord.pipeline.filing.harmonize_file", fails)
    with pytest.raises(AssertionError):
        accord_cli("harmonize", files / "composite.png", files / "mask.png", "-o", files / "o.png", "--method", "mkl")


@pytest.mark.parametrize(
    ("output", "options", "words"),
    [
        ("o.gif", [], ["o.gif", ".png"]),
        ("none/o.png", [], ["none", "Make it first"]),
        ("o.png", ["--cube", "none/o.cube"], ["none", "Make it first"]),
        ("o.png", ["--json", "none/o.json"], ["none", "Make it first"]),
        ("o.png", ["--json", "o.png"], ["written twice"]),
    ],
)
def test_outputs_are_checked_before_the_work(accord_cli, files, monkeypatch, output, options, words):
    monkeypatch.chdir(files)
    monkeypatch.setattr("accord.pipeline.filing.harmonize_file", None)
    one_error_line(
        accord_cli("harmonize", "composite.png", "mask.png", "-o", output, "--method", "mkl", *options), *words
    )
    assert sorted(path.name for path in files.iterdir()) == ["composite.png", "mask.png"]


def test_encoding_stands_in_for_a_profile_that_cannot_be_read(accord_cli, files):
    broken = files / "broken.png"
    Image.open(files / "composite.png").save(broken, icc_profile=b"no profile")
    arguments = ["harmonize", broken, files / "mask.png", "-o", files / "o.png", "--method", "mkl"]
    one_error_line(accord_cli(*arguments), "--encoding srgb")
    assert accord_cli(*arguments, "--encoding", "srgb")[0] == 0
    expected = accord.harmonize(files / "composite.png", files / "mask.png", method="mkl").image
    np.testing.assert_array_equal(np.asarray(Image.open(files / "o.png")), expected)
    assert accord_cli("inspect", broken, files / "mask.png", "--encoding", "srgb")[0] == 0

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[2]


def test_demo_writes_before_and_after_and_says_where(tmp_path, capsys):
    runpy.run_path(str(ROOT / "examples" / "demo.py"))["main"](tmp_path / "demo")
    said = capsys.readouterr().out
    assert "learned" in said
    for name in ("harmonized.png", "before_after.jpg"):
        assert str(tmp_path / "demo" / name) in said
    before = np.asarray(Image.open(ROOT / "examples" / "sailboats" / "composite.png")).astype(int)
    mask = np.asarray(Image.open(ROOT / "examples" / "sailboats" / "mask.png"))
    after = np.asarray(Image.open(tmp_path / "demo" / "harmonized.png"))
    np.testing.assert_array_equal(after[mask == 0], before[mask == 0])
    assert np.abs(after - before)[mask == 255].mean() > 10


def test_the_picture_in_the_readme_is_the_demo_s(tmp_path):
    runpy.run_path(str(ROOT / "examples" / "demo.py"))["main"](tmp_path)
    shown, made = (
        np.asarray(Image.open(path)).astype(int)
        for path in (ROOT / "docs" / "images" / "sailboats.jpg", tmp_path / "before_after.jpg")
    )
    assert np.abs(shown - made).mean() < 1

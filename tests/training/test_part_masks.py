"""benchmarks/part_masks.py: finds what an object is made of, and adds it to a folder once."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from accord.data.photos import list_photos

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "part_masks.py"
COAT, SKIRT = slice(30, 80), slice(80, 150)


@pytest.fixture
def photos(tmp_path):
    """Give a folder with a photo of somebody in a red coat and a blue skirt; the skirt has a mask already."""
    rng = np.random.default_rng(0)
    picture = rng.normal(120, 8, (200, 160, 3))
    picture[COAT, 50:110] = rng.normal((40, 40, 170), 8, (50, 60, 3))  # blue, green, red
    picture[SKIRT, 50:110] = rng.normal((170, 60, 40), 8, (70, 60, 3))
    masks = {"a_1": (slice(30, 150), "person"), "a_2": (SKIRT, "skirt")}
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    cv2.imwrite(str(tmp_path / "images" / "a.webp"), picture.clip(0, 255).astype(np.uint8))
    with (tmp_path / "index.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["image", "mask", "source", "label", "width", "height", "foreground_ratio"])
        for name, (span, label) in masks.items():
            mask = np.zeros((200, 160), np.uint8)
            mask[span, 50:110] = 255
            cv2.imwrite(str(tmp_path / "masks" / f"{name}.png"), mask)
            rows.writerow(["a", name, "fashion", label, 160, 200, f"{(mask > 0).mean():.4f}"])
    return tmp_path


def run(photos, *words):
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(photos), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_coat_becomes_a_part_and_a_skirt_with_a_mask_does_not(photos):
    assert run(photos, "--clusters", "2") == "1 photos, 1 parts\n"
    part = cv2.imread(str(photos / "masks" / "a_90.png"), cv2.IMREAD_GRAYSCALE) > 0
    coat = np.zeros_like(part)
    coat[COAT, 50:110] = True
    assert (part & coat).sum() > 0.93 * (part | coat).sum()
    assert run(photos, "--clusters", "2") == "1 photos, 0 parts\n"
    (photo,) = list_photos(photos)
    assert [mask.stem for mask in photo.masks] == ["a_1", "a_2", "a_90"]


def test_other_sources_are_left_as_they_are(photos):
    assert run(photos, "--source", "people") == "0 photos, 0 parts\n"
    assert not (photos / "masks" / "a_90.png").exists()

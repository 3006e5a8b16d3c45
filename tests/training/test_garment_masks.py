"""benchmarks/garment_masks.py: garments of a clone's labels become masks of train/'s photos, once."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.io import savemat

from accord.data.photos import list_photos

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "garment_masks.py"
CLONE, LABELS = "bearpaw+clothing-co-parsing", Path("annotations/pixel-level/0007.mat")
COAT, SKIRT, RING = np.s_[60:160, 100:220], np.s_[160:300, 100:220], np.s_[200:208, :8]


@pytest.fixture
def clones(tmp_path):
    """Give a folder with a clone that has labels of a photo of 320 x 400: a coat, a skirt, a ring."""
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    (tmp_path / "clones" / CLONE / LABELS.parent).mkdir(parents=True)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path / "clones" / CLONE, check=True)
    relabelled(tmp_path / "clones", 13)
    return tmp_path / "clones"


def relabelled(clones, coat):
    """Commit labels to the clone, the coat's being `coat`."""
    labels = np.zeros((400, 320), np.uint8)
    for part, label in ((COAT, coat), (SKIRT, 42), (RING, 34)):
        labels[part] = label
    savemat(clones / CLONE / LABELS, {"groundtruth": labels})
    by = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    for words in (["add", "."], [*by, "commit", "-qm", "labels"]):
        subprocess.run(["git", *words], cwd=clones / CLONE, check=True)


@pytest.fixture
def photos(tmp_path):
    """Give a folder with that photo at half its size, whose skirt has a mask already, and one of another kind."""
    folder = tmp_path / "photos"
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    skirt = np.zeros((200, 160), np.uint8)
    skirt[80:150, 50:110] = 255
    with (folder / "index.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["image", "mask", "source", "label", "width", "height", "foreground_ratio"])
        for name, source in (("fashion0007", "fashion"), ("scene100005", "scenes")):
            cv2.imwrite(str(folder / "images" / f"{name}.webp"), np.full((200, 160, 3), 120, np.uint8))
            cv2.imwrite(str(folder / "masks" / f"{name}_1.png"), skirt)
            rows.writerow([name, f"{name}_1", source, "a", 160, 200, "0.1312"])
    return folder


def run(*words):
    return subprocess.run([sys.executable, str(SCRIPT), *map(str, words)], capture_output=True, text=True, check=False)


def test_a_coat_gets_a_mask_a_skirt_has_one_and_a_ring_is_too_small(clones, photos):
    assert run(clones, photos).stdout == "1 photos, 1 garments\n"
    coat = cv2.imread(str(photos / "masks" / "fashion0007_213.png"), cv2.IMREAD_GRAYSCALE)
    wanted = np.zeros((200, 160), np.uint8)
    wanted[30:80, 50:110] = 255
    np.testing.assert_array_equal(coat, wanted)
    assert run(clones, photos).stdout == "1 photos, 0 garments\n"
    masks = {photo.id: [mask.stem for mask in photo.masks] for photo in list_photos(photos)}
    assert masks == {"fashion0007": ["fashion0007_1", "fashion0007_213"], "scene100005": ["scene100005_1"]}


def test_a_part_of_a_photo_is_left_as_it_is(clones, photos):
    (photos / "masks" / "fashion0007_1.png").rename(part := photos / "masks" / "fashion0007_91.png")
    index = photos / "index.csv"
    index.write_text(index.read_text(encoding="utf-8").replace("fashion0007_1", "fashion0007_91"), encoding="utf-8")
    before = part.read_bytes()
    relabelled(clones, 31)
    assert run(clones, photos).stdout == "1 photos, 1 garments\n"
    assert part.read_bytes() == before


def test_a_folder_of_other_photos_is_told(clones, photos):
    index = photos / "index.csv"
    index.write_text(index.read_text(encoding="utf-8").replace("fashion0007", "coat"), encoding="utf-8")
    done = run(clones, photos)
    assert done.returncode == 1
    assert "no photo fashionNNNN" in done.stderr

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from PIL import Image


def _write_pair(folder, name, seed, height=24, width=32, suffix=".png"):
    """Write a composite and its mask beside it."""
    rng = np.random.default_rng(seed)
    picture = rng.integers(90, 230, (height, width, 3), dtype=np.uint8)
    mask = np.zeros((height, width), np.uint8)
    mask[height // 4 : -height // 4, width // 2 : -width // 8] = 255
    picture[mask == 255] //= 2
    Image.fromarray(picture).save(folder / f"{name}{suffix}")
    Image.fromarray(mask).save(folder / f"{name}_mask.png")


def _digests(folder):
    """Give the digest of every file in a folder but the journal, which holds times."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".accord-batch.jsonl"
    }


@pytest.fixture
def write_pair():
    return _write_pair


@pytest.fixture
def digests():
    return _digests


@pytest.fixture
def pictures(tmp_path):
    """Give a folder of six composites with their masks beside them."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(6):
        _write_pair(folder, f"p{number}", number)
    return folder


@pytest.fixture
def product(tmp_path):
    """Give the path of a cut-out."""
    cutout = np.full((12, 12, 4), 120, np.uint8)
    cutout[..., 3] = 0
    cutout[2:10, 2:10, 3] = 255
    Image.fromarray(cutout).save(tmp_path / "product.png")
    return tmp_path / "product.png"

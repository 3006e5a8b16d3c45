"""Small datasets in iHarmony4's layout, and the real benchmark where it is."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

BENCH = Path(__file__).parents[3] / "shared" / "data" / "bench"


@pytest.fixture
def bench():
    if not BENCH.is_dir():
        pytest.skip("needs ../shared/data/bench, the benchmark of known truth, which is not here")
    return BENCH


def _write_triplet(folder, name, *, seed=0, size=(40, 32), suffix="png", change=1.2):
    """Write a composite whose left part is `change` times as bright as in the real picture, its mask and that one."""
    height, width = size
    rng = np.random.default_rng(seed)
    ramp = np.linspace(40, 160, width)[None, :, None] + np.linspace(0, 30, height)[:, None, None]
    real = np.clip(ramp + rng.normal(0, 6, (height, width, 3)), 0, 255)
    mask = np.zeros((height, width), np.uint8)
    mask[8:30, 4:16] = 255
    composite = np.where(mask[..., None] > 0, np.clip(real * change, 0, 255), real)
    identity, mask_number, _ = name.rsplit("_", 2)
    files = {
        f"composite_images/{name}.{suffix}": composite,
        f"masks/{identity}_{mask_number}.png": mask,
        f"real_images/{identity}.{suffix}": real,
    }
    for path, pixels in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.rint(pixels).astype(np.uint8)).save(folder / path)


@pytest.fixture
def write_triplet():
    return _write_triplet


@pytest.fixture
def dataset(tmp_path):
    """Four triplets: two real pictures, one of them with two masks, and two composites of one mask."""
    folder = tmp_path / "little"
    for seed, (name, change) in enumerate([("a1_1_1", 1.3), ("a1_1_2", 0.8), ("a1_2_1", 1.1), ("b_2_1_1", 0.6)]):
        _write_triplet(folder, name, seed=0 if name.startswith("a1") else seed, change=change)
    return folder

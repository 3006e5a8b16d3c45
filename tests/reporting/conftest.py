from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import accord
from accord.cli.main import main
from accord.transforms import AffineGrid


@pytest.fixture
def run():
    def called(*arguments):
        done = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr

    return called


@pytest.fixture(scope="session")
def picture():
    """Give an 8-bit composite, 60 x 80, and its mask: a warm oblong on a bluish ground."""
    rng = np.random.default_rng(12)
    made = rng.normal((90, 110, 150), 12, (60, 80, 3))
    made[15:45, 20:60] = rng.normal((190, 120, 70), 18, (30, 40, 3))
    mask = np.zeros((60, 80), np.uint8)
    mask[15:45, 20:60] = 255
    return np.clip(made, 0, 255).astype(np.uint8), mask


@pytest.fixture
def files(tmp_path, picture):
    Image.fromarray(picture[0]).save(tmp_path / "composite.png")
    Image.fromarray(picture[1]).save(tmp_path / "mask.png")
    return tmp_path


@pytest.fixture(scope="session")
def local_result(picture):
    """Give a result whose map is brighter to the right."""
    grid = np.zeros((1, 2, 3, 4), np.float32)
    grid[..., :3] = np.eye(3)
    grid[0, 1, :, 3] = 0.25
    return accord.harmonize(*picture, method=AffineGrid(grid))

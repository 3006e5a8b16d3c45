from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from accord.cli.main import main


@pytest.fixture
def accord_cli():
    """Run the command; gives exit code, standard output and standard error."""

    def run(*arguments):
        done = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr

    return run


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(3)
    picture = rng.integers(90, 230, (24, 32, 3), dtype=np.uint8)
    picture[6:18, 16:28] //= 2
    mask = np.zeros((24, 32), np.uint8)
    mask[6:18, 16:28] = 255
    Image.fromarray(picture).save(tmp_path / "composite.png")
    Image.fromarray(mask).save(tmp_path / "mask.png")
    return tmp_path

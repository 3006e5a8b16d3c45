"""benchmarks/fit_score.py: fits a score that tells better results from worse ones, and goes on where it stopped."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from accord.diagnose.score.model import Score

ROOT = Path(__file__).parents[2]
TRAIN = ROOT.parent / "shared" / "data" / "train"


@pytest.mark.slow
def test_a_score_is_fitted_that_tells_better_from_worse(tmp_path):
    pytest.importorskip("torch", reason="needs PyTorch (extra train)")
    if not TRAIN.is_dir():
        pytest.skip("needs ../shared/data/train, photos with masks, which is not here")

    def run():
        words = ["--composites", "120", "--cache", tmp_path / "cache", "--out", tmp_path / "score.npz"]
        done = subprocess.run(
            [sys.executable, ROOT / "benchmarks" / "fit_score.py", TRAIN, *words],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    told = run()
    assert float(re.search(r"AUROC (0\.\d+)", told)[1]) > 0.7
    assert 0 < Score.load(tmp_path / "score.npz").threshold < 1
    assert run() == told.splitlines(keepends=True)[-1]  # nothing is made again, and what is fitted is the same

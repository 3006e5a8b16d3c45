"""What a training on a CPU asks of memory and cores."""

import ctypes
import subprocess
import sys

import pytest
import torch
from click.testing import CliRunner

from accord.cli.main import main
from accord.training import loop

# In a process of its own, for what it asks of the C library stays.
FAULTS = """
import resource, sys
import numpy as np
if sys.argv[1] == "kept":
    from accord.training.memory import keep_memory
    keep_memory()
def step():
    for _ in range(8):
        np.ones(4 << 20)
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(kept: str) -> int:
    done = subprocess.run([sys.executable, "-c", FAULTS, kept], check=True, capture_output=True, text=True)
    return int(done.stdout)


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or not hasattr(ctypes.CDLL(None), "mallopt"), reason="needs glibc's mallopt"
)
def test_memory_that_is_freed_is_there_for_the_next_step():
    assert faults("kept") < faults("given back") / 10


@pytest.mark.parametrize(("given", "threads"), [([], 3), (["--workers", "9"], 1), (["--threads", "4"], 4)])
def test_a_training_leaves_a_core_to_each_worker(given, threads, monkeypatch, tmp_path):
    told = []
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    monkeypatch.setattr(torch, "set_num_threads", told.append)
    monkeypatch.setattr(loop, "train", lambda *_, **__: None)
    config = tmp_path / "run.toml"
    config.write_text('[data]\nphotos = "."\n', encoding="utf-8")
    done = CliRunner().invoke(main, ["train", "--config", str(config), "--out", str(tmp_path / "run"), *given])
    assert done.exit_code == 0, done.output
    assert told == [threads]

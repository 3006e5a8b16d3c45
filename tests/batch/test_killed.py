"""Killed at random and started again, a batch ends with the files of one that nothing disturbed."""

from __future__ import annotations

import random
import subprocess
import sys
import time

import pytest

from accord.batch.journal import NAME

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")


@pytest.mark.parametrize(
    ("kills", "count", "size", "suffix", "method"),
    [
        (4, 32, (60, 80), ".png", "mkl"),
        pytest.param(10, 1000, (1000, 1000), ".jpg", "accord", marks=pytest.mark.slow),
    ],
)
def test_the_outputs_equal_those_of_an_undisturbed_run(
    tmp_path, kills, count, size, suffix, method, write_pair, digests
):
    pictures = tmp_path / "in"
    pictures.mkdir()
    for number in range(count):
        write_pair(pictures, f"p{number:03}", number, *size, suffix)
    chance = random.Random(7)
    disturbed, journal = tmp_path / "disturbed", tmp_path / "disturbed" / NAME
    interrupted = 0
    for _ in range(kills):
        batch = start(pictures, disturbed, method)
        done = lines(journal)
        wanted = done + chance.randint(1, max(1, (count - done) // kills))
        while batch.poll() is None and lines(journal) < wanted:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.02))
        batch.kill()
        interrupted += batch.wait() != 0
    assert start(pictures, disturbed, method).wait() == 0
    assert start(pictures, tmp_path / "calm", method).wait() == 0
    assert interrupted >= kills // 2
    assert len(digests(disturbed)) == count
    assert digests(disturbed) == digests(tmp_path / "calm")


def start(pictures, out, method):
    return subprocess.Popen(
        [sys.executable, "-m", "accord", "batch", pictures, "-o", out, "--method", method, "--workers", "2"],
        stdout=subprocess.DEVNULL,
    )


def lines(journal):
    return journal.read_bytes().count(b"\n") if journal.exists() else 0

"""Damaged files end in a picture or in one of accord's errors; a child process reads, so a crash fails the test."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("seed", "count"),
    [pytest.param(1, 60, id="short"), pytest.param(2, 3000, id="long", marks=pytest.mark.slow)],
)
@pytest.mark.timeout(900)
def test_mutated_files(tmp_path, seed, count):
    script = Path(__file__).with_name("fuzz.py")
    run = subprocess.run(
        [sys.executable, "-W", "error", str(script), str(tmp_path), str(seed), str(count)],
        capture_output=True,
        text=True,
        timeout=850,
    )
    lines = run.stdout.splitlines()
    unexpected = [line for line in lines if not line.endswith((" picture", " refused"))]
    assert not unexpected, unexpected[:10]
    assert run.returncode == 0, (run.stderr[-2000:], lines[-1:])
    assert len(lines) == 12 * count
    assert (
        sum(line.endswith(" picture") for line in lines) > len(lines) / 50
    )  # not all damage is fatal: decoders were reached

"""Every script that makes figures is run by `make benchmarks`, and every command in docs is a script that is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
import all as everything  # noqa: E402 (the script's name)


def scripts():
    return {run.words.split()[0] for run in everything.RUNS}


def test_every_script_is_run_or_said_to_make_no_figures():
    there = {path.name for path in (ROOT / "benchmarks").glob("*.py")}
    assert scripts() | everything.NO_FIGURES == there


def test_every_command_in_docs_is_run_or_makes_no_figures():
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "guides").glob("*.md")]:
        for name in re.findall(r"python benchmarks/(\w+\.py)", page.read_text(encoding="utf-8")):
            assert name in scripts() | everything.NO_FIGURES, f"{page.name}: {name}"


def test_the_quick_form_works(tmp_path):
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "all.py"), "--quick", "--only", "exports"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all made" in done.stdout

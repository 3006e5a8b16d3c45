from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import accord
from accord.batch.job import Job, Recipe
from accord.batch.journal import NAME, Journal
from accord.batch.run import run
from accord.core.errors import HarmonizeError

MKL = Recipe(method="mkl")

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")

# Runs in every worker: Python imports it when it starts. p5 is never handed out while p1 is on its way: p1 would count
# as its first death.
DEADLY = """
import os, pathlib, signal
import accord.batch.stages as stages
make = stages.Stages.make
def dying(self, loaded):
    name = pathlib.Path(loaded.job.output).name
    marker = pathlib.Path(__file__).with_name("died-" + name)
    if name == "p1.png" or (name == "p5.png" and not marker.exists()):
        with marker.open("a") as file:
            file.write("x")
        os.kill(os.getpid(), signal.SIGKILL)
    return make(self, loaded)
stages.Stages.make = dying
"""


def jobs_of(pictures, out):
    out.mkdir(exist_ok=True)
    return [
        Job(str(out / path.name), composite=str(path), mask=str(path.with_name(f"{path.stem}_mask.png")))
        for path in sorted(pictures.glob("p?.png"))
    ]


def all_of(jobs, out, recipe=MKL, workers=2):
    with Journal(out / NAME) as journal:
        return sorted(run(jobs, recipe, journal=journal, workers=workers), key=lambda outcome: outcome.index)


def test_makes_what_the_library_makes_reports_bad_pictures_and_skips_what_is_done(pictures, tmp_path):
    (pictures / "p2.png").write_bytes((pictures / "p2.png").read_bytes()[:100])
    out = tmp_path / "out"
    jobs = jobs_of(pictures, out)
    outcomes = all_of(jobs, out)
    assert [outcome.status for outcome in outcomes] == ["done", "done", "failed", "done", "done", "done"]
    assert "p2.png" in outcomes[2].error
    for number in (0, 1, 3, 4, 5):
        job = jobs[number]
        accord.harmonize(job.composite, job.mask, method="mkl").save(tmp_path / "expected.png")
        assert Path(job.output).read_bytes() == (tmp_path / "expected.png").read_bytes()
    before = {job.output: Path(job.output).stat().st_mtime_ns for job in jobs if Path(job.output).exists()}
    (out / "p0.png").write_bytes(b"not what was written")
    again = all_of(jobs, out)
    assert [outcome.status for outcome in again] == ["done", "skipped", "failed", "skipped", "skipped", "skipped"]
    assert all(Path(path).stat().st_mtime_ns == before[path] for path in before if "p0" not in path)


def test_workers_run_nothing_of_the_current_folder(pictures, tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    for name in ("json", "sys", "subprocess"):
        (here / f"{name}.py").write_text("raise SystemExit('a file of the current folder ran')\n")
    monkeypatch.chdir(here)
    out = tmp_path / "out"
    (outcome,) = all_of(jobs_of(pictures, out)[:1], out, workers=1)
    assert outcome.status == "done"


@needs_signals
def test_a_worker_that_dies_is_replaced_and_its_pictures_are_tried_once_more(pictures, tmp_path, monkeypatch, digests):
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(DEADLY)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "hook"))
    out = tmp_path / "out"
    outcomes = all_of(jobs_of(pictures, out), out, workers=1)
    assert [outcome.status for outcome in outcomes] == ["done", "failed", "done", "done", "done", "done"]
    assert "died twice (killed by SIGKILL)" in outcomes[1].error
    assert (tmp_path / "hook" / "died-p1.png").read_text() == "xx"
    assert (tmp_path / "hook" / "died-p5.png").read_text() == "x"
    assert sorted(digests(out)) == [f"p{n}.png" for n in (0, 2, 3, 4, 5)]


def test_what_stops_every_picture_stops_the_run(pictures, tmp_path, digests):
    out = tmp_path / "out"
    with pytest.raises(HarmonizeError, match="Did you mean mkl"):
        all_of(jobs_of(pictures, out), out, recipe=Recipe(method="mkx"), workers=1)
    assert digests(out) == {}


def test_workers_that_cannot_start_are_not_started_for_ever(pictures, tmp_path, monkeypatch):
    monkeypatch.setattr("accord.batch.run._START", "raise SystemExit(3)")
    out = tmp_path / "out"
    with pytest.raises(HarmonizeError, match="exit code 3"):
        all_of(jobs_of(pictures, out), out, workers=1)


@needs_signals
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stops_when_told_to_and_leaves_nothing_half_done(pictures, tmp_path, sent, code, digests):
    out = tmp_path / "out"
    (tmp_path / "sitecustomize.py").write_text(
        "import time\nimport accord.batch.stages as stages\nstages.Stages.make = lambda *_: time.sleep(60)\n"
    )
    command = [sys.executable, "-m", "accord", "batch", str(pictures), "-o", str(out), "--method", "mkl"]
    batch = subprocess.Popen(
        [*command, "--workers", "1"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        # Where the tests run in the background, the shell has them ignore it, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with batch:
        until(lambda: children_of(batch.pid), batch)
        workers = children_of(batch.pid)
        batch.send_signal(sent)
        said = batch.communicate(timeout=50)[1]  # less than what the picture at hand would take
        assert batch.returncode == code
    assert "stopped: 0 of 6 pictures harmonized" in said
    assert digests(out) == {}
    # One that was just being started is not known yet, and ends by itself.
    until(lambda: not any(is_alive(worker) for worker in workers))


def until(holds, process=None):
    """Wait until something holds, for as long as a process lives."""
    deadline = time.monotonic() + 60
    while not holds() and (process is None or process.poll() is None):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def children_of(pid):
    tasks = Path(f"/proc/{pid}/task/{pid}/children")
    if not tasks.parent.parent.exists():
        pytest.skip("needs /proc")
    return [int(child) for child in tasks.read_text().split()]


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False

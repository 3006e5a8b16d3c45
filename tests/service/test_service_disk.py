"""Disks that are full, and folders that somebody removes: what cannot be kept is told, and the service goes on."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from serving import awaited

from accord.batch.job import Outcome, Recipe, Telling
from accord.core.encoding import SRGB
from accord.core.errors import BadInputError, HarmonizeError
from accord.core.picture import Picture
from accord.io import write_picture
from accord.io.paths import whole_or_nothing
from accord.monitoring import override_of
from accord.service import jobs as service_jobs
from accord.service.app import create_app
from accord.service.jobs import Jobs
from accord.service.refusals import DISK_FULL
from accord.service.running import Running
from accord.service.settings import Settings
from accord.service.work import refusal_of

NO_SPACE = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """Give a beginning of jobs whose work is a function of a job's folder, without processes."""

    def begun(work, keep_hours=1.0):
        def run(pictures, *_, **__):
            work(Path(pictures[0].composite).parent)
            yield Outcome(0, "done")

        monkeypatch.setattr(service_jobs, "run", run)
        (tmp_path / "jobs").mkdir()
        service = SimpleNamespace(settings=Settings(keep_hours=keep_hours), from_job=lambda _: None)
        jobs = Jobs(service, tmp_path / "jobs")
        jobs.start()
        return jobs

    return begun


@pytest.fixture
def accepted(tmp_path):
    """Have jobs accept one of one picture, by its name."""

    def accept(jobs, name):
        (tmp_path / name).mkdir()
        record = {
            "owner": None,
            "recipe": Recipe().to_dict(),
            "telling": Telling().to_dict(),
            "placement": {},
            "pictures": [{"composite": "composite.png"}],
            "suffixes": ["png"],
        }
        return jobs.accept(tmp_path / name, record)

    return accept


@pytest.mark.parametrize("error", [NO_SPACE, BadInputError("the journal cannot be used"), None])
def test_a_disk_that_is_full_for_a_moment_costs_one_job(begin, accepted, monkeypatch, error):
    def work(folder):
        if folder.name == "first" and error is not None:
            raise error from NO_SPACE

    def write(path):
        if path.parent.name == "first":
            raise BadInputError(f"{path} cannot be written: No space left on device.") from NO_SPACE
        return whole_or_nothing(path)

    monkeypatch.setattr(service_jobs, "whole_or_nothing", write)
    jobs = begin(work)
    first, second = accepted(jobs, "first"), accepted(jobs, "second")
    jobs.end(30)
    assert (first.status, first.error) == (("done", None) if error is None else ("failed", DISK_FULL))
    assert first.finished is not None
    assert second.status == "done"


def test_a_job_whose_folder_is_removed_costs_no_other(begin, accepted):
    jobs = begin(lambda folder: folder.name == "first" and shutil.rmtree(folder), keep_hours=1e-9)
    first, second = accepted(jobs, "first"), accepted(jobs, "second")
    jobs.end(30)
    assert [first.status, second.status] == ["done", "done"]
    assert jobs.of(None) == []  # both are old by now


def test_a_job_without_a_folder_can_be_removed(begin, accepted):
    jobs = begin(lambda _: None)
    job = accepted(jobs, "one")
    jobs.end(30)
    shutil.rmtree(job.folder)
    jobs.remove(job)
    assert jobs.of(None) == []


def test_the_service_is_ready_only_while_jobs_are_worked_on(begin, tmp_path):
    httpx = pytest.importorskip("httpx")
    app = create_app(Settings(folder=tmp_path))
    app.state.running.crew = SimpleNamespace(ready=True)

    async def ready() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            return (await client.get("/ready")).status_code

    assert awaited(ready()) == 503
    app.state.running._jobs = jobs = begin(lambda _: None)
    assert awaited(ready()) == 200
    jobs.end(30)
    assert awaited(ready()) == 503


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full to stand for a full disk")
def test_a_log_that_cannot_be_written_costs_its_entry_and_not_the_picture(tmp_path, caplog):
    (tmp_path / "log.jsonl").symlink_to("/dev/full")
    running = Running(Settings(folder=tmp_path / "folder", log=tmp_path / "log.jsonl"))
    running.prepare()
    running._jobs = Jobs(running, running.folders.jobs)
    running.record(override_of("1", 0.5).to_dict())
    running.close()
    assert b"accord_log_failures_total 1.0" in running.metrics.text()
    assert "signals log cannot be written" in caplog.text


@pytest.mark.parametrize("suffix", ["tif", "exr", "dpx", "jxl", "webp"])
def test_a_result_that_the_disk_does_not_take_is_no_fault_of_the_caller(tmp_path, suffix):
    resource = pytest.importorskip("resource", reason="stands for a full disk by POSIX's limit of a file's size")
    pixels = np.random.default_rng(0).integers(0, 255, (90, 120, 3)).astype(np.uint8)
    stored = {"exr": (pixels / 255).astype(np.float16), "dpx": pixels.astype(np.uint16) * 257}.get(suffix, pixels)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(HarmonizeError) as caught:
            write_picture(Picture(stored, SRGB), tmp_path / f"harmonized.{suffix}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    if isinstance(caught.value.__cause__, OSError):  # some say why
        caught.value.__cause__.errno = errno.ENOSPC
    assert refusal_of(caught.value, str(tmp_path)) == (507, DISK_FULL)


def test_what_is_told_of_a_result_may_meet_a_full_disk_too(tmp_path):
    assert refusal_of(NO_SPACE, str(tmp_path)) == (507, DISK_FULL)
    assert refusal_of(BadInputError("the mask is empty."), str(tmp_path)) == (422, "the mask is empty.")
    assert refusal_of(OSError(errno.EACCES, "Permission denied"), str(tmp_path)) is None

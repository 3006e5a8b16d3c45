"""Batch jobs: accepted means finished, whatever happens to the service in between."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time

import pytest
from click.testing import CliRunner
from serving import as_file, pair, picture_and_mask

from accord.cli.main import main


def submit(service, files, texts=None, headers=None):
    return service.post("/v1/jobs", files, texts, headers)


def several(count, height=60, width=80):
    pairs = [pair(height, width, seed) for seed in range(count)]
    return {"composite": [one["composite"] for one in pairs], "mask": [one["mask"] for one in pairs]}


def test_a_jobs_pictures_are_those_of_single_requests(service):
    files = several(3)
    status, headers, content = submit(service, files, {"signals": "true", "strength": "0.5"})
    assert status == 202, content
    job = json.loads(content)
    assert headers["location"] == f"/v1/jobs/{job['id']}"
    told = service.finished(job["id"])
    assert (told["status"], told["done"], told["failed"], told["waiting"]) == ("done", 3, 0, 0)
    for index, one in enumerate(told["pictures"]):
        assert one["signals"]["move_mean"] > 0
        single = {name: values[index] for name, values in files.items()}
        assert service.get(one["url"])[2] == service.post(files=single, texts={"strength": "0.5"})[2]
    assert service.metric("accord_job_pictures_total") >= 3
    assert job["id"] in {one["id"] for one in json.loads(service.get("/v1/jobs")[2])}


def test_one_foreground_goes_into_many_scenes_and_what_fails_fails_alone(service):
    cutout = as_file(picture_and_mask(30, 30, 2)[0])
    mask = as_file(picture_and_mask(30, 30, 2)[1])
    grounds = [as_file(picture_and_mask(60, 80, seed)[0]) for seed in (4, 5)]
    ground_of_rgb_noise = as_file(picture_and_mask(60, 80, 6)[0], "JPEG")
    files = {"background": [*grounds, ground_of_rgb_noise], "foreground": [cutout], "mask": [mask]}
    status, _, content = submit(service, files, {"scale": "0.3", "quality": "90"})
    assert status == 202, content
    told = service.finished(json.loads(content)["id"])
    assert [one["status"] for one in told["pictures"]] == ["failed", "failed", "done"]  # PNG has no quality
    assert "quality" in told["pictures"][0]["error"]
    assert str(service.folder) not in json.dumps(told)
    assert service.get(f"/v1/jobs/{told['id']}/pictures/0")[0] == 409


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({}, 422),
        ({"mask": [pair()["mask"]]}, 422),
        ({"composite": [pair()["composite"]] * 2, "mask": [pair()["mask"]]}, 422),
        ({"composite": [pair()["composite"], b"no picture"]}, 415),
        ({"composite": [pair()["composite"]], "mask": [as_file(picture_and_mask(20, 20)[1])]}, 422),
    ],
)
def test_what_cannot_work_is_refused_and_not_accepted(service, files, status):
    before = len(json.loads(service.get("/v1/jobs")[2]))
    assert submit(service, files)[0] == status
    assert len(json.loads(service.get("/v1/jobs")[2])) == before


def test_a_job_can_be_removed(service):
    job = json.loads(submit(service, several(2))[2])["id"]
    assert service.send("DELETE", f"/v1/jobs/{job}", None, {})[0] == 204
    assert service.get(f"/v1/jobs/{job}")[0] == 404
    until = time.monotonic() + 60
    while (service.folder / "jobs" / job).exists():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_picture_that_somebody_removed_from_the_disk_is_not_found(service):
    job = json.loads(submit(service, several(1))[2])["id"]
    url = service.finished(job)["pictures"][0]["url"]
    shutil.rmtree(service.folder / "jobs" / job)
    assert service.get(url)[0] == 404
    assert service.send("DELETE", f"/v1/jobs/{job}", None, {})[0] == 204


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
@pytest.mark.parametrize("count", [6, pytest.param(60, marks=pytest.mark.slow)])
def test_killed_in_the_middle_accepted_jobs_finish_after_a_restart(start, tmp_path, count):
    folder = tmp_path / "folder"
    first = start("--workers", "1", folder=folder)
    files = several(count, 120, 160)
    jobs = [json.loads(submit(first, files)[2])["id"] for _ in range(2)]
    until = time.monotonic() + 120
    while json.loads(first.get(f"/v1/jobs/{jobs[0]}")[2])["done"] < 2:
        assert time.monotonic() < until
        time.sleep(0.01)
    first.stop(signal.SIGKILL)
    (folder / "requests" / "left").mkdir()
    second = start("--workers", "1", folder=folder)
    told = [second.finished(job) for job in jobs]
    assert [(one["status"], one["done"]) for one in told] == [("done", count)] * 2
    wanted = [
        second.post(files={"composite": composite, "mask": mask})[2]
        for composite, mask in zip(files["composite"], files["mask"], strict=True)
    ]
    for one in told:
        assert [second.get(picture["url"])[2] for picture in one["pictures"]] == wanted
    assert not list((folder / "requests").iterdir())
    assert second.stop() == 0
    third = start("--workers", "1", folder=folder)  # finished jobs are still there to be fetched
    assert third.get(told[1]["pictures"][0]["url"])[2] == wanted[0]
    assert third.stop() == 0


def test_a_job_lies_where_a_batch_of_the_command_line_would_put_it(service, tmp_path):
    """The service's jobs and `accord batch` make the same files."""
    files = several(2)
    job = json.loads(submit(service, files)[2])["id"]
    told = service.finished(job)
    (tmp_path / "in").mkdir()
    for index in range(2):
        (tmp_path / "in" / f"p{index}.png").write_bytes(files["composite"][index])
        (tmp_path / "in" / f"p{index}_mask.png").write_bytes(files["mask"][index])
    arguments = ["batch", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--method", "mkl", "--workers", "1"]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    for index, one in enumerate(told["pictures"]):
        assert service.get(one["url"])[2] == (tmp_path / "out" / f"p{index}.png").read_bytes()
    assert os.listdir(service.folder / "jobs")  # noqa: PTH208

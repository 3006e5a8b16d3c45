"""Batches that survive a kill: accepted means on disk, and what is on disk is gone on with at the next start.

A job is a folder: its pictures, `job.json`, and `accord.batch`'s journal and outputs. It becomes one in a single
rename, so there is no half of one. One thread works on one job after another, by `accord.batch.run`.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any

from accord.batch.job import Job, Outcome, Recipe, Telling
from accord.batch.journal import NAME, Journal
from accord.batch.run import Process, make_folders, run
from accord.core.errors import HarmonizeError, WeightsError
from accord.io.paths import whole_or_nothing
from accord.service.logs import LOG
from accord.service.refusals import DISK_FULL, RefusedError, busy, disk_is_full

if TYPE_CHECKING:
    from accord.service.running import Running

SCHEMA_VERSION = 1
RETRY_SECONDS = 60
"""What is told to callers whose job there is no room for."""

_RECORD, _OUTCOME, _DELETED = "job.json", "outcome.json", "deleted"
_OUTPUTS = "out"
_GLANCE = 30.0  # seconds between looks for jobs that are old
_LOOK = 0.25  # seconds between looks at workers
_NO_WEIGHTS = "the method, or the model for masks, has no usable weights on this service."


@dataclass
class Batch:
    """A job.

    Parameters
    ----------
    folder
        Where it lies; its name is the job's id.
    record
        What `job.json` holds: created, owner, recipe, telling, pictures.
    pictures
        What became of each: status ("waiting", "done", "failed"), error, seconds, left_alone, signals.
    status
        "queued", "running", "done" (some pictures may have failed), "failed" (none could be made), "cancelled".
    """

    folder: Path
    record: dict[str, Any]
    pictures: list[dict[str, Any]] = field(default_factory=list)
    status: str = "queued"
    error: str | None = None
    finished: str | None = None

    @property
    def id(self) -> str:
        """What callers name it by."""
        return self.folder.name

    def jobs(self) -> list[Job]:
        """Give its pictures as `accord.batch` takes them."""
        placement = self.record["placement"]
        return [
            Job(
                output=str(self.output(index)),
                placement=placement,
                **{what: name if name == "auto" else str(self.folder / name) for what, name in one.items()},
            )
            for index, one in enumerate(self.record["pictures"])
        ]

    def output(self, index: int) -> Path:
        """Give where a picture's result is, once it is done."""
        return self.folder / _OUTPUTS / f"{index:04}.{self.record['suffixes'][index]}"

    def to_dict(self) -> dict[str, Any]:
        """Give what callers are told."""
        counts = {name: sum(one["status"] == name for one in self.pictures) for name in ("waiting", "done", "failed")}
        return {
            "id": self.id,
            "status": self.status,
            "created": self.record["created"],
            "finished": self.finished,
            "error": self.error,
            **counts,
            "pictures": [
                {
                    "index": index,
                    **one,
                    "url": f"/v1/jobs/{self.id}/pictures/{index}" if one["status"] == "done" else None,
                }
                for index, one in enumerate(self.pictures)
            ],
        }


class Jobs:
    """All jobs of a service.

    Parameters
    ----------
    running
        The service.
    folder
        Where they lie.
    """

    def __init__(self, running: Running, folder: Path) -> None:
        self._running, self._folder, self._settings = running, folder, running.settings
        self._known: dict[str, Batch] = {}
        self._waiting: Queue[Batch | None] = Queue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="accord jobs", daemon=True)

    @property
    def unfinished(self) -> int:
        """Jobs that wait or run."""
        return sum(batch.status in ("queued", "running") for batch in list(self._known.values()))

    @property
    def alive(self) -> bool:
        """Whether jobs are worked on."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Take up what an earlier service left, and begin to work."""
        found = []
        for folder in self._folder.iterdir():
            if (folder / _DELETED).exists():
                shutil.rmtree(folder, ignore_errors=True)
            elif (batch := _read(folder)) is not None:
                found.append(batch)
        for batch in sorted(found, key=lambda one: str(one.record["created"])):
            self._known[batch.id] = batch
            if batch.status == "queued":
                LOG.info("a job goes on", extra={"facts": {"job": batch.id}})
                self._waiting.put(batch)
        self._thread.start()

    def end(self, seconds: float) -> None:
        """Let jobs go on for so long, then stop: the next start goes on with them."""
        self._waiting.put(None)
        self._thread.join(seconds)
        self._stopping.set()
        self._thread.join(5)

    def check_room(self) -> None:
        """Refuse a further job if there are as many as may wait."""
        if self.unfinished >= self._settings.max_jobs:
            raise busy(RETRY_SECONDS, "jobs")

    def accept(self, folder: Path, record: Mapping[str, Any]) -> Batch:
        """Make a job of a request's folder; once this returns, the job survives a kill.

        Parameters
        ----------
        folder
            A folder of `Folders.requests`, whose pictures are complete.
        record
            owner, recipe, telling, placement, pictures (names of files by what they are), suffixes.
        """
        created = _now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        whole = {"schema_version": SCHEMA_VERSION, "created": created, **record}
        (folder / _RECORD).write_text(json.dumps(whole), encoding="utf-8")
        for path in folder.iterdir():
            _to_disk(path)
        home = self._folder / folder.name
        folder.rename(home)
        _to_disk(self._folder)
        batch = Batch(home, whole, [_waiting() for _ in whole["pictures"]])
        self._known[batch.id] = batch
        self._waiting.put(batch)
        return batch

    def of(self, owner: str | None) -> list[Batch]:
        """Give an owner's jobs, oldest first."""
        return [batch for batch in list(self._known.values()) if batch.record["owner"] == owner]

    def get(self, identity: str, owner: str | None) -> Batch:
        """Give a job of an owner's.

        Raises
        ------
        RefusedError
            404, if there is none of that name, or it is another's.
        """
        batch = self._known.get(identity)
        if batch is None or batch.record["owner"] != owner or batch.status == "cancelled":
            raise RefusedError(404, "there is no such job: it may have been removed since it was finished.")
        return batch

    def remove(self, batch: Batch) -> None:
        """Forget a job and all of its pictures; one that runs is stopped first."""
        _mark(batch.folder)
        running = batch.status == "running"
        batch.status = "cancelled"
        if not running:
            self._drop(batch)

    def _drop(self, batch: Batch) -> None:
        self._known.pop(batch.id, None)
        shutil.rmtree(batch.folder, ignore_errors=True)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                batch = self._waiting.get(timeout=_GLANCE)
            except Empty:
                self._drop_old()
                continue
            if batch is None:
                return
            if batch.status != "queued":
                continue
            try:
                self._carry_out(batch)
            except Exception as error:
                if not isinstance(error, HarmonizeError) and not disk_is_full(error):
                    LOG.exception("a bug in a job", extra={"facts": {"job": batch.id}})
                self._finish(batch, "failed", _why(error, batch.folder))
            self._drop_old()

    def _carry_out(self, batch: Batch) -> None:
        begun = time.monotonic()
        batch.status = "running"
        jobs = batch.jobs()
        make_folders(jobs)
        watch = _Watch(self._settings.work_seconds, lambda: self._stopping.is_set() or batch.status == "cancelled")
        try:
            with watch, Journal(batch.folder / NAME) as journal:
                outcomes = run(
                    jobs,
                    Recipe(**batch.record["recipe"]),
                    journal=journal,
                    workers=self._settings.batch_workers,
                    telling=Telling(**batch.record["telling"]),
                    start=watch.start,
                )
                with closing(outcomes):
                    for outcome in outcomes:
                        watch.heard()
                        self._take(batch, outcome)
        except _StopError:
            pass
        if batch.status == "cancelled":
            self._drop(batch)
        elif all(one["status"] != "waiting" for one in batch.pictures):
            self._finish(batch, "done", None)
            LOG.info(
                "a job is done",
                extra={
                    "facts": {
                        "job": batch.id,
                        "pictures": len(jobs),
                        "failed": sum(one["status"] == "failed" for one in batch.pictures),
                        "seconds": round(time.monotonic() - begun, 3),
                    }
                },
            )
        else:
            batch.status = "queued"

    def _take(self, batch: Batch, outcome: Outcome) -> None:
        one = batch.pictures[outcome.index]
        if outcome.error is not None:
            one |= {"status": "failed", "error": _words(outcome.error, batch.folder)}
        else:
            one["status"] = "done"
        if outcome.done is not None:
            done = outcome.done
            one |= {"seconds": round(done.seconds, 4), "left_alone": done.left_alone, "signals": done.signals}
        self._running.from_job(outcome)

    def _finish(self, batch: Batch, status: str, error: str | None) -> None:
        if batch.status == "cancelled":
            self._drop(batch)
            return
        finished = _now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        about = {"status": status, "error": error, "finished": finished, "pictures": batch.pictures}
        try:
            with whole_or_nothing(batch.folder / _OUTCOME) as temporary:
                temporary.write_text(json.dumps(about), encoding="utf-8")
        except HarmonizeError as failure:  # the disk is full, or the folder removed: callers are told all the same
            LOG.error("a job's outcome cannot be written", extra={"facts": {"job": batch.id, "why": str(failure)}})
        batch.finished, batch.error = finished, error
        batch.status = status  # last: whoever waits for it reads the others

    def _drop_old(self) -> None:
        eldest = _now() - timedelta(hours=self._settings.keep_hours)
        for batch in list(self._known.values()):
            if batch.finished is not None and _time(batch.finished) < eldest:
                _mark(batch.folder)
                self._drop(batch)


class _StopError(Exception):
    """No further worker is to be started."""


class _Watch:
    """Ends a run's workers when it is time to stop, or when nothing has been heard of them for too long.

    A run takes workers that end for dead, tries their pictures once more, each alone, and gives up on one that ends its
    worker twice: so one that never comes to an end fails alone, too.
    """

    def __init__(self, patience: float, stopping: Callable[[], bool]) -> None:
        self._patience, self._stopping = patience, stopping
        self._processes: list[Process] = []
        self._heard = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="accord watch", daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def start(self, wanted: dict[str, Any], events: Any) -> Process:
        """Start a worker, as `accord.batch.run` asks for one."""
        if self._stopping():
            raise _StopError
        process = Process(wanted, events)
        self._processes.append(process)
        return process

    def heard(self) -> None:
        """Take note that a picture is finished."""
        self._heard = time.monotonic()

    def _look(self) -> None:
        while not self._over.wait(_LOOK):
            if self._stopping() or time.monotonic() - self._heard > self._patience:
                self._heard = time.monotonic()
                for worker in self._processes:
                    worker.process.kill()


def _read(folder: Path) -> Batch | None:
    """Give the job in a folder; None, and a line in the log, where there is none of this version's."""
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
        if record["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"schema version {record['schema_version']}")
        batch = Batch(folder, record, [_waiting() for _ in record["pictures"]])
        if (folder / _OUTCOME).exists():
            about = json.loads((folder / _OUTCOME).read_text(encoding="utf-8"))
            batch.pictures, batch.status = about["pictures"], about["status"]
            batch.error, batch.finished = about["error"], about["finished"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        LOG.warning("a folder among the jobs is no job", extra={"facts": {"folder": folder.name, "why": str(error)}})
        return None
    return batch


def suffix_of(names: Mapping[str, str], wanted: str | None) -> str:
    """Give the suffix of a picture's result: the one asked for, or that of its composite or background."""
    return wanted or Path(names.get("composite", names.get("background", ""))).suffix.removeprefix(".")


def paired(files: Mapping[str, Sequence[Path]]) -> list[dict[str, str]]:
    """Make pictures of a form's files, in their order: what came once goes with all.

    Raises
    ------
    RefusedError
        422, if their numbers do not go together.
    """
    counts = {what: len(paths) for what, paths in files.items()}
    layers = "composite" not in counts
    if layers != ({"background", "foreground"} <= counts.keys()) or (not layers and len(counts.keys() - {"mask"}) > 1):
        raise RefusedError(422, "composites were wanted, or backgrounds and foregrounds, as files of a form.")
    several = max(counts.values())
    shared = {"foreground", "background", "mask"} if layers else set()
    for what, count in counts.items():
        if count != several and not (count == 1 and what in shared):
            raise RefusedError(422, f"{count} of {what} came, {several} were wanted, in the order of the others.")
    if layers and counts.get("mask", counts["foreground"]) != counts["foreground"]:
        raise RefusedError(422, f"a mask is of a foreground: {counts['foreground']} were wanted.")
    return [
        {what: paths[index if len(paths) > 1 else 0].name for what, paths in files.items()} for index in range(several)
    ]


def _mark(folder: Path) -> None:
    """Have a job that is being removed stay removed, should the service be killed in between."""
    with suppress(OSError):  # the folder may be gone already, or the disk full, and then is room wanted
        (folder / _DELETED).touch()


def _waiting() -> dict[str, Any]:
    return {"status": "waiting", "error": None, "seconds": None, "left_alone": None, "signals": None}


def _why(error: Exception, folder: Path) -> str:
    """Say why nothing of a job could be made."""
    if disk_is_full(error):
        return DISK_FULL
    if isinstance(error, WeightsError):
        return _NO_WEIGHTS
    if isinstance(error, HarmonizeError):
        return _words(str(error), folder)
    return "that is our fault, and logged."


def _words(text: str, folder: Path) -> str:
    """Give an error's words without the place where this machine keeps the job."""
    for own in (f"{folder.resolve()}{os.sep}", f"{folder}{os.sep}"):
        text = text.replace(own, "")
    return text


def _to_disk(path: Path) -> None:
    """Have a file, or a folder's names, survive a power cut."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))

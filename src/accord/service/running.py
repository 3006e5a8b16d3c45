"""A running service: its workers, the places in its queue, its folders, metrics and log."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request

from accord.batch.job import Outcome
from accord.core.errors import HarmonizeError
from accord.monitoring.entry import RESULT, Entry
from accord.monitoring.log import SignalsLog
from accord.service.crew import Crew, Done
from accord.service.folders import Folders
from accord.service.jobs import Jobs
from accord.service.logs import LOG
from accord.service.metrics import Metrics
from accord.service.refusals import busy
from accord.service.settings import Settings

Value = TypeVar("Value")


class Running:
    """What requests share.

    Parameters
    ----------
    settings
        How the service runs.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.crew = Crew(settings)
        self.metrics = Metrics(self)
        self.taken = 0
        self._folders: Folders | None = None
        self._jobs: Jobs | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._log: SignalsLog | None = None

    @property
    def folders(self) -> Folders:
        """Where things lie, once it has started."""
        assert self._folders is not None, "the application's lifespan has not begun"
        return self._folders

    @property
    def jobs(self) -> Jobs:
        """The jobs, once it has started."""
        assert self._jobs is not None, "the application's lifespan has not begun"
        return self._jobs

    @property
    def ready(self) -> bool:
        """Whether it can take work: a worker is there, and jobs are worked on."""
        return self.crew.ready and self._jobs is not None and self._jobs.alive

    def prepare(self) -> None:
        """Open the log and lock the folder, which `start` does otherwise: here errors can still be told in a line.

        Raises
        ------
        HarmonizeError
            If one of them cannot be.
        """
        if self._folders is None:
            self._log = None if self.settings.log is None else SignalsLog(self.settings.log)
            self._folders = Folders(self.settings.folder)

    async def start(self) -> None:
        """Start the workers, and go on with jobs that an earlier service left."""
        self.prepare()
        assert self._folders is not None
        self._loop = asyncio.get_running_loop()
        self._jobs = Jobs(self, self._folders.jobs)
        self._jobs.start()
        await self.crew.start()

    async def end(self) -> None:
        """Let jobs go on for as long as a stop may take, end the workers, close what is open."""
        if self._jobs is not None:
            await to_thread.run_sync(self._jobs.end, self.settings.stop_seconds)
        await self.crew.end()
        self.close()

    def close(self) -> None:
        """Close what `prepare` has opened."""
        if self._log is not None:
            with self._log_may_fail():
                self._log.close()
        if self._folders is not None:
            self._folders.close()

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place in the queue, from before the body is received until the work is done.

        Raises
        ------
        RefusedError
            429, if there is none.
        """
        if self.taken >= self.settings.workers + self.settings.queue:
            raise busy(self.retry_after())
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1

    def retry_after(self) -> int:
        """Give the seconds until a place may be free: what is in the queue, at the pace of late."""
        seconds = self.taken * self.crew.worker_seconds / self.settings.workers / 2
        return max(1, min(60, math.ceil(seconds)))

    def note(self, done: Done) -> None:
        """Count a result in the metrics, and log its signals."""
        self.metrics.take(done)
        for entry in done.reply.get("entries", ()):
            self.record(entry)

    def from_job(self, outcome: Outcome) -> None:
        """Do the same for a picture of a job; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take_outcome, outcome)

    def _take_outcome(self, outcome: Outcome) -> None:
        self.metrics.take_outcome(outcome.status)
        for row in outcome.entries:
            self.record(dict(row))
            if row.get("kind") == RESULT and row.get("about") is None:
                self.metrics.take_signals(row.get("method"), row["foreground_ratio"], row["signals"])

    def record(self, entry: dict[str, Any]) -> None:
        """Append a line to the signals log, if there is one."""
        if self._log is not None:
            with self._log_may_fail():
                self._log.append(Entry.from_dict(entry))

    @contextmanager
    def _log_may_fail(self) -> Iterator[None]:
        """Have a signals log that cannot be written cost its entry, and not the picture that it tells of."""
        try:
            yield
        except HarmonizeError as error:
            self.metrics.take_log_failure()
            LOG.error("the signals log cannot be written", extra={"facts": {"why": str(error)}})


async def while_there(request: Request, work: Coroutine[Any, Any, Value]) -> Value:
    """Do the work for as long as the caller is there to have it; the request's body has to be read before.

    Raises
    ------
    ClientDisconnect
        If the caller leaves; the work is cancelled.
    """
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        for one in (working, leaving):
            one.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass

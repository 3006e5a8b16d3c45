"""A running service: its workers, the places in its queue, its folders, metrics and log."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

from accord.monitoring.entry import Entry
from accord.monitoring.log import SignalsLog
from accord.service.crew import Crew, Done
from accord.service.folders import Folders
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
        self._log: SignalsLog | None = None

    @property
    def folders(self) -> Folders:
        """Where things lie, once it has started."""
        assert self._folders is not None, "the application's lifespan has not begun"
        return self._folders

    async def start(self) -> None:
        """Lock the folder, open the log, start the workers.

        Raises
        ------
        HarmonizeError
            If one of them cannot be.
        """
        self._folders = Folders(self.settings.folder)
        self._log = None if self.settings.log is None else SignalsLog(self.settings.log)
        await self.crew.start()

    async def end(self) -> None:
        """End the workers, close what is open."""
        await self.crew.end()
        if self._log is not None:
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

    def record(self, entry: dict[str, Any]) -> None:
        """Append a line to the signals log, if there is one."""
        if self._log is not None:
            self._log.append(Entry.from_dict(entry))


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

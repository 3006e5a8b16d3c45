"""Worker processes, as the event loop sees them: handed one task each, ended when one takes too long, replaced."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from accord.service.logs import LOG
from accord.service.refusals import RefusedError
from accord.service.settings import Settings
from accord.service.work import Task

LEAVING_SECONDS = 1.0
"""What a task may still take once its caller has left: less than it costs to start a worker anew."""

ENDED = "ended by itself"

_STARTS = 3  # of workers that end before they are ready; then they would for ever
_LINE = 2**22  # bytes of a reply

# Libraries that would each take all cores, in each worker.
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "OPENIMAGEIO_THREADS",
)
# The path first, and nothing imported before it: a command's own begins with the current folder.
_START = "import sys; sys.path[:] = sys.argv[1:]; from accord.service.worker import main; main()"


@dataclass
class Done:
    """A worker's reply, and what it took.

    Parameters
    ----------
    reply
        As `accord.service.work.carry_out` gives it.
    waited, worked
        Seconds before a worker was free, and with it.
    """

    reply: dict[str, Any]
    waited: float
    worked: float


class Crew:
    """The workers of a service.

    Parameters
    ----------
    settings
        How many, and what they load.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._idle: deque[_Worker] = deque()
        self._waiting: deque[asyncio.Future[_Worker]] = deque()
        self._all: set[_Worker] = set()
        self._chores: set[asyncio.Task[None]] = set()
        self._failed_starts = 0
        self._ending = False
        self.fatal: str | None = None
        self.when_fatal: Callable[[], None] = lambda: None
        self.deaths = 0
        self.worker_seconds = 1.0
        """What a task takes lately, on average."""

    @property
    def ready(self) -> bool:
        """Whether a worker is there to take tasks."""
        return self.fatal is None and any(worker.ready for worker in self._all)

    @property
    def waiting(self) -> int:
        """Tasks that wait for a worker."""
        return sum(not future.done() for future in self._waiting)

    @property
    def working(self) -> int:
        """Tasks that a worker has."""
        return sum(worker.busy for worker in self._all)

    def processes(self) -> list[int]:
        """Give the workers' process ids."""
        return [worker.process.pid for worker in self._all]

    async def start(self) -> None:
        """Start the workers, without waiting until they are ready."""
        for _ in range(self._settings.workers):
            self._hire()

    async def end(self) -> None:
        """End them all at once."""
        self._ending = True
        for chore in list(self._chores):
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        for worker in list(self._all):
            await worker.end()
        self._all.clear()

    async def do(self, task: Task, *, only_headers: bool = False) -> Done:
        """Have a worker carry out a task, and another one if the first dies of it or of something else.

        Cancel it, and what waits is forgotten; what is worked on may go on for `LEAVING_SECONDS`, then its worker is
        replaced.

        Raises
        ------
        RefusedError
            If its input cannot be used, takes too long, or ends its worker.
        RuntimeError
            If we are at fault.
        """
        begun = time.monotonic()
        try:
            return await self._try(task, begun, only_headers)
        except EOFError:
            pass
        try:
            return await self._try(task, begun, only_headers)
        except EOFError:
            raise RefusedError(
                422,
                "work on this picture came to an unexpected end, twice: it may be damaged, or need more memory than "
                "there is here. Export it again, or send a smaller version.",
            ) from None

    async def _try(self, task: Task, begun: float, only_headers: bool) -> Done:
        worker = await self._free()
        taken = time.monotonic()
        asking = asyncio.ensure_future(worker.ask({"task": task.to_dict(), "only_headers": only_headers}))
        try:
            reply = await asyncio.wait_for(asyncio.shield(asking), self._settings.work_seconds)
        except asyncio.TimeoutError:
            self._replace(worker, asking, "took too long")
            raise RefusedError(
                413,
                f"this picture takes more than the {self._settings.work_seconds:g} s of work that this service gives "
                "one. Send a smaller version of it.",
            ) from None
        except asyncio.CancelledError:
            self._chore(self._let_finish(worker, asking))
            raise
        except EOFError:
            self._replace(worker, asking, ENDED)
            raise
        self._release(worker)
        worked = time.monotonic() - taken
        if not only_headers:
            self.worker_seconds += 0.1 * (worked - self.worker_seconds)
        if "refused" in reply:
            raise RefusedError(*reply["refused"])
        if "bug" in reply:
            raise RuntimeError(reply["bug"])
        return Done(reply, taken - begun, worked)

    async def _free(self) -> _Worker:
        if self.fatal is not None:
            raise RuntimeError(self.fatal)
        if self._idle:
            worker = self._idle.popleft()
            worker.busy = True
            return worker
        future: asyncio.Future[_Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():  # it had got one in the same moment
                self._release(future.result())
            raise

    def _release(self, worker: _Worker) -> None:
        """Give a worker to whoever has waited longest."""
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                worker.busy = True
                future.set_result(worker)
                return
        worker.busy = False
        self._idle.append(worker)

    async def _let_finish(self, worker: _Worker, asking: asyncio.Future[dict[str, Any]]) -> None:
        try:
            await asyncio.wait_for(asyncio.shield(asking), LEAVING_SECONDS)
        except (asyncio.TimeoutError, EOFError):
            self._replace(worker, asking, "its caller had left")
        else:
            self._release(worker)

    def _replace(self, worker: _Worker, asking: asyncio.Future[dict[str, Any]], why: str) -> None:
        asking.cancel()
        self._all.discard(worker)
        self.deaths += 1
        self._chore(self._bury(worker, why))
        self._hire()

    async def _bury(self, worker: _Worker, why: str) -> None:
        if why == ENDED:  # it closes its output before it has ended
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(worker.process.wait(), 1)
            why += f" ({_ending(worker.process.returncode)})"
        LOG.warning("a worker was replaced", extra={"facts": {"why": why}})
        await worker.end()

    def _hire(self) -> None:
        if not self._ending:
            self._chore(self._hired())

    async def _hired(self) -> None:
        worker = await _Worker.started()
        self._all.add(worker)
        settings = self._settings
        wanted = {"method": settings.method, "max_pixels": settings.max_pixels}
        try:
            reply = await worker.ask(wanted)
        except EOFError:
            code = await worker.end()
            reply = {"fatal": f"workers end before they can begin ({_ending(code)})"}
            self._failed_starts += 1
            self._all.discard(worker)
            if self._failed_starts < _STARTS:
                self._hire()
                return
        if "fatal" in reply:
            self._fail(reply["fatal"])
            return
        worker.ready, self._failed_starts = True, 0
        self._release(worker)

    def _fail(self, why: str) -> None:
        self.fatal = why
        LOG.error("no worker can start", extra={"facts": {"why": why}})
        self.when_fatal()
        for future in self._waiting:
            if not future.done():
                future.set_exception(RuntimeError(why))

    def _chore(self, work: Any) -> None:
        chore = asyncio.ensure_future(work)
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)


class _Worker:
    """A worker process as seen from here."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.ready = self.busy = False

    @classmethod
    async def started(cls) -> _Worker:
        # A group of its own: Ctrl-C in a terminal reaches every process of a group, and is for us to deal with.
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _START,
            *sys.path,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **dict.fromkeys(_THREADS, "1")},
            start_new_session=sys.platform != "win32",
            limit=_LINE,
        )
        return cls(process)

    async def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """Send a message, and give the reply; EOFError if the process ends before it."""
        to, answers = self.process.stdin, self.process.stdout
        assert to is not None
        assert answers is not None
        with suppress(OSError):  # it has died, and the end of its output will tell
            to.write(json.dumps(message).encode() + b"\n")
            await to.drain()
        line = await answers.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        found: dict[str, Any] = json.loads(line)
        return found

    async def end(self) -> int | None:
        with suppress(ProcessLookupError):
            self.process.kill()
        return await self.process.wait()


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return f"killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"killed by signal {-code}"
    return f"exit code {code}"

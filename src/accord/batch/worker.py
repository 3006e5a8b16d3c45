"""A worker process: jobs come in as JSON lines, outcomes go out as JSON lines.

Three pictures are on their way at most: one is read while another is harmonized and a third is written. When its input
ends, whoever started it is gone or wants no more, and it ends at once: outputs appear whole or not at all.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from queue import Queue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accord.batch.stages import Stages

Message = dict[str, Any]
Item = tuple[int, Any]


def main() -> None:
    """Work until the input ends."""
    # What a library prints must not get between the outcomes.
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    line = sys.stdin.buffer.readline()
    if line.endswith(b"\n"):  # else whoever started it was stopped before it could say what is wanted
        _Worker(channel.write, channel.flush).work(json.loads(line))


class _Worker:
    def __init__(self, write: Callable[[bytes], object], flush: Callable[[], object]) -> None:
        self._write, self._flush, self._lock = write, flush, threading.Lock()

    def work(self, wanted: Message) -> None:
        arriving: Queue[Message] = Queue()
        loaded: Queue[Item] = Queue(1)
        made: Queue[Item] = Queue(1)
        threading.Thread(target=_take, args=(arriving,), daemon=True).start()

        from accord.batch.job import Recipe, Telling
        from accord.batch.stages import Stages
        from accord.core.errors import HarmonizeError
        from accord.core.resources import using

        recipe = Recipe(**wanted["recipe"])
        with using(threads=1, device=recipe.device):
            try:
                stages = Stages(recipe, Telling(**wanted["telling"]), wanted["temporary_prefix"])
            except HarmonizeError as error:
                self._tell({"fatal": str(error)})
                return
        self._tell({"ready": True})
        for stage in (lambda: self._read(stages, arriving, loaded), lambda: self._write_out(stages, made)):
            threading.Thread(target=_forever, args=(stage, recipe.device), daemon=True).start()
        _forever(lambda: self._make(stages, loaded, made), recipe.device)

    def _read(self, stages: Stages, arriving: Queue[Message], loaded: Queue[Item]) -> None:
        from accord.batch.job import Done, Job

        message = arriving.get()
        index = message["index"]
        known = None if message["known"] is None else Done(**message["known"])
        with self._telling_errors(index):
            found = stages.read(Job(**message["job"]), known)
            if isinstance(found, Done):
                self._tell({"index": index, "status": "skipped", "done": found.to_dict()})
            else:
                loaded.put((index, found))

    def _make(self, stages: Stages, loaded: Queue[Item], made: Queue[Item]) -> None:
        index, found = loaded.get()
        with self._telling_errors(index):
            made.put((index, stages.make(found)))

    def _write_out(self, stages: Stages, made: Queue[Item]) -> None:
        index, found = made.get()
        with self._telling_errors(index):
            done = stages.write(found)
            self._tell({"index": index, "status": "done", "done": done.to_dict(), "entries": list(found.entries)})

    def _telling_errors(self, index: int) -> _Telling:
        return _Telling(lambda reason: self._tell({"index": index, "status": "failed", "error": reason}))

    def _tell(self, message: Message) -> None:
        line = json.dumps(message).encode() + b"\n"
        with self._lock:
            self._write(line)
            self._flush()


class _Telling:
    """Passes on why a picture failed, so that the next one is not its victim."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Exception):
            return False
        self._tell(reason(error))
        return True


def reason(error: Exception) -> str:
    """Say in one line why a picture failed."""
    from accord.core.errors import HarmonizeError

    if isinstance(error, HarmonizeError):
        return " ".join(str(error).split())
    if isinstance(error, MemoryError):
        return "there is not enough memory for this picture. Make it smaller, or run fewer workers."
    if isinstance(error, OSError):
        return f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
    return f"{type(error).__name__}: {' '.join(str(error).split())} (a bug in accord: please report it)"


def _take(arriving: Queue[Message]) -> None:
    for line in sys.stdin.buffer:
        arriving.put(json.loads(line))
    os._exit(0)


def _forever(stage: Callable[[], None], device: str) -> None:
    """Run a stage for one picture after another, all on one core: the other workers use the others."""
    from accord.core.resources import using

    with using(threads=1, device=device):
        while True:
            stage()  # a call of its own: pictures that it held are let go before it waits for the next

"""Work in threads, one stage after another, with few items in between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")

_END = object()
_PATIENCE = 0.1  # seconds between looks at whether everything has been stopped


class Ahead(Generic[Item]):
    """Runs an iterator in a thread, a few items ahead of whoever takes them.

    Parameters
    ----------
    items
        What to run. What it raises, it raises here, at its turn.
    most
        How many items may wait.
    stop
        Ends all stages that share it.
    """

    def __init__(self, items: Iterable[Item], most: int, stop: Event) -> None:
        self._queue: Queue[Any] = Queue(most)
        self._items, self._stop = items, stop
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[Item]:
        while not self._stop.is_set():
            try:
                kind, value = self._queue.get(timeout=_PATIENCE)
            except Empty:
                continue
            if kind is _END:
                if value is not None:
                    raise value
                return
            yield value

    def join(self) -> None:
        """Wait for the thread to end; `stop` has to be set, or all items taken."""
        self._thread.join()

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._items:
                self._put((None, item))
                if self._stop.is_set():
                    break
        except BaseException as raised:  # handed on to the thread that asked for the items
            error = raised
        finally:
            close = getattr(self._items, "close", None)
            if close is not None:
                close()
        self._put((_END, error))

    def _put(self, entry: tuple[Any, Any]) -> None:
        while not self._stop.is_set():
            try:
                self._queue.put(entry, timeout=_PATIENCE)
            except Full:
                continue
            return


class Stages:
    """The stages of one run, ended together. Made by `stages`."""

    def __init__(self) -> None:
        self._stop, self._all = Event(), list[Ahead[Any]]()

    def ahead(self, items: Iterable[Item], most: int) -> Iterator[Item]:
        """Run an iterator in a thread of its own."""
        stage = Ahead(items, most, self._stop)
        self._all.append(stage)
        return iter(stage)

    def end(self) -> None:
        """Stop all threads, and wait for them."""
        self._stop.set()
        for stage in self._all:
            stage.join()


@contextmanager
def stages() -> Iterator[Stages]:
    """Give stages that end with the block, however it ends."""
    running = Stages()
    try:
        yield running
    finally:
        running.end()

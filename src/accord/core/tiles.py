"""Large pictures, tile by tile, on several cores.

NumPy lets go of Python's lock while it works, so threads are enough, and nothing is copied to another process.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from accord.core.resources import available_cores, threads

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

Item = TypeVar("Item")

ROWS, COLUMNS = 128, 512
"""A tile: small enough for a core's caches, large enough for threads not to wait for each other at Python's lock."""

ALIGNED = 16
"""Columns of float32 in a line of a cache: planes whose rows begin at a multiple are read and written fastest."""


def tiles(rows: slice, columns: slice) -> Iterator[tuple[slice, slice]]:
    """Cut a rectangle into tiles of at most `ROWS` x `COLUMNS` pixels, as rows and columns, from top to bottom.

    Columns are cut at multiples of `COLUMNS`, as the blocks are that colours are mixed in (see `accord.core.planes`).
    """
    for top in range(rows.start, rows.stop, ROWS):
        for left in range(columns.start - columns.start % COLUMNS, columns.stop, COLUMNS):
            yield (
                slice(top, min(top + ROWS, rows.stop)),
                slice(max(left, columns.start), min(left + COLUMNS, columns.stop)),
            )


def for_each(work: Callable[[Item], None], items: Iterable[Item]) -> None:
    """Do the work for each item, on the cores that may be used (see `accord.core.resources`), in any order.

    The first error ends it, and is raised. The thread that asks does its share; work may itself ask for more.
    """
    waiting = deque(items)

    def work_on() -> None:
        try:
            for item in _until_empty(waiting):
                work(item)
        except BaseException:
            waiting.clear()
            raise

    count = min(threads(), len(waiting))
    if count <= 1:
        work_on()
        return
    from contextvars import copy_context

    shares = [_helpers().submit(copy_context().run, work_on) for _ in range(count - 1)]
    try:
        work_on()
    finally:
        # A share that no helper has begun is not waited for: nothing is left to do, and all helpers may be waiting.
        begun = [share for share in shares if not share.cancel()]
        errors = [share.exception() for share in begun]
    for error in errors:
        if error is not None:
            raise error


@lru_cache(maxsize=1)
def _helpers() -> ThreadPoolExecutor:
    """Give the threads that help, started when first needed and kept.

    New ones for each picture would each take one of the allocator's arenas at random, until every arena had once held
    the largest piece of work: memory would creep up over hundreds of pictures.
    """
    from concurrent.futures import ThreadPoolExecutor

    # No more than there are cores for: a share that finds none is left to its caller, and one that has just ended would
    # otherwise not be seen to be free, and another be started beside it.
    return ThreadPoolExecutor(max(1, available_cores() - 1), thread_name_prefix="accord")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_helpers.cache_clear)  # threads do not survive a fork


def _until_empty(waiting: deque[Item]) -> Iterator[Item]:
    while True:
        try:
            item = waiting.popleft()  # atomic, so each item goes to one thread
        except IndexError:
            return
        yield item

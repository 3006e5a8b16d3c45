"""Large pictures, tile by tile, on several cores.

NumPy lets go of Python's lock while it works, so threads are enough, and nothing is copied to another process.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from accord.core.resources import threads

Item = TypeVar("Item")

ROWS, COLUMNS = 96, 512
"""A tile: its planes of float32 stay in a core's own cache, and Python's share of the time is small."""

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

    The first error ends it, and is raised.
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
    from concurrent.futures import ThreadPoolExecutor
    from contextvars import copy_context

    with ThreadPoolExecutor(count, thread_name_prefix="accord") as pool:
        shares = [pool.submit(copy_context().run, work_on) for _ in range(count)]
    for share in shares:
        share.result()


def _until_empty(waiting: deque[Item]) -> Iterator[Item]:
    while True:
        try:
            item = waiting.popleft()  # atomic, so each item goes to one thread
        except IndexError:
            return
        yield item

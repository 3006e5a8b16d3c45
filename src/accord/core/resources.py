"""What of the machine the work at hand may use: cores, and where networks run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from accord.core.errors import BadInputError

Device: TypeAlias = Literal["cpu", "cuda", "directml"]

DEVICES: tuple[Device, ...] = get_args(Device)

_threads: ContextVar[int | None] = ContextVar("threads", default=None)
_device: ContextVar[Device] = ContextVar("device", default="cpu")

_CGROUP = Path("/sys/fs/cgroup")


@contextmanager
def using(threads: int | None = None, device: str | None = None) -> Iterator[None]:
    """Have the work within use that many cores, and run networks there; what is None stays as it is.

    Parameters
    ----------
    threads
        At least 1.
    device
        One of `DEVICES`. Whether it is there is found out when a network is loaded.

    Raises
    ------
    BadInputError
        If either is something else.
    """
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
        raise BadInputError(f"threads is {threads!r}, a whole number of cores, 1 or more, was wanted.")
    if device is not None and device not in DEVICES:
        raise BadInputError(f"device is {device!r}, one of {', '.join(DEVICES)} was wanted.")
    before = _threads.set(_threads.get() if threads is None else threads)
    where = _device.set(_device.get() if device is None else device)
    try:
        yield
    finally:
        _device.reset(where)
        _threads.reset(before)


def threads() -> int:
    """Give how many cores to use: those asked for (see `using`), or those that the process may use."""
    return _threads.get() or available_cores()


def device() -> Device:
    """Give where networks run: the place asked for (see `using`), or the CPU."""
    return _device.get()


def available_cores() -> int:
    """Count the cores that this process may use: fewer than the machine has under an affinity mask or in a container.

    A container's share of a core counts as one.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    share = _container_share()
    return cores if share is None else max(1, min(cores, share))


@lru_cache(maxsize=1)
def _container_share() -> int | None:
    """Give the cores that the control group's quota (version 2, else 1) comes to, rounded up; None without one."""
    older = _CGROUP / "cpu"
    try:
        quota, period = (_CGROUP / "cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        try:
            quota = (older / "cpu.cfs_quota_us").read_text(encoding="ascii").strip()
            period = (older / "cpu.cfs_period_us").read_text(encoding="ascii").strip()
        except OSError:
            return None
    if not quota.isdecimal() or not period.isdecimal() or int(period) == 0:  # "max", or -1 in version 1
        return None
    return -(-int(quota) // int(period))

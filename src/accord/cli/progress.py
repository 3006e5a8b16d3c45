"""Progress of long work on standard error, with the time that is left."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from types import TracebackType

import click

# A log file should not fill with progress.
_LOG_INTERVAL, _TERMINAL_INTERVAL = 30.0, 0.1


class Progress:
    """Says how far the work has come: one line that is rewritten on a terminal, a line every 30 seconds in a log.

    Parameters
    ----------
    total
        How many steps there are to do; None where that is not known.
    what
        What a step is, in the plural.
    """

    def __init__(self, total: int | None, what: str) -> None:
        self._total, self._what, self._done = total, what, 0
        self._terminal = sys.stderr.isatty()
        self._interval = _TERMINAL_INTERVAL if self._terminal else _LOG_INTERVAL
        self._begun = self._said = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._terminal and self._done:
            self._say(time.monotonic())
            click.echo(err=True)

    def step(self) -> None:
        """Count one step."""
        self._done += 1
        now = time.monotonic()
        if now - self._said >= self._interval:
            self._say(now)

    def _say(self, now: float) -> None:
        self._said = now
        line = f"{self._done} {self._what}"
        if self._total is not None:
            left = (now - self._begun) / self._done * max(0, self._total - self._done)
            line = f"{self._done} of {self._total} {self._what}, {timedelta(seconds=round(left))} left"
        click.echo(f"\r{line:<60}" if self._terminal else line, err=True, nl=not self._terminal)

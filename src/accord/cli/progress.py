"""Progress of long work on standard error, with its rate and the time that is left."""

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
        self._total, self._what, self._done, self._found = total, what, 0, 0
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

    def step(self, *, found: bool = False) -> None:
        """Count one step; one that was found done already tells nothing of how long the others take."""
        self._done += 1
        self._found += found
        now = time.monotonic()
        if now - self._said >= self._interval:
            self._say(now)

    def note(self, line: str) -> None:
        """Say something of its own, above the line of progress."""
        click.echo(f"\r{line:<60}" if self._terminal else line, err=True)

    def _say(self, now: float) -> None:
        self._said = now
        line = f"{self._done} {self._what}"
        if self._total is not None:
            line = f"{self._done} of {self._total} {self._what}"
        rate = (self._done - self._found) / max(now - self._begun, 1e-6)
        if rate > 0:
            line += f", {rate:.3g} a second" if rate >= 1 else f", {60 * rate:.3g} a minute"
            if self._total is not None:
                line += f", {timedelta(seconds=round(max(0, self._total - self._done) / rate))} left"
        click.echo(f"\r{line:<60}" if self._terminal else line, err=True, nl=not self._terminal)

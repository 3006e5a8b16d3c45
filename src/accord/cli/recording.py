"""The signals log in commands: options that append what a command made to it, and reading it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import click

from accord.cli.output import Command

if TYPE_CHECKING:
    from accord.monitoring import Entry, SignalsLog
    from accord.pipeline.result import Result


def log_options(command: Command) -> Command:
    """Add `--log`, `--log-paths` and `--shadow`, which reach the command as `log`, `log_paths` and `shadow`."""
    for option in (
        click.option(
            "--shadow",
            metavar="ID",
            help="Also harmonize with this candidate, an id or an .onnx, and log it beside the result; it changes "
            "nothing else. `accord monitor` compares the two.",
        ),
        click.option("--log-paths", is_flag=True, help="Log the paths of composite and mask, too."),
        click.option(
            "--log",
            type=click.Path(),
            metavar="FILE",
            help="Append the result's signals to a log for `accord monitor`: JSON lines (.jsonl), or a folder of "
            "Parquet files (.parquet). Pictures are named by a hash of their content.",
        ),
    ):
        command = option(command)
    return command


def opened(log: str | None, shadow: str | None, *, log_paths: bool) -> SignalsLog | None:
    """Open the log before the work, so that a bad name is not found out after it; None if none was asked for."""
    if log is None:
        if shadow is not None or log_paths:
            raise click.UsageError("--shadow and --log-paths say what to log: give --log, too")
        return None
    from accord.methods import registry
    from accord.monitoring import SignalsLog

    if shadow is not None:
        registry.get(shadow)
    return SignalsLog(log)


def record(
    log: SignalsLog,
    result: Result,
    *,
    front_end: str,
    seconds: float,
    shadow: str | None,
    composite: str | None,
    mask: str | None,
) -> None:
    """Append a result, and what a candidate makes of the same picture if one is named.

    Parameters
    ----------
    log, result, front_end, seconds, shadow
        See `accord.monitoring`.
    composite, mask
        Paths to log, made absolute; None to keep them out of the log.
    """
    paths = [str(Path(path).resolve()) if path is not None else None for path in (composite, mask)]
    entry = log.record(result, seconds=seconds, front_end=front_end, composite=paths[0], mask=paths[1])
    if shadow is not None:
        from accord.monitoring import run_shadow

        run_shadow(log, entry, result, shadow)


def read(log: Path) -> list[Entry]:
    """Read a log, and say on standard error what was passed over in it."""
    from accord.monitoring import read_log

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", UserWarning)
        entries = read_log(log)
    for one in told:
        click.echo(f"Warning: {one.message}", err=True)
    return entries

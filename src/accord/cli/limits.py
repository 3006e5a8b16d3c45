"""Options that limit what a result may change."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

import click

from accord.cli.output import Command

if TYPE_CHECKING:
    from accord.pipeline.guarding import Guard

_NAMES = ("protect", "tolerance", "mode", "max_exposure", "max_hue", "on_violation")


def limit_options(command: Command) -> Command:
    """Add `--protect`, `--tolerance`, `--mode`, `--max-exposure`, `--max-hue` and `--on-violation`.

    They reach the command as `limits`: those of `accord.harmonize`'s parameters that were given, by their names.
    """

    @functools.wraps(command)
    def limited(*args: Any, **options: Any) -> Any:
        given = {name: options.pop(name) for name in _NAMES}
        given["protect"] = list(given["protect"])
        limits = {name: value for name, value in given.items() if value is not None and value != []}
        if "tolerance" in limits and "protect" not in limits:
            raise click.UsageError("--tolerance says how far what is protected may move: give --protect, too")
        return command(*args, limits=limits, **options)

    for option in reversed(
        (
            click.option(
                "--protect",
                multiple=True,
                metavar="COLOUR|FILE|skin",
                help="Keep chroma and hue of this, while its lightness may move; may be given several times. A colour "
                "(#1a2b3c or 26,43,60), a palette (.gpl, .hex or .txt), `skin` (colours that skin has in white light, "
                "wherever they are), or a region: a mask that is white there.",
            ),
            click.option(
                "--tolerance",
                type=float,
                metavar="D",
                help="The most that what is protected moves: CIEDE2000 with its lightness term left out.  [default: 2]",
            ),
            click.option(
                "--mode",
                type=click.Choice(["full", "tone-wb", "tone"]),
                help="What may change: everything; tone and one white balance; tone alone.  [default: full]",
            ),
            click.option(
                "--max-exposure",
                type=float,
                metavar="STOPS",
                help="The most that the foreground's mean luminance moves.",
            ),
            click.option(
                "--max-hue", type=float, metavar="DEGREES", help="The most that a hue turns, of CIELAB hue, up to 90."
            ),
            click.option(
                "--on-violation",
                type=click.Choice(["error", "warn"]),
                help="Whether a limit that is broken all the same is an error, with nothing written, or a warning.  "
                "[default: error]",
            ),
        )
    ):
        limited = option(limited)
    return cast("Command", limited)


def tell_guards(guards: Iterable[Guard], *, of: str = "") -> None:
    """Print what became of each limit, after which picture `of` is; broken ones as warnings on standard error."""
    for guard in guards:
        line = f"{of}: {guard}" if of else str(guard)
        click.echo(line if guard.held else f"Warning: {line}", err=not guard.held)

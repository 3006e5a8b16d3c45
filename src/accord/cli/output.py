"""Tables for people, and the same as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

STANDARD_OUTPUT = "-"


def json_option(command: Command) -> Command:
    """Add `--json [FILE]`, which reaches the command as `json_file`: a path, "-" for standard output, or None."""
    return click.option(
        "--json",
        "json_file",
        is_flag=False,
        flag_value=STANDARD_OUTPUT,
        metavar="[FILE]",
        help="Give the table as JSON: to FILE, or to standard output without one.",
    )(command)


def check_outputs(pictures: Sequence[str | None], others: Sequence[str | None] = ()) -> None:
    """Find out before the work, not after it, that a file cannot be written, or would replace another of the same run.

    Raises
    ------
    BadInputError
        If a path is a folder or in none, has a suffix that names no format for a picture, or is there twice.
    """
    from accord.core.errors import BadInputError
    from accord.io.formats import format_for_writing
    from accord.io.paths import resolved

    for path in pictures:
        if path is not None:
            format_for_writing(Path(path))
    seen = set()
    for path in (*pictures, *others):
        if path is None or path == STANDARD_OUTPUT:
            continue
        target = resolved(Path(path))
        if target in seen:
            raise BadInputError(f"{path} would be written twice: each output needs a name of its own.")
        seen.add(target)


def check_qualities(paths: Sequence[str], quality: int | None) -> None:
    """Find out before the work that a picture's format has no quality.

    Raises
    ------
    BadInputError
        If it is written without loss.
    """
    from accord.io.formats import format_for_writing
    from accord.io.write import check_quality

    for path in map(Path, paths):
        check_quality(quality, format_for_writing(path), path)


def show(rows: Sequence[dict[str, Any]], columns: Sequence[str], json_file: str | None) -> None:
    """Print rows as a table of the named columns, or give all that they hold as JSON.

    With a file, the table is printed as well; with "-", standard output is JSON and nothing else.
    """
    if json_file is not None:
        write_json(list(rows), json_file)
    if json_file != STANDARD_OUTPUT:
        click.echo(table(rows, columns))


def table(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> str:
    """Lay out rows as lines of text under a heading, columns wide enough for what they hold."""
    cells = [[str(column).replace("_", " ") for column in columns]]
    cells += [[_cell(row[column]) for column in columns] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells
    )


def write_json(value: Any, json_file: str) -> None:
    """Write a value as JSON to standard output ("-") or to a file, whole or not at all."""
    text = json.dumps(value, indent=2, allow_nan=False)
    if json_file == STANDARD_OUTPUT:
        click.echo(text)
        return
    from accord.io.paths import whole_or_nothing

    with whole_or_nothing(Path(json_file)) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)

"""`accord inspect`: what does not match, before anything is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from accord.cli.input import encoding_option, mask_options
from accord.cli.output import STANDARD_OUTPUT, json_option, table, write_json

if TYPE_CHECKING:
    from accord.diagnose.inspection import Inspection


@click.command("inspect")
@click.argument("composite", type=click.Path())
@click.argument("mask", type=click.Path(), required=False)
@mask_options
@encoding_option
@json_option
def command(
    composite: str,
    mask: str | None,
    mask_option: str | None,
    mask_model: str | None,
    encoding: Literal["srgb", "linear"] | None,
    json_file: str | None,
) -> None:
    """Measure how the foreground of COMPOSITE, which is white in MASK, differs from what is around it.

    Gives every figure with its unit and 95 % interval, what is out of the ordinary, and whether colour can mend it, or
    else which kind of tool can. Directions of light: 0 degrees is from the right, 90 from above, 180 from the left.
    Nothing is changed.
    """
    if mask is not None and mask_option is not None:
        raise click.UsageError("the mask came twice, as MASK and as --mask: give one of them")

    from accord.pipeline.inspecting import inspect

    inspection = inspect(composite, mask if mask is not None else mask_option, encoding=encoding, mask_model=mask_model)
    if json_file is not None:
        write_json(inspection.to_dict(), json_file)
    if json_file != STANDARD_OUTPUT:
        click.echo(described(inspection))


def described(inspection: Inspection) -> str:
    """Lay an inspection out as text: tables, then what stands out, then the verdict."""
    from accord.diagnose.look import UNITS

    looks = {
        "foreground": inspection.foreground,
        "ring": inspection.ring,
        "background": inspection.background,
        "difference from ring": inspection.difference,
    }
    rows = [
        {"figure": name.replace("_", " ")} | {which: str(getattr(one, name)) for which, one in looks.items()}
        for name in UNITS
    ]
    health = [
        {"mask": name.replace("_", " "), "": str(getattr(inspection.mask, name))}
        for name in ("edge_width", "holes", "fringe", "spill")
    ]
    lines = [table(rows, ["figure", *looks]), "", table(health, ["mask", ""]), ""]
    if inspection.suggested_change is not None:
        lines += [f"The learned default would move the foreground by {inspection.suggested_change}", ""]
    lines += [
        f"{'-' if finding.severity >= 1 else '(worth knowing)'} {finding.says}; mended by {finding.tool}"
        for finding in inspection.findings
    ]
    return "\n".join([*lines, f"Verdict: {inspection.verdict}"])

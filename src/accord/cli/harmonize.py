"""`accord harmonize`: one composite in, one harmonized picture out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from accord.cli.input import encoding_option, mask_options
from accord.cli.output import STANDARD_OUTPUT, check_outputs, json_option, write_json
from accord.cli.recording import log_options, opened, record

if TYPE_CHECKING:
    from accord.pipeline.result import Result


@click.command("harmonize")
@click.argument("composite", type=click.Path())
@click.argument("mask", type=click.Path(), required=False)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(),
    metavar="OUT",
    help="Where to write the result; its suffix names the format. It appears whole or not at all, so it may be "
    "COMPOSITE itself.",
)
@click.option("--method", metavar="ID", help="The method, by its id (`accord methods`), or an .onnx of yours.")
@click.option(
    "--strength",
    type=float,
    default=1.0,
    show_default=True,
    metavar="S",
    help="How far to go, from 0 (leave as it is) to 1 (all the way).",
)
@click.option(
    "--reference",
    default="background",
    show_default=True,
    metavar="background|ring|FILE",
    help="Whose look the foreground takes: the whole background's, that of a ring around the foreground, or that of "
    "the part that is white in FILE.",
)
@mask_options
@encoding_option
@click.option(
    "--as-published",
    is_flag=True,
    help="Have a published network harmonize as its authors' code does, with its own treatment of background and full "
    "size, in place of a colour map within the mask.",
)
@click.option(
    "--quality", type=click.IntRange(1, 100), help="1 to 100, for JPEG, WebP and JPEG XL; a JPEG's own by default."
)
@click.option(
    "--cube", type=click.Path(), metavar="FILE", help="Also write the colour map as a 3-D lookup table, a .cube file."
)
@click.option(
    "--cube-size",
    type=click.Choice(["17", "33", "65"]),
    default="33",
    show_default=True,
    help="Nodes along each axis of the .cube.",
)
@click.option(
    "--cdl", type=click.Path(), metavar="FILE", help="Also write the colour map as ASC CDL: a .cdl, .cc or .ccc file."
)
@click.option("--clf", type=click.Path(), metavar="FILE", help="Also write the colour map as CLF, a .clf file.")
@click.option(
    "--when-needed",
    is_flag=True,
    help="Leave the composite as it is, bit for bit, where harmonizing is unlikely to make it better.",
)
@click.option(
    "--best-of",
    is_flag=True,
    help="Try several methods, strengths, references and crops, and apply the most promising, in place of --method.",
)
@log_options
@json_option
def command(
    composite: str,
    mask: str | None,
    output: str,
    method: str | None,
    strength: float,
    reference: str,
    mask_option: str | None,
    mask_model: str | None,
    encoding: Literal["srgb", "linear"] | None,
    as_published: bool,
    quality: int | None,
    cube: str | None,
    cube_size: str,
    cdl: str | None,
    clf: str | None,
    when_needed: bool,
    best_of: bool,
    log: str | None,
    log_paths: bool,
    shadow: str | None,
    json_file: str | None,
) -> None:
    """Recolour the foreground of COMPOSITE, which is white in MASK, so that it belongs to its background.

    Without MASK, the alpha of COMPOSITE says where the foreground is. The result keeps size, depth, profile and
    metadata, and every pixel where the mask is black. With --json also come the result's signals, its colour map in a
    photographer's words, and what was exported.
    """
    if mask is not None and mask_option is not None:
        raise click.UsageError("the mask came twice, as MASK and as --mask: give one of them")
    exports = _exports(cube, cdl, clf)
    check_outputs([output], [*exports, json_file])

    logged = opened(log, shadow, log_paths=log_paths)

    from accord.pipeline.harmonizing import harmonize

    begun = time.perf_counter()
    result = harmonize(
        composite,
        mask if mask is not None else mask_option,
        method=method,
        strength=strength,
        reference=reference,
        encoding=encoding,
        mask_model=mask_model,
        as_published=as_published,
        when_needed=when_needed,
        best_of=best_of,
    )
    seconds = time.perf_counter() - begun
    result.save(output, quality=quality)
    if logged is not None:
        paths = (composite, mask or mask_option) if log_paths else (None, None)
        with logged:
            record(
                logged,
                result,
                front_end="harmonize",
                seconds=seconds,
                shadow=shadow,
                composite=paths[0],
                mask=paths[1],
            )
    exported = [result.export(path, cube_size=int(cube_size)) for path in exports]
    if json_file is not None:
        about = {
            "output": output,
            "method": result.method.id if result.method else None,
            "strength": strength,
            "signals": result.signals.to_dict(),
            "explanation": result.explanation.to_dict(),
            "exports": [done.to_dict() for done in exported],
        }
        if result.need is not None:
            about |= {"left_alone": result.left_alone, "need": result.need.to_dict()}
        if result.choice is not None:
            about["choice"] = result.choice.to_dict()
        write_json(about, json_file)
    if json_file == STANDARD_OUTPUT:
        return
    click.echo(f"{output}: {_told(result, strength)}")
    for done in exported:
        kind = "the colour map" if done.exact else "the nearest that it can hold to the colour map"
        click.echo(
            f"{done.path}: {kind}; off by {done.residual_mean:.2f} of 255 on average, {done.residual_max:.2f} at most, "
            "over the foreground's colours"
        )


def _told(result: Result, strength: float) -> str:
    """Say in a line what was done."""
    if result.left_alone and result.need is not None:
        chance, least = result.need.p_better, result.need.threshold
        return f"left as it is: harmonizing it has a chance of {chance:.0%} to make it better, below {least:.0%}"
    if result.choice is not None:
        tried = result.choice.candidates
        return (
            f"harmonized with a mean of the {sum(one.weight > 0 for one in tried)} most promising of {len(tried)} "
            f"candidates, first {tried[0].name} at strength {tried[0].strength:g}"
        )
    return f"harmonized with {result.method.id if result.method else 'a colour map'}, strength {strength:g}"


def _exports(cube: str | None, cdl: str | None, clf: str | None) -> list[str]:
    """Give the files to export to, once their suffixes are those of their options."""
    wanted = {"--cube": (cube, (".cube",)), "--cdl": (cdl, (".cdl", ".cc", ".ccc")), "--clf": (clf, (".clf",))}
    for option, (path, suffixes) in wanted.items():
        if path is not None and Path(path).suffix.lower() not in suffixes:
            raise click.UsageError(f"{option} writes {' or '.join(suffixes)}, and {path} is named otherwise")
    return [path for path, _ in wanted.values() if path is not None]

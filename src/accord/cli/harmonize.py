"""`accord harmonize`: one composite in, one harmonized picture out."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from accord.cli.beside import Beside, beside_options
from accord.cli.input import encoding_option, mask_options, resource_options
from accord.cli.limits import limit_options, tell_guards
from accord.cli.output import STANDARD_OUTPUT, check_outputs, check_qualities, json_option, write_json
from accord.cli.recording import log_options, opened, record
from accord.cli.same_map import Member, members_of, of_a_set

if TYPE_CHECKING:
    from accord.export import Exported
    from accord.methods.card import MethodCard
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
@click.option(
    "--method",
    metavar="ID",
    help="The method, by its id (`accord methods`), an .onnx of yours, or an edit from --sidecar.",
)
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
    help="Nodes along each axis of the .cube; by default as many as hold the map to within one code of 255, with "
    "curves before them where that takes it.",
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
@click.option(
    "--same-map",
    multiple=True,
    nargs=3,
    type=click.Path(),
    metavar="COMPOSITE MASK OUT",
    help="Another picture of the set, harmonized with the same colour map, fitted to all of them together; may be "
    "given several times. `alpha` as MASK for its alpha.",
)
@limit_options
@beside_options
@log_options
@resource_options
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
    cube_size: str | None,
    cdl: str | None,
    clf: str | None,
    when_needed: bool,
    best_of: bool,
    same_map: tuple[tuple[str, str, str], ...],
    limits: dict[str, Any],
    beside: Beside,
    log: str | None,
    log_paths: bool,
    shadow: str | None,
    threads: int | None,
    device: Literal["cpu", "cuda", "directml"] | None,
    json_file: str | None,
) -> None:
    """Recolour the foreground of COMPOSITE, which is white in MASK, so that it belongs to its background.

    Without MASK, the alpha of COMPOSITE says where the foreground is. The result keeps size, depth, profile and
    metadata, and every pixel where the mask is black. With --json also come the result's signals, its colour map in a
    photographer's words, and what was exported.
    """
    if mask is not None and mask_option is not None:
        raise click.UsageError("the mask came twice, as MASK and as --mask: give one of them")
    if same_map and (as_published or when_needed or best_of):
        raise click.UsageError(
            "--same-map makes one map for all: leave --as-published, --when-needed and --best-of out"
        )
    exports = _exports(cube, cdl, clf)
    beside.check(as_published=as_published)
    cover = mask if mask is not None else mask_option
    members = members_of(Member(composite, cover, output), same_map)
    pictures = [member.output for member in members]
    check_outputs(pictures, [*exports, *beside.paths, json_file])
    check_qualities(pictures, quality)

    from accord.core.errors import GuardWarning

    logged = opened(log, shadow, log_paths=log_paths)
    if not (
        logged
        or exports
        or beside.paths
        or limits
        or same_map
        or json_file
        or as_published
        or when_needed
        or best_of
        or mask_model
        or cover == "auto"
    ):
        # Nothing has to be told of the result, so it need not be kept beside the composite.
        from accord.pipeline.filing import harmonize_file

        card = harmonize_file(
            composite,
            cover,
            output,
            method=method,
            strength=strength,
            reference=reference,
            encoding=encoding,
            quality=quality,
            threads=threads,
            device=device,
        )
        click.echo(f"{output}: {_harmonized(card, strength)}")
        return

    from accord.pipeline.harmonizing import harmonize
    from accord.pipeline.working import WorkingView

    begun = time.perf_counter()
    for member in reversed(members):
        picture = member.read(encoding)  # at last the first one, of which more is written
    beside.check_holds(WorkingView(picture, alpha_covers=cover is not None))
    options: dict[str, Any] = {
        "method": method,
        "strength": strength,
        "reference": reference,
        "encoding": encoding,
        "mask_model": mask_model,
        "threads": threads,
        "device": device,
        **limits,
    }
    told: list[dict[str, Any]] = []
    with warnings.catch_warnings(), logged or nullcontext():
        warnings.simplefilter("ignore", GuardWarning)  # told below, in words for whoever typed the command
        results: Iterable[tuple[Result, float]]
        if same_map:
            results = of_a_set(members, **options)
        else:
            chosen: dict[str, Any] = {"as_published": as_published, "when_needed": when_needed, "best_of": best_of}
            result = harmonize(picture, cover, **options, **chosen)
            results = [(result, time.perf_counter() - begun)]
        for member, (result, seconds) in zip(members, results, strict=True):
            first = member is members[0]  # which stands for a set, whose map is one
            result.save(member.output, quality=quality)
            if logged is not None:
                record(
                    logged,
                    result,
                    front_end="harmonize",
                    seconds=seconds,
                    shadow=shadow,
                    composite=member.composite if log_paths else None,
                    mask=member.mask if log_paths else None,
                )
            lines = beside.write(result) if first else []
            exported = _export(result, exports, cube_size) if first else []
            if json_file is not None:
                told.append(_about(result, member.output, strength, exported))
            if json_file != STANDARD_OUTPUT:
                what = _told(result, strength) if first else "harmonized with the same colour map"
                click.echo(f"{member.output}: {what}")
                tell_guards(result.guards, of=member.output if same_map else "")
                for line in (*lines, *map(_exported, exported)):
                    click.echo(line)
    if json_file is not None:
        write_json(told[0] | ({"same_map": told[1:]} if same_map else {}), json_file)


def _about(result: Result, output: str, strength: float, exported: list[Exported]) -> dict[str, Any]:
    """Give what --json tells of a picture."""
    about = {
        "output": output,
        "method": result.method.id if result.method else None,
        "strength": strength,
        "signals": result.signals.to_dict(),
        "explanation": result.explanation.to_dict(),
        "guards": [guard.to_dict() for guard in result.guards],
        "exports": [done.to_dict() for done in exported],
    }
    if result.need is not None:
        about |= {"left_alone": result.left_alone, "need": result.need.to_dict()}
    if result.choice is not None:
        about["choice"] = result.choice.to_dict()
    return about


def _export(result: Result, paths: list[str], cube_size: str | None) -> list[Exported]:
    return [result.export(path, cube_size=int(cube_size) if cube_size else None) for path in paths]


def _exported(done: Exported) -> str:
    """Say in a line what a file of the colour map holds."""
    kind = "the colour map" if done.exact else "the nearest that it can hold to the colour map"
    return (
        f"{done.path}: {kind}; off by {done.residual_mean:.2f} of 255 on average, {done.residual_max:.2f} at most, "
        f"over the foreground's colours ({done.form})"
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
    return _harmonized(result.method, strength)


def _harmonized(card: MethodCard | None, strength: float) -> str:
    return f"harmonized with {card.id if card else 'a colour map'}, strength {strength:g}"


def _exports(cube: str | None, cdl: str | None, clf: str | None) -> list[str]:
    """Give the files to export to, once their suffixes are those of their options."""
    wanted = {"--cube": (cube, (".cube",)), "--cdl": (cdl, (".cdl", ".cc", ".ccc")), "--clf": (clf, (".clf",))}
    for option, (path, suffixes) in wanted.items():
        if path is not None and Path(path).suffix.lower() not in suffixes:
            raise click.UsageError(f"{option} writes {' or '.join(suffixes)}, and {path} is named otherwise")
    return [path for path, _ in wanted.values() if path is not None]

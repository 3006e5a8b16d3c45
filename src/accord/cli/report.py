"""`accord report`: results as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from accord.cli.input import encoding_option, mask_options
from accord.cli.output import check_outputs
from accord.cli.progress import Progress
from accord.cli.recording import read
from accord.core.errors import BadInputError

if TYPE_CHECKING:
    from accord.io.listing import Listed

_MANIFESTS = (".csv", ".jsonl", ".ndjson", ".parquet")


@click.command("report")
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("mask", type=click.Path(), required=False)
@click.option("-o", "--output", required=True, type=click.Path(), metavar="OUT.html", help="The HTML file to write.")
@click.option("--method", metavar="ID", help="The method, by its id (`accord methods`), or an .onnx of yours.")
@click.option("--strength", type=float, metavar="S", help="How far to go, from 0 to 1.  [default: 1]")
@mask_options
@encoding_option
@click.option(
    "--drivers",
    "with_drivers",
    is_flag=True,
    help="Of a single composite, also show what in the background drove the colour map; takes another 64 fits.",
)
@click.option(
    "--worst",
    type=click.IntRange(min=1),
    default=24,
    show_default=True,
    metavar="N",
    help="Of a batch, how many to show with pictures; the table has all.",
)
def command(
    source: Path,
    mask: str | None,
    output: str,
    method: str | None,
    strength: float | None,
    mask_option: str | None,
    mask_model: str | None,
    encoding: Literal["srgb", "linear"] | None,
    with_drivers: bool,
    worst: int,
) -> int:
    """Harmonize SOURCE, and show before, after and why in one HTML file that needs nothing else.

    SOURCE is a composite, with its MASK; or a batch: a folder of composites (NAME.jpg beside NAME_mask.png, or
    composites/NAME.jpg and masks/NAME.png), a manifest (.csv or .jsonl with the columns composite and mask), or a log
    that was written with --log-paths, whose pictures take the method and strength of then. Of a batch the worst come
    first, by p_better among the signals, or else by how far the worst signal is beyond its limit.
    """
    if mask is not None and mask_option is not None:
        raise click.UsageError("the mask came twice, as MASK and as --mask: give one of them")
    if Path(output).suffix.lower() not in (".html", ".htm"):
        raise BadInputError(f"the report {output} should end in .html.")
    check_outputs([], [output])
    if not source.is_dir() and source.suffix.lower() not in _MANIFESTS:
        return _single(source, mask or mask_option, output, method, strength, mask_model, encoding, with_drivers)
    if mask or mask_option or mask_model or encoding or with_drivers:
        raise click.UsageError(f"{source} is a batch, which names its own masks: leave mask, encoding and drivers out")
    return _batch(source, output, method, strength, worst)


def _single(
    source: Path,
    mask: str | None,
    output: str,
    method: str | None,
    strength: float | None,
    mask_model: str | None,
    encoding: Literal["srgb", "linear"] | None,
    with_drivers: bool,
) -> int:
    from accord.pipeline.harmonizing import harmonize
    from accord.reporting import case_of, write_single

    result = harmonize(
        str(source),
        mask,
        method=method,
        strength=1.0 if strength is None else strength,
        encoding=encoding,
        mask_model=mask_model,
    )
    case = case_of(source.name, result, with_drivers=with_drivers)
    write_single(output, case)
    look = ", ".join(one.meaning.title for one in case.concerns)
    click.echo(f"{output}: {f'look at: {look}' if look else 'no signal is beyond its limit'}")
    return 0


def _batch(source: Path, output: str, method: str | None, strength: float | None, worst: int) -> int:
    from accord.reporting.batch import report_batch

    listed = _listed(source, method)
    with Progress(len(listed), "pictures") as progress:
        lines, failed = report_batch(
            output,
            listed,
            what=source.resolve().name,
            method=method,
            strength=strength,
            worst=worst,
            on_picture=progress.step,
        )
    of_concern = sum(bool(line.concerns) for line in lines)
    click.echo(f"{output}: {len(lines)} pictures, {of_concern} with something to look at")
    for one in failed:
        click.echo(f"Error: {one.name}: {one.error}", err=True)
    return 1 if failed else 0


def _listed(source: Path, method: str | None) -> list[Listed]:
    from accord.io.listing import list_composites
    from accord.monitoring.log import is_log
    from accord.reporting.logged import listed_of

    if is_log(source):
        listed, left_out = listed_of(read(source), source, method=method)
        if left_out:
            click.echo(
                f"{left_out} results of {source} are left out: it does not say where their composites are (logged "
                "without --log-paths, or composed of layers)",
                err=True,
            )
        return listed
    return list_composites(source, complete=False)

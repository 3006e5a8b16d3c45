"""`accord evaluate`: methods over a benchmark with known truth."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from accord.cli.output import STANDARD_OUTPUT, json_option, write_json
from accord.cli.progress import Progress
from accord.core.errors import BadInputError
from accord.evaluation.figures import VARIANTS
from accord.evaluation.protocol import MaskRule, Protocol, Size
from accord.io.paths import resolved

if TYPE_CHECKING:
    from accord.evaluation.dataset import Triplet
    from accord.evaluation.figures import Figure
    from accord.evaluation.records import CsvForm, Record
    from accord.evaluation.summary import Summary

SHEET_SUFFIXES = (".png", ".jpg", ".jpeg")
JPEG_LIMIT = 65_500


@click.command("evaluate")
@click.argument("dataset", type=click.Path(path_type=Path), required=False)
@click.option(
    "--clips",
    is_flag=True,
    help="In place of DATASET: synthetic clips with fades, shadows and cuts, each frame alone and steady (extra "
    "evaluate).",
)
@click.option(
    "--method",
    "methods",
    multiple=True,
    required=True,
    metavar="ID",
    help="A method, by its id; given several times, methods stand side by side. `accord methods` lists them.",
)
@click.option(
    "--size",
    type=click.Choice(get_args(Size)),
    default="256",
    show_default=True,
    help="256: squeeze to 256 x 256 first, then harmonize and compare (extra evaluate). full: harmonize and compare at "
    "the files' size. full-to-256: harmonize at the files' size, then shrink and compare.",
)
@click.option(
    "--mask-rule",
    type=click.Choice(get_args(MaskRule)),
    default="soft",
    show_default=True,
    help="soft: coverage is grey / 255. binary: 1 where that exceeds 0.5. dithered: dithered to black and white, as "
    "Harmonizer does.",
)
@click.option(
    "--variant",
    "variants",
    multiple=True,
    type=click.Choice(list(VARIANTS)),
    help="Add the figures as this published code defines them; may be given several times.",
)
@click.option(
    "--list",
    "listed",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Only composites named in FILE, one a line.",
)
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Only N composites, spread evenly over the dataset."
)
@click.option(
    "--csv", "csv_file", type=click.Path(path_type=Path), metavar="FILE", help="Write every picture's figures to FILE."
)
@click.option(
    "--resume", is_flag=True, help="Go on with a --csv file that an earlier run with the same settings has begun."
)
@json_option
@click.option(
    "--sheet", type=click.Path(path_type=Path), metavar="FILE", help="Draw the worst cases to FILE (PNG or JPEG)."
)
@click.option(
    "--worst",
    type=click.IntRange(1, 50),
    default=12,
    show_default=True,
    metavar="N",
    help="How many cases of each method --sheet draws: those of the highest fMSE.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Processes; results do not depend on it.",
)
def command(
    dataset: Path | None,
    clips: bool,
    methods: tuple[str, ...],
    size: Size,
    mask_rule: MaskRule,
    variants: tuple[str, ...],
    listed: Path | None,
    limit: int | None,
    csv_file: Path | None,
    resume: bool,
    json_file: str | None,
    sheet: Path | None,
    worst: int,
    workers: int,
) -> None:
    """Run methods over DATASET and report how near they come to the real pictures.

    DATASET has the layout of iHarmony4 or ccHarmony (it holds composite_images, masks and real_images, or sub-datasets
    that do; their test lists are honoured) or of RealHM. MSE, fMSE, PSNR, fPSNR, SSIM and CIEDE2000 are defined in
    docs/metrics.md. A composite counts as improved or harmed when its fMSE changes by more than 1 %.
    """
    from accord.cli.clips import check_alone, evaluate_clips
    from accord.evaluation.dataset import read_dataset, spread
    from accord.evaluation.figures import chosen
    from accord.evaluation.records import CsvForm, check_of_dataset
    from accord.evaluation.summary import summarise
    from accord.methods import registry

    if resume and csv_file is None:
        raise click.UsageError("--resume goes on with a --csv file, which is not given")
    for path in (csv_file, sheet, Path(json_file) if json_file not in (None, STANDARD_OUTPUT) else None):
        if path is not None:  # find out before hours of work, not after
            resolved(path)
    ids = list(dict.fromkeys(methods))
    if clips:
        unused = {"DATASET": dataset, "--list": listed, "--limit": limit, "--csv": csv_file, "--sheet": sheet}
        check_alone([(option, value is not None) for option, value in unused.items()])
        evaluate_clips(ids, json_file)
        return
    if dataset is None:
        raise click.UsageError("name a DATASET, or take synthetic clips by --clips")
    if sheet is not None:
        _check_sheet(sheet, len(ids) * worst)
    for method_id in ids:
        registry.get(method_id)
    protocol = Protocol(size, mask_rule)
    protocol.check_installed()
    whole = read_dataset(dataset, listed=listed)
    triplets = spread(whole, limit) if limit is not None else whole
    figures = chosen(variants)
    form = CsvForm(protocol, figures)
    earlier = _earlier(form, csv_file, resume)
    if csv_file is not None:
        check_of_dataset(earlier, whole, csv_file)

    records = _measured(triplets, ids, form, variants, earlier, csv_file, workers)
    summaries = summarise(records, figures)
    if json_file is not None:
        write_json(_report(dataset, protocol, figures, summaries), json_file)
    if json_file != STANDARD_OUTPUT:
        _print_tables(summaries, figures)
    if sheet is not None:
        _draw(sheet, records, triplets, ids, protocol, worst)


def _check_sheet(sheet: Path, rows: int) -> None:
    from accord.evaluation.sheet import sheet_height

    if sheet.suffix.lower() not in SHEET_SUFFIXES:
        raise BadInputError(f"the sheet {sheet} should end in one of {', '.join(SHEET_SUFFIXES)}.")
    if sheet.suffix.lower() != ".png" and sheet_height(rows) > JPEG_LIMIT:
        raise BadInputError(
            f"the sheet would be {sheet_height(rows)} pixels high, JPEG ends at {JPEG_LIMIT}. Make it a .png, or show "
            "fewer cases by --worst."
        )


def _earlier(form: CsvForm, csv_file: Path | None, resume: bool) -> list[Record]:
    if csv_file is None or not csv_file.exists():
        return []
    if not resume:
        raise BadInputError(f"{csv_file} exists. Go on with it by --resume, remove it, or name another file.")
    return form.read(csv_file)


def _measured(
    triplets: Sequence[Triplet],
    ids: Sequence[str],
    form: CsvForm,
    variants: Sequence[str],
    earlier: Sequence[Record],
    csv_file: Path | None,
    workers: int,
) -> list[Record]:
    from accord.evaluation.benchmark import evaluate

    known = {record.key for record in earlier}
    total = sum((triplet.subset, triplet.name, name) not in known for triplet in triplets for name in ids)
    keeping = form.open(csv_file, earlier) if csv_file is not None else nullcontext(lambda _: None)
    with Progress(total, "results") as progress, keeping as keep:

        def on_record(record: Record) -> None:
            keep(record)
            progress.step()

        try:
            return evaluate(
                triplets,
                {name: name for name in ids},
                protocol=form.protocol,
                variants=variants,
                done=earlier,
                workers=workers,
                on_record=on_record,
            )
        except KeyboardInterrupt:
            if csv_file is not None:
                click.echo(f"\nWhat was measured is in {csv_file}; the same command with --resume goes on.", err=True)
            raise


def _report(
    dataset: Path, protocol: Protocol, figures: Sequence[Figure], summaries: Sequence[Summary]
) -> dict[str, Any]:
    """Give the summaries as JSON-ready values, with what they mean."""
    from dataclasses import asdict

    from accord.version import __version__

    return {
        "accord": __version__,
        "dataset": str(dataset),
        "size": protocol.size,
        "mask_rule": protocol.mask,
        "figures": {
            figure.id: {"title": figure.title, "unit": figure.unit, "lower_is_better": figure.lower_is_better}
            for figure in figures
        },
        "summaries": [asdict(summary) for summary in summaries],
    }


def _print_tables(summaries: Sequence[Summary], figures: Sequence[Figure]) -> None:
    from accord.evaluation.tables import breakdowns, comparison, intervals

    for table in (comparison(summaries, figures), intervals(summaries, figures), *breakdowns(summaries)):
        click.echo(f"{table.text()}\n")


def _draw(
    sheet: Path,
    records: Sequence[Record],
    triplets: Sequence[Triplet],
    ids: Sequence[str],
    protocol: Protocol,
    count: int,
) -> None:
    from accord.evaluation.sheet import contact_sheet, worst
    from accord.io.paths import whole_or_nothing

    picture = contact_sheet(worst(records, count), triplets, {name: name for name in ids}, protocol)
    with whole_or_nothing(sheet) as path:
        picture.save(path)
    click.echo(f"{sheet}: the {count} worst cases of each method", err=True)

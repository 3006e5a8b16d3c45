"""`accord batch`: many pictures, through processes on this machine or a Ray cluster."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from accord.cli.input import device_option, encoding_option
from accord.cli.limits import limit_options
from accord.cli.output import check_outputs
from accord.cli.progress import Progress
from accord.cli.recording import log_options, opened
from accord.core.errors import BadInputError, HarmonizeError

if TYPE_CHECKING:
    from accord.batch.job import Job, Outcome, Recipe, Telling
    from accord.monitoring import SignalsLog

_STOPPED = {signal.SIGINT: 130, signal.SIGTERM: 143}
"""Exit codes of a run that was stopped, as shells give them."""


@click.command("batch")
@click.argument("sources", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    metavar="FOLDER",
    help="Where the results go, under their composites' names; made if it is not there. A manifest may name outputs "
    "itself.",
)
@click.option(
    "--masks",
    metavar="FOLDER|PATTERN|auto",
    help="Where masks are: a folder that holds them under their composites' names; a pattern beside the composite, as "
    "in '{name}_alpha.png'; or `auto` for a segmentation model's guesses.  [default: NAME_mask beside NAME, or the "
    "alpha]",
)
@click.option(
    "--mask-model",
    type=click.Path(),
    metavar="FILE",
    help="The segmentation model for `auto`, on disk; or set ACCORD_MASK_MODEL.",
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
    type=click.Choice(["background", "ring"]),
    default="background",
    show_default=True,
    help="Whose look the foreground takes: the whole background's, or that of a ring around the foreground.",
)
@encoding_option
@click.option("--as-published", is_flag=True, help="Have a published network harmonize as its authors' code does.")
@click.option(
    "--when-needed",
    is_flag=True,
    help="Leave a composite as it is, bit for bit, where harmonizing is unlikely to make it better.",
)
@click.option(
    "--best-of",
    is_flag=True,
    help="Try several methods, strengths, references and crops on each, and apply the most promising, in place of "
    "--method.",
)
@limit_options
@click.option("--suffix", metavar=".EXT", help="Write all results as this format, in place of their composites' own.")
@click.option(
    "--quality", type=click.IntRange(1, 100), help="1 to 100, for JPEG, WebP and JPEG XL; a JPEG's own by default."
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes, each on one core; by default as many as there are cores to use. Results do not depend on it.",
)
@click.option(
    "--on",
    "where",
    type=click.Choice(["here", "ray"]),
    default="here",
    show_default=True,
    help="Where the workers run: on this machine, or on the Ray cluster that RAY_ADDRESS names or that this machine "
    "belongs to. The results are the same.",
)
@device_option
@click.option(
    "--results",
    type=click.Path(),
    metavar="FILE",
    help="Also measure each result's signals, and write a table of what became of each picture: .csv, or .jsonl for "
    "JSON lines.",
)
@log_options
@click.option(
    "--journal",
    "journal_file",
    type=click.Path(),
    metavar="FILE",
    help="Where to note what is done.  [default: .accord-batch.jsonl in FOLDER, or beside the manifest]",
)
@click.pass_context
def command(
    context: click.Context,
    sources: tuple[str, ...],
    output: str | None,
    masks: str | None,
    mask_model: str | None,
    method: str | None,
    strength: float,
    reference: Literal["background", "ring"],
    encoding: Literal["srgb", "linear"] | None,
    as_published: bool,
    when_needed: bool,
    best_of: bool,
    limits: dict[str, Any],
    suffix: str | None,
    quality: int | None,
    workers: int | None,
    where: Literal["here", "ray"],
    device: Literal["cpu", "cuda", "directml"] | None,
    results: str | None,
    log: str | None,
    log_paths: bool,
    shadow: str | None,
    journal_file: str | None,
) -> None:
    """Harmonize many pictures: SOURCES are folders, globs or pictures, or one manifest (CSV, JSON lines, Parquet).

    Stop it or kill it whenever you like: results appear whole, and the same command goes on where it was. It skips a
    picture if the result is there, and was made of the same content with the same settings. One that cannot be
    harmonized is reported, does not stop the others, and makes the exit code 1. A manifest has the columns composite,
    mask and output, or background, foreground, mask, output and how they are composed (at, scale and so on); it may
    name URLs, as s3://bucket/a.png, and so may SOURCES and -o then.
    """
    from accord.batch.gather import gather
    from accord.batch.job import Recipe, Telling
    from accord.batch.journal import NAME
    from accord.batch.mirror import journal_at
    from accord.batch.results import check_results_name, write_results
    from accord.batch.run import make_folders, run
    from accord.io.remote import as_local, is_remote, joined, parent

    if results is not None:
        check_results_name(Path(results))
    check_outputs([], [results])
    _check_sources(sources, {"--results": results, "--log": log})
    jobs, unused = gather(sources, output, masks=masks, suffix=suffix)
    if unused:
        click.echo(f"columns that mean nothing here: {', '.join(unused)}", err=True)
    beside = as_local(output) if output is not None else parent(as_local(sources[0]))
    recipe = Recipe(
        method,
        strength,
        reference,
        encoding,
        mask_model,
        as_published,
        quality,
        when_needed,
        best_of,
        device or "cpu",
        limits,
    )
    telling = Telling(results is not None, log is not None, log_paths, shadow)
    if not is_remote(beside):
        Path(beside).mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        journal = stack.enter_context(journal_at(as_local(journal_file or joined(beside, NAME))))
        logged = opened(log, shadow, log_paths=log_paths)
        if logged is not None:
            stack.enter_context(logged)
        make_folders(jobs)
        crew = _crew(stack, where, jobs, recipe, telling, workers)
        tally = _Tally(jobs)
        try:
            outcomes = run(jobs, recipe, journal=journal, telling=telling, **crew)
            with _stopped_by_sigterm(), closing(outcomes):
                _watch(outcomes, jobs, logged, tally)
        except (KeyboardInterrupt, _Terminated) as stop:
            click.echo(f"stopped: {tally.summary()}; the same command goes on from here", err=True)
            context.exit(_STOPPED[signal.SIGTERM if isinstance(stop, _Terminated) else signal.SIGINT])
        if results is not None:
            write_results(Path(results), jobs, tally.statuses, tally.errors, journal)
    click.echo(tally.summary())
    if tally.errors:
        raise HarmonizeError(
            f"{len(tally.errors)} of {len(jobs)} pictures could not be harmonized, as told above; the same command "
            "tries them again, and only them."
        )


def _check_sources(sources: Sequence[str], written: Mapping[str, str | None]) -> None:
    """Refuse to write a table or a log, by its option, where a manifest lies."""
    from accord.io.remote import as_local

    for option, name in written.items():
        path = None if name is None else Path(name)
        for source in map(Path, map(as_local, sources)):
            if path is not None and path.exists() and source.exists() and path.samefile(source):
                raise BadInputError(f"{option} {path} is what is to be harmonized: give it another name.")


class _Terminated(BaseException):
    """SIGTERM came."""


class _Tally:
    """What became of the pictures so far, by their places."""

    def __init__(self, jobs: list[Job]) -> None:
        self._jobs = jobs
        self.statuses: dict[int, str] = {}
        self.errors: dict[int, str] = {}

    def take(self, outcome: Outcome) -> None:
        self.statuses[outcome.index] = outcome.status
        if outcome.error is not None:
            self.errors[outcome.index] = outcome.error

    def summary(self) -> str:
        counts = Counter(self.statuses.values())
        made, found, failed = counts["done"], counts["skipped"], counts["failed"]
        parts = [f"{made} of {len(self._jobs)} pictures harmonized"]
        if found:
            parts.append(f"{found} already there")
        if failed:
            parts.append(f"{failed} failed")
        return ", ".join(parts)


def _crew(
    stack: ExitStack, where: str, jobs: list[Job], recipe: Recipe, telling: Telling, workers: int | None
) -> dict[str, Any]:
    """Give how many workers there are to be, and what starts one."""
    if where == "here":
        from accord.core.resources import available_cores

        return {"workers": workers or available_cores()}
    from accord.batch.on_ray import cluster

    # Before signals are taken over: Ray takes them when it connects.
    found = stack.enter_context(cluster())
    if found.alone:
        click.echo(f"there is no Ray cluster here: one was started on this machine, {found.cores} cores", err=True)
    count = workers or found.cores
    return {"workers": count, "start": found.starter(jobs, recipe, telling, count)}


def _watch(outcomes: Iterator[Outcome], jobs: list[Job], logged: SignalsLog | None, tally: _Tally) -> None:
    with Progress(len(jobs), "pictures") as progress:
        for outcome in outcomes:
            tally.take(outcome)
            if outcome.error is not None:
                progress.note(f"failed: {jobs[outcome.index].name}: {outcome.error}")
            if logged is not None and outcome.entries:
                _append(logged, outcome)
            progress.step(found=outcome.status == "skipped")


def _append(logged: SignalsLog, outcome: Outcome) -> None:
    from accord.monitoring.entry import Entry

    for entry in outcome.entries:
        logged.append(Entry.from_dict(entry))


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Have SIGTERM, which schedulers send, stop the run as Ctrl-C does."""

    def stop(*_: object) -> None:
        raise _Terminated

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not in the main thread, which alone is told of signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

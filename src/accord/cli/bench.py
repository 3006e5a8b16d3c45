"""`accord bench`: time and memory on this machine, beside what people would use instead."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from accord.cli.output import STANDARD_OUTPUT, json_option, table, write_json
from accord.cli.progress import Progress

if TYPE_CHECKING:
    from accord.evaluation.speed import Timing

_COLUMNS = ("megapixels", "what", "seconds", "cpu_seconds", "to_file", "to_ours", "peak_mb")


@click.command("bench")
@click.option(
    "--size",
    "sizes",
    type=click.FloatRange(0.001, 400),
    multiple=True,
    default=(0.25, 1, 4, 12, 24, 100),
    show_default=True,
    metavar="MP",
    help="Megapixels; give it several times for several sizes.",
)
@click.option("--method", metavar="ID", help="The method to fit, as in `accord harmonize`.")
@click.option(
    "--network",
    "networks",
    multiple=True,
    default=("pctnet_cnn",),
    show_default=True,
    metavar="NAME",
    help="A published network to time on PyTorch, by its name in accord.networks; several times for several; `all` for "
    "all, `none` for none.",
)
@click.option(
    "--peers-up-to",
    type=click.FloatRange(0),
    default=24.0,
    show_default=True,
    metavar="MP",
    help="The largest size at which others are timed.",
)
@click.option("--runs", type=click.IntRange(1), default=3, show_default=True, help="How often; the fastest counts.")
@click.option("--threads", type=click.IntRange(1), metavar="N", help="How many cores; by default all there are.")
@click.option(
    "--limit", type=click.FloatRange(1), default=300.0, show_default=True, metavar="S", help="Seconds until giving up."
)
@json_option
def command(
    sizes: tuple[float, ...],
    method: str | None,
    networks: tuple[str, ...],
    peers_up_to: float,
    runs: int,
    threads: int | None,
    limit: float,
    json_file: str | None,
) -> None:
    """Time fitting and applying a colour map, decoding and encoding, and what people would use instead.

    Each figure is taken in a process of its own, on a JPEG made for it whose foreground is a fifth of the picture.
    seconds: on the clock. cpu seconds: of all cores together. to file: over decoding and encoding the same JPEG. to
    ours: over fit and apply together. peak MB: resident memory of the process, libraries included.
    """
    from accord.evaluation.speed import OURS, PEERS, measure
    from accord.pipeline.asked import chosen

    chosen(method)  # a wrong name is told before minutes of work, not after
    others = [*PEERS, *(f"predict {name}" for name in _names(networks))]
    tasks = [(size, what) for size in sizes for what in (*OURS, *(others if size <= peers_up_to else ()))]
    timings = []
    with TemporaryDirectory(prefix="accord-bench-") as folder, Progress(len(tasks), "figures") as progress:
        for size, what in tasks:
            timings.append(measure(what, size, Path(folder), method=method, runs=runs, threads=threads, limit=limit))
            progress.step()
    rows = [_row(timing, timings) for timing in timings]
    if json_file is not None:
        write_json(rows, json_file)
    if json_file != STANDARD_OUTPUT:
        click.echo(table([_shown(row) for row in rows], _COLUMNS))


def _names(networks: tuple[str, ...]) -> list[str]:
    from accord.core.errors import BadInputError
    from accord.networks import FACTS

    if "none" in networks:
        return []
    if "all" in networks:
        return list(FACTS)
    for name in networks:
        if name not in FACTS:
            raise BadInputError(f"no network named {name!r}; there are: {', '.join(FACTS)}.")
    return list(networks)


def _row(timing: Timing, all_of_them: list[Timing]) -> dict[str, Any]:
    """Give a figure with its ratios to the file's own decoding and encoding, and to our fitting and applying."""
    of_size = {each.what: each.seconds for each in all_of_them if each.megapixels == timing.megapixels}
    row: dict[str, Any] = asdict(timing)
    row["to_file"] = _ratio(timing.seconds, of_size.get("decode"), of_size.get("encode"))
    row["to_ours"] = _ratio(timing.seconds, of_size.get("fit"), of_size.get("apply"))
    return row


def _ratio(seconds: float | None, *parts: float | None) -> float | None:
    known = [part for part in parts if part is not None]
    return None if seconds is None or len(known) < len(parts) else seconds / sum(known)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """Give a row as the table shows it: rounded, and why where there is no figure."""
    told: dict[str, Any] = {"megapixels": f"{row['megapixels']:g}", "what": row["what"]}
    for name in ("seconds", "cpu_seconds", "to_file", "to_ours"):
        told[name] = "" if row[name] is None else f"{row[name]:.3g}"
    told["peak_mb"] = row["trouble"] if row["peak_mb"] is None else f"{row['peak_mb']:.0f}"
    return told

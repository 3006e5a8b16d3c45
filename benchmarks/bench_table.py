"""Run methods over a benchmark at 256 x 256 and at full size, and write the tables into docs/benchmarks.md.

    python benchmarks/bench_table.py ../shared/data/bench

The text around the tables is written by hand; each table stands between two markers, `<!-- begin NAME -->` and
`<!-- end NAME -->`, and is replaced as a whole. Every picture's figures are kept in CSV files under build/, and a run
that was stopped goes on from there. Remove them after a change to a method. The scores that `accord methods` shows are
written along.
"""

from __future__ import annotations

import argparse
import json
import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import OpenImageIO

from accord.engine.weights import is_stored
from accord.evaluation.figures import STANDARD
from accord.evaluation.protocol import Protocol
from accord.evaluation.records import CsvForm, Record
from accord.evaluation.summary import OVERALL, Summary, summarise
from accord.evaluation.tables import Table, comparison
from accord.methods import registry
from accord.version import __version__

HOME = Path(__file__).resolve().parents[1]
PAGE = HOME / "docs" / "benchmarks.md"
MEASURED = HOME / "src" / "accord" / "methods" / "measured.json"
SIZES = ("256", "full")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", help="the benchmark, in iHarmony4's layout; the page shows it as given")
    parser.add_argument("--method", action="append", help="by id, repeatable; all that can be run by default")
    parser.add_argument(
        "--size", action="append", choices=SIZES, help="whose table to write, repeatable; both by default"
    )
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--csv-folder", type=Path, default=HOME / "build" / "benchmarks")
    options = parser.parse_args()
    methods = options.method or ready()
    options.csv_folder.mkdir(parents=True, exist_ok=True)

    page = PAGE.read_text(encoding="utf-8")
    for size in options.size or SIZES:
        csv_file = options.csv_folder / f"bench-{size}.csv"
        records = measure(options.dataset, methods, size, csv_file, options.workers)
        summaries = summarise(records, STANDARD)
        page = replaced(page, f"bench-{size}", shown(options.dataset, methods, size, summaries))
        if size == "256":
            keep_scores(summaries)
    page = replaced(page, "machine", machine())
    PAGE.write_text(page, encoding="utf-8")
    print(f"wrote {PAGE}")


def ready() -> list[str]:
    """Give the methods that can be run here: those without weights, those whose weights ship, and those imported."""
    return [card.id for card in registry.cards() if card.network is None or is_stored(card.id)]


def keep_scores(summaries: Sequence[Summary]) -> None:
    """Write the scores that `accord methods` shows, in place of those from before."""
    known = json.loads(MEASURED.read_text(encoding="utf-8"))
    known["scores"] = {
        summary.method: {"fmse": round(summary.figures["fmse"].mean, 1), "improved": round(summary.improved.mean, 4)}
        for summary in summaries
        if summary.by == OVERALL
    }
    MEASURED.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def measure(dataset: str, methods: Sequence[str], size: str, csv_file: Path, workers: int) -> list[Record]:
    """Run the command that the page names, and give the chosen methods' records."""
    subprocess.run(
        [*command(dataset, methods, size), "--csv", csv_file, "--resume", "--workers", str(workers)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    kept = [record for record in CsvForm(Protocol(size), STANDARD).read(csv_file) if record.method in methods]
    return sorted(kept, key=lambda record: methods.index(record.method))


def command(dataset: str, methods: Sequence[str], size: str) -> list[str]:
    """Give the command that measures."""
    chosen = [part for method in methods for part in ("--method", method)]
    return [str(Path(sys.executable).with_name("accord")), "evaluate", dataset, *chosen, "--size", size]


def shown(dataset: str, methods: Sequence[str], size: str, summaries: Sequence[Summary]) -> str:
    """Give the command and the tables in Markdown."""
    line = shlex.join(["accord", *command(dataset, methods, size)[1:]])
    groupings = dict.fromkeys(summary.by for summary in summaries if summary.by != OVERALL)
    tables = [comparison(summaries, STANDARD), spans(summaries), *(by_group(summaries, by) for by in groupings)]
    parts = [f"```sh\n{line}\n```", *(f"{table.title}:\n\n{table.markdown()}" for table in tables)]
    return "\n\n".join(parts)


def spans(summaries: Sequence[Summary]) -> Table:
    """Give the 95 % intervals of the means."""
    rows = []
    for summary in summaries:
        if summary.by == OVERALL:
            estimates = [(summary.figures[figure.id], figure.digits) for figure in STANDARD]
            rows.append([summary.method, *(f"{it.low:.{digits}f} to {it.high:.{digits}f}" for it, digits in estimates)])
    return Table("95 % intervals of the means", ["method", *(figure.title for figure in STANDARD)], rows)


def by_group(summaries: Sequence[Summary], by: str) -> Table:
    """Give mean fMSE, a column for each group."""
    of = {(summary.method, summary.group): summary for summary in summaries if summary.by == by}
    groups = list(dict.fromkeys(group for _, group in of))
    methods = list(dict.fromkeys(method for method, _ in of))
    header = ["method", *(f"{group} (n = {of[methods[0], group].pictures})" for group in groups)]
    rows = [[method, *(f"{of[method, group].figures['fmse'].mean:.1f}" for group in groups)] for method in methods]
    return Table(f"Mean fMSE by {by}", header, rows)


def machine() -> str:
    """Say on what the figures were made: decoders and resizers can move the last digits."""
    import cv2

    return (
        f"Made with accord {__version__}, Python {platform.python_version()}, NumPy {np.__version__}, OpenCV "
        f"{cv2.__version__}, OpenImageIO {OpenImageIO.__version__}, on {platform.system()} {platform.machine()}."
    )


def replaced(page: str, name: str, text: str) -> str:
    """Put text between the markers of that name."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise SystemExit(f"{PAGE} should hold {begin} and {end} once each.")
    head, rest = page.split(begin)
    return f"{head}{begin}\n{text}\n{end}{rest.split(end)[1]}"


if __name__ == "__main__":
    main()

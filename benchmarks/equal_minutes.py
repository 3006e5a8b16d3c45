"""Train networks on the same photos for the same minutes, and write what each reached into docs/equal-minutes.md.

    python benchmarks/equal_minutes.py train RUNS --minutes 60 --threads 1 --network harmonizer --network dih256
    python benchmarks/equal_minutes.py table RUNS ../shared/data/bench

`train` measures how long a step takes, shrinks the network's published schedule to the steps that fit into the minutes
(validations count), trains, and exports the best weights to RUNS/exported. Kill it whenever you like: the same command
goes on where it was, for what is left of the minutes. Networks that are named together are trained one after another.
Minutes are only equal where nothing else runs on the cores.

`table` evaluates all that is exported on a benchmark, and copies the curves to docs/experiments.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import time
from pathlib import Path

import torch

from accord.evaluation.figures import STANDARD
from accord.evaluation.summary import OVERALL, summarise
from accord.training.batches import TrainedOn
from accord.training.checkpoint import load_checkpoint
from accord.training.config import TrainingConfig, read_config, shortened
from accord.training.export import export
from accord.training.loop import train
from accord.training.published import export_published
from accord.training.recipes import recipe_of
from bench_table import HOME, machine, measure, replaced

PAGE = HOME / "docs" / "equal-minutes.md"
CONFIGS = {
    "accord": "reduced/accord.toml",
    "harmonizer": "published/harmonizer.toml",
    "dih256": "published/dih256.toml",
    "pctnet_cnn": "reduced/pctnet_cnn.toml",
    "cdtnet": "reduced/cdtnet.toml",
    "hrnet18s_idih256": "published/hrnet18s_idih256.toml",
}
VALIDATIONS = 6
_TIMED = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train", help="train for the same minutes")
    training.add_argument("runs", type=Path, help="folder of the runs")
    training.add_argument("--network", action="append", choices=CONFIGS, help="repeatable; all by default")
    training.add_argument("--minutes", type=float, default=60.0)
    training.add_argument("--threads", type=int, default=1, help="of the training itself; one process makes composites")
    table = commands.add_parser("table", help="evaluate what was trained, and write the page")
    table.add_argument("runs", type=Path, help="folder of the runs")
    table.add_argument("dataset", help="the benchmark; the page shows it as given")
    options = parser.parse_args()
    if options.command == "table":
        write_page(options.runs, options.dataset)
        return
    torch.set_num_threads(options.threads)
    for network in options.network or CONFIGS:
        train_for(network, options.runs, options.minutes)


def train_for(network: str, runs: Path, minutes: float) -> None:
    """Train a network for what is left of its minutes, and export its best weights."""
    folder = runs / network
    config = read_config(HOME / "configs" / CONFIGS[network])
    if (folder / "last.pt").exists():
        steps = int(json.loads((folder / "config.json").read_text(encoding="utf-8"))["steps"])
        spent = load_checkpoint(folder / "last.pt")["seconds"] / 60
    else:
        seconds = seconds_a_step(config)
        steps, spent = max(VALIDATIONS, int(minutes * 60 / seconds)), 0.0
        print(f"{network}: {seconds:.2f} s a step of {config.optimizer.batch}, {steps} steps", flush=True)
    config = dataclasses.replace(shortened(config, steps), validate_every=-(-steps // VALIDATIONS))
    if minutes > spent and (spent == 0 or load_checkpoint(folder / "last.pt")["step"] < steps):
        train(config, folder, minutes=minutes - spent)
    exported = runs / "exported"
    exported.mkdir(parents=True, exist_ok=True)
    if config.network:
        export_published(folder / "best.pt", exported / network, licence="Apache-2.0")
    else:
        export(folder / "best.pt", exported / f"{network}.onnx")


def seconds_a_step(config: TrainingConfig) -> float:
    """Measure steps, with their share of the validations; composites are made meanwhile by another process."""
    photos = TrainedOn(config, torch.device("cpu"))
    recipe = recipe_of(config)
    recipe.begin()
    recipe.network.to(memory_format=recipe.memory_format)
    recipe.to_training()
    optimizer = recipe.optimizer()
    times = []
    for number, batch in enumerate(photos.batches_from(0, rank=0, world=1, workers=1)):
        begun = time.perf_counter()
        loss = recipe.loss(recipe.trained, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        times.append(time.perf_counter() - begun)
        if number == _TIMED:
            break
    # The first step warms up. Validating costs about a tenth over a run.
    return 1.1 * sum(times[1:]) / _TIMED


def write_page(runs: Path, dataset: str) -> None:
    """Evaluate all exported networks, and put the table between the page's markers."""
    methods = ["identity", *(str(path) for path in sorted((runs / "exported").iterdir()) if path.suffix != ".md")]
    records = measure(dataset, methods, "256", runs / "bench-256.csv", workers=1)
    summaries = [summary for summary in summarise(records, STANDARD) if summary.by == OVERALL]
    header = "| network | composites seen | minutes | held-out ratio | fMSE | median fMSE | improved | > 2x worse |"
    lines = [header, "| --- | --: | --: | --: | --: | --: | --: | --: |"]
    for summary in summaries:
        name = Path(summary.method).stem
        fmse = summary.figures["fmse"]
        shares = f"{summary.improved.mean:.1%} | {summary.doubled.mean:.1%}"
        lines.append(f"| {name} | {training_facts(runs / name)} | {fmse.mean:.1f} | {fmse.median:.1f} | {shares} |")
    page = replaced(PAGE.read_text(encoding="utf-8"), "equal-minutes", "\n".join([*lines, "", machine()]))
    PAGE.write_text(page, encoding="utf-8")
    for path in runs.glob("*/curve.csv"):
        shutil.copy(path, HOME / "docs" / "experiments" / f"equal-minutes-{path.parent.name}.csv")
    print("\n".join(lines))


def training_facts(folder: Path) -> str:
    """Give what the best weights had seen, and how good they were on held-out photos, as cells."""
    if not (folder / "best.pt").exists():
        return "0 | 0 | 1"
    best = load_checkpoint(folder / "best.pt")
    return f"{best['composites']:,} | {best['seconds'] / 60:.0f} | {best['figures']['ratio']:.3f}"


if __name__ == "__main__":
    main()

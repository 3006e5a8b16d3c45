"""Train networks on the same photos for the same minutes, and write what each reached into docs/equal-minutes.md.

    python benchmarks/equal_minutes.py train RUNS --minutes 60 --network harmonizer --network dih256
    python benchmarks/equal_minutes.py table RUNS ../shared/data/bench

`train` measures how much of a core's time a step takes, its composites among it, shrinks the network's published
schedule to the steps that fit into the minutes of one core (validations count), trains for as many, and exports the
best weights to RUNS/exported. Core time makes the minutes equal whatever else runs. Kill it whenever you like: the
same command goes on where it was. Networks that are named together are trained one after another.

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
# Mixed precision takes half the time on a CPU that computes in bfloat16, but more on accord's own network, whose
# convolutions are mostly by channel.
PRECISIONS = {"accord": "32-true"}
MIXED = "bf16-mixed"
VALIDATIONS = 6
_TIMED = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train", help="train for the same minutes")
    training.add_argument("runs", type=Path, help="folder of the runs")
    training.add_argument("--network", action="append", choices=CONFIGS, help="repeatable; all by default")
    training.add_argument("--minutes", type=float, default=60.0, help="of one core")
    table = commands.add_parser("table", help="evaluate what was trained, and write the page")
    table.add_argument("runs", type=Path, help="folder of the runs")
    table.add_argument("dataset", help="the benchmark; the page shows it as given")
    options = parser.parse_args()
    if options.command == "table":
        write_page(options.runs, options.dataset)
        return
    torch.set_num_threads(1)
    for network in options.network or CONFIGS:
        train_for(network, options.runs, options.minutes)


def train_for(network: str, runs: Path, minutes: float) -> None:
    """Train a network for what is left of its steps, and export its best weights."""
    folder = runs / network
    config = read_config(HOME / "configs" / CONFIGS[network])
    precision = PRECISIONS.get(network, MIXED)
    budget = folder / "budget.json"
    if not budget.exists():
        seconds = seconds_a_step(config, precision)
        folder.mkdir(parents=True, exist_ok=True)
        budget.write_text(json.dumps({"seconds_a_step": seconds, "minutes": minutes}), encoding="utf-8")
    steps = planned(folder)
    print(f"{network}: {steps} steps of {config.optimizer.batch}", flush=True)
    config = dataclasses.replace(shortened(config, steps), validate_every=-(-steps // VALIDATIONS))
    if not (folder / "last.pt").exists() or load_checkpoint(folder / "last.pt")["step"] < steps:
        train(config, folder, precision=precision)
    exported = runs / "exported"
    exported.mkdir(parents=True, exist_ok=True)
    if config.network:
        export_published(folder / "best.pt", exported / network, licence="Apache-2.0")
    else:
        export(folder / "best.pt", exported / f"{network}.onnx", licence="Apache-2.0")


def planned(folder: Path) -> int:
    """Give the steps of a run."""
    budget = json.loads((folder / "budget.json").read_text(encoding="utf-8"))
    return max(VALIDATIONS, int(budget["minutes"] * 60 / budget["seconds_a_step"]))


def seconds_a_step(config: TrainingConfig, precision: str) -> float:
    """Measure a core's time for a step, with its share of the validations and with the making of its composites."""
    photos = TrainedOn(config, torch.device("cpu"))
    recipe = recipe_of(config)
    recipe.begin()
    recipe.network.to(memory_format=torch.channels_last)
    recipe.to_training()
    optimizer = recipe.optimizer()
    times = []
    begun = time.process_time()
    for number, batch in enumerate(photos.batches_from(0, rank=0, world=1, workers=0)):
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == MIXED):
            loss = recipe.loss(recipe.trained, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        times.append(time.process_time() - begun)
        begun = time.process_time()
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
    budget = json.loads((folder / "budget.json").read_text(encoding="utf-8"))
    minutes = budget["minutes"] * best["step"] / planned(folder)
    return f"{best['composites']:,} | {minutes:.0f} | {best['figures']['ratio']:.3f}"


if __name__ == "__main__":
    main()

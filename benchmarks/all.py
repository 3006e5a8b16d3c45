"""Make every figure in README and docs again: runs the other scripts, one after another, each by its own command.

    python benchmarks/all.py --list
    python benchmarks/all.py [--data ../shared/data] [--only NAME]
    python benchmarks/all.py --quick

Scripts write their pages where they can; what they print is kept in build/figures. All of it takes days of two cores,
for equal_minutes.py trains networks. --quick runs, on little, those that need no data, to see that they work.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
HOME = HERE.parent


@dataclass(frozen=True)
class Run:
    """A command, the pages that its figures are on, and what it is tried with, if it can be tried without data."""

    words: str
    pages: str
    quick: str | None = None


RUNS = (
    Run("method_figures.py operations", "`accord methods`"),
    Run("method_figures.py seconds", "`accord methods`"),
    Run("bench_table.py {data}/bench", "docs/benchmarks.md"),
    Run("learned_figures.py matching {data}/bench", "docs/benchmarks.md"),
    Run("learned_figures.py twice {data}/bench", "docs/benchmarks.md"),
    Run("learned_figures.py seconds", "docs/benchmarks.md"),
    Run("checkpoints.py held-out {data}/train checkpoints/accord.pt", "docs/experiments.md"),
    Run("learned_figures.py real {data}/real build/real.jpg", "docs/benchmarks.md"),
    Run("checkpoints.py harmonized {data}/train accord", "docs/experiments.md"),
    Run("checkpoints.py harmonized {data}/train accord --jpeg", "docs/experiments.md"),
    Run("checkpoints.py harmonized {data}/train accord harmonizer pct-net --cut-out", "docs/decisions/0028"),
    Run("checkpoints.py harmonized {data}/train accord harmonizer pct-net --inpainted", "docs/decisions/0028"),
    Run("steps.py {data}/train", "docs/decisions/0037"),
    Run("steps.py {data}/train --jpeg", "docs/decisions/0037"),
    Run("steps.py {data}/train --jpeg --by-change", "docs/experiments.md"),
    Run("learning_curve.py", "docs/experiments.md", "learning_curve.py"),
    # The shipped score was fitted to, and with --unseen calibrated on, photos that {data} does not hold
    # (gather_photos.py).
    Run("fit_score.py {data}/train", "docs/signals.md, and the score that ships"),
    Run("check_score.py {data}/bench", "docs/signals.md"),
    Run("inspect_figures.py light", "docs/signals.md"),
    Run("inspect_figures.py edits {data}/train --count 100", "docs/signals.md"),
    Run("inspect_figures.py limits {data}/train", "docs/signals.md"),
    Run("inspect_figures.py mask {data}/train", "docs/signals.md"),
    Run("inspect_figures.py mismatch {data}/train --bench {data}/bench --count 120", "docs/signals.md"),
    Run("inspect_figures.py explanations {data}/train --count 120", "docs/signals.md"),
    Run("exports.py", "docs/signals.md", "exports.py mkl"),
    Run("ocio_paths.py", "docs/nuke-resolve.md", "ocio_paths.py mkl"),
    Run("option_effects.py {data}/bench", "docs/disappointing.md"),
    Run("fine_tune_effect.py {data} build/fine-tune", "docs/disappointing.md"),
    Run("docs_figures.py", "docs/methods.md, docs/cannot.md, docs/decide.md"),
    Run("training_steps.py {data}/train", "docs/training.md"),
    Run("equal_minutes.py train build/equal-minutes --minutes 60", "docs/equal-minutes.md"),
    Run("equal_minutes.py table build/equal-minutes {data}/bench", "docs/equal-minutes.md"),
    Run("make_signals_log.py {data}/train tests/monitoring/signals.jsonl.gz", "docs/monitoring.md"),
    Run("must_show.py", "docs/speed.md"),
    Run("engines.py", "docs/decisions/0015-tile-engine.md"),
    Run("batch_rate.py --method accord --workers 2 --suffix .jpg", "docs/batch.md"),
    Run("ray_rate.py --method accord", "docs/batch.md"),
    Run("service_rate.py", "docs/service.md"),
    Run("micro_batching.py", "docs/decisions"),
    Run("make_astronaut.py build/astronaut", "examples/astronaut", None),
)

NO_FIGURES = {
    "all.py", "garment_masks.py", "gather_photos.py", "kind_masks.py", "part_masks.py", "photo_checks.py",
    "photo_index.py", "photo_masks.py", "raycaster.py", "score_data.py", "score_figures.py",
    # Their photos and model are of other repositories, as are gather_photos.py's.
    "contact_sheet.py", "make_demo.py",
}  # fmt: skip
"""What others are made of, and what gathers photos and masks to train on or for the demo."""


def main() -> int:
    asked = _asked()
    chosen = [run for run in RUNS if asked.only is None or run.words.split(".py")[0] == asked.only]
    if asked.list:
        for run in chosen:
            print(f"{run.pages:<50} python benchmarks/{run.words}")
        return 0
    kept = HOME / "build" / "figures"
    kept.mkdir(parents=True, exist_ok=True)
    failed = []
    for run in chosen:
        words = run.quick if asked.quick else run.words.format(data=asked.data)
        if words is None:
            continue
        begin = time.monotonic()
        script, *rest = words.split()
        target = kept / f"{'-'.join(Path(word).stem.lstrip('-') for word in words.split())}.txt"
        with target.open("wb") as file:
            done = subprocess.run([sys.executable, str(HERE / script), *rest], cwd=HOME, stdout=file, check=False)
        print(f"{words}: exit code {done.returncode}, {time.monotonic() - begin:.0f} s, {target}", flush=True)
        if done.returncode != 0:
            failed.append(words)
    print(f"failed: {', '.join(failed)}" if failed else "all made")
    return 1 if failed else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", default="../shared/data", help="with the folders bench, train and real")
    parser.add_argument("--only", help="one script, by its name without .py")
    parser.add_argument("--list", action="store_true", help="say which command makes which page's figures, and stop")
    parser.add_argument("--quick", action="store_true", help="run what needs no data, on little")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

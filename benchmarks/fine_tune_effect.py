"""Measure what a short fine-tuning on one kind of photo does, to that kind and to others, for docs/disappointing.md.

    python benchmarks/fine_tune_effect.py ../shared/data FOLDER

A catalogue is made of photos of one source of train/ (which the network has seen among all others already, so what is
measured is what specialising buys, and not new photos), accord's checkpoint is trained on it for some hundred steps,
exported, and compared with the checkpoint it started from on bench/, source by source, at 256 x 256. Needs the extras
train and evaluate.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
from pathlib import Path

import numpy as np

from accord.evaluation.benchmark import evaluate
from accord.evaluation.dataset import read_dataset

CHECKPOINT = Path(__file__).parents[1] / "checkpoints" / "accord.pt"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA", help="the folder of train and bench")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="for catalogue, run and networks")
    parser.add_argument("--source", default="fashion")
    parser.add_argument("--photos", type=int, default=400)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every N-th composite of bench only")
    told = parser.parse_args()
    told.folder.mkdir(parents=True, exist_ok=True)
    catalogue(told.data / "train", told.folder / "catalogue", told.source, told.photos)
    (told.folder / "run.toml").write_text(
        f'start_from = "{CHECKPOINT}"\nsize = 128\nbank_size = 160\nvalidate_every = {told.steps}\n'
        f'steps = {told.steps}\nvalidation_composites = 64\n[data]\nphotos = "catalogue"\n'
        f'illuminants = "{(told.data / "illuminants.npz").resolve()}"\n[optimizer]\nlearning_rate = 3e-4\n'
        f"encoder_learning_rate = 5e-5\nwarmup = 20\naverage = 0.99\n"
        f"cooldown_start = {told.steps // 2}\ncooldown_steps = {told.steps - told.steps // 2}\n",
        encoding="utf-8",
    )
    accord("train", "--config", told.folder / "run.toml", "--out", told.folder / "run", "--threads", "1")
    accord("export", told.folder / "run" / "last.pt", "-o", told.folder / "tuned.onnx", "--size", "192")
    accord("export", CHECKPOINT, "-o", told.folder / "before.onnx", "--size", "192")
    methods = {name: str(told.folder / f"{name}.onnx") for name in ("before", "tuned")}
    report(evaluate(read_dataset(told.data / "bench")[:: told.every], {"identity": "identity", **methods}))


def catalogue(train: Path, folder: Path, source: str, photos: int) -> None:
    """Link some photos of a source, with their masks, into a folder of their own."""
    with (train / "index.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] == source]
    images = sorted({row["image"] for row in rows})
    kept = set(images[:: max(1, len(images) // photos)][:photos])
    rows = [row for row in rows if row["image"] in kept]
    for part, names, suffix in (
        ("images", {row["image"] for row in rows}, ".webp"),
        ("masks", {row["mask"] for row in rows}, ".png"),
    ):
        (folder / part).mkdir(parents=True, exist_ok=True)
        for name in names:
            link = folder / part / f"{name}{suffix}"
            if not link.exists():
                link.symlink_to((train / part / link.name).resolve())
    with (folder / "index.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["image", "mask", "source", "label"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(kept)} photos, {len(rows)} masks")


def report(records: list) -> None:
    errors: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for record in records:
        for group in (record.facts["source"], "all"):
            errors.setdefault((group, record.method), []).append((record.values["fmse"], record.fmse_composite))
    print(
        "| composites | | as shipped | fine-tuned | better as shipped | better fine-tuned |\n|---|--:|--:|--:|--:|--:|"
    )
    for group in sorted({group for group, _ in errors}):
        pairs = [np.array(errors[group, name]) for name in ("before", "tuned")]
        ratio = [pair[:, 0].mean() / pair[:, 1].mean() for pair in pairs]
        better = [np.mean(1.01 * pair[:, 0] < pair[:, 1]) for pair in pairs]
        print(f"| {group} | {len(pairs[0])} | {ratio[0]:.3f} | {ratio[1]:.3f} | {better[0]:.0%} | {better[1]:.0%} |")


def accord(*words: object) -> None:
    subprocess.run([sys.executable, "-m", "accord", *map(str, words)], check=True)


if __name__ == "__main__":
    main()

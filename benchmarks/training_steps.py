"""Time a step of the learned default's training on a CPU, composites made beside it, by threads and by memory.

    python benchmarks/training_steps.py ../shared/data/train [--size 256] [--steps 8] [--rounds 2]

Each case has a process of its own, one after another and that over again, so that what else the machine does strikes
all alike. Prints the seconds of a step, and them as a share of the slowest case's. docs/training.md shows what it gave.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import torch

from accord.training import loop
from accord.training.config import DataSettings, OptimizerSettings, TrainingConfig

WARMING = 5  # steps: as many batches are made ahead
START = Path(__file__).parents[1] / "checkpoints" / "accord.pt"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, help="a folder in train/'s layout")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    cores = torch.get_num_threads()
    cases = [(threads, kept) for threads in sorted({cores, max(1, cores - 1)}, reverse=True) for kept in (False, True)]
    seconds = defaultdict(list)
    fresh = multiprocessing.get_context("spawn")
    for _ in range(asked.rounds):
        for case in cases:
            with ProcessPoolExecutor(1, fresh) as pool:
                seconds[case].append(pool.submit(step_seconds, asked.photos, asked.size, asked.steps, *case).result())
    slowest = max(statistics.median(values) for values in seconds.values())
    print(f"{cores} cores, one worker, looks of {asked.size} pixels, 32 composites a step")
    for (threads, kept), values in seconds.items():
        took = statistics.median(values)
        memory = "kept" if kept else "given back"
        print(f"{threads} threads, memory {memory}: {took:.2f} s a step, {took / slowest:.2f} of the slowest")


def step_seconds(photos: Path, size: int, steps: int, threads: int, kept: bool) -> float:
    """Give the mean time of a step, of `steps` after the first few."""
    torch.set_num_threads(threads)
    if not kept:
        loop.keep_memory = lambda: None  # type: ignore[attr-defined]
    config = TrainingConfig(
        data=DataSettings(str(photos)), optimizer=OptimizerSettings(frozen_blocks=0), size=size,
        bank_size=size * 3 // 2, validation_composites=64, steps=WARMING + steps, start_from=str(START),
    )  # fmt: skip
    ends: list[float] = []
    learn = loop._Run.learn

    def timed(run: loop._Run, batch: loop.Batch) -> None:
        learn(run, batch)
        ends.append(time.monotonic())

    loop._Run.learn = timed  # type: ignore[method-assign]
    loop._Run.validate = lambda _: None  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as folder:
        loop.train(config, Path(folder))
    return (ends[-1] - ends[WARMING - 1]) / steps


if __name__ == "__main__":
    main()

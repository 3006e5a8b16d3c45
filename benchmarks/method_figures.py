"""Measure what `accord methods` shows of each method, and write it into src/accord/methods/measured.json.

    python benchmarks/method_figures.py operations
    python benchmarks/method_figures.py seconds

Its scores are bench_table.py's. `operations` counts the multiplications of convolutions, linear layers and attention on
one small picture, the refiner of CDTNet included. `seconds` times `harmonize` on a picture of 24 megapixels, everything
but files included; run it where nothing else runs. Each keeps what the others wrote.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from typing import Any

import numpy as np

import accord
from accord.networks import FACTS
from bench_table import MEASURED, ready

_HEIGHT, _WIDTH = 4000, 6000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("operations")
    commands.add_parser("seconds")
    options = parser.parse_args()
    if options.command == "operations":
        write("operations", operations())
    else:
        write("seconds", seconds())


def write(part: str, values: dict[str, Any]) -> None:
    known = json.loads(MEASURED.read_text(encoding="utf-8"))
    known[part] = values
    MEASURED.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {MEASURED}")


def operations() -> dict[str, float]:
    """Give thousands of millions of multiplications, by the network's name."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from accord.networks import build
    from accord.networks.cdtnet.model import CdtNet
    from accord.networks.harmonizer.model import Harmonizer
    from accord.networks.pctnet.model import PctNet

    counted = {}
    for name, facts in FACTS.items():
        with torch.device("meta"):  # shapes are enough
            network = build(name)
            image, mask = (torch.zeros(1, channels, facts.fit_size, facts.fit_size) for channels in (3, 1))
        run = network
        if isinstance(network, Harmonizer):
            run = network.arguments
        elif isinstance(network, PctNet):
            run = network.parameter_maps
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            if isinstance(network, CdtNet) and not network.refined:
                network.coarse(image, mask)
            else:
                run(image, mask)
        print(name, counter.get_total_flops() / 2e9, flush=True)
        counted[name] = round(counter.get_total_flops() / 2e9, 3)
    return counted


def seconds() -> dict[str, Any]:
    """Give median seconds of three runs after a first one, by the method's id."""
    noise = np.random.default_rng(0).integers(0, 256, (_HEIGHT // 8, _WIDTH // 8, 3), np.uint8)
    picture = np.kron(noise, np.ones((8, 8, 1), np.uint8))
    mask = np.zeros((_HEIGHT, _WIDTH), np.float32)
    mask[_HEIGHT // 4 : _HEIGHT // 4 * 3, _WIDTH // 4 : _WIDTH // 4 * 3] = 1
    timed = {}
    for method in ready():
        times = []
        for _ in range(4):
            begun = time.perf_counter()
            _ = accord.harmonize(picture, mask, method=method).image
            times.append(time.perf_counter() - begun)
        timed[method] = round(statistics.median(times[1:]), 2)
        print(method, timed[method], flush=True)
    return {"machine": f"{platform.processor() or platform.machine()}, {cores()} cores", "methods": timed}


def cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    main()

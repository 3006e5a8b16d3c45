"""Print what running the learned default's network, in PyTorch, on several pictures at once saves on one core.

    python benchmarks/micro_batching.py [--size 192] [--rounds 5]

Needs the extra train. Times are of the process's own use of the processor, the least of all rounds, so that what else
runs on the machine counts little.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch

from accord.networks.accord_net.model import AccordNet

BATCHES = (1, 2, 4, 8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = AccordNet().eval()
    best = dict.fromkeys(BATCHES, float("inf"))
    rng = np.random.default_rng(0)
    for _ in range(asked.rounds):
        for batch in BATCHES:
            picture = torch.from_numpy(rng.random((batch, 3, asked.size, asked.size), dtype=np.float32))
            mask = torch.from_numpy(rng.random((batch, 1, asked.size, asked.size), dtype=np.float32))
            begun = time.process_time()
            with torch.inference_mode():
                network(picture, mask)
            best[batch] = min(best[batch], (time.process_time() - begun) / batch)
    print(f"{'pictures at once':>16}  {'ms a picture':>12}  {'of one alone':>12}")
    for batch, seconds in best.items():
        print(f"{batch:>16}  {seconds * 1e3:>12.2f}  {seconds / best[1]:>12.3f}")


if __name__ == "__main__":
    main()

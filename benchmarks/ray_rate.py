"""How much faster two Ray nodes are than one, on this machine.

    python benchmarks/ray_rate.py --method accord

Starts a cluster of one node with one core, then one of two, and has `accord batch --on ray` harmonize the same
composites on each. Counts from the first result to the last, so that starting Ray does not count, and refuses to give
figures if the files made are not the same. Wants an idle machine: two nodes reach at least 1.5 times one on 2 cores,
and 1.7 times where 4 are free. Exits with 1 if they do not.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ray.cluster_utils import Cluster

from batch_rate import check_same, make

MEMORY = 100 * 2**20
JOURNAL = ".accord-batch.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--method", default="accord", help="a method's id, or an .onnx")
    parser.add_argument("--count", type=int, default=300, help="composites")
    parser.add_argument("--suffix", default=".jpg", help="of composites and results: .jpg, .png, .tif")
    told = parser.parse_args()
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make(folder / "in", told.count, told.suffix)
        rates = [rate(folder / "in", folder / str(nodes), told.method, nodes) for nodes in (1, 2)]
        check_same(folder / "1", folder / "2", told.count)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    least = 1.7 if cores >= 4 else 1.5
    print(f"one node: {rates[0]:.2f} pictures a second; two: {rates[1]:.2f}, {rates[1] / rates[0]:.2f} times that")
    print(f"wanted: at least {least} times on {cores} cores")
    sys.exit(rates[1] / rates[0] < least)


def rate(source: Path, out: Path, method: str, nodes: int) -> float:
    """Give results a second, from the first to the last."""
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": MEMORY})
    try:
        for _ in range(nodes):
            cluster.add_node(num_cpus=1, object_store_memory=MEMORY)
        cluster.wait_for_nodes(timeout=120)
        command = [sys.executable, "-m", "accord", "batch", source, "-o", out, "--method", method, "--on", "ray"]
        running = subprocess.Popen(command, env={**os.environ, "RAY_ADDRESS": cluster.address})
        first, done, begun, last = 0, 0, 0.0, 0.0
        while running.poll() is None:
            if noted(out / JOURNAL) > done:
                done, last = noted(out / JOURNAL), time.perf_counter()
                if not first:
                    first, begun = done, last
            time.sleep(0.01)
        if running.returncode:
            raise SystemExit("accord batch failed")
        return (done - first) / (last - begun)
    finally:
        cluster.shutdown()


def noted(journal: Path) -> int:
    """Give how many results a journal tells of."""
    return max(0, journal.read_bytes().count(b"\n") - 1) if journal.exists() else 0


if __name__ == "__main__":
    main()

"""Run as a script: a batch on a Ray cluster of this machine, with what a test has happen to it.

    python ray_cluster.py PICTURES OUT NODES EVENT [ARGUMENTS of accord batch]

EVENT is "none", or "node": one of the nodes is killed as soon as some pictures are there. Prints JSON.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

# Nodes come up slowly on a machine that has other things to do.
os.environ.update(
    RAY_raylet_start_wait_time_s="300",
    RAY_worker_register_timeout_seconds="300",
    RAY_agent_register_timeout_ms="300000",
    RAY_USAGE_STATS_ENABLED="0",
)

from ray._private import services
from ray._private.ray_constants import PROCESS_TYPE_RAYLET
from ray.cluster_utils import Cluster

MEMORY = 100 * 2**20
AGENTS = ("metrics_agent_port", "metrics_export_port", "dashboard_agent_listen_port", "runtime_env_agent_port")


def settings(cores):
    """Give a node's settings.

    Ports that are told need not be waited for: a raylet gives its agents 15 s, which nothing changes, and on a busy
    machine they take longer (https://github.com/ray-project/ray/issues/65983). See also `tell_raylets`.
    """
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in AGENTS]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        ports = {name: each.getsockname()[1] for name, each in zip(AGENTS, sockets, strict=True)}
    return {"num_cpus": cores, "object_store_memory": MEMORY, "include_dashboard": False, **ports}


def tell_raylets():
    """Have raylets told the one port that Ray 2.60 tells their agents only."""
    start = services.start_ray_process

    def started(command, kind, *arguments, **options):
        found = re.search(r"--listen-port=(\d+)", " ".join(command)) if kind == PROCESS_TYPE_RAYLET else None
        told = [] if found is None else [f"--dashboard_agent_listen_port={found[1]}"]
        return start([*command, *told], kind, *arguments, **options)

    services.start_ray_process = started


def main():
    tell_raylets()
    pictures, out, nodes, event, *arguments = sys.argv[1:]
    cluster = Cluster(initialize_head=True, head_node_args=settings(0))
    try:
        kept = [cluster.add_node(**settings(1)) for _ in range(int(nodes))]
        cluster.wait_for_nodes(timeout=300)
        command = [sys.executable, "-m", "accord", "batch", pictures, "-o", out, "--on", "ray", *arguments]
        journal = Path(out) / ".accord-batch.jsonl"
        begun = time.perf_counter()
        running = subprocess.Popen(command, env={**os.environ, "RAY_ADDRESS": cluster.address})
        done = 0
        if event == "node":
            while running.poll() is None and (done := lines(journal)) < 6:
                time.sleep(0.01)
            cluster.remove_node(kept[0], allow_graceful=False)
        code = running.wait(timeout=500)
        said = {"code": code, "seconds": time.perf_counter() - begun, "done_before": max(0, done - 1)}
        print(json.dumps({**said, "noted": lines(journal) - 1}))  # noqa: T201
    finally:
        cluster.shutdown()


def lines(journal):
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


if __name__ == "__main__":
    main()

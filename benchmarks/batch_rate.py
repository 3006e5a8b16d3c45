"""How fast `accord batch` is, next to processes that run the library in a loop.

    python benchmarks/batch_rate.py --method accord

Makes composites of 1 megapixel, then harmonizes all of them twice over: by as many plain processes as there are
workers, each with one thread and its share of the files in a loop of `accord.harmonize(...).save(...)`, and by
`accord batch`. Prints pictures per second, the share that the second is of the first, and a worker's memory. Run it on
an idle machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from accord.version import __version__

HEIGHT, WIDTH = 1000, 1000
DISTINCT = 20

LOOP = """
import sys
import accord
from accord.core.resources import using
method, out, *composites = sys.argv[1:]
with using(threads=1):
    for composite in composites:
        mask = composite.rpartition(".")[0] + "_mask.png"
        accord.harmonize(composite, mask, method=method).save(out + "/" + composite.rpartition("/")[2])
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--method", default="accord", help="a method's id, or an .onnx")
    parser.add_argument("--count", type=int, default=1000, help="composites")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--suffix", default=".jpg", help="of composites and results: .jpg, .png, .tif")
    parser.add_argument("--rounds", type=int, default=1, help="how often both ways are run, in turns")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--page", type=Path, help="also write them into this page, between its markers")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        composites = make(folder / "in", told.count, told.suffix)
        seconds: dict[str, list[float]] = {"loop": [], "batch": []}
        for _ in range(told.rounds):
            seconds["loop"].append(loop(composites, folder / "loop", told.method, told.workers))
            taken, memory = batch(folder / "in", folder / "batch", told.method, told.workers)
            seconds["batch"].append(taken)
            check_same(folder / "loop", folder / "batch", told.count)
            shutil.rmtree(folder / "loop")
            shutil.rmtree(folder / "batch")
    rates = {way: told.count / min(found) for way, found in seconds.items()}
    figures = {
        "method": told.method,
        "pictures": told.count,
        "megapixels": HEIGHT * WIDTH / 1e6,
        "format": told.suffix,
        "workers": told.workers,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "loop_per_second": round(rates["loop"], 2),
        "batch_per_second": round(rates["batch"], 2),
        "batch_per_second_and_worker": round(rates["batch"] / told.workers, 2),
        "worker_megabytes": round(memory),
        "share": round(rates["batch"] / rates["loop"], 3),
    }
    print(f"library in a loop, {told.workers} processes: {rates['loop']:.2f} pictures a second")
    print(
        f"accord batch, {told.workers} workers: {rates['batch']:.2f} pictures a second, {figures['share']:.1%} of that"
    )
    print(f"a worker held {memory:.0f} MB at most")
    if told.json:
        told.json.write_text(json.dumps(figures, indent=2) + "\n")
    if told.page:
        write_into(told.page, figures)


def write_into(page: Path, figures: dict[str, Any]) -> None:
    """Put the figures into a page, as a table between its markers."""
    head, begin, rest = page.read_text(encoding="utf-8").partition("<!-- begin batch_rate -->\n")
    _, end, tail = rest.partition("<!-- end batch_rate -->")
    if not begin or not end:
        raise SystemExit(f"{page} has no markers for batch_rate")
    rows = {
        "pictures a second and core": figures["batch_per_second_and_worker"],
        "core-hours for 1,000,000": round(1e6 / 3600 / figures["batch_per_second_and_worker"]),
        "share of plain processes' rate": f"{figures['share']:.1%}",
        "MB a worker": figures["worker_megabytes"],
    }
    about = (
        f"{figures['pictures']} composites of {figures['megapixels']:g} megapixel, {figures['format']} in and out, "
        f"method `{figures['method']}`, {figures['workers']} workers on {figures['cores']} cores of {cpu()} "
        f"({date.today()}, accord {__version__}):"
    )
    lines = [about, "", "| what | figure |", "|---|---|", *(f"| {what} | {figure} |" for what, figure in rows.items())]
    page.write_text(head + begin + "\n".join(lines) + "\n" + end + tail, encoding="utf-8")


def cpu() -> str:
    """Name the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def make(folder: Path, count: int, suffix: str) -> list[str]:
    """Make composites with masks beside them: smooth scenes with grain, a foreground of another colour and exposure."""
    folder.mkdir()
    down, across = np.mgrid[0 : 1 : HEIGHT * 1j, 0 : 1 : WIDTH * 1j]
    composites = []
    for number in range(count):
        path = folder / f"p{number:05}{suffix}"
        first = folder / f"p{number % DISTINCT:05}{suffix}"
        if number < DISTINCT:
            chance = np.random.default_rng(number)
            waves = [
                np.sin(chance.uniform(2, 20) * down + chance.uniform(2, 20) * across + chance.uniform(0, 6))
                for _ in range(9)
            ]
            scene = 120 + 35 * np.stack([sum(waves[3 * c : 3 * c + 3]) / 2 for c in range(3)], axis=-1)
            mask = (down - 0.6) ** 2 / 0.09 + (across - chance.uniform(0.3, 0.7)) ** 2 / 0.04 < 1
            scene[mask] = scene[mask] * chance.uniform(0.5, 1.2, 3) + chance.uniform(-20, 20)
            scene += chance.normal(0, 4, scene.shape)
            Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8)).save(path, quality=92)
            Image.fromarray(mask.astype(np.uint8) * 255).save(path.with_name(f"{path.stem}_mask.png"))
        else:
            shutil.copy(first, path)
            shutil.copy(first.with_name(f"{first.stem}_mask.png"), path.with_name(f"{path.stem}_mask.png"))
        composites.append(str(path))
    return composites


def loop(composites: list[str], out: Path, method: str, processes: int) -> float:
    """Give the seconds that plain processes take."""
    out.mkdir()
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENIMAGEIO_THREADS"), "1")
    begun = time.perf_counter()
    running = [
        subprocess.Popen(
            [sys.executable, "-c", LOOP, method, str(out), *composites[first::processes]],
            env={**os.environ, **one_thread},
        )
        for first in range(processes)
    ]
    if any(process.wait() for process in running):
        raise SystemExit("a process of the loop failed")
    return time.perf_counter() - begun


def batch(source: Path, out: Path, method: str, workers: int) -> tuple[float, float]:
    """Give the seconds that `accord batch` takes, from start to end, and the most megabytes that one process held."""
    command = [sys.executable, "-m", "accord", "batch", str(source), "-o", str(out), "--method", method]
    begun = time.perf_counter()
    running = subprocess.Popen([*command, "--workers", str(workers)])
    _, status, usage = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise SystemExit("accord batch failed")
    return time.perf_counter() - begun, usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def check_same(loop_out: Path, batch_out: Path, count: int) -> None:
    """Refuse figures on different work."""
    made = sorted(path.name for path in batch_out.iterdir() if not path.name.startswith("."))
    if len(made) != count or any((loop_out / name).read_bytes() != (batch_out / name).read_bytes() for name in made):
        raise SystemExit("the two ways did not make the same files")


if __name__ == "__main__":
    main()

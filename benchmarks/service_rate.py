"""Print how many pictures of 1 megapixel a second `accord serve` makes, and the library in a loop on the same cores.

    python benchmarks/service_rate.py [--method ID] [--pictures 40] [--clients 4] [--cores 2] [--rounds 3]

Wants an otherwise idle machine. Both read files, harmonize and write files, in turns, so that what the machine does
beside hits both; the better round of each counts. The library may use all of the cores for each picture; the service
has a worker for each. Exits with 1 if the service makes less than 85 % of what the library makes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import accord
from accord.client import Client
from accord.core.encoding import SRGB
from accord.core.picture import Picture
from accord.io import write_picture
from accord.pipeline.filing import harmonize_file

BOUND = 0.85
HEIGHT, WIDTH = 816, 1225


def make(folder: Path) -> tuple[Path, Path]:
    """Write a composite of 1 megapixel, smooth with some noise as photos are, of which a fifth is foreground."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    waves = np.stack([np.sin(rows / (70 + 20 * k)) * np.cos(columns / (90 + 10 * k)) for k in range(3)], axis=-1)
    picture = 128 + 80 * waves + rng.normal(0, 3, (HEIGHT, WIDTH, 3))
    mask = np.zeros((HEIGHT, WIDTH, 1), np.uint8)
    mask[200:600, 400:900] = 255
    composite, cover = folder / "composite.jpg", folder / "mask.png"
    write_picture(Picture(np.clip(picture, 0, 255).astype(np.uint8), SRGB), composite, quality=92)
    write_picture(Picture(mask, SRGB), cover)
    return composite, cover


def library(paths: tuple[Path, Path], output: Path, method: str | None, pictures: int) -> float:
    """Give pictures per second of the library in a loop."""
    begun = time.perf_counter()
    for _ in range(pictures):
        harmonize_file(*paths, output, method=method)
    return pictures / (time.perf_counter() - begun)


def service(client: Client, paths: tuple[Path, Path], pictures: int, clients: int) -> float:
    """Give pictures per second of the service, asked by several clients."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(lambda _: client.harmonize(*paths), range(pictures)))
    return pictures / (time.perf_counter() - begun)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--method")
    parser.add_argument("--pictures", type=int, default=40)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: asked.cores])
    with TemporaryDirectory() as name:
        folder = Path(name)
        paths = make(folder)
        command = [sys.executable, "-m", "accord", "serve", "--port", "0", "--folder", str(folder / "serve")]
        command += ["--workers", str(asked.cores), "--queue", str(asked.clients)]
        command += [] if asked.method is None else ["--method", asked.method]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            assert process.stdout is not None
            client = Client(process.stdout.readline().split()[-1])
            while not client.is_ready():
                time.sleep(0.2)
            rates: dict[str, list[float]] = {"library": [], "service": []}
            library(paths, folder / "warm.jpg", asked.method, 2)
            service(client, paths, 2 * asked.cores, asked.clients)
            for _ in range(asked.rounds):
                rates["library"].append(library(paths, folder / "library.jpg", asked.method, asked.pictures))
                rates["service"].append(service(client, paths, asked.pictures, asked.clients))
            assert client.harmonize(*paths).content == (folder / "library.jpg").read_bytes()
        finally:
            process.terminate()
            process.wait()
    ratio = max(rates["service"]) / max(rates["library"])
    print(f"accord {accord.__version__}, {asked.cores} cores, method {asked.method or 'the default'}")
    for what, found in rates.items():
        print(f"{what}: {max(found):.2f} pictures a second ({', '.join(f'{one:.2f}' for one in found)})")
    print(f"service over library: {ratio:.2f}, at least {BOUND} was wanted")
    sys.exit(0 if ratio >= BOUND else 1)


if __name__ == "__main__":
    main()

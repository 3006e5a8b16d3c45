"""Measure what the learned default does where nothing is wrong, and draw its results on real composites.

    python benchmarks/learned_figures.py matching ../shared/data/bench
    python benchmarks/learned_figures.py matching SET   # that `accord synthesize` made of other photos
    python benchmarks/learned_figures.py twice ../shared/data/bench
    python benchmarks/learned_figures.py real ../shared/data/real build/real.jpg
    python benchmarks/learned_figures.py seconds

matching: photos as they were taken, under every mask, as composites: median PSNR of output against input in the
foreground, and how many `when_needed` leaves alone. twice: harmonizing what was harmonized: median over composites of
the mean CIEDE2000 that it changes in the foreground. real: a sheet of composites that have no truth, each beside its
result. seconds: loading the network, and fitting 256 x 256 pixels; run it where nothing else runs. The benchmark's
composites are drawn by `accord evaluate --sheet`.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

import accord
from accord.evaluation.dataset import Triplet, read_dataset
from accord.methods import registry
from accord.metrics.ciede2000 import ciede2000
from accord.metrics.fpsnr import fpsnr

_PAIRS, _WIDTH, _HEIGHT, _GAP = 2, 420, 320, 6
_RUNS = 5
_PLAIN = 20  # dB; most photos that come out below are plainly others


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("matching", "twice"):
        commands.add_parser(name).add_argument("bench", type=Path)
    real = commands.add_parser("real")
    real.add_argument("folder", type=Path)
    real.add_argument("sheet", type=Path)
    commands.add_parser("seconds")
    options = parser.parse_args()
    if options.command == "matching":
        matching(read_dataset(options.bench))
    elif options.command == "twice":
        twice(read_dataset(options.bench))
    elif options.command == "real":
        draw(options.folder, options.sheet)
    else:
        seconds()


def matching(triplets: list[Triplet]) -> None:
    values, alone = [], []
    for pair in sorted({(triplet.real, triplet.mask) for triplet in triplets}):
        picture, mask = opened(*pair)
        values.append(fpsnr(accord.harmonize(picture, mask).image, picture, mask))
        alone.append(accord.harmonize(picture, mask, when_needed=True).left_alone)
    plain = np.array(values) < _PLAIN
    print(f"{len(values)} photos with masks: median foreground PSNR {statistics.median(values):.1f} dB")
    print(
        f"a quarter of them below {np.quantile(values, 0.25):.1f} dB, a tenth below {np.quantile(values, 0.1):.1f} dB, "
        f"{plain.sum()} below {_PLAIN} dB"
    )
    print(f"when_needed leaves {sum(alone)} alone, of those below {_PLAIN} dB {np.array(alone)[plain].sum()}")


def twice(triplets: list[Triplet]) -> None:
    values = []
    for triplet in triplets:
        composite, mask = opened(triplet.composite, triplet.mask)
        once = accord.harmonize(composite, mask).image
        values.append(ciede2000(accord.harmonize(once, mask).image, once, mask))
    print(f"{len(values)} composites, harmonized again: median CIEDE2000 {statistics.median(values):.2f}")
    print(f"a quarter of them above {np.quantile(values, 0.75):.2f}")


def opened(picture: Path, mask: Path) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    colours = np.asarray(Image.open(picture).convert("RGB"))
    return colours, np.asarray(Image.open(mask).convert("L"), np.float32) / 255


def draw(folder: Path, sheet: Path) -> None:
    cells = [cell for pair in real_composites(folder) for cell in pair]
    columns = 2 * _PAIRS
    rows = -(-len(cells) // columns)
    drawn = Image.new("RGB", (columns * (_WIDTH + _GAP) + _GAP, rows * (_HEIGHT + _GAP) + _GAP), (40, 40, 40))
    for number, cell in enumerate(cells):
        row, column = divmod(number, columns)
        drawn.paste(cell, (_GAP + column * (_WIDTH + _GAP), _GAP + row * (_HEIGHT + _GAP)))
    sheet.parent.mkdir(parents=True, exist_ok=True)
    drawn.save(sheet, quality=90)
    print(f"wrote {sheet}: composite, harmonized, composite, harmonized in each row")


def real_composites(folder: Path) -> Iterator[tuple[Image.Image, Image.Image]]:
    for mask in sorted(folder.glob("*_mask.*")):
        composite = mask.with_name(mask.stem.removesuffix("_mask") + ".jpg")
        yield (
            cell_of(Image.open(composite).convert("RGB")),
            cell_of(Image.fromarray(accord.harmonize(composite, mask).image)),
        )


def cell_of(picture: Image.Image) -> Image.Image:
    return ImageOps.pad(picture, (_WIDTH, _HEIGHT), color=(40, 40, 40))


def seconds() -> None:
    card = registry.get("accord")
    rng = np.random.default_rng(0)
    composite = rng.random((256, 256, 3), np.float32)
    mask = np.zeros((256, 256), np.float32)
    mask[64:192, 64:192] = 1

    def least(what: Any) -> float:
        taken = []
        for _ in range(_RUNS):
            begun = time.perf_counter()
            what()
            taken.append(time.perf_counter() - begun)
        return min(taken)

    method = card.load()
    method.fit(composite, mask, 1 - mask)
    print(f"loading: {least(card.load):.3f} s (at most 0.2)")
    print(f"fitting 256 x 256: {least(lambda: method.fit(composite, mask, 1 - mask)):.3f} s (at most 0.06)")


if __name__ == "__main__":
    main()

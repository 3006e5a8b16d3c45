"""Measure what the options that are open after a disappointing result do, and write docs/disappointing.md's tables.

    python benchmarks/option_effects.py ../shared/data/bench

Every composite of the benchmark is harmonized at its own size by the shipped method and by each option. Errors are fMSE
within the right mask, and MSE of the rest (what a mask that is too large does to the background). "Saved" are the
composites that the method by itself makes worse than they came, and the option makes better. What was measured is kept
in --cache, so a run that was stopped goes on; remove it after a change to a method.
"""

from __future__ import annotations

import argparse
import json
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import accord
from accord.evaluation.dataset import Triplet, read_dataset

BASE = "`accord`, as it comes"
HARM = 1.01  # the error has to change by 1 % to count, as in docs/metrics.md

OPTIONS: dict[str, dict[str, Any]] = {
    BASE: {},
    "`--strength 0.75`": {"strength": 0.75},
    "`--strength 0.5`": {"strength": 0.5},
    "`--reference ring`": {"reference": "ring"},
    "`--mode tone-wb`": {"mode": "tone-wb"},
    "`--mode tone`": {"mode": "tone"},
    "`--max-exposure 1`": {"max_exposure": 1.0},
    "`--max-hue 20`": {"max_hue": 20.0},
    "`--when-needed`": {"when_needed": True},
    "`--method xue`": {"method": "xue"},
    "`--method xue --strength 0.5`": {"method": "xue", "strength": 0.5},
    "`--method mkl --strength 0.5`": {"method": "mkl", "strength": 0.5},
    "`--method reinhard --strength 0.5`": {"method": "reinhard", "strength": 0.5},
    "`--method poisson`": {"method": "poisson"},
}

# What is wrong with the mask that the method is given; sizes are shares of the longer side.
MASKS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "right": lambda mask: mask,
    "too large by 1 %": lambda mask: _grown(mask, 0.01),
    "too large by 3 %": lambda mask: _grown(mask, 0.03),
    "too small by 1 %": lambda mask: 255 - _grown(255 - mask, 0.01),
    "too small by 3 %": lambda mask: 255 - _grown(255 - mask, 0.03),
    "its right half missing": lambda mask: _half(mask),
    "its bounding box": lambda mask: _box(mask),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path, metavar="DATASET", help="a benchmark in iHarmony4's layout")
    parser.add_argument(
        "--count", type=int, metavar="N", help="how many composites, drawn by a checksum of their names"
    )
    parser.add_argument("--cache", type=Path, default=Path("build/option-effects.jsonl"))
    parser.add_argument("--page", type=Path, default=Path("docs/disappointing.md"))
    told = parser.parse_args()
    told.cache.parent.mkdir(parents=True, exist_ok=True)
    known = [json.loads(line) for line in told.cache.read_text().splitlines()] if told.cache.exists() else []
    done = {row["name"] for row in known}
    triplets = sorted(read_dataset(told.dataset), key=lambda one: zlib.crc32(one.name.encode()))[: told.count]
    with told.cache.open("a") as file:
        for triplet in triplets:
            if triplet.name not in done:
                known.append(measured(triplet))
                file.write(json.dumps(known[-1]) + "\n")
                file.flush()
    wanted = {triplet.name for triplet in triplets}
    rows = [row for row in known if row["name"] in wanted]
    page = told.page.read_text(encoding="utf-8")
    for name, text in (("options", options(rows)), ("masks", masks(rows))):
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        page = re.sub(f"{begin}.*{end}", f"{begin}\n{text}\n{end}", page, flags=re.DOTALL)
        print(text, end="\n\n")
    told.page.write_text(page, encoding="utf-8")


def measured(triplet: Triplet) -> dict[str, Any]:
    """Harmonize a composite in every way: its errors, by the names of options and masks."""
    composite, real = (np.asarray(Image.open(path).convert("RGB")) for path in (triplet.composite, triplet.real))
    mask = np.asarray(Image.open(triplet.mask).convert("L"))
    errors = {
        name: _errors(accord.harmonize(composite, mask, **how).image, real, mask) for name, how in OPTIONS.items()
    }
    damaged = {}
    for name, damage in MASKS.items():
        given = damage(mask)
        if given.any() and not given.all():
            damaged[name] = _errors(accord.harmonize(composite, given).image, real, mask)
    alone = _errors(composite, real, mask)
    return {"name": triplet.name, "source": triplet.facts.get("source", ""), "alone": alone, **errors, "masks": damaged}


def options(rows: list[dict[str, Any]]) -> str:
    """Give the table of options."""
    alone = _column(rows, lambda row: row["alone"][0])
    base = _column(rows, lambda row: row[BASE][0])
    harmed = base > HARM * alone
    lines = [
        f"{len(rows)} composites, of which the method by itself makes {(base * HARM < alone).sum()} better and "
        f"{harmed.sum()} worse.",
        "",
        "| what | mean fMSE | of doing nothing | better | worse | saved | lost |",
        "|---|--:|--:|--:|--:|--:|--:|",
        f"| leave it alone | {alone.mean():.0f} | 1.00 | | | | |",
    ]
    for name in OPTIONS:
        error = _column(rows, lambda row, name=name: row[name][0])
        better, worse = error * HARM < alone, error > HARM * alone
        saved = "" if name == BASE else f"{better[harmed].sum()}"
        lost = "" if name == BASE else f"{worse[base * HARM < alone].sum()}"
        lines.append(
            f"| {name} | {error.mean():.0f} | {error.mean() / alone.mean():.2f} | {better.mean():.0%} | "
            f"{worse.mean():.0%} | {saved} | {lost} |"
        )
    return "\n".join(lines)


def masks(rows: list[dict[str, Any]]) -> str:
    """Give the table of masks, over the composites of which every fault leaves a foreground and a background."""
    rows = [row for row in rows if len(row["masks"]) == len(MASKS)]
    alone = _column(rows, lambda row: row["alone"][0])
    lines = [
        f"{len(rows)} composites; masks are squared off by shares of the longer side.",
        "",
        "| mask | fMSE within the right mask | of doing nothing | better | MSE of the background |",
        "|---|--:|--:|--:|--:|",
    ]
    for name in MASKS:
        error, rest = (_column(rows, lambda row, name=name, i=i: row["masks"][name][i]) for i in (0, 1))
        lines.append(
            f"| {name} | {error.mean():.0f} | {error.mean() / alone.mean():.2f} | "
            f"{np.mean(error * HARM < alone):.0%} | {rest.mean():.1f} |"
        )
    return "\n".join(lines)


def _column(rows: list[dict[str, Any]], of: Callable[[dict[str, Any]], float]) -> np.ndarray:
    return np.array([of(row) for row in rows])


def _errors(image: np.ndarray, real: np.ndarray, mask: np.ndarray) -> list[float]:
    """Give fMSE within the mask, and MSE of what is outside it, on 0..255."""
    squared = ((image.astype(np.float64) - real) ** 2).mean(-1)
    inside = mask / 255
    return [float((squared * part).sum() / max(part.sum(), 1)) for part in (inside, 1 - inside)]


def _grown(mask: np.ndarray, share: float) -> np.ndarray:
    """Grow what is white by a share of the longer side, in a square."""
    reach = max(1, round(share * max(mask.shape)))
    padded = np.pad(mask, reach)
    rows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0).max(-1)
    return np.lib.stride_tricks.sliding_window_view(rows, 2 * reach + 1, axis=1).max(-1)


def _half(mask: np.ndarray) -> np.ndarray:
    columns = np.flatnonzero(mask.max(0) > 127)
    kept = mask.copy()
    kept[:, (columns[0] + columns[-1]) // 2 :] = 0
    return kept


def _box(mask: np.ndarray) -> np.ndarray:
    rows, columns = (np.flatnonzero(mask.max(axis) > 127) for axis in (1, 0))
    box = np.zeros_like(mask)
    box[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = 255
    if box.all():
        box[0] = 0  # a background is needed
    return box


if __name__ == "__main__":
    main()

"""Check the score that ships with accord on a benchmark that it was not fitted on, and write docs/signals.md's figures.

    python benchmarks/check_score.py ../shared/data/bench

Every composite, and every real photo as a composite that matches already, is given to the learned default and four
methods without training, at full strength and half; the composites also to all that `best_of` tries. The methods
without training are fitted on the small version that the network sees. Errors are fMSE at the files' size. What was
made is cached, so a run that was stopped goes on; remove the cache after a change to a method or to the features.
"""

from __future__ import annotations

import argparse
import re
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from accord.diagnose.score import shipped
from accord.evaluation.dataset import Triplet, read_dataset
from accord.methods import registry
from accord.pipeline.choosing import weights
from score_data import POOLED, candidate_names, pooled_names, save, stored, tell
from score_figures import auroc, bins, calibration_error, interval

PICTURE = "images/score-reliability.svg"
HARM = 1.01  # the error has to change by 1 % to count, as in docs/metrics.md


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path, metavar="DATASET", help="a benchmark in iHarmony4's layout")
    parser.add_argument("--network", default="accord", help="the learned default, or its .onnx file")
    parser.add_argument("--cache", type=Path, default=Path("build/score/bench"))
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    parser.add_argument("--as-collected", action="store_true", help="make nothing more; take what the cache holds")
    told = parser.parse_args()
    told.cache.mkdir(parents=True, exist_ok=True)
    if not told.as_collected:
        collect(read_dataset(told.dataset), told.network, told.cache)
    data = Data(told.cache)
    text = "\n\n".join([ranking(data), leaving_alone(data), choosing(data)])
    page = told.docs / "signals.md"
    begin, end = "<!-- begin score -->", "<!-- end score -->"
    page.write_text(re.sub(f"{begin}.*{end}", f"{begin}\n{text}\n{end}", page.read_text(), flags=re.DOTALL))
    (told.docs / PICTURE).write_text(reliability(data))
    print(text)


def collect(triplets: list[Triplet], network: str, cache: Path) -> None:
    """Make all results; in a random order, so that whatever is done at any time is a fair part."""
    card = registry.get(network)
    pooled = pooled_names()
    more = [name for name in candidate_names() if name not in pooled]
    for triplet in sorted(triplets, key=lambda one: zlib.crc32(one.name.encode())):
        composite, truth = (_picture(path, "RGB") for path in (triplet.composite, triplet.real))
        mask = _picture(triplet.mask, "L")
        for real in (0, 1):
            path = cache / f"{triplet.name}.{real}.npz"
            if not path.exists():
                told = tell(truth if real else composite, truth, mask, card, pooled if real else pooled + more)
                save(path, told, real=real)


def _picture(path: Path, mode: str) -> np.ndarray:
    return np.asarray(Image.open(path).convert(mode))


class Data:
    """The pooled results row by row, and each composite's candidates."""

    def __init__(self, cache: Path) -> None:
        self.found = list(stored(cache))
        score, names = shipped(), pooled_names()
        self.estimates = [score.estimate(one["features"].astype(np.float64)) for one in self.found]
        rows = [
            (str(name), estimate.p_better, error < one["composite_error"], bool(one["real"]), number, error)
            for number, (one, estimates) in enumerate(zip(self.found, self.estimates, strict=True))
            for name, estimate, error in zip(one["names"], estimates, one["errors"], strict=True)
            if name in names
        ]
        self.name, self.chance, self.better, self.real, self.picture, self.error = (
            np.array(column) for column in zip(*rows, strict=True)
        )
        photos = [str(one["file"]).rsplit("_", 2)[0] for one in self.found]
        self.photo = np.array(photos)[self.picture]
        self.composites = [number for number, one in enumerate(self.found) if not bool(one["real"])]


def ranking(data: Data) -> str:
    """Write the table of AUROC and ECE."""
    makers = np.array([name.split()[0] for name in data.name])
    groups = {"all, pooled": np.ones(len(makers), bool), "all, composites only": ~data.real}
    groups |= {f"`{maker}`": makers == maker for maker in POOLED}
    halves = np.array([name.endswith(" 0.5") for name in data.name])
    groups |= {"all at full strength": ~halves, "all at half strength": halves}
    lines = ["| results of | results | better | AUROC | 95 % | ECE | 95 % |", "|---|--:|--:|--:|---|--:|---|"]
    for title, chosen in groups.items():
        chance, better, photos = data.chance[chosen], data.better[chosen], data.photo[chosen]
        figures = []
        for figure in (auroc, calibration_error):
            low, high = interval(lambda rows, f=figure, c=chance, b=better: f(c[rows], b[rows]), photos)
            figures.append(f"{figure(chance, better):.3f} | {low:.3f} to {high:.3f}")
        lines.append(f"| {title} | {len(chance):,} | {better.mean():.0%} | {' | '.join(figures)} |")
    real = len(data.found) - len(data.composites)
    return f"On {len(data.composites)} composites and {real} untouched photos of the benchmark:\n\n" + "\n".join(lines)


def leaving_alone(data: Data) -> str:
    """Write what `when_needed` does with the default."""
    kept, harmonized, before, alone = [], [], [], []
    for one, estimates in zip(data.found, data.estimates, strict=True):
        at = list(one["names"]).index("accord 1")
        done = estimates[at].p_better >= shipped().threshold
        if bool(one["real"]):
            alone.append(not done)
        else:
            kept.append(one["errors"][at] if done else one["composite_error"])
            harmonized.append(one["errors"][at])
            before.append(float(one["composite_error"]))
    kept, harmonized, before, alone = (np.array(part) for part in (kept, harmonized, before, alone))
    spared, worse, better = kept == before, harmonized > HARM * before, harmonized * HARM < before
    every = np.arange(len(kept))
    low, high = interval(lambda rows: kept[rows].mean() / harmonized[rows].mean() - 1, every)
    few, many = interval(lambda rows: alone[rows].mean(), np.arange(len(alone)))
    rise = kept.mean() / harmonized.mean() - 1
    return (
        f"`when_needed` leaves {alone.mean():.1%} ({few:.1%} to {many:.1%}) of untouched photos alone. Mean fMSE of "
        f"the composites is {kept.mean():.0f} with it and {harmonized.mean():.0f} without: {rise:+.1%} ({low:+.1%} to "
        f"{high:+.1%}). Of {worse.sum()} composites that come out worse by more than 1 % without, it leaves "
        f"{spared[worse].sum()} alone; of {better.sum()} better ones, {spared[better].sum()}."
    )


def choosing(data: Data) -> str:
    """Write what `best_of` gains: both ends of the gap, and how much of it is closed."""
    names = candidate_names()
    before, errors, chosen = [], [], []
    for number in data.composites:
        one = data.found[number]
        place = [list(one["names"]).index(name) for name in names]
        shares = weights([data.estimates[number][at] for at in place])
        before.append(float(one["composite_error"]))
        errors.append(one["errors"][place])
        chosen.append(float(shares @ one["products"][np.ix_(place, place)] @ shares))
    errors, chosen = np.array(errors), np.array(chosen)

    def ends(rows: np.ndarray) -> tuple[float, float, float]:
        return errors[rows].mean(axis=0).min(), chosen[rows].mean(), errors[rows].min(axis=1).mean()

    def closed(rows: np.ndarray) -> float:
        single, mine, oracle = ends(rows)
        return (single - mine) / (single - oracle)

    every = np.arange(len(chosen))
    single, mine, oracle = ends(every)
    low, high = interval(closed, every)
    best = names[int(errors.mean(axis=0).argmin())]
    return (
        f"`best_of` among {len(names)} candidates: mean fMSE {np.mean(before):.0f} left alone, {single:.0f} for the "
        f"best single candidate (`{best}`), {mine:.0f} as chosen without the truth, {oracle:.0f} for the oracle that "
        f"picks each picture's best: {closed(every):.0%} ({low:.0%} to {high:.0%}) of the gap is closed."
    )


def reliability(data: Data) -> str:
    """Draw how often results were better, against what the score said: bins of equal mass, with 95 % intervals."""
    side, margin = 360, 48
    place = [(margin + said * side, margin + (1 - was) * side) for said, was, _ in bins(data.chance, data.better)]
    order = np.argsort(data.chance, kind="stable")
    bars = []
    for (x, _), part in zip(place, np.array_split(order, len(place)), strict=True):
        low, high = interval(lambda rows, b=data.better[part]: b[rows].mean(), data.photo[part])
        bars.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{margin + (1 - high) * side:.1f}" '
                    f'y2="{margin + (1 - low) * side:.1f}" stroke="#1f6f8b" stroke-width="2"/>')  # fmt: skip
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#1f6f8b"/>' for x, y in place]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in place)
    marks = [
        f'<text x="{margin + at * side:.0f}" y="{margin + side + 18}" text-anchor="middle">{at:g}</text>'
        f'<text x="{margin - 8}" y="{margin + (1 - at) * side + 4:.0f}" text-anchor="end">{at:g}</text>'
        for at in (0, 0.25, 0.5, 0.75, 1)
    ]
    size = side + 2 * margin
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}" height="{size}" '
            'font-family="sans-serif" font-size="12">',
            f'<rect width="{size}" height="{size}" fill="white"/>',
            f'<rect x="{margin}" y="{margin}" width="{side}" height="{side}" fill="none" stroke="#999"/>',
            f'<line x1="{margin}" y1="{margin + side}" x2="{margin + side}" y2="{margin}" stroke="#bbb" '
            'stroke-dasharray="4 4"/>',
            f'<text x="{size / 2}" y="{margin / 2}" text-anchor="middle">Is p_better true? The benchmark\'s '
            "results, ten bins of equal mass</text>",
            f'<text x="{size / 2}" y="{size - 10}" text-anchor="middle">p_better, mean of the bin</text>',
            f'<text transform="translate(14 {size / 2}) rotate(-90)" text-anchor="middle">share that is better</text>',
            *marks, *bars, f'<polyline points="{path}" fill="none" stroke="#1f6f8b"/>', *dots, "</svg>\n",
        ]
    )  # fmt: skip


if __name__ == "__main__":
    main()

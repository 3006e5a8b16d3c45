"""Compare how far the learned method may go towards the mean of its two answers (docs/decisions/0032, 0037).

    python benchmarks/steps.py ../shared/data/train
    python benchmarks/steps.py ../shared/data/train --jpeg --method NETWORK.onnx
    python benchmarks/steps.py ../shared/data/train --jpeg --by-change

On held-out composites whose masks fit, as `checkpoints.py harmonized --fitting` makes them: error left of doing
nothing, composites better and worse by more than 1 %, gain in dB, and the mean CIEDE2000 in the foreground that
harmonizing again changes, its median and upper quartile over composites. q is the root mean square of the difference of
both answers over that of the change that their mean makes, m the latter in 255ths of white.

--by-change tells of composites by m, at steps of 1, how many are better by more than 1 %, how many are changed the
wrong way or not at all, so that no step makes them better, and which step would have been best: its quartiles; and what
shorter steps and the best for each, at least 0, would do to all. Clipping aside, errors are quadratic in the step.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

import accord
from accord.data.photos import held_out, list_photos
from accord.methods.learned import method as learned
from accord.metrics.ciede2000 import ciede2000
from checkpoints import SEED, SETTINGS, Triplet, as_jpeg, large_made_small, masked_error


@dataclass(frozen=True)
class Rule:
    """A step of 1 + longer q, at most `longest`, of which what is added, or all, counts m^2 / (m^2 + small^2)."""

    longer: float
    longest: float
    small: float = 0
    all_of_it: bool = False

    def step(self, q: float, m: float) -> float:
        """Give the step for a q and an m."""
        share = m**2 / (m**2 + self.small**2) if self.small else 1.0
        if self.all_of_it:
            return share * min(1 + self.longer * q, self.longest)
        return min(1 + self.longer * q * share, self.longest)


RULES = {
    "1": Rule(0, 1),
    "1 + 0.1 q, at most 1.2": Rule(0.1, 1.2),
    "1 + 0.2 q, at most 1.2": Rule(0.2, 1.2),
    "1 + 0.2 q, at most 1.4": Rule(0.2, 1.4),
    "m2 / (m2 + 3^2) of it": Rule(0.2, 1.4, 3),
    "m2 / (m2 + 5^2) of it": Rule(0.2, 1.4, 5),
    "m2 / (m2 + 10^2) of it": Rule(0.2, 1.4, 10),
    "all times m2 / (m2 + 3^2)": Rule(0.2, 1.4, 3, all_of_it=True),
}

BANDS = (0, 5, 10, 20, 40, math.inf)
"""Where one range of m ends and the next begins."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, help="a folder in train/'s layout")
    parser.add_argument("--method", default="accord", help="accord, or a network that `accord export` wrote")
    parser.add_argument("--composites", type=int, default=384)
    parser.add_argument("--jpeg", action="store_true", help="composites and photos that were JPEG files")
    parser.add_argument("--by-change", action="store_true", help="tell which steps would have been best")
    asked = parser.parse_args()
    photos, illuminants = held_out(list_photos(asked.photos)), asked.photos.parent / "illuminants.npz"
    triplets = large_made_small(photos, replace(SETTINGS, rough=0.0), illuminants, asked.composites, SEED)
    if asked.jpeg:
        triplets = as_jpeg(triplets, SEED)
    if asked.by_change:
        by_change(asked.method, triplets)
        return
    for name, rule in RULES.items():
        print(f"{name:26s} {figures(asked.method, rule, triplets)}", flush=True)


def figures(method: str, rule: Rule, triplets: list[Triplet]) -> str:
    """Tell what a method does with a rule for its step."""

    def step_length(differing: float, changed: float) -> float:
        return rule.step(math.sqrt(differing / max(changed, 1e-12)), 255 * math.sqrt(changed))

    learned.step_length = step_length
    errors, again = [], []
    for composite, real, mask in triplets:
        made = np.asarray(accord.harmonize(composite, mask, method=method).image)
        twice = np.asarray(accord.harmonize(made, mask, method=method).image)
        errors.append([masked_error(picture, real, mask) for picture in (composite, made)])
        again.append(ciede2000(made, twice, mask))
    before, after = np.array(errors).T
    gain = 10 * np.log10(before / np.maximum(after, 0.1)).mean()
    middle, upper = np.quantile(again, [0.5, 0.75])
    return (
        f"ratio {after.sum() / before.sum():.3f}, better {(after < 0.99 * before).mean():.1%}, "
        f"worse {(after > 1.01 * before).mean():.1%}, gain {gain:.2f} dB, again {middle:.2f}, {upper:.2f}"
    )


def by_change(method: str, triplets: list[Triplet]) -> None:
    """Print how composites fare by how much they are changed, and which step would have been best."""
    changes: list[float] = []

    def step_length(differing: float, changed: float) -> float:  # noqa: ARG001
        changes.append(255 * math.sqrt(changed))
        return 1.0

    learned.step_length = step_length
    found = []
    for composite, real, mask in triplets:
        made = np.asarray(accord.harmonize(composite, mask, method=method).image).astype(float)
        root = np.sqrt(mask / mask.sum() / 3)[..., None]
        change, wanted = ((picture - composite) * root for picture in (made, real.astype(float)))
        found.append([(change * change).sum(), (change * wanted).sum(), (wanted * wanted).sum()])
    own, shared, before = np.array(found).T
    better, lost = own - 2 * shared < -0.01 * before, shared <= 0
    best_steps = np.maximum(shared, 0) / np.maximum(own, 1e-9)
    for least, most in pairwise(BANDS):
        rows = (np.array(changes) >= least) & (np.array(changes) < most)
        if not rows.any():
            continue
        best = np.quantile(best_steps[rows], [0.25, 0.5, 0.75])
        print(
            f"m {least} to {most}: {rows.sum()} composites, better {better[rows].mean():.1%}, "
            f"no step helps {lost[rows].mean():.1%}, best step {', '.join(f'{step:.2f}' for step in best)}"
        )
    for name, steps in {"0.4": 0.4, "0.7": 0.7, "1": 1.0, "the best for each": best_steps}.items():
        after = np.maximum(before - 2 * steps * shared + steps**2 * own, 0.1)
        gain = 10 * np.log10(before / after).mean()
        print(f"all, at steps of {name}: better {(after < 0.99 * before).mean():.1%}, gain {gain:.2f} dB")
    print(f"all: no step helps {lost.mean():.1%}")


if __name__ == "__main__":
    main()

"""Fit the score that ships with accord: P(better than the composite left alone), and the error to expect.

    python benchmarks/fit_score.py FOLDER [--unseen FOLDER]

Composites are synthesised from the photos of FOLDER that the learned default was not trained on (a fixed tenth), of
the kinds that iHarmony4 and ccHarmony hold, and each photo's untouched state stands beside it. Half of them have edges
as photos have them, half are cut out (accord.data.cutting), as foregrounds from other photos are. Results come from the
default, four methods without training, and half strengths. Small networks of one hidden layer are fitted to that, and
checked photo by photo on what each was not fitted to. What was made is cached, so a run that was stopped goes on.
After new weights of the default: remove the cache, and run again (about 1.5 s of a core for each composite).

The default errs less on those photos than on a user's: others of their kinds, and even series, trained it. With
--unseen, a folder of photos of kinds that it never saw, composites of those are fitted to as well, and they alone
calibrate the networks and set the threshold, each photo by networks that were fitted without it.
"""

from __future__ import annotations

import argparse
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from accord.data.photos import MaskedPhoto, PhotoBank, held_out, list_photos
from accord.data.synthesis import SynthesisSettings, Synthesizer, ViewSettings
from accord.diagnose.score import FILE, Estimate, Score
from accord.methods import registry
from score_data import jpeg, pooled_names, save, stored, tell
from score_figures import auroc, calibration_error

SIZE = 256
BATCH = 24
FAMILIES = {"reinhard": 0.2, "xiao": 0.2, "histogram": 0.2, "idt": 0.2, "illum": 0.2, "edit": 0.06}
EXTRAS = ("ring 1", "near 1", "nearer 1", "mean 1")
HIDDEN, NETWORKS, EPOCHS, RATE, DECAY = 32, 8, 15, 3e-3, 0.3
FOLDS = 4
# Of photos as they were taken, how many are to be left alone on data like that fitted to.
LEFT_ALONE = 0.9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, metavar="FOLDER", help="photos with masks, as `accord train` takes them")
    parser.add_argument("--network", default="accord", help="the learned default, or its .onnx file")
    parser.add_argument("--illuminants", type=Path, help="by default illuminants.npz beside FOLDER")
    parser.add_argument("--composites", type=int, default=480)
    parser.add_argument("--cache", type=Path, default=Path("build/score/train"))
    parser.add_argument("--out", type=Path, default=Path("src/accord/diagnose/score") / FILE)
    parser.add_argument("--unseen", type=Path, help="photos of other kinds, to calibrate on")
    parser.add_argument("--unseen-composites", type=int, default=360)
    told = parser.parse_args()
    if min(told.composites, told.unseen_composites) <= BATCH * FOLDS:
        parser.error(f"more than {BATCH * FOLDS} composites are wanted: the first {BATCH * FOLDS} are none cut out.")
    torch.set_num_threads(1)
    told.cache.mkdir(parents=True, exist_ok=True)
    illuminants = told.illuminants or told.photos.parent / "illuminants.npz"
    photos = held_out(list_photos(told.photos))
    collect(photos, illuminants, told.network, told.composites, told.cache)
    caches, held = [told.cache], told.cache
    if told.unseen:
        held = told.cache.with_name(f"{told.cache.name}-unseen")
        held.mkdir(exist_ok=True)
        collect(list_photos(told.unseen), illuminants, told.network, told.unseen_composites, held)
        caches.append(held)
    data = Data(caches)
    score = fit(data, np.ones(len(data.better), bool), seeds=NETWORKS)
    estimates = estimated_in_turn(data)
    rows = np.flatnonzero(data.cache == caches.index(held))
    data, estimates = data.only(rows), [estimates[row] for row in rows]
    fitted, threshold, slope, offset = calibrated(data, estimates)
    Score(**{**vars(score), "calibration": np.array([slope, offset]), "threshold": threshold}).save(told.out)
    print(f"wrote {told.out}: threshold {threshold:.3f}; {fitted}")


def collect(photos: list[MaskedPhoto], illuminants: Path, network: str, count: int, cache: Path) -> None:
    """Make composites and results, and keep their features and errors; no photo is in two folds."""
    missing = [k for k in range(-(-count // BATCH)) if not (cache / f"{k:04d}_{BATCH - 1:02d}_1.npz").exists()]
    if not missing:
        return
    card = registry.get(network)
    settings = SynthesisSettings(
        families=FAMILIES, whole_scene=0.3, swap=0.1, partial=0.1, shading=0.06, any_region=0.15
    )
    # Whole photos, as users bring them: a crop would be enlarged, and softer than any of theirs.
    parts = [[photo for photo in photos if zlib.crc32(photo.id.encode()) // 10 % FOLDS == n] for n in range(FOLDS)]
    banks, whole = [PhotoBank.load(part, SIZE) for part in parts], ViewSettings("whole")
    made = [
        [Synthesizer(bank, SIZE, replace(settings, cut_out=share), illuminants, views=whole) for bank in banks]
        for share in (0.0, 1.0)
    ]
    for k in missing:
        cut_out = k // FOLDS % 2
        batch, rng = made[cut_out][k % FOLDS].batch(BATCH, 1000 + k), np.random.default_rng(k)
        for i in range(BATCH):
            quality = int(rng.integers(85, 98))
            truth, composite = (
                jpeg(pictures[i].permute(1, 2, 0).numpy(), quality) for pictures in (batch.real, batch.composite)
            )
            for matched in (0, 1):
                names = drawn(rng)
                told = tell(truth if matched else composite, truth, batch.mask[i, 0].numpy(), card, names)
                save(cache / f"{k:04d}_{i:02d}_{matched}.npz", told, matched=matched, fold=k % FOLDS, cut_out=cut_out)
        print(f"{(k + 1) * BATCH} composites", flush=True)


def drawn(rng: np.random.Generator) -> list[str]:
    """Draw the results to make: the default's always, half of the others."""
    learned, others = pooled_names()[:2], pooled_names()[2:]
    return [*learned, *rng.choice(others, 4, replace=False).tolist(), *rng.choice(EXTRAS, 2, replace=False).tolist()]


class Data:
    """All that was collected, row by row."""

    def __init__(self, caches: list[Path]) -> None:
        found = [(number, one) for number, cache in enumerate(caches) for one in stored(cache)]
        lengths = [len(one["names"]) for _, one in found]
        self.names = np.concatenate([one["names"] for _, one in found])
        self.features = np.concatenate([one["features"] for _, one in found]).astype(np.float64)
        self.cache = np.repeat([number for number, _ in found], lengths)
        self.matched = np.repeat([bool(one["matched"]) for _, one in found], lengths)
        self.cut_out = np.repeat([bool(one["cut_out"]) for _, one in found], lengths)
        self.fold = np.repeat([int(one["fold"]) for _, one in found], lengths)
        self.errors = np.concatenate([one["errors"] for _, one in found])
        self.before = np.repeat([float(one["composite_error"]) for _, one in found], lengths)
        self.better = self.errors < self.before
        self.ratio = np.where(self.matched, 0, np.log((self.errors + 4) / (self.before + 4)))
        # As often as each is among the pooled results; those that are not among them count a little.
        likely = dict.fromkeys(pooled_names()[:2], 1.0) | dict.fromkeys(pooled_names()[2:], 2.0)
        self.weight = np.array([likely.get(name, 0.3) for name in self.names])

    def only(self, rows: np.ndarray) -> Data:
        """Give some of the rows."""
        part = object.__new__(Data)
        part.__dict__ |= {name: values[rows] for name, values in vars(self).items()}
        return part


def fit(data: Data, rows: np.ndarray, *, seeds: int) -> Score:
    """Fit networks to some rows; not calibrated yet."""
    centre, scale = data.features[rows].mean(axis=0), data.features[rows].std(axis=0) + 1e-6
    put = np.clip((data.features[rows] - centre) / scale, -4, 4)
    inputs, better, ratio, weight, counts = (
        torch.tensor(np.asarray(values), dtype=torch.float32)
        for values in (put, data.better[rows], data.ratio[rows], data.weight[rows], ~data.matched[rows])
    )
    layers = [_network(inputs, better, ratio, weight, counts, seed) for seed in range(seeds)]
    hidden, hidden_bias, out, out_bias = (np.stack(parts).astype(np.float64) for parts in zip(*layers, strict=True))
    return Score(centre, scale, hidden, hidden_bias, out, out_bias, np.array([1.0, 0.0]), 0.5)


def _network(inputs, better, ratio, weight, counts, seed: int) -> list[np.ndarray]:
    torch.manual_seed(seed)
    network = torch.nn.Sequential(
        torch.nn.Dropout(0.2), torch.nn.Linear(inputs.shape[1], HIDDEN), torch.nn.ReLU(),
        torch.nn.Dropout(0.3), torch.nn.Linear(HIDDEN, 2),
    )  # fmt: skip
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    batches = max(1, len(inputs) // 512)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=EPOCHS * batches + 1)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(inputs)).chunk(batches):
            given = network(inputs[chosen] + 0.2 * torch.randn_like(inputs[chosen]))
            odds = torch.nn.functional.binary_cross_entropy_with_logits(given[:, 0], better[chosen], reduction="none")
            off = torch.nn.functional.smooth_l1_loss(given[:, 1], ratio[chosen], reduction="none")
            loss = (weight[chosen] * odds + 0.5 * counts[chosen] * off).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    first, second = network[1], network[4]
    return [part.detach().numpy().T for part in (first.weight, first.bias, second.weight, second.bias)]


def estimated_in_turn(data: Data) -> list[Estimate]:
    """Estimate each photo's results by networks that were fitted without it."""
    estimates: dict[int, Estimate] = {}
    for fold in range(FOLDS):
        rest = data.fold == fold
        made = fit(data, ~rest, seeds=2).estimate(data.features[rest])
        estimates |= dict(zip(np.flatnonzero(rest).tolist(), made, strict=True))
    return [estimates[row] for row in range(len(data.better))]


def calibrated(data: Data, estimates: list[Estimate]) -> tuple[str, float, float, float]:
    """Calibrate estimates that are not yet, and judge them: figures, the threshold, and the calibration."""
    chances = np.array([estimate.p_better for estimate in estimates])
    ratios = np.array([estimate.error_ratio for estimate in estimates])
    odds = np.log(chances / (1 - chances))
    slope, offset = _calibration(odds, data.better, data.weight)
    chances = 1 / (1 + np.exp(-(slope * odds + offset)))
    pooled = np.isin(data.names, pooled_names())
    cut_out = pooled & data.cut_out
    full = data.names == "accord 1"
    untouched = full & data.matched & ~data.cut_out
    threshold = float(np.quantile(chances[untouched], LEFT_ALONE))
    default = full & ~data.matched
    kept = np.where(chances[default] < threshold, data.before[default], data.errors[default])
    figures = {
        "AUROC": auroc(chances[pooled], data.better[pooled]),
        "ECE": calibration_error(chances[pooled], data.better[pooled]),
        "AUROC of composites": auroc(chances[pooled & ~data.matched], data.better[pooled & ~data.matched]),
        "AUROC of cut-outs": auroc(chances[cut_out], data.better[cut_out]),
        "ECE of cut-outs": calibration_error(chances[cut_out], data.better[cut_out]),
        "ratio's correlation": float(np.corrcoef(np.log(ratios[~data.matched]), data.ratio[~data.matched])[0, 1]),
        "fMSE risen by leaving alone": float(kept.mean() / data.errors[default].mean() - 1),
    }
    return ", ".join(f"{name} {value:.3f}" for name, value in figures.items()), threshold, slope, offset


def _calibration(odds: np.ndarray, better: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """Fit slope and offset of the log odds by Newton's method (Platt scaling)."""
    design, at = np.stack([odds, np.ones_like(odds)], axis=1), np.array([1.0, 0.0])
    for _ in range(20):
        chance = 1 / (1 + np.exp(-design @ at))
        slope = design.T @ (weight * (chance - better))
        bend = (design * (weight * chance * (1 - chance))[:, None]).T @ design
        at = at - np.linalg.solve(bend, slope)
    return float(at[0]), float(at[1])


if __name__ == "__main__":
    main()

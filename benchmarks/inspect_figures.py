"""Measure what `accord inspect` says against what is known, for docs/signals.md.

    python benchmarks/inspect_figures.py light
    python benchmarks/inspect_figures.py edits ../shared/data/train
    python benchmarks/inspect_figures.py limits ../shared/data/train
    python benchmarks/inspect_figures.py mask ../shared/data/train
    python benchmarks/inspect_figures.py mismatch ../shared/data/train --bench ../shared/data/bench
    python benchmarks/inspect_figures.py explanations ../shared/data/train

light: rendered objects and scenes under known light. edits: known edits of photos' foregrounds. limits: what untouched
photos show. mask: cut-outs with faults that were made. mismatch: composites of held-out photos, against the photos.
explanations: what those of the default, harmonizing such composites, leave unexplained, and how many go to lengths.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

import raycaster
from accord.colour.photographic import PhotographicEdit
from accord.data.photos import MaskedPhoto, held_out, list_photos
from accord.diagnose import light
from accord.diagnose.look import colour_draws
from accord.diagnose.mask_health import mask_health
from accord.diagnose.suggestion import suggested_change
from accord.diagnose.verdict import LIMITS, QUIET
from accord.io import as_picture
from accord.methods import registry
from accord.pipeline.judging import Judge
from accord.pipeline.reference import ring_around
from accord.pipeline.working import WorkingView

OBJECTS, SCENES, PHOTOS = 240, 60, 400
FIGURES = ("exposure", "contrast", "warmth", "tint", "saturation")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("light", "edits", "limits", "mask", "mismatch", "explanations"))
    parser.add_argument("photos", nargs="?", type=Path)
    parser.add_argument("--bench", type=Path)
    parser.add_argument("--network", help="by default the learned default")
    parser.add_argument("--count", type=int, help="fewer pictures, for a try")
    options = parser.parse_args()
    if options.what == "light":
        objects(options.count or OBJECTS)
        scenes(options.count or SCENES)
    elif options.what == "mismatch":
        mismatch(options.photos, options.bench, options.network, options.count or PHOTOS)
    else:
        {"edits": edits, "limits": limits, "mask": mask, "explanations": explanations}[options.what](
            options.photos, options.count or PHOTOS
        )


# Light


def objects(count: int) -> None:
    """Light objects; others, of seed 1, served to fit the intervals."""
    rng, rows = np.random.default_rng(2), []
    for number in range(count):
        shape = list(raycaster.SHAPES)[number % len(raycaster.SHAPES)]
        lamp = raycaster.random_light(rng)
        texture = float(rng.choice([0, 0.15, 0.35]))
        solid = raycaster.random_solid(rng, shape, texture=texture, size=rng.uniform(0.6, 0.8))
        backdrop = tuple(rng.uniform(0.02, 0.6, 3))
        made = raycaster.render([solid], lamp, noise=rng.uniform(0.5, 3), backdrop=backdrop, seed=number)
        rows.append((shape, *told(light.light_on_object, made.picture, made.shows == 0, lamp.azimuth)))
    report("objects", rows)
    for shape in raycaster.SHAPES:
        report(f"  {shape}", [row for row in rows if row[0] == shape])
    print("  unknown, of ambiguous ones:")
    for name, lamp in (
        ("even light", raycaster.Light(0, ambient=1.0)),
        ("light from the camera", raycaster.Light(0, elevation=90)),
    ):
        none = []
        for number in range(30):
            shape = list(raycaster.SHAPES)[number % len(raycaster.SHAPES)]
            solid = raycaster.random_solid(rng, shape, texture=0.15, size=0.7)
            made = raycaster.render([solid], lamp, seed=number)
            none.append(not told(light.light_on_object, made.picture, made.shows == 0, 0)[0])
        print(f"    {name}: {100 * np.mean(none):.0f} %")


def scenes(count: int) -> None:
    rng, rows, pairs = np.random.default_rng(5), [], []
    for _ in range(count):
        lamp = raycaster.random_light(rng)
        made = scene(rng, lamp)
        rows.append(("scene", *told(light.light_on_pieces, made.picture, made.shows != 0, lamp.azimuth)))
        # The first object in its own light, and turned round with its light by half a turn.
        for turned in (False, True):
            foreground = made.shows == 0
            one = light.light_on_object(display(made.picture), foreground.astype(np.float32), 0)
            rest = light.light_on_pieces(display(made.picture), (~foreground).astype(np.float32), 1)
            if known(one) and known(rest):
                apart = abs(wrapped(one.azimuth + 180 * turned - rest.azimuth))
                reach = light.REACH * np.hypot(one.deviation, rest.deviation)
                pairs.append((turned, apart >= LIMITS["light_direction"] and apart > reach))
    report("scenes", rows)
    for turned in (False, True):
        flags = [flag for which, flag in pairs if which is turned]
        print(f"  mismatch found, light turned by {180 * turned} degrees: {sum(flags)} of {len(flags)} known pairs")


def scene(rng: np.random.Generator, lamp: raycaster.Light) -> raycaster.Rendered:
    solids = []
    for cell in rng.permutation(9)[:8]:
        x, y = ((part - 1) * 0.62 + rng.uniform(-0.06, 0.06) for part in (cell % 3, cell // 3))
        shape = "sphere" if not solids else str(rng.choice(list(raycaster.SHAPES)))
        texture, size = float(rng.choice([0, 0.15, 0.35])), rng.uniform(0.24, 0.31)
        albedo = tuple(rng.uniform(0.05, 0.7, 3))
        place = {"size": size, "centre": (x, y, 0.0), "albedo": albedo}
        solids.append(raycaster.random_solid(rng, shape, texture=texture, **place))
    backdrop = tuple(rng.uniform(0.05, 0.5, 3))
    return raycaster.render(
        solids, lamp, size=192, noise=rng.uniform(0.5, 2.5), backdrop=backdrop, seed=int(rng.integers(1 << 20))
    )


def told(teller, picture, flags, azimuth):
    one = teller(display(picture), flags.astype(np.float32), 0)
    if one is None:
        return False, 180.0, False
    error = abs(wrapped(one.azimuth - azimuth))
    return known(one), error, error <= light.REACH * one.deviation


def known(one: light.Towards | None) -> bool:
    return one is not None and bool(np.isfinite(light.direction_draws(one, 0)[0]))


def report(name: str, rows: list[tuple[str, bool, float, bool]]) -> None:
    sure, error, held = (np.array([row[i] for row in rows]) for i in (1, 2, 3))
    few = f"known {100 * sure.mean():.0f} %, median error {np.median(error):.1f} of all"
    if sure.any():
        few += f", {np.median(error[sure]):.1f} of known (90 % below {np.percentile(error[sure], 90):.0f}), "
        few += f"within the interval {100 * held[sure].mean():.0f} %"
    print(f"{name} ({len(rows)}): {few}")


def display(picture: np.ndarray) -> np.ndarray:
    return picture.astype(np.float32) / 255


def wrapped(degrees: float) -> float:
    return (degrees + 180) % 360 - 180


# Photos


def read(photo: MaskedPhoto) -> tuple[np.ndarray, np.ndarray]:
    with Image.open(photo.image) as image, Image.open(photo.masks[0]) as cover:
        return np.asarray(image.convert("RGB")), np.asarray(cover.convert("L"), np.float32) / 255


def some(folder: Path, count: int, seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    photos = list_photos(folder)
    for number in np.random.default_rng(seed).permutation(len(photos))[:count]:
        yield read(photos[number])


WARMER = 1e6 / 5000 - 1e6 / 6500

EDITS = {
    "exposure": (PhotographicEdit(exposure=1), lambda before, after, _: after - before),
    "warmth": (PhotographicEdit(temperature=WARMER), lambda a, b, _: (b - a) / WARMER),
    "contrast": (PhotographicEdit(contrast=30), lambda a, b, own: (b - a) / own / 0.3),
    "saturation": (PhotographicEdit(saturation=40), lambda a, b, own: (b - a) / own / 0.4),
}  # fmt: skip


def edits(folder: Path, count: int) -> None:
    """Edit foregrounds; compare the foreground's figures, and the differences from the ring, before and after."""
    found: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    for picture, cover in some(folder, count, seed=3):
        colours, rest = display(picture), ring_around(cover)
        if not (cover >= 0.5).any() or not (rest > 0).any():
            continue
        ring = colour_draws(colours, rest, 1)
        before = colour_draws(colours, cover, 0)
        for name, (edit, share) in EDITS.items():
            edited = edit.apply(colours)
            clips = float(((edited < 0) | (edited > 1)).any(axis=-1)[cover > 0].mean())
            for kind, values in (("unclipped", edited), ("8 bit", np.rint(np.clip(edited, 0, 1) * 255) / 255)):
                after = colour_draws(values.astype(np.float32), cover, 0)
                own = before[name][0]
                figure = share(own, after[name][0], own)
                gaps = [one[name][0] - ring[name][0] for one in (before, after)]
                found.setdefault((name, kind), []).append((figure, share(*gaps, own), clips))
    for (name, kind), rows in found.items():
        table = np.array(rows)
        right = np.abs(table[:, :2] - 1) <= 0.15
        little = table[:, 2] < 0.05
        print(
            f"{name}, {kind}: within 15 % on {100 * right[:, 0].mean():.1f} % of {len(table)} (figures), "
            f"{100 * right[:, 1].mean():.1f} % (differences); where less than 5 % clips "
            f"{100 * right[little].mean():.1f} % of {little.sum()}"
        )


def limits(folder: Path, count: int) -> None:
    """Print what 97.5 % of untouched photos stay below."""
    rows = []
    for picture, cover in some(folder, count, seed=4):
        rest = ring_around(cover)
        if not (rest > 0).any():
            continue
        rows.append(apart(display(picture), cover, rest))
    for name, value in zip(FIGURES, np.percentile(np.array(rows), 97.5, axis=0), strict=True):
        print(f"{name}: {value:.3g} (limit {LIMITS[name]:g}, {len(rows)} photos)")


def apart(colours: np.ndarray, cover: np.ndarray, rest: np.ndarray) -> list[float]:
    """Give by how much the foreground differs from what is around it, figure by figure."""
    one, other = colour_draws(colours, cover, 0), colour_draws(colours, rest, 1)
    return [float(np.nan_to_num(abs(one[name][0] - other[name][0]))) for name in FIGURES]


def mask(folder: Path, count: int) -> None:
    """Cut objects out of one photo and paste them into another, with faults; print how often they are found."""
    photos = list(some(folder, count, seed=6))
    found: dict[str, list[bool]] = {}
    for (picture, cover), (ground, _) in zip(photos[::2], photos[1::2], strict=False):
        height, width = (min(a, b) for a, b in zip(cover.shape, ground.shape[:2], strict=True))
        source, behind = display(picture[:height, :width]), display(ground[:height, :width])
        flags = cover[:height, :width] >= 0.5
        if not 0.03 < flags.mean() < 0.6:
            continue
        found.setdefault("halo or spill of an edge 3 pixels too wide", []).append(
            strays(source, behind, grown(flags, 3), soft=True)
        )
        found.setdefault("the same, of an edge 2 pixels too narrow (none)", []).append(
            strays(source, behind, ~grown(~flags, 2), soft=True)
        )
        bright = np.where(grown(flags, 1)[..., None] & ~(~grown(~flags, 1))[..., None], 0.95, source).astype(np.float32)
        found.setdefault("a bright halo, 2 pixels", []).append(strays(bright, behind, grown(flags, 1), soft=True))
        green = np.where(grown(flags, 1)[..., None] & ~(~grown(~flags, 1))[..., None], (0.3, 0.8, 0.3), source)
        found.setdefault("green spill, 2 pixels", []).append(
            strays(green.astype(np.float32), behind, grown(flags, 1), soft=True)
        )
        found.setdefault("a hard edge", []).append(health_of(source, flags.astype(np.float32)).edge_width.value < 0.2)
        pierced = flags.copy()
        rows, columns = np.nonzero(~grown(~flags, 5))
        if len(rows):
            middle = len(rows) // 2
            pierced[rows[middle] - 2 : rows[middle] + 2, columns[middle] - 2 : columns[middle] + 2] = False
            more = (
                health_of(source, pierced.astype(np.float32)).holes.value
                - health_of(source, flags.astype(np.float32)).holes.value
            )
            found.setdefault("a hole of 4 x 4 pixels", []).append(more > 0)
    for name, hits in found.items():
        print(f"{name}: {100 * np.mean(hits):.0f} % of {len(hits)}")


def strays(source: np.ndarray, behind: np.ndarray, flags: np.ndarray, *, soft: bool) -> bool:
    cover = softened(flags.astype(np.float32)) if soft else flags.astype(np.float32)
    composite = cover[..., None] * source + (1 - cover[..., None]) * behind
    health = health_of(composite.astype(np.float32), cover)
    fringe, spill = health.fringe.value or 0.0, health.spill.value or 0.0
    return abs(fringe) >= LIMITS["fringe"] or spill >= LIMITS["spill"]


def health_of(colours: np.ndarray, cover: np.ndarray):
    return mask_health(cover, colours, cover, cover, 0)


def grown(flags: np.ndarray, steps: int) -> np.ndarray:
    for _ in range(steps):
        padded = np.pad(flags, 1)
        flags = flags | padded[2:, 1:-1] | padded[:-2, 1:-1] | padded[1:-1, 2:] | padded[1:-1, :-2]
    return flags


def softened(cover: np.ndarray) -> np.ndarray:
    for axis in (0, 1):
        padded = np.pad(cover, [(1, 1) if i == axis else (0, 0) for i in range(2)], mode="edge")
        size = cover.shape[axis]
        cover = (padded.take(range(size), axis) + 2 * cover + padded.take(range(2, size + 2), axis)) / 4
    return cover.astype(np.float32)


# Mismatches


def mismatch(folder: Path, bench: Path | None, network: str | None, count: int) -> None:
    """Print how well single figures tell composites from photos, each measured alike, and what the thresholds do."""
    card = registry.get(network or "accord")
    rows = measured(composites(folder, count), card)
    print(f"{len(rows) // 2} composites of held-out photos, and the photos")
    truth, values = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    weights = fitted(values[: len(rows) // 2, :-1], truth[: len(rows) // 2])
    show(truth[len(rows) // 2 :], values[len(rows) // 2 :], weights)
    for share in (50, 90, 95, 97.5):
        limit = np.percentile(values[truth == 0, -1], share)
        more = 100 * np.mean(values[truth == 1, -1] > limit)
        print(f"  {share} % of photos move less than {limit:.2f}; {more:.0f} % of composites move more")
    if bench is not None:
        rows = measured(benchmark(bench), card)
        print(f"{len(rows) // 2} composites of the benchmark, and the photos")
        show(np.array([row[0] for row in rows]), np.array([row[1] for row in rows]), weights)


def show(truth: np.ndarray, values: np.ndarray, weights: np.ndarray) -> None:
    for number, name in enumerate((*FIGURES, "suggested_change")):
        print(f"  AUROC of {name}: {area(values[:, number], truth):.3f}")
    print(f"  AUROC of the five differences together: {area(terms(values[:, :-1]) @ weights, truth):.3f}")
    for name, which in (("composites", 1), ("photos", 0)):
        moves = values[truth == which, -1]
        print(
            f"  {name}: hardly moved (up to {QUIET}) {100 * np.mean(moves <= QUIET):.0f} %, "
            f"moved beyond the limit {100 * np.mean(moves >= LIMITS['suggested_change']):.0f} %"
        )


def explanations(folder: Path, count: int) -> None:
    """Tell how much of what the default does its explanations leave, and how often they are no photographer's."""
    import accord

    told = [accord.harmonize(one, cover).explanation for one, _, cover in composites(folder, count)]
    far = [
        abs(edit.exposure) > 4 or abs(edit.temperature) > 200 or abs(edit.tint) >= 0.05 or edit.saturation <= -99
        for edit in (each.edit for each in told)
    ]
    print(f"{len(told)} composites of held-out photos")
    print(f"  moved by {np.mean([each.move for each in told]):.2f} CIEDE2000 on average")
    print(f"  left unexplained {np.mean([each.residual for each in told]):.2f}")
    print(f"  more than 4 stops or 200 mired, 0.05 Duv, or no saturation: {np.count_nonzero(far)}")


def composites(folder: Path, count: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Give composites, the photos and their masks: the recolourings that training sees, of photos that it does not."""
    from accord.data.photos import PhotoBank
    from accord.data.synthesis import SynthesisSettings, Synthesizer

    photos = held_out(list_photos(folder))
    families = dict.fromkeys(("reinhard", "xiao", "histogram", "idt", "illum"), 0.2)
    settings = SynthesisSettings(families, whole_scene=0, swap=0, partial=0, shading=0, any_region=0)
    maker = Synthesizer(PhotoBank.load(photos, 256), 256, settings, folder.parent / "illuminants.npz")
    made = maker.batch(count, 11)
    for composite, real, cover in zip(made.composite, made.real, made.mask[:, 0], strict=True):
        yield (
            *(np.rint(255 * one.permute(1, 2, 0).numpy()).astype(np.uint8) for one in (composite, real)),
            cover.numpy(),
        )


def benchmark(folder: Path) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    # Every third: it takes a second a picture.
    for path in sorted((folder / "composite_images").iterdir())[::3]:
        name, which, _ = path.stem.rsplit("_", 2)
        real, cover = folder / "real_images" / f"{name}.jpg", folder / "masks" / f"{name}_{which}.png"
        with Image.open(path) as one, Image.open(real) as other, Image.open(cover) as grey:
            pictures = [np.asarray(picture.convert("RGB")) for picture in (one, other)]
            yield *pictures, np.asarray(grey.convert("L"), np.float32) / 255


def measured(pictures, card) -> list[tuple[int, list[float]]]:
    rows = []
    for composite, real, cover in pictures:
        for which, picture in ((1, composite), (0, real)):
            colours, rest = display(picture), ring_around(cover)
            judge = Judge(WorkingView(as_picture(picture), alpha_covers=False), cover, card)
            proposals = [judge.applied(one) for one in judge.maps.values()]
            move = suggested_change(judge.small.colours, judge.small.mask, proposals).value
            rows.append((which, [*apart(colours, cover, rest if rest.any() else 1 - cover), move]))
    return rows


def terms(values: np.ndarray) -> np.ndarray:
    scaled = values / np.array([LIMITS[name] for name in FIGURES])
    return np.concatenate([np.ones((len(values), 1)), scaled], axis=1)


def fitted(values: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Fit a logistic regression by Newton's method."""
    x, weights = terms(values), np.zeros(len(FIGURES) + 1)
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ weights))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + 0.1 * np.eye(x.shape[1])
        weights += np.linalg.solve(hessian, x.T @ (truth - p) - 0.1 * weights)
    return weights


def area(score: np.ndarray, truth: np.ndarray) -> float:
    """Give the area under the ROC curve: the share of pairs in order, ties by half."""
    one, other = score[truth == 1][:, None], score[truth == 0][None]
    return float((one > other).mean() + 0.5 * (one == other).mean())


if __name__ == "__main__":
    main()

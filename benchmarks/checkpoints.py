"""Compare checkpoints of accord's own network on held-out photos, and average their weights.

    python benchmarks/checkpoints.py held-out ../shared/data/train RUN/best.pt checkpoints/accord.pt --source scenes
    python benchmarks/checkpoints.py held-out photos RUN/best.pt --source cid22 --source imagenet200 --every-photo
    python benchmarks/checkpoints.py harmonized photos accord NEW.onnx --source scenes --composites 192
    python benchmarks/checkpoints.py harmonized ../shared/data/train accord --trained-on --seed 901
    python benchmarks/checkpoints.py average checkpoints/accord.pt OLD.pt=2 RUN/last.pt=1

held-out: composites made as those of the benchmark are (whole photos and their objects, no jitter), 240 x 240 pixels,
of the tenth of the photos that no training sees, or with --every-photo of all photos of sources that were kept away
whole, or with --trained-on of as many of the other nine tenths, other ones with another --seed; the network looks at
each twice, as the learned method makes it. harmonized: exported networks through all that `accord.harmonize` does, on
such composites made at 320 pixels and shrunk to 256 with their masks, as the published protocol shrinks; better and
worse are by more than 1 %. With --jitter, both are asked about scenes that were graded first; with --alike, about
objects that take the colours of another of their kind, as the benchmark's do; with --cut-out, about foregrounds whose
edge holds no trace of their true colours (accord.data.cutting); with --inpainted, about such whose edge OpenCV fills,
which no training does; with --jpeg, about composites and photos that were JPEG files of quality 75 to 96; with
--fitting, with masks that all fit; with --off, with masks that are then as many pixels too wide, or, below 0, too
narrow. Chroma is the mean CIELAB chroma of what comes out, as a share of the photos'; what comes out grey where a
colour cannot be known pulls it below 1. average: the weighted mean of the averaged weights; what else the file says
is the last checkpoint's.
docs/experiments.md shows what both gave.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own convention

import accord
from accord.data.looks import looks
from accord.data.photos import MaskedPhoto, PhotoBank, held_out, list_photos
from accord.data.synthesis import Batch, SynthesisSettings, Synthesizer, ViewSettings
from accord.networks.accord_net.model import AccordNet
from accord.training.checkpoint import load_checkpoint, save_checkpoint
from accord.training.config import DataSettings, TrainingConfig
from accord.training.recipes.own import OwnRecipe
from accord.training.validation import validate

SIZE, COMPOSITE, BATCH, SEED = 160, 240, 64, 777
LARGE, HALF, EDGE = 320, 32, 2
QUALITIES = (75, 96)
Triplet: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]
SETTINGS = SynthesisSettings(
    families={"reinhard": 0.2, "xiao": 0.2, "histogram": 0.2, "idt": 0.2, "illum": 0.2},
    whole_scene=0, swap=0, partial=0.1, shading=0, any_region=0,
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, given in (("held-out", "checkpoints"), ("harmonized", "methods")):
        compared = commands.add_parser(name)
        compared.add_argument("photos", type=Path, help="a folder in train/'s layout")
        compared.add_argument("networks", metavar=given.upper(), nargs="+")
        compared.add_argument("--source", action="append", help="of photos, repeatable; all by default")
        which = compared.add_mutually_exclusive_group()
        which.add_argument("--every-photo", action="store_true", help="not only the tenth that is held out")
        which.add_argument("--trained-on", action="store_true", help="as many photos, of those that are not held out")
        compared.add_argument("--seed", type=int, default=SEED, help="of the composites")
        compared.add_argument("--illuminants", type=Path, help="by default illuminants.npz beside PHOTOS")
        compared.add_argument("--composites", type=int, default=384)
        compared.add_argument("--jitter", type=float, default=0.0, help="of whole scenes' colours: 0.9 is strong")
        compared.add_argument("--alike", action="store_true", help="recolour objects as others of their kind")
        compared.add_argument("--cut-out", action="store_true", help="lay foregrounds over, without their old edge")
        if name == "harmonized":
            compared.add_argument("--inpainted", action="store_true", help="the same, with edges filled by OpenCV")
            compared.add_argument("--jpeg", action="store_true", help="composites and photos that were JPEG files")
            compared.add_argument("--fitting", action="store_true", help="masks that all fit, none rough")
            compared.add_argument("--off", type=int, default=0, help="pixels that masks are too wide by")
    averaged = commands.add_parser("average")
    averaged.add_argument("out", type=Path)
    averaged.add_argument("parts", nargs="+", metavar="CHECKPOINT=WEIGHT")
    asked = parser.parse_args()
    if asked.command == "average":
        average(asked.out, dict(part.rsplit("=", 1) for part in asked.parts))
        return
    photos = chosen(asked)
    graded = replace(SETTINGS, whole_scene=float(asked.jitter > 0), jitter=asked.jitter)
    settings = replace(graded, cut_out=float(asked.cut_out), alike=float(asked.alike))
    illuminants = asked.illuminants or asked.photos.parent / "illuminants.npz"
    if asked.command == "harmonized":
        settings = replace(settings, rough=0.0) if asked.fitting else settings
        triplets = large_made_small(photos, settings, illuminants, asked.composites, asked.seed)
        if asked.inpainted:
            triplets = [(inpainted(one, mask), inpainted(real, mask), mask) for one, real, mask in triplets]
        if asked.jpeg:
            triplets = as_jpeg(triplets, asked.seed)
        print(f"{len(photos)} photos, {len(triplets)} composites")
        for name in asked.networks:
            print(f"{name}: {harmonized(name, triplets, asked.off)}")
        return
    made = Synthesizer(PhotoBank.load(photos, COMPOSITE), COMPOSITE, settings, illuminants, views=ViewSettings("whole"))
    batches = [made.batch(BATCH, asked.seed + number) for number in range(asked.composites // BATCH)]
    print(f"{len(photos)} photos, {len(batches) * BATCH} composites")
    for path in asked.networks:
        figures = validate(looked_at(Path(path)), batches)
        print(
            f"{path}: ratio {figures['ratio']:.3f}, gain {figures['gain']:.2f} dB, improved {figures['improved']:.1%}"
        )


def chosen(asked: argparse.Namespace) -> list[MaskedPhoto]:
    """Give the photos that are asked for."""
    photos = list_photos(asked.photos)
    tenth = {photo.image for photo in ([] if asked.every_photo else held_out(photos))}
    of_source = [photo for photo in photos if not asked.source or photo.source in asked.source]
    kept = [photo for photo in of_source if asked.every_photo or photo.image in tenth]
    if not asked.trained_on:
        return kept
    rest = [photo for photo in of_source if photo.image not in tenth]
    return [rest[number * len(rest) // len(kept)] for number in range(len(kept))]


def large_made_small(
    photos: list[MaskedPhoto], settings: SynthesisSettings, illuminants: Path, count: int, seed: int
) -> list[Triplet]:
    """Give composites, photos and masks of 256 pixels, as `shrunk` does, of composites made at 320."""
    made = Synthesizer(PhotoBank.load(photos, LARGE), LARGE, settings, illuminants, views=ViewSettings("whole"))
    return list(shrunk(made, count, seed))


def shrunk(made: Synthesizer, count: int, seed: int) -> Iterator[Triplet]:
    """Give composites and photos, (256, 256, 3) uint8, and masks, (256, 256) in [0, 1]."""
    for number in range(count // HALF):
        batch = made.batch(HALF, seed + number)
        small = [
            F.interpolate(value, (256, 256), mode="bilinear", align_corners=False, antialias=True)
            for value in (batch.composite, batch.real, batch.mask)
        ]
        for composite, real, mask in zip(*small, strict=True):
            codes = [
                (picture.permute(1, 2, 0).numpy() * 255).round().clip(0, 255).astype(np.uint8)
                for picture in (composite, real)
            ]
            yield codes[0], codes[1], mask[0].numpy()


def harmonized(method: str, triplets: list[Triplet], off: int = 0) -> str:
    """Tell how near a method comes to the photos, how often, and how colourful they get.

    It is given masks that are `off` pixels too wide; errors are under the right ones.
    """
    errors, chromas = [], []
    reach, grown = np.ones((2 * abs(off) + 1,) * 2, np.uint8), cv2.dilate if off > 0 else cv2.erode
    for composite, real, mask in triplets:
        given = grown(mask, reach) if off else mask
        if not (given > 0.5).any():
            continue
        made = np.asarray(accord.harmonize(composite, given, method=method).image)
        errors.append([masked_error(picture, real, mask) for picture in (composite, made)])
        chromas.append([mean_chroma(picture, mask) for picture in (made, real)])
    before, after = np.array(errors).T
    came_out, wanted = np.mean(chromas, axis=0)
    gain = 10 * np.log10(before / np.maximum(after, 0.1)).mean()
    return (
        f"ratio {after.sum() / before.sum():.3f}, better {(after < 0.99 * before).mean():.1%}, "
        f"worse {(after > 1.01 * before).mean():.1%}, gain {gain:.2f} dB, chroma {came_out / wanted:.2f}"
    )


def as_jpeg(triplets: list[Triplet], seed: int) -> list[Triplet]:
    """Give composites and photos as they come back from JPEG files of one quality."""
    qualities = np.random.default_rng(seed).integers(*QUALITIES, len(triplets), endpoint=True).tolist()
    return [
        (from_jpeg(composite, quality), from_jpeg(real, quality), mask)
        for (composite, real, mask), quality in zip(triplets, qualities, strict=True)
    ]


def from_jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    """Give a picture as it comes back from a JPEG file."""
    _, file = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1]


def inpainted(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Fill the pixels next to the mask's edge: outside by inpainting from afar, inside by the nearest farther in."""
    inside, reach = (mask > 0.5).astype(np.uint8), np.ones((2 * EDGE + 1, 2 * EDGE + 1), np.uint8)
    touched = cv2.dilate((mask > 0.02).astype(np.uint8), reach)
    made = np.where((touched > inside)[..., None], cv2.inpaint(picture, touched, 3, cv2.INPAINT_TELEA), picture)
    core = cv2.erode((mask > 0.98).astype(np.uint8), reach)
    if core.any():
        _, labels = cv2.distanceTransformWithLabels(1 - core, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
        colours = np.zeros((labels.max() + 1, 3), np.uint8)
        colours[labels[core > 0]] = picture[core > 0]
        made = np.where((inside > core)[..., None], colours[labels], made)
    return made


def masked_error(picture: np.ndarray, real: np.ndarray, mask: np.ndarray) -> float:
    """Give the mean squared difference under a mask, in squared codes."""
    square = np.square(picture.astype(np.float64) - real).mean(-1)
    return float((square * mask).sum() / mask.sum())


def mean_chroma(picture: np.ndarray, mask: np.ndarray) -> float:
    """Give the mean CIELAB chroma under a mask."""
    lab = cv2.cvtColor(np.float32(picture) / 255, cv2.COLOR_RGB2LAB)
    return float((np.hypot(lab[..., 1], lab[..., 2]) * mask).sum() / mask.sum())


def looked_at(path: Path):
    """Give a checkpoint's network as what makes the colours of a batch."""
    recipe = OwnRecipe(TrainingConfig(DataSettings("photos"), size=SIZE))
    recipe.load(path)
    network = recipe.network.eval()

    def colours(batch: Batch) -> torch.Tensor:
        seen = looks(batch.composite, batch.real, batch.mask, SIZE)
        return recipe.colours(network, replace(batch, looks=seen))

    return colours


def average(out: Path, parts: dict[str, str]) -> None:
    """Write the weighted mean of checkpoints, matrices in half precision as the trainer's best.pt has them."""
    states, shares = [load_checkpoint(Path(path)) for path in parts], [float(share) for share in parts.values()]
    weights = [AccordNet().completed(state["average"]) for state in states]
    mean = {
        name: sum(share * values[name].float() for share, values in zip(shares, weights, strict=True)) / sum(shares)
        for name in weights[-1]
    }
    halved = {name: value.half() if value.ndim > 1 else value for name, value in mean.items()}
    kept = {name: states[-1][name] for name in ("step", "composites", "hardware", "seconds", "config")}
    save_checkpoint(out, {**kept, "average": halved})
    print(f"wrote {out}")


if __name__ == "__main__":
    main()

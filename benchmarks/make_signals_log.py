"""Make the signals log that the tests of `accord monitor` resample: real photos, night scenes, another camera.

    python benchmarks/make_signals_log.py ../shared/data/train tests/monitoring/signals.jsonl.gz

Photos are drawn at random, each used once: 400 as they are, 120 as if taken at night (3.5 stops darker, with the noise
of a high ISO), 120 as if from another camera (a warmer white balance, noise of 4 codes). Each is harmonized
with mkl at strength 0.7, and logged; `front_end` says which of the three it is.
"""

from __future__ import annotations

import gzip
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import accord
from accord.core.encoding import SRGB
from accord.data.photos import MaskedPhoto, list_photos
from accord.io import as_mask, read_picture
from accord.monitoring import entry_of

COUNTS = {"day": 400, "night": 120, "camera": 120}


def night(light: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Darken by 3.5 stops, with shot and read noise."""
    dark = light * np.float32(2.0**-3.5)
    noise = rng.standard_normal(dark.shape, np.float32) * np.sqrt(2e-4 * dark + 1e-6).astype(np.float32)
    return dark + noise


def camera(light: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Warm the white balance, and add noise."""
    warm = light * np.array([1.25, 1.0, 0.7], np.float32)
    shown = SRGB.from_light(warm) + rng.standard_normal(warm.shape, np.float32) * np.float32(4 / 255)
    return SRGB.to_light(shown)


def entry(photo: MaskedPhoto, kind: str, rng: np.random.Generator) -> dict[str, object]:
    picture = read_picture(photo.image)
    if kind != "day":
        light = SRGB.to_light(picture.pixels.astype(np.float32) / 255)
        shown = SRGB.from_light({"night": night, "camera": camera}[kind](light, rng))
        picture = picture.with_pixels(np.rint(255 * np.clip(shown, 0, 1)).astype(np.uint8))
    mask = as_mask(str(photo.masks[0]), picture.height, picture.width)
    result = accord.harmonize(picture, mask, method="mkl", strength=0.7)
    return replace(entry_of(result), front_end=kind).to_dict()


def main(photos: Path, out: Path) -> None:
    rng = np.random.default_rng(6)
    listed = list_photos(photos)
    order = iter(rng.permutation(len(listed)))
    lines = []
    for kind, count in COUNTS.items():
        lines += [json.dumps(entry(listed[next(order)], kind, rng), separators=(",", ":")) for _ in range(count)]
        print(f"{kind}: done", file=sys.stderr)
    # No time stamp, so that the same log is the same file.
    out.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

r"""Say of which kind each mask's object is, so that training can recolour it as another of its kind (`alike`).

    python benchmarks/kind_masks.py photos --kinds 300

Kinds are clusters of what ImageNet's features say of the grey picture around each mask: grey, since a kind is to hold
all colours that its things come in. They are written to index.csv as a column "kind", anew each time.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import cv2
import numpy as np
import torch
from scipy.cluster.vq import kmeans2
from torch.nn import functional

from accord.networks.accord_net.encoder import Encoder
from accord.training.recipes.own import lite0_weights
from photo_index import Row, by_photo, read_masks

SIZE = 160
AROUND = 0.25  # of a mask's box, shown on each side of it
BATCH = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, help="a folder with images/, masks/ and index.csv")
    parser.add_argument("--kinds", type=int, default=300, help="that masks are divided into")
    asked = parser.parse_args()
    photos = by_photo(asked.photos)
    rows = [row for of_one in photos.values() for row in of_one]
    features = described(asked.photos, photos)
    _, kinds = kmeans2(features, min(asked.kinds, len(rows)), minit="points", seed=0, iter=20)
    for row, kind in zip(rows, kinds, strict=True):
        row["kind"] = str(kind)
    with (asked.photos / "index.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    sizes = np.bincount(np.unique(kinds, return_inverse=True)[1])
    smallest, middle, largest = np.quantile(sizes, [0, 0.5, 1])
    print(
        f"{len(rows)} masks of {len(sizes)} kinds, {smallest:.0f} to {largest:.0f} of each, {middle:.0f} at the median"
    )


@torch.no_grad()
def described(folder: Path, photos: dict[str, list[Row]]) -> np.ndarray:
    """Give the features of each mask, (m, 304), each of two levels' of length 1."""
    encoder = Encoder().eval()
    encoder.load_imagenet(lite0_weights())
    found, waiting = [], []

    def look() -> None:
        shown = torch.from_numpy(np.stack(waiting))
        picture, mask = shown[:, :1].expand(-1, 3, -1, -1).contiguous(), shown[:, 1:]
        levels = []
        for level in encoder(picture, torch.zeros_like(mask))[2:]:
            inside = functional.interpolate(mask, level.shape[-2:], mode="area")
            mean = (level * inside).sum((2, 3)) / inside.sum((2, 3)).clamp_min(1e-3)
            levels.append(functional.normalize(mean))
        found.append(torch.cat(levels, 1).numpy())
        waiting.clear()

    for name, rows in photos.items():
        picture = cv2.imread(str(path := folder / "images" / f"{name}.webp"), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            raise SystemExit(f"{path} is missing or no picture; a folder as gather_photos.py writes it was wanted.")
        for mask in read_masks(folder, rows):
            waiting.append(shown_around(picture, mask))
            if len(waiting) == BATCH:
                look()
    if waiting:
        look()
    return np.concatenate(found)


def shown_around(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Give the part of a grey picture around a mask, and the mask there, (2, SIZE, SIZE) float32 in [0, 1]."""
    spans = []
    for axis in (1, 0):
        places = np.flatnonzero(mask.any(axis))
        more = AROUND * (places[-1] + 1 - places[0])
        spans.append(slice(max(0, int(places[0] - more)), int(places[-1] + 1 + more)))
    both = np.stack([picture[tuple(spans)], 255 * mask[tuple(spans)].astype(np.uint8)], 2)
    return cv2.resize(both, (SIZE, SIZE), interpolation=cv2.INTER_AREA).transpose(2, 0, 1).astype(np.float32) / 255


if __name__ == "__main__":
    main()

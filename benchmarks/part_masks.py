r"""Add masks of parts of objects (a coat, a skirt, a bag of a person) to a folder of photos with masks.

    python benchmarks/part_masks.py photos --source fashion --clusters 5 --most 3
    python benchmarks/part_masks.py photos --source people --clusters 4 --most 2

Parts are clusters of like colour and place inside a photo's largest mask, in one piece each, that are no mask of the
photo already. They become masks/ID_90.png and so on, and rows of index.csv, labelled "part". What is there from before
is kept, so that a second run adds nothing.
"""

from __future__ import annotations

import argparse
import csv
import zlib
from pathlib import Path

import cv2
import numpy as np
from scipy import ndimage
from scipy.cluster.vq import kmeans2
from skimage.color import rgb2lab

FIRST = 90
LEAST_PIXELS = 400
LEAST_OF_PICTURE, MOST_OF_OBJECT, SAME = 0.015, 0.7, 0.5
COLOUR = (0.6, 1.2, 1.2)  # what a step in L*, a*, b* weighs: shading less than hue
PLACE = (45.0, 20.0)  # what the object's height weighs, down and across, in such steps


def main() -> None:
    asked = _asked()
    index = asked.photos / "index.csv"
    with index.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        raise SystemExit(f"{index} lists no mask.")
    known = {row["mask"] for row in rows}
    photos: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        if row["source"] in asked.source:
            photos.setdefault(row["image"], []).append(row)
    added = []
    for name, listed in photos.items():
        if f"{name}_{FIRST}" in known:
            continue
        picture = cv2.imread(str(path := asked.photos / "images" / f"{name}.webp"), cv2.IMREAD_COLOR)
        if picture is None:
            raise SystemExit(f"{path} is missing or no picture; a folder as gather_photos.py writes it was wanted.")
        masks = [
            cv2.imread(str(asked.photos / "masks" / f"{row['mask']}.png"), cv2.IMREAD_GRAYSCALE) > 127 for row in listed
        ]
        found = parts(picture[..., ::-1], masks, asked.clusters, asked.most, zlib.crc32(name.encode()) % 2**31)
        for number, mask in enumerate(found, FIRST):
            cv2.imwrite(str(asked.photos / "masks" / f"{name}_{number}.png"), mask.astype(np.uint8) * 255)
            ratio = f"{mask.mean():.4f}"
            added.append({**listed[0], "mask": f"{name}_{number}", "label": "part", "foreground_ratio": ratio})
    with index.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows([*rows, *added])
    print(f"{len(photos)} photos, {len(added)} parts")


def parts(picture: np.ndarray, masks: list[np.ndarray], clusters: int, most: int, seed: int) -> list[np.ndarray]:
    """Give at most so many parts of the largest mask's object, in no order, as masks.

    Parameters
    ----------
    picture
        (h, w, 3) uint8 sRGB.
    masks
        (h, w) bool, what is known of the photo.
    """
    largest = max(masks, key=np.count_nonzero)
    others = [mask for mask in masks if mask is not largest]
    rows, columns = np.nonzero(largest)
    if len(rows) < LEAST_PIXELS:
        return []
    height = max(np.ptp(rows), 1)
    place = np.stack([rows - rows.min(), columns - columns.min()], 1) / height
    features = np.concatenate([rgb2lab(picture)[rows, columns] * COLOUR, place * PLACE], 1)
    _, labels = kmeans2(features, clusters, minit="++", seed=seed, iter=12)
    found = []
    for label in range(clusters):
        mask = np.zeros(largest.shape, bool)
        mask[rows[labels == label], columns[labels == label]] = True
        mask = _whole_piece(mask, largest)
        fits = LEAST_OF_PICTURE * mask.size <= mask.sum() <= MOST_OF_OBJECT * largest.sum()
        if fits and not any((mask & other).sum() > SAME * (mask | other).sum() for other in others):
            found.append(mask)
    np.random.default_rng(seed).shuffle(found)
    return found[:most]


def _whole_piece(mask: np.ndarray, within: np.ndarray) -> np.ndarray:
    """Smooth a mask's edge and give its largest piece, without holes."""
    mask = ndimage.binary_closing(ndimage.binary_opening(mask), iterations=3) & within
    pieces, count = ndimage.label(mask)
    if count == 0:
        return mask
    sizes = ndimage.sum(mask, pieces, range(1, count + 1))
    filled: np.ndarray = ndimage.binary_fill_holes(pieces == 1 + np.argmax(sizes))
    return filled


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("photos", type=Path, help="a folder with images/, masks/ and index.csv")
    parser.add_argument("--source", nargs="+", default=["fashion", "people"], help="whose photos get parts")
    parser.add_argument("--clusters", type=int, default=5, help="that an object is divided into")
    parser.add_argument("--most", type=int, default=3, help="parts of an object that are kept")
    return parser.parse_args()


if __name__ == "__main__":
    main()

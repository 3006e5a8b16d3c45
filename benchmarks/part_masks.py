r"""Add masks of parts of objects (a coat, a skirt, a bag of a person) to a folder of photos with masks.

    python benchmarks/part_masks.py photos --source fashion --clusters 5 --most 3
    python benchmarks/part_masks.py photos --source people --clusters 4 --most 2

Parts are clusters of like colour and place inside a photo's largest mask, in one piece each, that are no mask of the
photo already. They become masks/ID_90.png and so on, and rows of index.csv, labelled "part". What is there from before
is kept, so that a second run adds nothing.
"""

from __future__ import annotations

import argparse
import zlib
from pathlib import Path

import cv2
import numpy as np
from scipy import ndimage
from scipy.cluster.vq import kmeans2
from skimage.color import rgb2lab

from photo_index import add_rows, by_photo, is_known, read_masks, write_mask

FIRST = 90
LEAST_PIXELS = 400
LEAST_OF_PICTURE, MOST_OF_OBJECT = 0.015, 0.7
COLOUR = (0.6, 1.2, 1.2)  # what a step in L*, a*, b* weighs: shading less than hue
PLACE = (45.0, 20.0)  # what the object's height weighs, down and across, in such steps


def main() -> None:
    asked = _asked()
    photos = {
        name: rows
        for name, rows in by_photo(asked.photos).items()
        if any(row["source"] in asked.source for row in rows)
    }
    added = []
    for name, rows in photos.items():
        if any(row["mask"] == f"{name}_{FIRST}" for row in rows):
            continue
        picture = cv2.imread(str(path := asked.photos / "images" / f"{name}.webp"), cv2.IMREAD_COLOR)
        if picture is None:
            raise SystemExit(f"{path} is missing or no picture; a folder as gather_photos.py writes it was wanted.")
        masks = read_masks(asked.photos, rows)
        found = parts(picture[..., ::-1], masks, asked.clusters, asked.most, zlib.crc32(name.encode()) % 2**31)
        added += [write_mask(asked.photos, rows[0], number, "part", mask) for number, mask in enumerate(found, FIRST)]
    add_rows(asked.photos, added)
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
        if fits and not is_known(mask, others):
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

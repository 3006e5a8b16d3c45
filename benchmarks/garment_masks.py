r"""Add masks of the garments that Clothing Co-Parsing tells apart to a folder of photos with masks.

    python benchmarks/garment_masks.py clones photos

Of the thousand photos that this set has labels for every pixel of, train/ holds the most, as fashionNNNN, each with the
person and one garment. The clone of bearpaw/clothing-co-parsing has the others: each becomes masks/ID_201.png and so on
(200 and the label's number), and a row of index.csv. Skin and hair are among them, as in train/. What is small is left
out, and what is a mask of the photo already, so that a second run adds nothing.
"""

from __future__ import annotations

import argparse
import io
import re
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
from scipy.io import loadmat

from gather_photos import Clone, clone_of
from photo_index import add_rows, by_photo, is_known, read_masks, write_mask
from photo_masks import Mask, tidy

REPOSITORY, COMMIT = "bearpaw/clothing-co-parsing", "fe34fb77721a9973fbae92c05f7f12b664d10110"
FIRST = 200  # above the numbers of parts (part_masks.py), whose masks they would overwrite
NONE = 0
LEAST, MOST = 0.012, 0.7  # shares of the picture


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("clones", type=Path, metavar="CLONES", help="folder of clones, as gather_photos.py takes it")
    parser.add_argument("photos", type=Path, help="a folder with images/, masks/ and index.csv")
    asked = parser.parse_args()
    photos = {name: rows for name, rows in by_photo(asked.photos).items() if re.fullmatch(r"fashion\d{4}", name)}
    if not photos:
        raise SystemExit(f"{asked.photos} lists no photo fashionNNNN, as train/ has them.")
    added = []
    with closing(clone_of(REPOSITORY, COMMIT, asked.clones)) as clone:
        for name, rows in photos.items():
            for label, mask in garments(clone, name[-4:], read_masks(asked.photos, rows)):
                added.append(write_mask(asked.photos, rows[0], FIRST + label, f"garment{label}", mask))
    add_rows(asked.photos, added)
    print(f"{len(photos)} photos, {len(added)} garments")


def garments(clone: Clone, number: str, known: list[Mask]) -> list[tuple[int, Mask]]:
    """Give a photo's garments that are none of the `known` masks: labels, and masks of the same size."""
    data = clone.read(f"annotations/pixel-level/{number}.mat")
    labels = loadmat(io.BytesIO(data))["groundtruth"]
    height, width = known[0].shape
    found = []
    for label in np.unique(labels):
        if label == NONE:
            continue
        cover = cv2.resize((labels == label).astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        mask = tidy(cover > 0.5)
        if LEAST <= mask.mean() <= MOST and not is_known(mask, known):
            found.append((int(label), mask))
    return found


if __name__ == "__main__":
    main()

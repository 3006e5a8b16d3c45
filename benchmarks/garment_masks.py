r"""Add masks of the garments that Clothing Co-Parsing tells apart to a folder of photos with masks.

    python benchmarks/garment_masks.py clones photos

Of the thousand photos that this set has labels for every pixel of, train/ holds the most, as fashionNNNN, each with the
person and one garment. The clone of bearpaw/clothing-co-parsing has the others: each becomes masks/ID_60.png and so on
(60 and the label's number), and a row of index.csv. Skin and hair are among them, as in train/. What is small is left
out, and what is a mask of the photo already, so that a second run adds nothing.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
from scipy.io import loadmat

from gather_photos import Clone, clone_of
from photo_masks import tidy

REPOSITORY = "bearpaw/clothing-co-parsing"
FIRST = 60  # masks from here on are garments, up to 118
NONE = 0
LEAST, MOST, SAME = 0.012, 0.7, 0.5  # shares of the picture, and of what either mask has


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("clones", type=Path, metavar="CLONES", help="folder of clones, as gather_photos.py takes it")
    parser.add_argument("photos", type=Path, help="a folder with images/, masks/ and index.csv")
    asked = parser.parse_args()
    index = asked.photos / "index.csv"
    with index.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    photos: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        if re.fullmatch(r"fashion\d{4}", row["image"]):
            photos.setdefault(row["image"], []).append(row)
    if not photos:
        raise SystemExit(f"{index} lists no photo fashionNNNN, as train/ has them.")
    added = []
    with closing(clone_of(REPOSITORY, asked.clones)) as clone:
        for name, listed in photos.items():
            known = [_read(asked.photos / "masks" / f"{row['mask']}.png") for row in listed]
            for label, mask in garments(clone, name[-4:], known):
                mask_name = f"{name}_{FIRST + label}"
                cv2.imwrite(str(asked.photos / "masks" / f"{mask_name}.png"), mask.astype(np.uint8) * 255)
                ratio = f"{mask.mean():.4f}"
                added.append({**listed[0], "mask": mask_name, "label": f"garment{label}", "foreground_ratio": ratio})
    with index.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows([*rows, *added])
    print(f"{len(photos)} photos, {len(added)} garments")


def garments(clone: Clone, number: str, known: list[np.ndarray]) -> list[tuple[int, np.ndarray]]:
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
        fits = LEAST <= mask.mean() <= MOST
        if fits and not any((mask & other).sum() > SAME * (mask | other).sum() for other in known):
            found.append((int(label), mask))
    return found


def _read(path: Path) -> np.ndarray:
    mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if mask is None:
        raise SystemExit(f"{path} is missing or no picture.")
    return np.asarray(mask > 127)


if __name__ == "__main__":
    main()

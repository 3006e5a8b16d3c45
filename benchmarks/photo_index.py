"""Folders of photos with masks, as gather_photos.py writes them: their index.csv read, and masks added to it."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from photo_masks import Mask

SAME = 0.5  # share that two masks have in common, of what either has, above which they are one

Row = dict[str, str]


def by_photo(folder: Path) -> dict[str, list[Row]]:
    """Give the rows of each photo, which has at least one mask, in the order of the index."""
    index = folder / "index.csv"
    with index.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        raise SystemExit(f"{index} lists no mask.")
    photos: dict[str, list[Row]] = {}
    for row in rows:
        photos.setdefault(row["image"], []).append(row)
    return photos


def read_masks(folder: Path, rows: list[Row]) -> list[Mask]:
    """Give a photo's masks."""
    masks = []
    for row in rows:
        codes = cv2.imread(str(path := folder / "masks" / f"{row['mask']}.png"), cv2.IMREAD_GRAYSCALE)
        if codes is None:
            raise SystemExit(f"{path} is missing or no picture; a folder as gather_photos.py writes it was wanted.")
        masks.append(codes > 127)
    return masks


def is_known(mask: Mask, known: Iterable[Mask]) -> bool:
    """Tell whether a mask is one of those already there, or nearly."""
    return any(np.count_nonzero(mask & other) > SAME * np.count_nonzero(mask | other) for other in known)


def write_mask(folder: Path, like: Row, number: int, label: str, mask: Mask) -> Row:
    """Write a photo's mask of that number, and give its row; `like` is a row of the same photo."""
    name = f"{like['image']}_{number}"
    cv2.imwrite(str(folder / "masks" / f"{name}.png"), mask.astype(np.uint8) * 255)
    return {**like, "mask": name, "label": label, "foreground_ratio": f"{mask.mean():.4f}"}


def add_rows(folder: Path, added: list[Row]) -> None:
    """Write the index again, with more rows."""
    index = folder / "index.csv"
    with index.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows, columns = list(reader), list(reader.fieldnames or ())
    with index.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows([*rows, *added])

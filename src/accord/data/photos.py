"""Folders of real photos with masks, read into memory at one small size for training.

A folder holds `images/ID.EXT` and `masks/ID_K.png` (or `ID.png`), and may hold an `index.csv` with the columns image,
mask, source, label. Nothing else is needed to train on one's own catalogue. iHarmony4's sub-datasets are read as they
are: their `real_images` are the photos.
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from accord.core.errors import BadInputError

_SUFFIXES = (".webp", ".jpg", ".jpeg", ".png", ".tif", ".tiff")


@dataclass(frozen=True)
class MaskedPhoto:
    """One photo with the masks that select an object each.

    Parameters
    ----------
    id
        The photo's name without suffix.
    image
        Path of the photo.
    masks
        Paths of its masks, grey, white on the object.
    source
        Which collection the photo comes from; "" where unknown.
    """

    id: str
    image: Path
    masks: tuple[Path, ...]
    source: str = ""


def list_photos(folder: Path) -> list[MaskedPhoto]:
    """List the photos of a folder that have at least one mask, sorted by name.

    Raises
    ------
    BadInputError
        If the folder is not laid out as described above, or no photo has a mask.
    """
    images_folder, masks_folder = folder / "images", folder / "masks"
    if not images_folder.is_dir():
        images_folder = folder / "real_images"
    if not images_folder.is_dir() or not masks_folder.is_dir():
        raise BadInputError(
            f"{folder} is not a folder of photos with masks: it needs images/ID.jpg (webp, png, tif) and "
            "masks/ID_1.png, white on the object."
        )
    images = {path.stem: path for path in sorted(images_folder.iterdir()) if path.suffix.lower() in _SUFFIXES}
    masks: dict[str, list[Path]] = {}
    for path in sorted(masks_folder.glob("*.png")):
        stem = path.stem if path.stem in images else path.stem.rpartition("_")[0]
        masks.setdefault(stem, []).append(path)
    sources = _sources(folder / "index.csv")
    photos = [
        MaskedPhoto(name, path, tuple(masks[name]), sources.get(name, ""))
        for name, path in images.items()
        if name in masks
    ]
    if not photos:
        raise BadInputError(
            f"no photo in {images_folder} has a mask in {masks_folder}: name the masks ID_1.png, ID_2.png after ID.jpg."
        )
    return photos


def _sources(index: Path) -> dict[str, str]:
    if not index.exists():
        return {}
    with index.open(newline="", encoding="utf-8") as file:
        return {row["image"]: row.get("source", "") for row in csv.DictReader(file) if row.get("image")}


def is_held_out(photo: MaskedPhoto, *, tenth: int = 0) -> bool:
    """Tell whether a photo belongs to the fixed tenth that is kept from training, by a checksum of its name."""
    return zlib.crc32(photo.id.encode()) % 10 == tenth


@dataclass(frozen=True)
class PhotoBank:
    """Photos and masks in memory, squeezed to squares of one size.

    Parameters
    ----------
    images
        (n, size, size, 3) uint8, display-encoded sRGB.
    masks
        (m, size, size) uint8 coverage, 255 on the object.
    owner
        (m,) index of the photo that each mask belongs to.
    sources
        Each photo's source.
    """

    images: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    owner: NDArray[np.int64]
    sources: tuple[str, ...]

    @classmethod
    def load(cls, photos: Iterable[MaskedPhoto], size: int) -> PhotoBank:
        """Read photos and masks, area-averaged to size x size pixels; the aspect ratio is not kept, as networks see it.

        Raises
        ------
        BadInputError
            If a file cannot be read, or a mask's size is not its photo's.
        """
        photos = list(photos)
        images = np.empty((len(photos), size, size, 3), np.uint8)
        masks, owner = [], []
        for number, photo in enumerate(photos):
            image = _read(photo.image, "RGB")
            images[number] = np.asarray(
                image.resize(
                    (size, size), Image.Resampling.BOX if min(image.size) >= size else Image.Resampling.BILINEAR
                )
            )
            for path in photo.masks:
                mask = _read(path, "L")
                if mask.size != image.size:
                    raise BadInputError(
                        f"mask {path} is {mask.size}, its photo {photo.image} is {image.size} (width, height)."
                    )
                masks.append(np.asarray(mask.resize((size, size), Image.Resampling.BOX)))
                owner.append(number)
        return cls(images, np.stack(masks), np.array(owner), tuple(photo.source for photo in photos))


def _read(path: Path, mode: str) -> Image.Image:
    try:
        with Image.open(path) as file:
            return file.convert(mode)
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError) as error:
        raise BadInputError(f"cannot read {path}: {error}. Remove it from the folder, or mend it.") from error

"""Folders of real photos with masks, read into memory at one small size for training.

A folder holds `images/ID.EXT` and `masks/ID_K.png` (or `ID.png`), and may hold an `index.csv` with the columns image,
mask, source, label. Nothing else is needed to train on one's own catalogue.

Datasets of the field are read as they are published, their real pictures being the photos: iHarmony4 (one sub-dataset,
or the folder of all four), ccHarmony, RealHM. What their lists set aside for testing is left out.
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
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
    parts = [folder] if _pictures(folder) else [part for part in _folders(folder) if _pictures(part)]
    # With sub-datasets, equal names may stand for different photos.
    found = [
        replace(photo, id=photo.id if part == folder else f"{part.name}/{photo.id}")
        for part in parts
        for photo in _photos(part, folder)
    ]
    if not parts:
        found = _realhm(folder)
    if not parts and not found:
        raise BadInputError(
            f"{folder} is not a folder of photos with masks: it needs images/ID.jpg (webp, png, tif) and "
            "masks/ID_1.png, white on the object."
        )
    if not found:
        raise BadInputError(
            f"no photo in {_pictures(parts[0])} has a mask in {_masks(parts[0])}: name the masks ID_1.png, ID_2.png "
            "after ID.jpg."
        )
    return found


def _folders(folder: Path) -> list[Path]:
    return sorted(part for part in folder.iterdir() if part.is_dir()) if folder.is_dir() else []


def _pictures(folder: Path) -> Path | None:
    """Give the folder that holds the photos, where there is one for their masks too."""
    named = [folder / name for name in ("images", "real_images") if (folder / name).is_dir()]
    return named[0] if named and _masks(folder) else None


def _masks(folder: Path) -> Path | None:
    named = [folder / name for name in ("masks", "foreground_masks") if (folder / name).is_dir()]
    return named[0] if named else None


def _photos(folder: Path, root: Path) -> list[MaskedPhoto]:
    pictures, masks_folder = _pictures(folder), _masks(folder)
    assert pictures is not None  # `list_photos` looked
    assert masks_folder is not None
    images = {path.stem: path for path in sorted(pictures.iterdir()) if path.suffix.lower() in _SUFFIXES}
    masks: dict[str, list[Path]] = {}
    for path in sorted(masks_folder.glob("*.png")):
        stem = path.stem if path.stem in images else path.stem.rpartition("_")[0]
        masks.setdefault(stem, []).append(path)
    sources = _sources(folder / "index.csv")
    listed, trains = _lists(folder, root)
    unwanted = images.keys() - listed if trains else listed
    return [
        MaskedPhoto(name, path, tuple(masks[name]), sources.get(name, "" if folder == root else folder.name))
        for name, path in images.items()
        if name in masks and name not in unwanted
    ]


def _lists(folder: Path, root: Path) -> tuple[set[str], bool]:
    """Give the photos that a dataset's lists name, and whether these are the ones to train on (or those to leave out).

    A line names a photo, one of its foregrounds or one of its composites (`ID`, `ID_1`, `ID_1_2.jpg`).
    """
    for word, trains in (("train", True), ("test", False)):
        patterns = (f"*_{word}.txt", f"{word}_list.txt", f"{word}.txt")
        paths = [path for place in (folder, root) for pattern in patterns for path in sorted(place.glob(pattern))]
        if paths:
            lines = paths[0].read_text(encoding="utf-8-sig", errors="replace").splitlines()
            names = (Path(line.strip().replace("\\", "/")).name for line in lines if line.strip())
            stems = [name[: -len(suffix)] if (suffix := Path(name).suffix) in _SUFFIXES else name for name in names]
            return {stem.rsplit("_", cut)[0] for stem in stems for cut in (0, 1, 2)}, trains
    return set(), False


def _realhm(folder: Path) -> list[MaskedPhoto]:
    """Find `NAME_gt.jpg` with `NAME_mask.jpg` beside it, in any folder below."""
    paths = sorted(folder.rglob("*_gt.jpg")) if folder.is_dir() else []
    pairs = ((path, path.with_name(path.name.replace("_gt.jpg", "_mask.jpg"))) for path in paths)
    return [
        MaskedPhoto(path.relative_to(folder).as_posix().removesuffix("_gt.jpg"), path, (mask,), "RealHM")
        for path, mask in pairs
        if mask.exists()
    ]


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

"""Folders of real photos with masks, read into memory at one small size for training.

A folder holds `images/ID.EXT` and `masks/ID_K.png` (or `ID.png`), and may hold an `index.csv` with the columns image,
mask, source, and label or kind (what the mask's object is; kind, where both are there). Nothing else is needed to train
on one's own catalogue. What is passed over (photos without a mask, masks without a photo, masks that select nothing or
everything) is logged as a warning, in one line.

Datasets of the field are read as they are published, their real pictures being the photos: iHarmony4 (one sub-dataset,
or the folder of all four), ccHarmony, RealHM. What their lists set aside for testing is left out.
"""

from __future__ import annotations

import csv
import hashlib
import logging
import math
import shutil
import tempfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from accord.core.errors import BadInputError
from accord.core.picture import code_range
from accord.io import read_picture
from accord.io.mask import stored_mask, unit

_SUFFIXES = (".webp", ".jpg", ".jpeg", ".png", ".tif", ".tiff")
_DEEP = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")  # Pillow's modes that it cuts off at 255 in place of scaling them
_IN_MEMORY = 4 << 30  # bytes of a bank's photos and masks beyond which they are held in files
_LOG = logging.getLogger("accord")
_said: set[str] = set()


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
    kinds
        What the object of each mask is; "" where unknown.
    """

    id: str
    image: Path
    masks: tuple[Path, ...]
    source: str = ""
    kinds: tuple[str, ...] = ()


def list_photos(folder: Path) -> list[MaskedPhoto]:
    """List the photos of a folder that have at least one mask, sorted by name; say once what is passed over.

    Raises
    ------
    BadInputError
        If the folder is not laid out as described above, no photo has a mask, or index.csv is not UTF-8
        or not divided by commas.
    """
    parts = [folder] if _pictures(folder) else [part for part in _folders(folder) if _pictures(part)]
    listings = [(part, _listing(part, folder)) for part in parts]
    # With sub-datasets, equal names may stand for different photos.
    found = [
        replace(photo, id=photo.id if part == folder else f"{part.name}/{photo.id}")
        for part, listing in listings
        for photo in listing.photos
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
    _say_passed_over(folder, found, [listing for _, listing in listings])
    return found


def _say_passed_over(folder: Path, found: list[MaskedPhoto], listings: list[_Listing]) -> None:
    kinds = {
        "photos without a mask": [path for listing in listings for path in listing.lone_photos],
        "masks without a photo": [path for listing in listings for path in listing.lone_masks],
        "masks that are no .png": [path for listing in listings for path in listing.other_masks],
    }
    told = [f"{kind}: {_few(paths)}" for kind, paths in kinds.items() if paths]
    if told:
        count = sum(len(photo.masks) for photo in found)
        _say_once(f"{folder}: photos: {len(found)}, masks: {count}; passed over: {'; '.join(told)}.")


def _few(paths: Sequence[Path]) -> str:
    names = ", ".join(path.name for path in paths[:3])
    return f"{len(paths)} ({names}{', ...' if len(paths) > 3 else ''})"


def _say_once(line: str) -> None:
    """Log a warning, but not again when the same photos are listed or loaded again."""
    if line not in _said:
        _said.add(line)
        # Unless the program set up logging otherwise, Python prints a warning as a line on standard error.
        _LOG.warning("%s", line)


def _folders(folder: Path) -> list[Path]:
    return sorted(part for part in folder.iterdir() if part.is_dir()) if folder.is_dir() else []


def _pictures(folder: Path) -> Path | None:
    """Give the folder that holds the photos, where there is one for their masks too."""
    named = [folder / name for name in ("images", "real_images") if (folder / name).is_dir()]
    return named[0] if named and _masks(folder) else None


def _masks(folder: Path) -> Path | None:
    named = [folder / name for name in ("masks", "foreground_masks") if (folder / name).is_dir()]
    return named[0] if named else None


@dataclass(frozen=True)
class _Listing:
    """What the folders of photos and of masks hold."""

    photos: list[MaskedPhoto]
    lone_photos: list[Path]
    lone_masks: list[Path]
    other_masks: list[Path]


def _listing(folder: Path, root: Path) -> _Listing:
    pictures, masks_folder = _pictures(folder), _masks(folder)
    assert pictures is not None  # `list_photos` looked
    assert masks_folder is not None
    images = {path.stem: path for path in _files(pictures)}
    selecting = _files(masks_folder)
    masks = _by_photo([path for path in selecting if path.suffix.lower() == ".png"], images)
    sources, kinds = _index(folder / "index.csv")
    listed, trains = _lists(folder, root)
    unwanted = images.keys() - listed if trains else listed
    wanted = [(name, path) for name, path in images.items() if name not in unwanted]
    return _Listing(
        [
            MaskedPhoto(
                name,
                path,
                tuple(masks[name]),
                sources.get(name, "" if folder == root else folder.name),
                tuple(kinds.get(mask.stem, "") for mask in masks[name]),
            )
            for name, path in wanted
            if name in masks
        ],
        [path for name, path in wanted if name not in masks],
        [path for name, paths in masks.items() if name not in images for path in paths],
        [path for path in selecting if path.suffix.lower() != ".png"],
    )


def _files(folder: Path) -> list[Path]:
    """Give a folder's pictures, but for hidden files, such as those that macOS leaves beside each."""
    return sorted(
        path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES and not path.name.startswith(".")
    )


def _by_photo(paths: Sequence[Path], images: Iterable[str]) -> dict[str, list[Path]]:
    """Sort masks by the photo that each belongs to, or would if it were there."""
    images, stems = set(images), {path.stem for path in paths}
    masks: dict[str, list[Path]] = {}
    for path in paths:
        numbered = path.stem.rpartition("_")[0]
        # With photos chair and chair_1, chair_1.png is chair's first mask, unless chair.png is its only one.
        whole = path.stem in images and (numbered not in images or numbered in stems)
        masks.setdefault(path.stem if whole else numbered or path.stem, []).append(path)
    return masks


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


def _index(index: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Give the source of each photo that the index names, and the kind of each mask."""
    if not index.exists():
        return {}, {}
    try:
        with index.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            columns, rows = list(reader.fieldnames or ()), list(reader)
    except UnicodeDecodeError as error:
        raise BadInputError(f"{index} is not UTF-8: {error}. Save it as UTF-8 (in Excel: CSV UTF-8).") from error
    if len(columns) == 1 and any(mark in columns[0] for mark in ";\t"):
        raise BadInputError(f"{index} begins with {columns[0]!r}: its columns should be divided by commas.")
    named = "kind" if "kind" in columns else "label"
    return (
        {row["image"]: row.get("source") or "" for row in rows if row.get("image")},
        {row["mask"]: row.get(named) or "" for row in rows if row.get("mask")},
    )


def held_out(photos: Sequence[MaskedPhoto], *, tenth: int = 0) -> list[MaskedPhoto]:
    """Give the photos that are kept from training: a fixed tenth, by a checksum of their names.

    One that is there under a name outside the tenth as well, byte for byte, is not kept: training would see it.
    """
    kept: list[MaskedPhoto] = []
    others: list[MaskedPhoto] = []
    for photo in photos:
        (kept if zlib.crc32(photo.id.encode()) % 10 == tenth else others).append(photo)
    sizes = {photo.image.stat().st_size for photo in kept}  # files of another size are no copies, and are not read
    seen = {_digest(photo) for photo in others if photo.image.stat().st_size in sizes}
    return [photo for photo in kept if _digest(photo) not in seen]


def _digest(photo: MaskedPhoto) -> bytes:
    return hashlib.blake2b(photo.image.read_bytes(), digest_size=16).digest()


@dataclass(frozen=True)
class PhotoBank:
    """Photos and masks, squeezed to squares of one size, in memory or, where there are many, mapped from files.

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
    kinds
        (m,) a number for what the object of each mask is; -1 where unknown.
    """

    images: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    owner: NDArray[np.int64]
    sources: tuple[str, ...]
    kinds: NDArray[np.int64]

    @classmethod
    def load(cls, photos: Iterable[MaskedPhoto], size: int) -> PhotoBank:
        """Read photos and masks, area-averaged to size x size pixels; the aspect ratio is not kept, as networks see it.

        Masks that are black or white everywhere select nothing to recolour; they are left out, with a line that names
        them, and so are photos that have no other.

        Raises
        ------
        BadInputError
            If a file cannot be read, a mask's size is not its photo's, a mask holds labels (see `accord.io.mask`), no
            mask is left, or there is no room for them all.
        """
        photos = list(photos)
        images, masks = _rooms((len(photos), size, size, 3), (sum(len(photo.masks) for photo in photos), size, size))
        kept: list[MaskedPhoto] = []
        owner: list[int] = []
        kinds: list[str] = []
        useless: list[Path] = []
        for photo in photos:
            image = _read_photo(photo.image)
            useful = []
            for path, kind in zip(photo.masks, photo.kinds or [""] * len(photo.masks), strict=True):
                mask = _read_mask(path, image)
                if _selects(mask):
                    useful.append(mask)
                    kinds.append(kind)
                else:
                    useless.append(path)
            if not useful:
                continue
            images[len(kept)] = np.asarray(
                image.resize(
                    (size, size), Image.Resampling.BOX if min(image.size) >= size else Image.Resampling.BILINEAR
                )
            )
            for mask in useful:
                masks[len(owner)] = np.asarray(mask.resize((size, size), Image.Resampling.BOX))
                owner.append(len(kept))
            kept.append(photo)
        if useless:
            told = f"masks that are black or white everywhere: {_few(useless)}"
            if not owner:
                raise BadInputError(f"there are only {told}. White on the object and black around it was wanted.")
            _say_once(f"left out {told}, and photos with no other mask: {len(photos) - len(kept)}.")
        numbers = {kind: number for number, kind in enumerate(dict.fromkeys(kind for kind in kinds if kind))}
        return cls(
            images[: len(kept)],
            masks[: len(owner)],
            np.array(owner),
            tuple(photo.source for photo in kept),
            np.array([numbers.get(kind, -1) for kind in kinds]),
        )


def _rooms(*shapes: tuple[int, ...]) -> list[NDArray[np.uint8]]:
    """Make room for bytes of some shapes: in memory or, beyond `_IN_MEMORY` together, in files that are mapped there.

    The system can drop a file's pages, and read them again. The files are in the folder for temporary ones (TMPDIR),
    have no names there, and go with the process.
    """
    needed = sum(math.prod(shape) for shape in shapes)
    if needed <= _IN_MEMORY:
        return [np.empty(shape, np.uint8) for shape in shapes]
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free  # a file that outgrew its disk would end the process without a word
    if needed > free:
        raise BadInputError(
            f"that many photos and masks of that size need {needed / 1e9:.1f} GB in {folder}, which has "
            f"{free / 1e9:.1f} GB left. Set TMPDIR to a folder on a larger disk, or take fewer photos."
        )
    mapped: list[NDArray[np.uint8]] = []
    for shape in shapes:
        with tempfile.TemporaryFile() as file:
            mapped.append(np.memmap(file, np.uint8, "w+", shape=shape))
    return mapped


def _read_photo(path: Path) -> Image.Image:
    """Read a photo upright, as 8-bit RGB; profiles are ignored."""
    picture = _opened(path)
    return picture.convert("RGB") if picture is not None else _deep_photo(path)


def _read_mask(path: Path, image: Image.Image) -> Image.Image:
    """Read the mask of a photo upright, as 8-bit coverage."""
    picture = _opened(path)
    # Other readings of a mask than the plain one are those of `accord.io.mask`, which knows alpha and 16 bit.
    plain = np.asarray(picture.convert("L")) if picture is not None and picture.mode in ("1", "L") else path
    try:
        cover = stored_mask(plain, image.height, image.width)
    except BadInputError as error:
        raise BadInputError(f"{path}: {error}") from error
    return Image.fromarray(cover if cover.dtype == np.uint8 else np.rint(unit(cover) * 255).astype(np.uint8))


def _selects(mask: Image.Image) -> bool:
    """Tell whether a mask is neither black everywhere nor white everywhere."""
    return mask.getextrema() not in ((0, 0), (255, 255))


def _opened(path: Path) -> Image.Image | None:
    """Open a picture upright, decoded; None if it is one of those that Pillow cannot bring to 8 bit."""
    try:
        with Image.open(path) as file:
            if file.mode in _DEEP:
                return None
            file.load()
            ImageOps.exif_transpose(file, in_place=True)
            return file
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError) as error:
        raise BadInputError(f"cannot read {path}: {error}. Remove it from the folder, or mend it.") from error


def _deep_photo(path: Path) -> Image.Image:
    pixels = read_picture(path).pixels
    if pixels.dtype.kind != "u":
        raise BadInputError(f"{path} holds floats, a photo of 8 or 16 bits was wanted. Save it as PNG or JPEG.")
    codes = np.rint(pixels * (255 / code_range(pixels.dtype))).astype(np.uint8)
    return Image.fromarray(codes if codes.shape[2] == 3 else codes[..., 0]).convert("RGB")

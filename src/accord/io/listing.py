"""Which composites there are, and their masks: in a folder, or in a manifest."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from accord.core.errors import BadInputError

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".exr", ".dpx", ".jxl", ".psd")
"""What counts as a picture in a folder."""

_FOLDERS = (("composite_images", "masks", "real_images"), ("composites", "masks", "reals"))
_MASK, _REAL = "_mask", "_real"
_COLUMNS = ("composite", "mask", "real", "method", "strength")


@dataclass(frozen=True)
class Listed:
    """A composite on disk.

    Parameters
    ----------
    name
        What to call it: its path from the folder or manifest, without suffix.
    composite
        The picture.
    mask
        Its mask; None where its alpha is.
    real
        The true picture, where there is one.
    method, strength, reference
        How to harmonize it, where a manifest or a log says so.
    trouble
        Why it cannot be harmonized as it was; None where it can.
    """

    name: str
    composite: Path
    mask: Path | None = None
    real: Path | None = None
    method: str | None = None
    strength: float | None = None
    reference: Literal["background", "ring"] = "background"
    trouble: str | None = None


def list_composites(source: Path, *, complete: bool = True) -> list[Listed]:
    """List the composites of a folder or a manifest, in order of their names, or as the manifest has them.

    Parameters
    ----------
    source
        A folder of `composites` and `masks` (and `reals`), or `composite_images`, `masks` (and `real_images`) as
        iHarmony4 has them, where NAME_1_2 belongs to the mask NAME_1_2 or NAME_1, and to the real picture NAME; a
        folder of NAME.jpg beside NAME_mask.png (and NAME_real.jpg), or of pictures with alpha; or a manifest, CSV or
        JSON lines (.csv, .jsonl), with the columns composite, mask and, if you like, real, method and strength; its
        paths are taken from its own folder.
    complete
        Whether the whole set is refused where a file is missing; if not it is listed, and whoever reads it finds out.

    Raises
    ------
    BadInputError
        If there is nothing, a manifest cannot be read, or, where the set is to be complete, a composite has no mask or
        a file that a manifest names is missing.
    """
    if source.is_dir():
        found = _in_folders(source, complete=complete) or _side_by_side(source)
    elif source.suffix.lower() in (".csv", ".jsonl", ".ndjson"):
        found = [_of_row(source, number, row, complete=complete) for number, row in _rows(source)]
    else:
        raise BadInputError(
            f"{source} is neither a folder of composites and masks nor a manifest (.csv, .jsonl) of their names."
        )
    if not found:
        raise BadInputError(
            f"{source} holds no composites. A folder has NAME.jpg beside NAME_mask.png, or composites/NAME.jpg and "
            "masks/NAME.png; a manifest has the columns composite and mask."
        )
    return found


def _in_folders(root: Path, *, complete: bool) -> list[Listed]:
    for composites, masks, reals in _FOLDERS:
        if not (root / composites).is_dir():
            continue
        mask_of, real_of = (_pictures(root / name) for name in (masks, reals))
        found = []
        for stem, path in _pictures(root / composites).items():
            shorter = [stem, stem.rpartition("_")[0], stem.rpartition("_")[0].rpartition("_")[0]]
            mask, real = (next((known[s] for s in shorter if s in known), None) for known in (mask_of, real_of))
            if mask is None and mask_of:
                mask = root / masks / f"{stem}.png"
                if complete:
                    raise BadInputError(f"{path} has no mask in {root / masks}: it should be called {mask.name}.")
            found.append(Listed(stem, path, mask, real))
        return found
    return []


def _side_by_side(root: Path) -> list[Listed]:
    known = _pictures(root)
    partners = {stem for stem in known if stem.endswith((_MASK, _REAL))}
    return [
        Listed(stem, path, known.get(stem + _MASK), known.get(stem + _REAL))
        for stem, path in known.items()
        if stem not in partners
    ]


def _pictures(folder: Path) -> dict[str, Path]:
    """Give the pictures of a folder by stem, in order; none where there is no such folder."""
    if not folder.is_dir():
        return {}
    return {
        path.stem: path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
    }


def _rows(manifest: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        text = manifest.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadInputError(f"the manifest {manifest} cannot be read: {reason}.") from error
    if manifest.suffix.lower() == ".csv":
        yield from enumerate(csv.DictReader(text.splitlines()), 2)
        return
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadInputError(f"{manifest}, line {number}, is no JSON: {error}.") from error
        if not isinstance(row, dict):
            raise BadInputError(f"{manifest}, line {number}, is no JSON object with a composite and a mask.")
        yield number, row


def _of_row(manifest: Path, number: int, row: Mapping[str, Any], *, complete: bool) -> Listed:
    told = {name: row.get(name) or None for name in _COLUMNS}
    if not isinstance(told["composite"], str):
        raise BadInputError(
            f"{manifest}, line {number}, names no composite; its columns are: {', '.join(map(str, row))}."
        )
    paths = {name: manifest.parent / str(told[name]) if told[name] else None for name in ("composite", "mask", "real")}
    for path in paths.values():
        if complete and path is not None and not path.is_file():
            raise BadInputError(f"{manifest}, line {number}: there is no file {path}.")
    try:
        strength = float(told["strength"]) if told["strength"] is not None else None
    except (TypeError, ValueError) as error:
        raise BadInputError(f"{manifest}, line {number}: strength is {told['strength']!r}, no number.") from error
    composite = Path(told["composite"])
    return Listed(
        name=str(composite.with_suffix("") if composite.name else composite),
        composite=manifest.parent / told["composite"],
        mask=paths["mask"],
        real=paths["real"],
        method=str(told["method"]) if told["method"] is not None else None,
        strength=strength,
    )

"""Sets of composites on disk, in iHarmony4's layout, for training or testing any code with them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from accord.core.errors import BadInputError
from accord.data.synthesis import FAMILIES, Batch, Synthesizer, batch_seed

_BATCH = 16
_COLUMNS = ("composite", "real", "family", "foreground_ratio", "fmse")


def write_composites(synthesizer: Synthesizer, folder: Path, count: int, seed: int) -> Iterator[int]:
    """Write `count` composites and yield how many are there after each batch.

    The layout is composite_images/ID_1_1.png, masks/ID_1.png, real_images/ID.png and index.csv with the family of the
    recolouring, the foreground's share of the picture and the foreground's mean squared error (0..255). Where a mask
    is 0, composite and real picture are equal, if the synthesizer's masks are what it recoloured by (`rough` 0). The
    same seed writes the same set; what an earlier, stopped run wrote is kept.

    Raises
    ------
    BadInputError
        If the folder cannot be written, holds a set of another seed, size, photos or settings, or holds more than
        `count` composites.
    """
    stamp = f"seed {seed}, size {synthesizer.size}, photos and settings {synthesizer.digest()}\n"
    marker = folder / "made_by_accord.txt"
    try:
        for name in ("composite_images", "masks", "real_images"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        if marker.exists() and marker.read_text(encoding="utf-8") != stamp:
            raise BadInputError(
                f"{folder} holds a set made with {marker.read_text(encoding='utf-8').strip()}, not {stamp.strip()}: "
                "choose another folder, or the same photos and settings."
            )
        marker.write_text(stamp, encoding="utf-8")
        rows = _rows(folder / "index.csv")
        if len(rows) > count:
            raise BadInputError(
                f"{folder} holds {len(rows)} composites already, {count} were wanted: choose another folder, or a "
                f"--count of {len(rows)} or more."
            )
        while len(rows) < count:
            first = len(rows) // _BATCH * _BATCH
            batch = synthesizer.batch(_BATCH, batch_seed(seed, first // _BATCH))
            rows = rows[:first] + _write_batch(batch, folder, first, min(_BATCH, count - first))
            _write_rows(folder / "index.csv", rows)
            yield len(rows)
    except OSError as error:
        raise BadInputError(f"cannot write to {folder}: {error.strerror or error}.") from error


def _rows(index: Path) -> list[dict[str, str]]:
    if not index.exists():
        return []
    with index.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _write_rows(index: Path, rows: list[dict[str, str]]) -> None:
    with index.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, _COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def _write_batch(batch: Batch, folder: Path, first: int, count: int) -> list[dict[str, str]]:
    rows = []
    for offset in range(count):
        name = f"made{first + offset:06d}"
        composite, real = _codes(batch.composite[offset]), _codes(batch.real[offset])
        mask = _codes(batch.mask[offset])[..., 0]
        # Coverage that is too little for a code of its own may still have turned one of the composite's.
        composite = np.where(mask[..., np.newaxis] > 0, composite, real)
        Image.fromarray(composite).save(folder / "composite_images" / f"{name}_1_1.png")
        Image.fromarray(mask).save(folder / "masks" / f"{name}_1.png")
        Image.fromarray(real).save(folder / "real_images" / f"{name}.png")
        weight = mask[..., None] / 255
        error = weight * (composite.astype(np.float64) - real) ** 2
        rows.append({
            "composite": f"{name}_1_1", "real": name, "family": FAMILIES[int(batch.family[offset])],
            "foreground_ratio": f"{(mask > 127).mean():.4f}", "fmse": f"{error.sum() / (3 * weight.sum()):.1f}",
        })  # fmt: skip
    return rows


def _codes(values: Tensor) -> NDArray[np.uint8]:
    return (values.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()

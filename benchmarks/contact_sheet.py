"""Draw what the default makes of photos that anyone may show, for docs/results.md.

    python benchmarks/contact_sheet.py known KODAK MODEL docs/images/results-known.jpg
    python benchmarks/contact_sheet.py real KODAK MODEL docs/images/results-real.jpg

KODAK and MODEL are those of make_demo.py. known: forty composites that `accord synthesize` makes of the fifteen of
Kodak's photos that no training saw, with the photo that each came from, and their figures. real: cut-outs of Kodak's
and scikit-image's photos put before other ones by `accord.compose`, with nothing to compare to.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps
from skimage import data

import accord
from accord.evaluation.dataset import read_dataset
from make_demo import BORDER, cut_out
from photo_masks import regions, salient

_UNSEEN = (1, 4, 5, 6, 8, 9, 10, 11, 14, 15, 18, 19, 20, 21, 24)
_COUNT, _SEED, _MASKS = 40, 1, 3
# What is pasted, before what, where its centre is, and its width over the scene's.
_REAL = (
    (9, 16, (0.6, 0.5), 0.33), (9, 21, (0.75, 0.6), 0.2), (4, 16, (0.55, 0.56), 0.45), (4, 12, (0.3, 0.56), 0.45),
    ("astronaut", 16, (0.5, 0.62), 0.55), ("astronaut", "rocket", (0.5, 0.62), 0.6), (20, 16, (0.4, 0.65), 0.5),
    (20, "rocket", (0.5, 0.7), 0.6), (23, 16, (0.5, 0.6), 0.9), (23, "rocket", (0.5, 0.6), 0.9),
    (14, 13, (0.6, 0.75), 0.5), (14, 16, (0.45, 0.75), 0.5),
)  # fmt: skip
_TILE, _WIDE, _GAP, _BACK = 132, (288, 190), 3, (40, 40, 40)


def main(kind: str, kodak: Path, model: Path, sheet: Path) -> None:
    cells, columns, tile = known(kodak, model) if kind == "known" else real(kodak, model)
    step = tile[0] + _GAP, tile[1] + _GAP
    rows = -(-len(cells) // columns)
    drawn = Image.new("RGB", (columns * step[0] + _GAP, rows * step[1] + _GAP), _BACK)
    for number, cell in enumerate(cells):
        row, column = divmod(number, columns)
        fitted = ImageOps.pad(Image.fromarray(cell), tile, color=_BACK)
        drawn.paste(fitted, (_GAP + column * step[0], _GAP + row * step[1]))
    drawn.save(sheet, quality=88)


def known(kodak: Path, model: Path) -> tuple[list[np.ndarray], int, tuple[int, int]]:
    """Give composite, result and truth of each, and print the figures of all."""
    with tempfile.TemporaryDirectory() as place:
        photos, made = Path(place, "photos"), Path(place, "set")
        for part in ("images", "masks"):
            (photos / part).mkdir(parents=True)
        for number in _UNSEEN:
            _with_masks(photo_of(kodak, number), number, model, photos)
        _run("synthesize", photos, "-o", made, "--count", _COUNT, "--seed", _SEED)
        _run("evaluate", made, "--method", "identity", "--method", "accord")
        cells = []
        for triplet in read_dataset(made):
            result = accord.harmonize(triplet.composite, triplet.mask).image
            shown = (Image.open(triplet.composite), Image.fromarray(result), Image.open(triplet.real))
            cells += [np.asarray(picture.convert("RGB")) for picture in shown]
    return cells, 12, (_TILE, _TILE)


def _run(*words: object) -> None:
    subprocess.run([sys.executable, "-m", "accord", *(str(word) for word in words)], check=True)


def _with_masks(photo: np.ndarray, number: int, model: Path, folder: Path) -> None:
    """Save a photo at half its size, and masks of the object that stands out and of regions."""
    small = cv2.resize(photo[..., ::-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    found = salient(small, model)
    cv2.imwrite(str(folder / "images" / f"kodim{number:02d}.png"), small)
    for which, mask in enumerate([*found, *regions(small, number, _MASKS - len(found))], 1):
        cv2.imwrite(str(folder / "masks" / f"kodim{number:02d}_{which}.png"), np.uint8(mask) * 255)


def real(kodak: Path, model: Path) -> tuple[list[np.ndarray], int, tuple[int, int]]:
    """Give composite and result of each."""
    cells = []
    for front, scene, at, scale in _REAL:
        layer = cut_out(photo_of(kodak, front), model)
        made = accord.compose(photo_of(kodak, scene), layer, at=at, scale=scale, edges="keep")
        composite = made.picture().pixels
        cells += [composite, accord.harmonize(composite, made.mask).image]
    return cells, 6, _WIDE


def photo_of(kodak: Path, name: int | str) -> np.ndarray:
    """Give one of Kodak's photos, by its number, or one of scikit-image's: (height, width, 3), uint8."""
    if isinstance(name, str):
        return np.ascontiguousarray(getattr(data, name)())
    photo = np.asarray(Image.open(kodak / f"{name}.png").convert("RGB"))
    return np.ascontiguousarray(photo[BORDER:-BORDER, BORDER:-BORDER])


if __name__ == "__main__":
    main(sys.argv[1], *(Path(word) for word in sys.argv[2:5]))

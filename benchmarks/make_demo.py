"""Make the demo's composite: sailing boats, photographed under a bright sky, on a sea in the evening's warm light.

Both photographs are of Kodak's Lossless True Color Image Suite, which Eastman Kodak released for unrestricted usage;
KODAK is a folder of them as PNG, 1.png to 24.png (kodak/ in a clone of github.com/imazen/codec-corpus). MODEL is
u2netp.onnx, as in rembg, which finds the boats; their soft edge is closed-form matting's, and its colours are cleaned
of the old sky by foreground estimation. `accord.compose` does the rest.

    python benchmarks/make_demo.py KODAK MODEL FOLDER

needs the extras `matting` and `evaluate`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from pymatting import estimate_alpha_cf, estimate_foreground_ml

import accord
from accord.io import as_picture
from accord.io.automask import auto_mask
from accord.io.write import write_picture

_BOATS, _SEA = "9.png", "16.png"
BORDER = 7  # pixels at the scans' edges that show no picture
_AT, _SCALE = (0.6, 0.5), 0.27


def main(kodak: Path, model: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    boats = np.asarray(Image.open(kodak / _BOATS).convert("RGB"))
    Image.fromarray(cut_out(boats, model)).save(folder / "sailboats.png", optimize=True)
    sea = Image.open(kodak / _SEA).convert("RGB")
    sea.crop((BORDER, BORDER, sea.width - BORDER, sea.height - BORDER)).save(
        folder / "sea.jpg", quality=92, subsampling=0
    )
    made = accord.compose(folder / "sea.jpg", folder / "sailboats.png", at=_AT, scale=_SCALE, edges="keep")
    write_picture(made.picture(), folder / "composite.png")
    write_picture(made.mask_picture(), folder / "mask.png")


def cut_out(photo: np.ndarray, model: Path) -> np.ndarray:
    """Give the photo's salient object, cut to its box: (height, width, 4), uint8, straight alpha."""
    cover = auto_mask(as_picture(photo), model)
    sure = cv2.erode(np.uint8(cover > 0.8), np.ones((7, 7)))
    near = cv2.dilate(np.uint8(cover > 0.2), np.ones((9, 9)))
    alpha = estimate_alpha_cf(photo / 255, np.where(sure == 1, 1.0, np.where(near == 0, 0.0, 0.5)))
    colour = estimate_foreground_ml(photo / 255, alpha)
    rows, columns = np.nonzero(near.any(1))[0], np.nonzero(near.any(0))[0]
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.uint8(np.round(np.clip(np.dstack([colour, alpha])[box], 0, 1) * 255))


if __name__ == "__main__":
    main(*(Path(word) for word in sys.argv[1:4]))

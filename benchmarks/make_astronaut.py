"""Make the astronaut of the docs and tests: cut out of her studio portrait, in front of a rocket at dusk.

Both photographs are in the public domain and come with scikit-image (see examples/astronaut/NOTICE.md). The cut-out is
GrabCut's, its soft edge closed-form matting's, and its colours at that edge are cleaned of the studio by foreground
estimation.

    python benchmarks/make_astronaut.py FOLDER

needs numpy, pillow, scikit-image, opencv-python-headless and pymatting.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from pymatting import estimate_alpha_cf, estimate_foreground_ml
from skimage import data

# Rough outlines in the portrait's pixels (x, y): within the inner one all is astronaut, outside the outer one nothing
# is.
_OUTER = [
    (150, 110), (150, 40), (190, 14), (240, 12), (290, 30), (305, 80), (300, 130), (268, 160), (310, 190), (310, 215),
    (345, 250), (360, 300), (360, 345), (430, 340), (480, 380), (511, 440), (511, 511), (20, 511), (18, 440), (40, 330),
    (60, 260), (112, 210), (112, 170), (150, 145), (186, 150),
]  # fmt: skip
_INNER = [
    (175, 90), (175, 45), (240, 25), (285, 50), (290, 95), (255, 135), (252, 175), (285, 215), (300, 245), (330, 260),
    (345, 310), (340, 360), (400, 355), (460, 385), (490, 440), (495, 511), (40, 511), (45, 440), (60, 340), (80, 280),
    (120, 235), (130, 195), (165, 165), (192, 185), (192, 135),
]  # fmt: skip
_HEIGHT = 330  # of the astronaut in the scene, in pixels


def main(folder: Path) -> None:
    portrait, scene = data.astronaut(), data.rocket()
    alpha = estimate_alpha_cf(portrait / 255, trimap(portrait))
    colour = estimate_foreground_ml(portrait / 255, alpha)
    size = (_HEIGHT, _HEIGHT)
    layer = cv2.resize(np.dstack([colour * alpha[..., None], alpha]), size, interpolation=cv2.INTER_AREA)
    height, width = scene.shape[:2]
    cover = np.zeros((height, width))
    light = np.zeros((height, width, 3))
    # The portrait is cut by its lower and right edges, so the scene's own edges cut it here.
    cover[height - _HEIGHT :, width - _HEIGHT :] = layer[..., 3]
    light[height - _HEIGHT :, width - _HEIGHT :] = layer[..., :3]
    cover = np.clip(np.round(cover * 255) / 255, 0, 1)
    composite = light + (1 - cover[..., None]) * scene / 255
    folder.mkdir(parents=True, exist_ok=True)
    save(composite, folder / "composite.png")
    save(cover, folder / "mask.png")
    straight = layer[..., :3] / np.maximum(layer[..., 3:], 1 / 255)
    save(np.dstack([straight, layer[..., 3]]), folder / "astronaut.png")
    Image.fromarray(scene).save(folder / "rocket.jpg", quality=92, subsampling=0)


def trimap(portrait: np.ndarray) -> np.ndarray:
    """Give 1 for astronaut, 0 for studio, 0.5 for the seam between them."""
    marks = np.full(portrait.shape[:2], cv2.GC_PR_BGD, np.uint8)
    cv2.fillPoly(marks, [np.array(_OUTER)], cv2.GC_PR_FGD)
    marks[cv2.dilate((marks == cv2.GC_PR_FGD).astype(np.uint8), np.ones((41, 41))) == 0] = cv2.GC_BGD
    cv2.fillPoly(marks, [np.array(_INNER)], cv2.GC_FGD)
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(portrait[..., ::-1].copy(), marks, None, *models, 8, cv2.GC_INIT_WITH_MASK)
    inside = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    # Only the largest part: GrabCut leaves crumbs.
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inside)
    inside = (labels == 1 + np.argmax(stats[1:count, cv2.CC_STAT_AREA])).astype(np.uint8)
    sure = cv2.erode(inside, np.ones((5, 5)), borderValue=1)
    near = cv2.dilate(inside, np.ones((7, 7)))
    return np.where(sure == 1, 1.0, np.where(near == 0, 0.0, 0.5))


def save(values: np.ndarray, path: Path) -> None:
    """Write values in [0, 1] as 8 bit."""
    Image.fromarray(np.clip(np.round(values * 255), 0, 255).astype(np.uint8)).save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

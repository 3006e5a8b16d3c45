"""Masks for photos, for gather_photos.py: a data set's own, a salient object, or regions of like colour.

Masks are (height, width), bool, of the photo's size.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import felzenszwalb

from accord.core.errors import BadInputError
from accord.io import as_picture
from accord.io.automask import auto_mask
from photo_checks import Photo

Mask = NDArray[np.bool_]


def own_mask(data: bytes, photo: Photo) -> list[Mask]:
    """Give a mask from its file, 0 and 1 or 0 and 255; none if it is of another shape, or hardly anything or all."""
    codes = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
    height, width = photo.shape[:2]
    if codes is None or abs(codes.shape[0] / codes.shape[1] - height / width) > 0.03:
        return []
    cover = (codes > (127 if codes.max() > 1 else 0)).astype(np.float32)
    mask = tidy(cv2.resize(cover, (width, height), interpolation=cv2.INTER_AREA) > 0.5)
    return [mask] if _fits(mask, 0.015, 0.7, 0.75) else []


def salient(photo: Photo, model: Path) -> list[Mask]:
    """Give the salient object that a segmentation model finds, where it is sure of it."""
    try:
        cover = auto_mask(as_picture(np.ascontiguousarray(photo[..., ::-1])), model)
    except BadInputError:  # it finds none
        return []
    mask = tidy(cover > 0.5)
    unsure = np.minimum(cover, 1 - cover).sum() / cover.sum()
    return [mask] if unsure <= 0.24 and _fits(mask, 0.02, 0.65, 0.5) else []


def regions(photo: Photo, seed: int, count: int = 2) -> list[Mask]:
    """Give up to `count` regions of like colour, which do not overlap, drawn by the seed."""
    rng = np.random.default_rng(seed)
    least = int(photo[..., 0].size * rng.uniform(0.03, 0.12))
    smooth = cv2.bilateralFilter(photo, 5, 25, 5)
    found: list[Mask] = []
    for scale, share in ((60, 1), (10, 2), (2, 4)):  # a scene of few colours falls apart on a fine scale only
        labels = felzenszwalb(smooth, scale=scale, sigma=1.0, min_size=least // share)
        labels = cv2.medianBlur(labels.astype(np.uint8), 7)
        masks = (tidy(labels == label) for label in rng.permutation(np.unique(labels)))
        found = max(found, [mask for mask in masks if _fits(mask, 0.03, 0.4, 0.6)][:count], key=len)
        if len(found) == count:
            break
    return found


def tidy(mask: Mask) -> Mask:
    """Drop crumbs and fill pinholes."""
    return ~_without_small(~_without_small(mask, 0.08 * mask.sum()), 0.003 * mask.size)


def _without_small(mask: Mask, least: float) -> Mask:
    _, labels, about, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    kept: Mask = mask & (about[:, cv2.CC_STAT_AREA] >= least)[labels]
    return kept


def _fits(mask: Mask, least: float, most: float, touching: float) -> bool:
    """Tell whether a mask covers that share of the picture, and no more than that share of its border."""
    border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    return bool(least <= mask.mean() <= most and border.mean() <= touching)

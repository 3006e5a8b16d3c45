"""What makes a picture unfit to learn colours from, and whether it is there already, for gather_photos.py.

Pictures are (height, width, 3), uint8, display-encoded sRGB in OpenCV's order, BGR.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

Photo = NDArray[np.uint8]

SIDE = 341


def decoded(data: bytes) -> Photo | None:
    """Read a picture in colour, its longest side shrunk to `SIDE`; None if it cannot be read."""
    photo = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if photo is None:
        return None
    height, width = photo.shape[:2]
    share = min(1.0, SIDE / max(height, width))
    size = max(1, round(width * share)), max(1, round(height * share))
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)


def fault(photo: Photo) -> str:
    """Say what makes a picture no photo to learn colours from; "" if nothing does."""
    shorter, longer = sorted(photo.shape[:2])
    if shorter < 100 or not 180 <= longer <= 2.6 * shorter:
        return "size"
    return _colour_fault(photo) or _border_fault(photo) or _drawing_fault(photo)


def _colour_fault(photo: Photo) -> str:
    small = cv2.resize(photo, (96, 96), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    if chroma.mean() < 4.5 or np.percentile(chroma, 95) < 9:
        return "grey"
    if np.sqrt(lab[..., 1:].var(axis=(0, 1)).sum()) < 3:
        return "tinted"
    return "flat or dark" if lab[..., 0].std() < 7 or lab[..., 0].mean() < 12 else ""


def _border_fault(photo: Photo) -> str:
    edge = max(2, min(photo.shape[:2]) // 40)
    strips = [part.reshape(-1, 3) for part in (photo[:edge], photo[-edge:], photo[:, :edge], photo[:, -edge:])]
    ring = np.concatenate(strips)
    if (ring.min(axis=1) >= 244).mean() > 0.4 or (ring.max(axis=1) <= 6).mean() > 0.4:
        return "white or black border"
    return "frame" if min(strip.std(axis=0).max() for strip in strips) < 1.2 else ""


def _drawing_fault(photo: Photo) -> str:
    """Find drawings and cut-outs: pixels that equal their neighbours, or few colours."""
    grey = cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY)
    equal = (grey[:-1, :-1] == grey[:-1, 1:]) & (grey[:-1, :-1] == grey[1:, :-1])
    colours = np.unique((photo >> 3).reshape(-1, 3).astype(np.int32) @ [1, 32, 1024])
    return "drawing" if equal.mean() > 0.42 or len(colours) < 220 else ""


def forms(photo: Photo) -> Iterator[Photo]:
    """Give what a picture may have become elsewhere: mirrored, and its middle, cut closer and closer."""
    yield np.ascontiguousarray(photo[:, ::-1])
    height, width = photo.shape[:2]
    for share in (0.05, 0.1, 0.15):
        top, left = int(height * share), int(width * share)
        yield photo[top : height - top, left : width - left]


class Known:
    """Fingerprints of pictures: a 16 x 16 grey thumbnail, and in which direction a 9 x 8 one grows brighter."""

    def __init__(self) -> None:
        self._prints = np.empty((0, 256 + 64), np.float32)
        self._count = 0

    def add(self, photo: Photo) -> None:
        """Keep a picture's fingerprint."""
        if self._count == len(self._prints):
            room = np.empty((max(1024, self._count), self._prints.shape[1]), np.float32)
            self._prints = np.concatenate([self._prints, room])
        self._prints[self._count] = _fingerprint(photo)
        self._count += 1

    def holds(self, photo: Photo, *, strict: bool = False) -> bool:
        """Tell whether a picture is among them, scaled or compressed anew; strictly, whether the thumbnail could be."""
        known, asked = self._prints[: self._count], _fingerprint(photo)
        alike = known[:, :256] @ asked[:256]
        differing = (64 - known[:, 256:] @ asked[256:]) / 2
        if strict:
            return bool((alike > 0.97).any())
        return bool(((alike > 0.97) & (differing <= 10) | (alike > 0.9) & (differing <= 3)).any())


def _fingerprint(photo: Photo) -> NDArray[np.float32]:
    grey = cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY)
    coarse = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA).astype(np.float32)
    tones = cv2.resize(grey, (16, 16), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    tones -= tones.mean()
    brighter = np.where(np.diff(coarse, axis=1) > 0, 1, -1).ravel()
    return np.concatenate([tones / (np.linalg.norm(tones) + 1e-6), brighter]).astype(np.float32)

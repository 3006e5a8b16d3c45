"""How a triplet is made ready for a method, and its result for comparison: sizes, masks, ranges.

Source: the published evaluation codes of iDIH, PCT-Net and CDTNet (resize first), and of Harmonizer (resize last).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import Floats
from accord.core.errors import BadInputError, MissingExtraError
from accord.core.picture import code_range
from accord.evaluation.dataset import Triplet
from accord.io import read_picture
from accord.io.mask import stored_mask

Size = Literal["256", "full", "full-to-256"]
MaskRule = Literal["soft", "binary", "dithered"]

SIZES: tuple[str, ...] = get_args(Size)
MASK_RULES: tuple[str, ...] = get_args(MaskRule)


@dataclass(frozen=True)
class Protocol:
    """What is compared at which size.

    Parameters
    ----------
    size
        256: composite, real and mask are squeezed to 256 x 256 (OpenCV's INTER_LINEAR on 8-bit values, aspect not
        kept), then harmonized and compared, as iDIH, PCT-Net (LR) and CDTNet do. full: harmonized and compared at the
        files' size. full-to-256: harmonized at the files' size, then prediction and real are shrunk to 256 x 256
        (Pillow's antialiased bilinear, mask by nearest neighbour) and compared, as Harmonizer does.
    mask
        soft: grey / 255, as published by all but Harmonizer. binary: 1 where grey / 255 > 0.5, after any resizing.
        dithered: Pillow's Floyd-Steinberg dithering of the file to black and white, before any resizing, as Harmonizer
        does.
    """

    size: Size = "256"
    mask: MaskRule = "soft"

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            raise BadInputError(f"size is {self.size!r}; it can be {', '.join(SIZES)}.")
        if self.mask not in MASK_RULES:
            raise BadInputError(f"mask rule is {self.mask!r}; it can be {', '.join(MASK_RULES)}.")

    def check_installed(self) -> None:
        """Raise MissingExtraError now, not at the first picture, if this protocol needs what is not installed."""
        if self.size == "256":
            _opencv()


@dataclass(frozen=True, eq=False)
class Case:
    """A triplet ready for a method.

    Parameters
    ----------
    composite, real
        (H, W, 3) display-encoded RGB, 0..255: uint8 for 8-bit files, float32 for deeper ones.
    mask
        (H, W) coverage of the foreground in [0, 1].
    """

    composite: NDArray[Any]
    mask: Floats
    real: NDArray[Any]


def read_case(triplet: Triplet, protocol: Protocol) -> Case:
    """Read a triplet and resize it, where the protocol resizes before harmonizing.

    Raises
    ------
    BadInputError
        If a file cannot be read, sizes differ, or the mask is 0 everywhere or holds labels (0 and 1 in integers). Names
        the file.
    """
    composite, real, mask = _rgb(triplet.composite), _rgb(triplet.real), _grey(triplet.mask)
    for path, pixels in ((triplet.real, real), (triplet.mask, mask)):
        if pixels.shape[:2] != composite.shape[:2]:
            raise BadInputError(
                f"{path} is {pixels.shape[1]} x {pixels.shape[0]} pixels, its composite {triplet.composite.name} is "
                f"{composite.shape[1]} x {composite.shape[0]}; a triplet has one size."
            )
    if protocol.mask == "dithered":
        mask = _dithered(mask)
    if protocol.size == "256":
        composite, real, mask = _squeezed(composite), _squeezed(real), _squeezed(mask)
    cover = (mask / np.float32(255)).astype(np.float32)
    if protocol.mask == "binary":
        cover = (cover > 0.5).astype(np.float32)
    if not cover.any():
        raise BadInputError(f"{triplet.mask} leaves no foreground at this size to compare. Leave it off the list.")
    return Case(composite, cover, real)


def comparable(prediction: Floats, case: Case, protocol: Protocol) -> tuple[NDArray[Any], NDArray[Any], Floats]:
    """Give the prediction, the real picture and the mask at the size at which the protocol compares.

    Parameters
    ----------
    prediction
        (H, W, 3) display-encoded RGB on 0..255; floats are clamped to that range, and not rounded.
    """
    prediction = np.clip(prediction, 0, 255)
    if protocol.size == "full-to-256":
        return _shrunk(prediction), _shrunk(case.real), _nearest(case.mask)
    return prediction, case.real, case.mask


def _rgb(path: Path) -> NDArray[Any]:
    """Read a picture's code values on 0..255, profiles ignored, as all published evaluations do."""
    pixels = _codes(path)
    return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels


def _grey(path: Path) -> NDArray[Any]:
    """Read a mask: its only channel, or the first of three."""
    cover = np.ascontiguousarray(read_picture(path).pixels[..., 0])
    try:
        return _on_codes(stored_mask(cover, *cover.shape))
    except BadInputError as error:
        raise BadInputError(f"{path}: {error}") from error


def _codes(path: Path) -> NDArray[Any]:
    return _on_codes(read_picture(path).pixels)


def _on_codes(pixels: NDArray[Any]) -> NDArray[Any]:
    if pixels.dtype == np.uint8:
        return pixels
    return (pixels.astype(np.float32) * np.float32(255 / code_range(pixels.dtype))).astype(np.float32)


def _opencv() -> Any:
    try:
        import cv2
    except ImportError as error:
        raise MissingExtraError("evaluating at 256 x 256 as published", "evaluate", "opencv-python-headless") from error
    return cv2


def _squeezed(pixels: NDArray[Any]) -> NDArray[Any]:
    cv2 = _opencv()
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), (256, 256), interpolation=cv2.INTER_LINEAR))


def _shrunk(pixels: NDArray[Any]) -> Floats:
    from PIL import Image

    planes = [Image.fromarray(np.ascontiguousarray(pixels[..., i], np.float32)) for i in range(3)]
    return np.stack([np.asarray(plane.resize((256, 256), Image.Resampling.BILINEAR)) for plane in planes], axis=-1)


def _nearest(mask: Floats) -> Floats:
    from PIL import Image

    return np.asarray(Image.fromarray(mask).resize((256, 256), Image.Resampling.NEAREST))


def _dithered(mask: NDArray[Any]) -> NDArray[np.uint8]:
    from PIL import Image

    return np.asarray(Image.fromarray(mask.astype(np.uint8)).convert("1")).astype(np.uint8) * 255

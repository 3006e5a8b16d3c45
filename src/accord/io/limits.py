"""How large a picture may say it is, so that a small file cannot exhaust memory."""

from __future__ import annotations

import os
from pathlib import Path

from accord.core.errors import BadInputError

DEFAULT_MAX_PIXELS = 2**29
"""537 megapixels: above the 400-megapixel files of multi-shot cameras, below anything that declares gigapixels."""

_SUSPECT_PIXELS = 2**26
_SUSPECT_RATIO = 5000
_SAMPLES_PER_PIXEL = 16


def max_pixels() -> int:
    """Give the largest picture that is read, in pixels: the environment's ACCORD_MAX_PIXELS, or the default.

    Raises
    ------
    BadInputError
        If ACCORD_MAX_PIXELS is no whole number above 0.
    """
    text = os.environ.get("ACCORD_MAX_PIXELS", "").strip()
    if not text:
        return DEFAULT_MAX_PIXELS
    if not text.isdecimal() or int(text) < 1:
        raise BadInputError(
            f"ACCORD_MAX_PIXELS is {text!r}, a whole number of pixels above 0 was wanted, say 1000000000."
        )
    return int(text)


def check_declared_size(path: Path, width: int, height: int, channels: int, limit: int | None = None) -> None:
    """Refuse a picture by the size that its header declares, before anything is decoded.

    Refused are more than `limit` pixels (by default `max_pixels()`), more than 16 samples for each pixel of that limit,
    and a picture above 67 megapixels whose file has less than a byte for 5000 of its pixels, which no photograph has.

    Raises
    ------
    BadInputError
        If the picture is too large, or has no pixels.
    """
    pixels = width * height
    if width < 1 or height < 1 or channels < 1:
        raise BadInputError(
            f"{path}: it declares {width} x {height} pixels of {channels} channels, so there is nothing to read."
        )
    allowed = max_pixels() if limit is None else limit
    way_out = "If you trust the file, raise the limit with the environment variable ACCORD_MAX_PIXELS."
    if pixels > allowed or pixels * channels > _SAMPLES_PER_PIXEL * allowed:
        raise BadInputError(
            f"{path}: it declares {width} x {height} pixels of {channels} channels, "
            f"the limit is {allowed} pixels. {way_out}"
        )
    size = path.stat().st_size
    trusted = limit is not None or "ACCORD_MAX_PIXELS" in os.environ
    if pixels > _SUSPECT_PIXELS and pixels > _SUSPECT_RATIO * size and not trusted:
        raise BadInputError(
            f"{path}: it declares {width} x {height} pixels in {size} bytes, as a decompression bomb would. {way_out}"
        )

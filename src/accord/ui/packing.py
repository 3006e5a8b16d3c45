"""Arrays in the body of an answer, as a page takes them straight into textures."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import Floats

_ALIGN = 8
_LARGEST = np.float32(60000)  # below the end of 16-bit floats


def packed(about: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Give a body: the length of a JSON text as four bytes, little end first, that text, and what it describes.

    Parameters
    ----------
    about
        JSON-ready values; the text is these, and under "arrays" where each lies.
    arrays
        uint8 or float16, by names.
    """
    described, parts, offset = {}, [], 0
    for name, array in arrays.items():
        raw = np.ascontiguousarray(array).tobytes()
        described[name] = {"offset": offset, "shape": list(array.shape), "dtype": array.dtype.name}
        padding = -len(raw) % _ALIGN
        parts += [raw, bytes(padding)]
        offset += len(raw) + padding
    text = json.dumps({**about, "arrays": described}, allow_nan=False).encode()
    text += b" " * (-(len(text) + 4) % _ALIGN)
    return b"".join([struct.pack("<I", len(text)), text, *parts])


def with_alpha(colours: Floats, alpha: Floats | None = None) -> NDArray[np.float16]:
    """Give (h, w, 3) working-space colours and (h, w) coverage, or full, as (h, w, 4) 16-bit floats."""
    texture = np.ones((*colours.shape[:2], 4), np.float16)
    texture[..., :3] = np.clip(colours, -_LARGEST, _LARGEST)
    if alpha is not None:
        texture[..., 3] = alpha
    return texture

"""Code values of a picture's own depth as floats, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from accord.core.picture import code_range

Floats = NDArray[np.float32]


def to_unit(codes: NDArray[Any]) -> Floats:
    """Give code values as float32 with white at 1; float codes keep their values, above 1 included."""
    return codes.astype(np.float32) / np.float32(code_range(codes.dtype))


def from_unit(values: Floats, dtype: DTypeLike) -> NDArray[Any]:
    """Give values with white at 1 as codes of `dtype`: integers rounded and clipped, floats only cut to its range."""
    kind = np.dtype(dtype)
    white = code_range(kind)
    if np.issubdtype(kind, np.integer):
        # float64: 65535 times a float32 is only just precise enough, and half a code decides the rounding.
        return np.clip(np.rint(values.astype(np.float64) * white), 0, white).astype(kind)
    most = float(np.finfo(kind).max)
    return np.clip(values, -most, most).astype(kind)

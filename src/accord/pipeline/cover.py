"""Masks in the depth in which they came: an 8-bit mask as floats would be four times as large."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import Floats
from accord.core.picture import code_range


def coverage_of(mask: NDArray[Any]) -> Floats:
    """Give coverage in [0, 1], float32, for a mask of floats in [0, 1] or of integers, the largest of which is full."""
    return np.asarray(np.divide(mask, np.float32(code_range(mask.dtype)), dtype=np.float32))


def bounding_box(mask: NDArray[Any]) -> tuple[slice, slice]:
    """Give the rows and columns outside which the mask is exactly 0; of neither any, if it is 0 everywhere."""
    found = np.flatnonzero(mask.any(axis=1))
    if not found.size:
        return slice(0, 0), slice(0, 0)
    rows = slice(int(found[0]), int(found[-1]) + 1)
    # Columns are looked for within these rows: what lies around a small foreground is looked at once, not twice.
    found = np.flatnonzero(mask[rows].any(axis=0))
    return rows, slice(int(found[0]), int(found[-1]) + 1)

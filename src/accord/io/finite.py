"""Pictures must be finite: one NaN would spread over every statistic."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import BadInputError


def check_finite(samples: NDArray[Any], what: str, first_row: int = 0) -> None:
    """Refuse NaN and infinity in float samples (H, W, ...).

    Raises
    ------
    BadInputError
        Naming the first such pixel.
    """
    if samples.dtype.kind != "f":
        return
    for row, line in enumerate(
        samples
    ):  # row by row: an array of booleans for all would be a quarter of the picture again
        if not np.isfinite(line).all():
            column = int(np.argwhere(~np.isfinite(line))[0][0])
            raise BadInputError(
                f"{what} holds NaN or infinity, first at row {first_row + row}, column {column}. "
                "Replace such pixels, say by their neighbours."
            )

"""Lay a foreground over a background.

Source: Porter and Duff, "Compositing Digital Images", SIGGRAPH 1984, doi:10.1145/800031.808606; for straight alpha.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def over(
    colour: Floats, coverage: Floats, background: Floats, background_alpha: Floats | None = None
) -> tuple[Floats, Floats | None]:
    """Lay `colour` over `background`, both un-premultiplied and in one space: linear light, to be right physically.

    Parameters
    ----------
    colour, background
        (h, w, 3), any range.
    coverage
        (h, w) in [0, 1], the foreground's.
    background_alpha
        (h, w) in [0, 1], or None for an opaque background.

    Returns
    -------
    tuple
        Un-premultiplied colour (h, w, 3), and alpha (h, w), None where the background is opaque. Where alpha is 0 the
        colour is the background's.
    """
    if background_alpha is None:
        share = coverage[..., None]
        # Both products, not background + share * difference: at full coverage this form is the foreground exactly.
        return share * colour + (1 - share) * background, None
    alpha = coverage + (1 - coverage) * background_alpha
    share = np.divide(coverage, alpha, out=np.zeros_like(alpha), where=alpha > 0)[..., None]
    return share * colour + (1 - share) * background, alpha

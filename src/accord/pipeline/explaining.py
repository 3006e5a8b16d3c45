"""Where in the picture a colour map acts in its own way, and what in the background drove it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from accord.colour.cielab import linear_to_lab
from accord.colour.difference import ciede2000
from accord.core.encoding import SRGB, Floats
from accord.core.place import Place
from accord.diagnose.explanation import foreground_pairs
from accord.export.approximation import made_global
from accord.pipeline.measuring import small_composite

if TYPE_CHECKING:
    from accord.pipeline.result import Result


def heat_map(result: Result) -> Floats:
    """Give where the local part of a result's colour map acts, and how strongly.

    That is how far the map's colours lie from those of the global map that comes nearest to it over the foreground (the
    one that exports write): what no edit of colour alone would do. A map that does not depend on place gives 0
    everywhere.

    Parameters
    ----------
    result
        What `accord.harmonize` gave.

    Returns
    -------
    Floats
        (h, w) CIEDE2000 times coverage, 0 outside the mask, at most 1024 pixels a side, the picture's proportions.
    """
    colours, cover, _ = small_composite(result.composite, result.mask)
    if not result.colour_map.local:
        return np.zeros(cover.shape, np.float32)
    place = Place.whole(*cover.shape)
    everywhere = made_global(result.colour_map, *foreground_pairs(result.colour_map, colours, cover))
    here, alike = (_lab(made.transform(colours, place)) for made in (result.colour_map, everywhere))
    return np.asarray(ciede2000(here, alike) * cover, np.float32)


def _lab(colours: Floats) -> Floats:
    """Give what is seen of working-space colours as CIELAB."""
    return linear_to_lab(SRGB.to_light(np.clip(colours, 0, 1)))

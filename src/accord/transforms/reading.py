"""Read serialised colour maps of every kind."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from accord.core.errors import BadInputError
from accord.transforms.affine import Affine
from accord.transforms.affine_grid import AffineGrid
from accord.transforms.base import ColourMap
from accord.transforms.bilateral_grid import BilateralGrid
from accord.transforms.blend import Blend
from accord.transforms.chain import Chain
from accord.transforms.curves import Curves
from accord.transforms.filters import Filters
from accord.transforms.hue_limit import HueLimit
from accord.transforms.identity import Identity
from accord.transforms.in_space import InSpace
from accord.transforms.lut3d import Lut3D
from accord.transforms.mean import Mean
from accord.transforms.offset_grid import OffsetGrid
from accord.transforms.photographic import Photographic
from accord.transforms.polynomial import Polynomial
from accord.transforms.polynomial_grid import PolynomialGrid
from accord.transforms.protected import Protected
from accord.transforms.tone import Tone

_ALL: tuple[type[ColourMap], ...] = (
    Identity,
    Affine,
    InSpace,
    Curves,
    Filters,
    Lut3D,
    AffineGrid,
    Polynomial,
    PolynomialGrid,
    BilateralGrid,
    OffsetGrid,
    Photographic,
    Chain,
    Blend,
    Mean,
    Tone,
    HueLimit,
    Protected,
)

KINDS: dict[str, type[ColourMap]] = {made.kind: made for made in _ALL}
"""Every kind of map by its serialised name."""


def from_dict(data: Mapping[str, Any]) -> ColourMap:
    """Make the colour map that `ColourMap.to_dict` described.

    Raises
    ------
    BadInputError
        If the kind is unknown or the description is broken.
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("kind"), str):
        raise BadInputError("this is no serialised colour map: it should be an object with an entry 'kind'.")
    kind = data["kind"]
    if kind not in KINDS:
        close = get_close_matches(kind, KINDS, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise BadInputError(f"no colour map of kind {kind!r}.{hint} There are: {', '.join(KINDS)}.")
    try:
        return KINDS[kind].from_dict(data)
    except BadInputError:
        raise
    except RecursionError:
        raise BadInputError(f"a serialised {kind} map holds maps in maps too many deep; write it again.") from None
    # Whatever stands where a list, a number or an object should: what each kind of map does with it.
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        raise BadInputError(f"a serialised {kind} map cannot be read ({error}); write it again.") from None

"""Colour maps: functions from colour (and place) to colour, that hold no pixels and apply at any resolution."""

from accord.transforms.affine import Affine
from accord.transforms.affine_grid import AffineGrid
from accord.transforms.base import ColourMap
from accord.transforms.bilateral_grid import BilateralGrid
from accord.transforms.blend import Blend, blend
from accord.transforms.chain import Chain
from accord.transforms.curves import Curve, Curves
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
from accord.transforms.protected import Area, Palette, Protected, Region, Skin
from accord.transforms.reading import from_dict
from accord.transforms.tone import Tone

__all__ = [
    "Affine",
    "AffineGrid",
    "Area",
    "BilateralGrid",
    "Blend",
    "Chain",
    "ColourMap",
    "Curve",
    "Curves",
    "Filters",
    "HueLimit",
    "Identity",
    "InSpace",
    "Lut3D",
    "Mean",
    "OffsetGrid",
    "Palette",
    "Photographic",
    "Polynomial",
    "PolynomialGrid",
    "Protected",
    "Region",
    "Skin",
    "Tone",
    "blend",
    "from_dict",
]

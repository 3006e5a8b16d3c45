"""Colour maps: functions from colour (and place) to colour, that hold no pixels and apply at any resolution."""

from accord.transforms.affine import Affine
from accord.transforms.base import ColourMap
from accord.transforms.blend import Blend, blend
from accord.transforms.chain import Chain
from accord.transforms.identity import Identity
from accord.transforms.in_space import InSpace
from accord.transforms.reading import from_dict

__all__ = ["Affine", "Blend", "Chain", "ColourMap", "Identity", "InSpace", "blend", "from_dict"]

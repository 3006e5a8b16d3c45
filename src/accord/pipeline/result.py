"""What harmonizing gives back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import Any

from numpy.typing import NDArray

from accord.core.encoding import Floats
from accord.core.picture import Picture
from accord.methods.card import MethodCard
from accord.transforms.base import ColourMap


@dataclass(frozen=True, eq=False)
class Result:
    """A harmonized picture, and how it came about.

    Parameters
    ----------
    picture
        The harmonized pixels with all that their file said about them.
    colour_map
        The colour map that was applied, in the working space (display-encoded sRGB, extended), strength included:
        ``colour_map.at_strength(0.5)`` goes half as far again.
    method
        The card of the method that fitted it; None where a colour map or a method of your own was given.
    mask
        (H, W) float32 coverage of the foreground in [0, 1], as it was used.
    """

    picture: Picture
    colour_map: ColourMap
    method: MethodCard | None
    mask: Floats

    @cached_property
    def image(self) -> NDArray[Any]:
        """The harmonized picture as an array of the composite's shape and dtype, Exif orientation applied."""
        from accord.io import to_array

        return to_array(self.picture)

    def save(self, path: str | PathLike[str], *, quality: int | None = None) -> None:
        """Write the harmonized picture: its depth, profile, metadata and alpha as they came in.

        The file appears whole or not at all, so `path` may be that of the composite.

        Parameters
        ----------
        path
            Where to; the suffix names the format.
        quality
            1 to 100, for JPEG, WebP and JPEG XL; by default a JPEG is coded like its source.

        Raises
        ------
        BadInputError
            If the format cannot hold the picture, or the file cannot be written.
        """
        from accord.io import write_picture

        write_picture(self.picture, path, quality=quality)

"""What harmonizing gives back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from accord.core.encoding import Floats
from accord.core.picture import Picture
from accord.methods.card import MethodCard
from accord.pipeline.working import WorkingView
from accord.transforms.base import ColourMap

if TYPE_CHECKING:
    from accord.diagnose.explanation import Explanation
    from accord.diagnose.signals import Signals
    from accord.export import Exported


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
    composite
        The composite, as it was seen: what signals compare with.
    """

    picture: Picture
    colour_map: ColourMap
    method: MethodCard | None
    mask: Floats
    composite: WorkingView

    @cached_property
    def image(self) -> NDArray[Any]:
        """The harmonized picture as an array of the composite's shape and dtype, Exif orientation applied."""
        from accord.io import to_array

        return to_array(self.picture)

    @cached_property
    def signals(self) -> Signals:
        """What the result changed, whether that helped, and what to look at; measured when first read.

        `accord.diagnose.signals.Signals` names them, docs/signals.md has formulas, colour spaces and units.
        """
        from accord.diagnose.signals import measure
        from accord.pipeline.measuring import evidence

        return measure(evidence(self.composite, self.picture, self.mask, self.colour_map))

    @cached_property
    def explanation(self) -> Explanation:
        """The colour map in a photographer's words, over the foreground's own colours; fitted when first read."""
        from accord.diagnose.explanation import explain
        from accord.pipeline.measuring import small_composite

        small, cover, _ = small_composite(self.composite, self.mask)
        return explain(self.colour_map, small, cover)

    def export(self, path: str | PathLike[str], *, cube_size: int = 33) -> Exported:
        """Write the colour map for other programs: .cube, ASC CDL (.cdl, .cc, .ccc) or CLF (.clf).

        Parameters
        ----------
        path
            Where to; the suffix names the format. The file appears whole or not at all.
        cube_size
            Nodes along each axis of a .cube: 17, 33 or 65.

        Returns
        -------
        Exported
            Whether the file holds the map itself or what comes nearest over the foreground's colours, and how far it is
            from the map there.

        Raises
        ------
        BadInputError
            If suffix or size are others, or the file cannot be written.
        """
        from accord.export import export
        from accord.pipeline.measuring import small_composite

        small, cover, _ = small_composite(self.composite, self.mask)
        name = f"accord {self.method.id}" if self.method else "accord"
        return export(self.colour_map, path, composite=small, mask=cover, cube_size=cube_size, name=name)

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

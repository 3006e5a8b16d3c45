"""What harmonizing gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    from accord.composite.scene import Scene
    from accord.diagnose.explanation import Explanation
    from accord.diagnose.signals import Signals
    from accord.export import Exported
    from accord.pipeline.choosing import Choice
    from accord.pipeline.fitting import Fit
    from accord.pipeline.guarding import Guard
    from accord.pipeline.judging import Judge
    from accord.pipeline.need import Need


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
    guards
        The limits that were set, and what became of them; empty without any.
    settings
        What `harmonize` was asked for, as JSON-ready values.
    fit
        What the method was shown; None where a colour map was given.
    scene
        The scene, where one was given instead of a flat composite.
    choice
        What was tried and what became of it; None unless the best of several was asked for.
    need
        Whether the composite needed it; None unless that was asked.
    judge
        Where results of this composite were judged before: what that found out serves again.
    """

    picture: Picture
    colour_map: ColourMap
    method: MethodCard | None
    mask: Floats
    composite: WorkingView
    guards: tuple[Guard, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    fit: Fit | None = None
    scene: Scene | None = None
    choice: Choice | None = None
    need: Need | None = None
    judge: Judge | None = None

    @property
    def left_alone(self) -> bool:
        """Whether the composite was left as it is, bit for bit, since harmonizing promised no good."""
        return self.need is not None and not self.need.harmonized

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
        from accord.pipeline.judging import judge_of
        from accord.pipeline.measuring import evidence

        judge = self.judge or judge_of(self.composite, self.mask)
        return measure(evidence(self.composite, self.picture, self.mask, self.colour_map, judge))

    @cached_property
    def explanation(self) -> Explanation:
        """The colour map in a photographer's words, over the foreground's own colours; fitted when first read."""
        from accord.diagnose.explanation import explain
        from accord.pipeline.measuring import small_composite

        small, cover, _ = small_composite(self.composite, self.mask)
        return explain(self.colour_map, small, cover)

    @cached_property
    def heat_map(self) -> Floats:
        """Where the local part of the colour map acts: `accord.pipeline.explaining.heat_map`, made when first read."""
        from accord.pipeline.explaining import heat_map

        return heat_map(self)

    @cached_property
    def drivers(self) -> Floats:
        """What in the background drove the colour map: `accord.pipeline.explaining.drivers`, which refits it often."""
        from accord.pipeline.explaining import drivers

        return drivers(self)

    def _repr_html_(self) -> str:
        """Show itself in a notebook: before and after under a slider."""
        from accord.pipeline.displayed import slider

        return slider(self)

    def save_sidecar(self, path: str | PathLike[str]) -> None:
        """Write how the picture was harmonized, and the colour map, which does it again at any size.

        Give the file as `method` to `harmonize`: it applies the same map, at the strength that it was fitted with.

        Parameters
        ----------
        path
            Where to: .json, or .xmp for the same in an XMP packet. The file appears whole or not at all.

        Raises
        ------
        BadInputError
            If the suffix is another, the file cannot be written, or the result is a published network's own.
        """
        from accord.pipeline.edits import write_edit

        write_edit(self, path)

    def save_layers(self, path: str | PathLike[str]) -> None:
        """Write background, foreground, mask and harmonized foreground as layers of one file, for a retoucher.

        "harmonized" over "background" is the result, soft edges included. A flat composite is its own background.

        Parameters
        ----------
        path
            Where to: .exr for OpenEXR with a part for each layer, in linear light (16 bit floats for 8-bit pictures, 32
            for others); .psd for Photoshop's format, in the picture's own encoding and depth (extra psd). The file
            appears whole or not at all.

        Raises
        ------
        BadInputError
            If the suffix is another, the format cannot hold the picture, the file cannot be written, or the result is a
            published network's own.
        MissingExtraError
            If a PSD is asked for without psd-tools.
        """
        from accord.pipeline.layering import save_layers

        save_layers(self, path)

    def export(self, path: str | PathLike[str], *, cube_size: int | None = None) -> Exported:
        """Write the colour map for other programs: .cube, ASC CDL (.cdl, .cc, .ccc) or CLF (.clf).

        Parameters
        ----------
        path
            Where to; the suffix names the format. The file appears whole or not at all.
        cube_size
            Nodes along each axis of a .cube: 17, 33 or 65; by default as many as hold the map, see
            `accord.export.export`.

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

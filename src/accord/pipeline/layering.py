"""A result as layers for a retoucher: background, foreground, mask and harmonized foreground."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from accord.core.encoding import SRGB, Floats
from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.io.layers import LayerOut, check_layers_name, check_psd, write_exr, write_psd
from accord.pipeline.working import WorkingView, strips
from accord.transforms.base import ColourMap
from accord.transforms.identity import Identity

if TYPE_CHECKING:
    from accord.pipeline.result import Result


def save_layers(result: Result, path: str | PathLike[str]) -> None:
    """Write the layers of a result; see `Result.save_layers`."""
    target = check_layers_name(path)
    if result.settings.get("as_published"):
        raise BadInputError("a result as published has no layers: its background changes, too.")
    view = result.composite
    check_layers(view, target)
    layers = _Layers(result)
    size = view.picture.height, view.picture.width
    if target.suffix.lower() == ".exr":
        half = view.picture.pixels.dtype.name in ("uint8", "float16")
        facts = view.picture.facts
        window = facts.window if facts is not None and facts.format == "openexr" else None
        write_exr(target, size, layers.linear(), half=half, window=window)
        return
    pixels = result.picture.pixels
    merged = np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels
    icc = view.picture.facts.icc if view.picture.facts is not None and pixels.shape[2] == 3 else None
    write_psd(target, size, layers.encoded(), merged, icc=icc)


def check_layers(composite: WorkingView, target: Path) -> None:
    """Find out before the work whether a file can hold the layers of a composite's result.

    Raises
    ------
    BadInputError
        If it is a PSD, and the composite is of floats, transparent or too large.
    MissingExtraError
        If it is a PSD, and psd-tools is missing.
    """
    if target.suffix.lower() == ".exr":
        return
    picture = composite.picture
    if picture.pixels.dtype.kind == "f":
        raise BadInputError(f"{target}: a PSD holds whole numbers, and this picture is made of floats. Write .exr.")
    if composite.sees_through:
        raise BadInputError(f"{target}: a picture that is transparent itself is not written as PSD layers. Write .exr.")
    check_psd(target, (picture.height, picture.width))


class _Layers:
    """Layers that give the result when the harmonized one is laid over the background, soft edges included.

    A flat composite's background is the composite itself: nothing is known of what lies behind its foreground. At soft
    edges the composite is mixed in display-encoded values or in light, the layers are mixed by whoever opens the file,
    in light (OpenEXR) or in code values (PSD): the foreground's colour at edges is what makes the two equal. Where a
    flat composite is transparent itself, its layers hold the light that they add, or take away, with alpha 0.
    """

    def __init__(self, result: Result) -> None:
        self._result = result
        self._composite = result.composite
        scene = result.scene
        self._ground = self._composite if scene is None else WorkingView(scene.background, alpha_covers=True)
        self._done = WorkingView(result.picture, self._composite.alpha_covers)
        self._columns = slice(0, self._composite.picture.width)

    def linear(self) -> list[LayerOut]:
        """Give the layers in linear light, multiplied by alpha."""
        through = self._ground.sees_through or self._composite.sees_through
        return [
            LayerOut("background", "RGBA" if through else "RGB", self._each(self._background)),
            LayerOut("foreground", "RGBA", self._each(lambda rows: self._over_light(rows, Identity()))),
            LayerOut("mask", "Y", self._each(lambda rows: self._result.mask[rows, :, None])),
            LayerOut("harmonized", "RGBA", self._each(lambda rows: self._over_light(rows, self._result.colour_map))),
        ]

    def encoded(self) -> list[LayerOut]:
        """Give the layers in the picture's own encoding, lowest first, not multiplied by alpha."""
        mask = self._each(lambda rows: self._result.mask[rows, :, None])
        return [
            LayerOut("background", "RGB", self._each(self._ground_codes)),
            LayerOut("foreground", "RGBA", self._each(lambda rows: self._over_codes(rows, Identity())), visible=False),
            LayerOut("mask", "Y", mask, visible=False),
            LayerOut("harmonized", "RGBA", self._each(lambda rows: self._over_codes(rows, self._result.colour_map))),
        ]

    def _each(self, give: Callable[[slice], Floats]) -> Callable[[], Iterator[Floats]]:
        picture = self._composite.picture

        def parts() -> Iterator[Floats]:
            for rows in strips(slice(0, picture.height), picture.width):
                yield give(rows)

        return parts

    def _background(self, rows: slice) -> Floats:
        seen = self._ground.coverage(rows, self._columns)[..., None]
        light = SRGB.to_light(self._ground.read(rows, self._columns)) * seen
        through = self._ground.sees_through or self._composite.sees_through
        return np.concatenate([light, seen], axis=-1) if through else light

    def _over_light(self, rows: slice, colour_map: ColourMap) -> Floats:
        """Give the composite under a map in linear light, less what of the background shows through it."""
        cover = self._result.mask[rows, :, None]
        seen = self._composite.coverage(rows, self._columns)[..., None]
        ground_seen = self._ground.coverage(rows, self._columns)[..., None]
        ground = SRGB.to_light(self._ground.read(rows, self._columns)) * ground_seen
        alpha = seen - (1 - cover) * ground_seen
        if self._result.scene is None:
            # Over itself a transparent picture stays as transparent as it is only under light that covers nothing.
            alpha = np.where(seen < 1, np.float32(0), alpha)
        colour = SRGB.to_light(self._mixed(rows, colour_map)) * seen - (1 - alpha) * ground
        layer = np.concatenate([colour, alpha], axis=-1)
        return np.where(cover > 0, layer, np.float32(0)).astype(np.float32, copy=False)

    def _over_codes(self, rows: slice, colour_map: ColourMap) -> Floats:
        """Give the colour that makes the composite under a map when laid over the background in code values."""
        cover = self._result.mask[rows, :, None]
        encoding = self._composite.picture.encoding
        mixed = np.clip(encoding.from_working(self._mixed(rows, colour_map)), 0, 1)
        wanted = mixed - (1 - cover) * self._ground_codes(rows)
        colour = np.divide(wanted, cover, out=np.zeros_like(wanted), where=cover > 0)
        return np.concatenate([np.clip(colour, 0, 1), cover], axis=-1).astype(np.float32, copy=False)

    def _ground_codes(self, rows: slice) -> Floats:
        return np.clip(self._composite.picture.encoding.from_working(self._ground.read(rows, self._columns)), 0, 1)

    def _mixed(self, rows: slice, colour_map: ColourMap) -> Floats:
        """Give the composite with a map applied to its foreground, working space, unrounded where that can be."""
        if self._result.scene is not None or self._composite.picture.pixels.shape[2] == 1:
            view = self._composite if isinstance(colour_map, Identity) else self._done
            return view.read(rows, self._columns)
        colours = self._composite.read(rows, self._columns)
        height, width = self._result.mask.shape
        place = Place(rows.start, 0, rows.stop - rows.start, width, height, width)
        cover = self._result.mask[rows, :, None]
        return colours + cover * (colour_map.transform(colours, place) - colours)

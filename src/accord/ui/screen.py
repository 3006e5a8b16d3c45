"""A composite at the size of a screen, in layers that a page can move and recolour while a slider moves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from accord.composite.over import over
from accord.composite.scene import Scene
from accord.core.encoding import SRGB, Floats
from accord.core.place import Place
from accord.io.resample import resized
from accord.pipeline.cover import bounding_box
from accord.pipeline.shrink import fitted_size
from accord.pipeline.small import small_mask, small_version
from accord.pipeline.working import WorkingView
from accord.transforms.base import ColourMap

_GREY = np.float32(0.5)  # what shows through transparent pictures


@dataclass(frozen=True, eq=False)
class Screen:
    """Layers of a composite at the size of a screen, in the working space.

    Parameters
    ----------
    ground
        (h, w, 3), what lies behind; a flat composite's own pixels.
    colour
        (lh, lw, 3) the foreground's own colours, within its bounding box.
    cover
        (lh, lw) its coverage in [0, 1].
    top, left
        Where that box lies.
    light
        Whether edges are mixed in linear light (scenes that say so), or in display-encoded values.
    window
        What part of the picture, at this size, all of it lies in.
    """

    ground: Floats
    colour: Floats
    cover: Floats
    top: int
    left: int
    light: bool
    window: Place

    @property
    def place(self) -> Place:
        """Where the foreground lies, for colour maps."""
        window = self.window
        height, width = self.cover.shape
        top, left = window.top + self.top, window.left + self.left
        return Place(top, left, height, width, window.picture_height, window.picture_width)

    def mapped(self, colour_map: ColourMap) -> Floats:
        """Give the foreground's colours under a map, (lh, lw, 3)."""
        return colour_map.transform(self.colour, self.place)

    def picture(self, colours: Floats) -> NDArray[np.uint8]:
        """Give the whole with other colours of the foreground, (h, w, 3) display-encoded sRGB."""
        whole = self.ground.copy()
        height, width = self.cover.shape
        where = slice(self.top, self.top + height), slice(self.left, self.left + width)
        if self.light:
            mixed, _ = over(SRGB.to_light(colours), self.cover, SRGB.to_light(whole[where]))
            whole[where] = np.where(self.cover[..., None] > 0, SRGB.from_light(mixed), whole[where])
        else:
            whole[where] += self.cover[..., None] * (colours - whole[where])
        codes: NDArray[np.uint8] = np.rint(np.clip(whole, 0, 1) * np.float32(255)).astype(np.uint8)
        return codes


def screen_of(source: Scene | None, view: WorkingView, mask: Floats, longest: int) -> Screen:
    """Shrink a composite to at most `longest` pixels a side.

    Parameters
    ----------
    source
        The scene, or None for a flat composite.
    view, mask
        The composite, and its mask (H, W).
    """
    size = view.picture.height, view.picture.width
    to = fitted_size(*size, longest, square=False)
    if source is not None:
        return _layers(source, size, to)
    colours, seen = small_version(view, to)
    ground = _over_grey(colours, seen)
    cover = small_mask(mask, to)
    return _flat(ground, cover, Place.whole(*to))


def window_of(source: Scene | None, view: WorkingView, mask: Floats, rows: slice, columns: slice) -> Screen:
    """Cut a part out of a composite, at full size.

    Parameters
    ----------
    source, view, mask
        As for `screen_of`.
    rows, columns
        The part, within the picture.
    """
    behind = view if source is None else WorkingView(source.background, alpha_covers=True)
    ground = _over_grey(behind.read(rows, columns), behind.coverage(rows, columns))
    window = Place(
        rows.start, columns.start, rows.stop - rows.start, columns.stop - columns.start, mask.shape[0], mask.shape[1]
    )
    if source is None:
        return _flat(ground, mask[rows, columns], window)
    layer = source.foreground
    height, width = layer.coverage.shape
    top, bottom = max(rows.start, layer.top), min(rows.stop, layer.top + height)
    left, right = max(columns.start, layer.left), min(columns.stop, layer.left + width)
    if top >= bottom or left >= right:
        return _nothing(ground, window)
    within = slice(top - layer.top, bottom - layer.top), slice(left - layer.left, right - layer.left)
    light = source.blend == "linear"
    top, left = top - rows.start, left - columns.start
    return Screen(ground, layer.colour[within], layer.coverage[within], top, left, light, window)


def _flat(ground: Floats, cover: Floats, window: Place) -> Screen:
    rows, columns = bounding_box(cover)
    if rows.stop == 0:
        return _nothing(ground, window)
    colour = np.ascontiguousarray(ground[rows, columns])
    return Screen(ground, colour, cover[rows, columns], rows.start, columns.start, False, window)


def _nothing(ground: Floats, window: Place) -> Screen:
    """Give a part without foreground: a pixel of it that covers nothing."""
    return Screen(ground, ground[:1, :1], np.zeros((1, 1), np.float32), 0, 0, False, window)


def _over_grey(colours: Floats, seen: Floats) -> Floats:
    return np.asarray(_GREY + seen[..., None] * (colours - _GREY), np.float32)


def _layers(scene: Scene, size: tuple[int, int], to: tuple[int, int]) -> Screen:
    colours, seen = small_version(WorkingView(scene.background, alpha_covers=True), to)
    ground = _over_grey(colours, seen)
    layer = scene.foreground
    if size == to:
        return Screen(
            ground, layer.colour, layer.coverage, layer.top, layer.left, scene.blend == "linear", Place.whole(*to)
        )
    height, width = layer.coverage.shape
    rows, columns = to[0] / size[0], to[1] / size[1]
    top, left = math.floor(layer.top * rows), math.floor(layer.left * columns)
    bottom = min(to[0], math.ceil((layer.top + height) * rows))
    right = min(to[1], math.ceil((layer.left + width) * columns))
    # A pixel of nothing around it, since beyond an image's border its last pixels repeat.
    around = np.pad(layer.coverage, 1)
    colour = np.pad(layer.colour, ((1, 1), (1, 1), (0, 0)), mode="edge")
    premultiplied = np.concatenate([SRGB.to_light(colour) * around[..., None], around[..., None]], axis=-1)
    small = resized(premultiplied, (layer.top - 1, layer.left - 1), size, to, (top, left, bottom, right))
    cover = np.clip(small[..., 3], 0, 1)
    light = small[..., :3] / np.maximum(cover, np.float32(1e-3))[..., None]
    return Screen(
        ground, SRGB.from_light(np.maximum(light, 0)), cover, top, left, scene.blend == "linear", Place.whole(*to)
    )

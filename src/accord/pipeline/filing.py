"""File in, file out, in less memory: the composite is not kept beside the result.

The composite's pixels are written over, and the mask stays in its own depth. Files of more than `STREAM_ABOVE` bytes of
pixels are not held at all where their format can be read row by row: they are decoded once to fit, and once more to be
recoloured and written as they come. The file that comes out is the same either way, and the same as
`accord.harmonize(...).save(...)` writes.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import LINEAR_SRGB, SRGB
from accord.core.picture import Picture
from accord.core.resources import using
from accord.core.tiles import for_each, tiles
from accord.io import stored_mask, write_picture
from accord.io.fitting import fitted as fitted_to
from accord.io.formats import format_for_writing
from accord.io.mask import stored_alpha
from accord.io.read import read_picture
from accord.io.streamed import is_streamed
from accord.io.windows import display_window
from accord.io.write import check_holds, check_quality
from accord.methods.card import Method, MethodCard
from accord.methods.ready import get_ready
from accord.pipeline.apply import recolour_tile, recoloured
from accord.pipeline.asked import check_runs_on, checked_strength, chosen, no_mask, refuse_useless
from accord.pipeline.cover import bounding_box
from accord.pipeline.fitting import fitted
from accord.pipeline.reference import BACKGROUND
from accord.pipeline.working import WorkingView
from accord.transforms.base import ColourMap

STREAM_ABOVE = 1 << 29
"""Bytes of pixels in memory: a 24-megapixel picture in 16 bit has 144 million."""


def harmonize_file(
    composite: str | PathLike[str],
    mask: str | PathLike[str] | None,
    output: str | PathLike[str],
    *,
    method: str | PathLike[str] | MethodCard | Method | ColourMap | None = None,
    strength: float = 1.0,
    reference: str | PathLike[str] = BACKGROUND,
    encoding: Literal["srgb", "linear"] | None = None,
    quality: int | None = None,
    threads: int | None = None,
    device: Literal["cpu", "cuda", "directml"] | None = None,
) -> MethodCard | None:
    """Harmonize a picture file into another, or into itself.

    Parameters
    ----------
    composite, mask, output
        The files; without a mask, the composite's alpha is used.
    method, strength, reference, encoding, threads, device
        As for `accord.harmonize`; a reference of one's own is a file.
    quality
        As for `accord.Result.save`.

    Returns
    -------
    MethodCard or None
        The card of the method; None where a colour map or a method without a card was given.

    Raises
    ------
    HarmonizeError
        As `accord.harmonize` and `accord.Result.save` do.
    """
    strength = checked_strength(strength)
    form = format_for_writing(Path(output))
    check_quality(quality, form, Path(output))
    with using(threads, device):
        fitter = chosen(method)
        check_runs_on(device, fitter)
        if isinstance(fitter, MethodCard):
            get_ready(fitter)  # most of what a small picture takes, and the other core is idle while files are read
        means = None if encoding is None else {"srgb": SRGB, "linear": LINEAR_SRGB}[encoding]
        picture = read_picture(composite, encoding=means, padded=form.id == "jpeg", stream_above=STREAM_ABOVE)
        if is_streamed(picture.pixels) and (fitted_to(picture, form) is not picture or form.id == "jpeg"):
            picture = read_picture(composite, encoding=means)
        check_holds(picture, form, Path(output))
        cover = _mask(picture, mask)
        refuse_useless(picture, cover)
        view = WorkingView(picture, alpha_covers=mask is not None)
        _, colour_map = fitted(fitter, view, cover, reference)
        done = _applied(view, cover, colour_map.at_strength(strength)) if strength else picture
        write_picture(done, output, quality=quality)
    return fitter if isinstance(fitter, MethodCard) else None


def _mask(picture: Picture, mask: str | PathLike[str] | None) -> NDArray[Any]:
    if mask is not None:
        return stored_mask(mask, picture.height, picture.width, display_window(picture))
    if picture.alpha is None:
        raise no_mask()
    return stored_alpha(np.asarray(picture.alpha))


def _applied(view: WorkingView, mask: NDArray[Any], colour_map: ColourMap) -> Picture:
    if is_streamed(view.picture.pixels):
        rows = cast("NDArray[Any]", RecolouredRows(view, mask, colour_map))
        return view.picture.with_pixels(rows)
    return recoloured(view, mask, colour_map, in_place=True)


class RecolouredRows:
    """A streamed composite's pixels with a colour map applied, worked out when rows of them are looked at.

    Parameters
    ----------
    view, mask, colour_map
        As for `accord.pipeline.apply.recoloured`.
    """

    def __init__(self, view: WorkingView, mask: NDArray[Any], colour_map: ColourMap) -> None:
        self.shape, self.dtype = view.picture.pixels.shape, view.picture.pixels.dtype
        self._view, self._mask, self._map = view, mask, colour_map
        self._box = bounding_box(mask)

    def __getitem__(self, rows: slice) -> NDArray[Any]:
        start, stop, _ = rows.indices(self.shape[0])
        pixels = self._view.picture.pixels[start:stop].copy()
        box_rows, columns = self._box
        within = slice(max(start, box_rows.start), min(stop, box_rows.stop))

        def work(tile: tuple[slice, slice]) -> None:
            out = pixels[tile[0].start - start : tile[0].stop - start, tile[1]]
            recolour_tile(self._view, self._mask[tile], self._map, tile, out)

        for_each(work, tiles(within, columns))
        return pixels

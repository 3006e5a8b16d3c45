"""A background and a foreground that stay layers, so that the foreground can be recoloured without a halo.

A flat composite's edge pixels hold both layers' colours. A colour map applied there recolours the background's share
too, and a ring shows. A scene applies it to the foreground's own colour, and lays that over the background.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from accord.colour.xyz import luminance
from accord.composite.codes import from_unit, to_unit
from accord.composite.over import over
from accord.core.encoding import LINEAR_SRGB, SRGB
from accord.core.errors import BadInputError
from accord.core.picture import FileFacts, Picture
from accord.core.place import Place
from accord.core.tiles import for_each

Floats = NDArray[np.float32]
Transform = Callable[[Floats, Place], Floats]
Blend = Literal["linear", "encoded"]

_STRIP_PIXELS = 1 << 18  # about 20 MB of float32 temporaries at a time, whatever the picture's size


@dataclass(frozen=True, eq=False)
class Layer:
    """A foreground at its background's resolution, within its bounding box only.

    Parameters
    ----------
    colour
        (h, w, 3) in the working space, un-premultiplied, not clipped.
    coverage
        (h, w), float32 in [0, 1].
    top, left
        Where the box lies in the background, in pixels.
    """

    colour: Floats
    coverage: Floats
    top: int = 0
    left: int = 0


@dataclass(frozen=True, eq=False)
class Scene:
    """A background and the foreground that lies over it.

    Parameters
    ----------
    background
        The picture behind; the composite takes its size, depth, encoding and file facts.
    foreground
        The layer over it, wholly inside the background's frame.
    blend
        "linear" mixes light at soft edges, as a lens does; "encoded" mixes display-encoded sRGB values, as most paint
        programs do.

    Raises
    ------
    BadInputError
        If the layer does not fit its background, or covers nothing.
    """

    background: Picture
    foreground: Layer
    blend: Blend = "linear"

    def __post_init__(self) -> None:
        height, width = self.foreground.coverage.shape
        top, left = self.foreground.top, self.foreground.left
        frame = (self.background.height, self.background.width)
        if self.foreground.colour.shape != (height, width, 3):
            raise BadInputError(
                f"foreground colour is {self.foreground.colour.shape}, coverage is {(height, width)}: "
                "colour has to be (h, w, 3) of the same size."
            )
        if top < 0 or left < 0 or top + height > frame[0] or left + width > frame[1]:
            raise BadInputError(
                f"foreground layer of {height}x{width} at ({top}, {left}) leaves its background of "
                f"{frame[0]}x{frame[1]}: crop it first."
            )
        if not np.any(self.foreground.coverage > 0):
            raise BadInputError("foreground coverage is 0 everywhere, so there is nothing to compose.")

    @property
    def mask(self) -> Floats:
        """Coverage of the foreground, (H, W), float32 in [0, 1], at the background's size."""
        mask = np.zeros((self.background.height, self.background.width), np.float32)
        mask[self._box] = self.foreground.coverage
        return mask

    def mask_picture(self) -> Picture:
        """Give the mask as a grey picture to be written: in the background's depth, 8 bit being too coarse for 16.

        It has the background's data and display windows.
        """
        mask = from_unit(self.mask, self.background.pixels.dtype)
        behind = self.background.facts
        facts = None if behind is None or behind.window is None else FileFacts(behind.format, window=behind.window)
        return Picture(mask[..., None], LINEAR_SRGB if mask.dtype.kind == "f" else SRGB, facts=facts)

    def picture(self) -> Picture:
        """Give the composite, in the background's depth and encoding."""
        return self._composite(None)

    def recolour(self, transform: Transform) -> Picture:
        """Give the composite with another foreground colour.

        Parameters
        ----------
        transform
            Called with tiles (h, w, 3) of the un-premultiplied foreground in the working space and their places in the
            picture; gives tiles of the same shape, never writes into what it gets. A colour map's `transform` is one.

        Returns
        -------
        Picture
            The same layers over one another as in `picture`, by the same code; where coverage is 0, the background bit
            for bit.
        """
        return self._composite(transform)

    @property
    def _box(self) -> tuple[slice, slice]:
        height, width = self.foreground.coverage.shape
        top, left = self.foreground.top, self.foreground.left
        return slice(top, top + height), slice(left, left + width)

    def _strips(self) -> Iterator[slice]:
        height, width = self.foreground.coverage.shape
        rows = max(1, _STRIP_PIXELS // width)
        for start in range(0, height, rows):
            yield slice(start, min(start + rows, height))

    def _composite(self, transform: Transform | None) -> Picture:
        pixels = self.background.pixels.copy()
        alpha = None if self.background.alpha is None else self.background.alpha.copy()
        for_each(lambda rows: self._composite_strip(rows, transform, pixels, alpha), self._strips())
        return replace(self.background, pixels=pixels, alpha=alpha)

    def _composite_strip(
        self, rows: slice, transform: Transform | None, pixels: NDArray[Any], alpha: NDArray[Any] | None
    ) -> None:
        layer, frame = self.foreground, pixels.shape
        colour, coverage = layer.colour[rows], layer.coverage[rows]
        height, width = coverage.shape
        top, left = layer.top + rows.start, layer.left
        if transform is not None:
            colour = transform(colour, Place(top, left, height, width, frame[0], frame[1]))
        if frame[2] == 1:
            colour = _grey(colour)
        where = slice(top, top + height), slice(left, left + width)
        ground_alpha = None if alpha is None else to_unit(alpha[where])
        ground = self._straight(to_unit(pixels[where]), ground_alpha)
        mixed, mixed_alpha = over(self._for_mixing(colour), coverage, self._decoded(ground), ground_alpha)
        codes = self._encoded(mixed)
        if self.background.premultiplied and mixed_alpha is not None:
            codes = codes * mixed_alpha[..., None]
        covered = coverage > 0  # elsewhere the background stays as it came, untouched by rounding
        pixels[where][covered] = from_unit(codes[covered][:, : frame[2]], pixels.dtype)
        if alpha is not None and mixed_alpha is not None:
            alpha[where][covered] = from_unit(mixed_alpha[covered], alpha.dtype)

    def _straight(self, values: Floats, alpha: Floats | None) -> Floats:
        values = np.broadcast_to(values, (*values.shape[:2], 3))
        if alpha is None or not self.background.premultiplied:
            return values
        divisor: Floats = np.where(alpha > 0, alpha, np.float32(1)).astype(np.float32, copy=False)
        return values / divisor[..., None]

    def _for_mixing(self, working: Floats) -> Floats:
        return SRGB.to_light(working) if self.blend == "linear" else working

    def _decoded(self, values: Floats) -> Floats:
        encoding = self.background.encoding
        return encoding.to_light(values) if self.blend == "linear" else encoding.to_working(values)

    def _encoded(self, mixed: Floats) -> Floats:
        encoding = self.background.encoding
        return encoding.from_light(mixed) if self.blend == "linear" else encoding.from_working(mixed)


def _grey(colour: Floats) -> Floats:
    """Give working-space colour as a grey picture shows it: of the same luminance."""
    light = luminance(SRGB.to_light(colour))
    return SRGB.from_light(np.broadcast_to(light[..., None], colour.shape))

"""A decoded frame in its own code values, and changes of its colours that leave all else as it is.

A frame is never turned into RGB and back: what a colour map changes is added to the frame's own luma and chroma. So
what the mask does not cover stays bit for bit, at any bit depth, and nothing is lost to a conversion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import Encoding, Floats
from accord.core.picture import Picture
from accord.pipeline.shrink import shrink
from accord.pipeline.small import small_version
from accord.pipeline.working import WorkingView, strips

Box = tuple[slice, slice]


@dataclass(frozen=True)
class Coding:
    """How code values become R'G'B'.

    Parameters
    ----------
    kind
        "yuv" (planes Y, Cb, Cr), "rgb" (planes R, G, B) or "grey" (one plane).
    bits
        Bits of a sample, 8 to 16.
    full_range
        Whether samples use their whole range; 16 to 235 (240 for chroma) of 8 bit otherwise.
    red, blue
        Shares of red and blue in luma; of no meaning to RGB and grey.
    encoding
        How R'G'B' relates to light.
    """

    kind: str
    bits: int
    full_range: bool
    red: float
    blue: float
    encoding: Encoding

    @property
    def black(self) -> float:
        """The code value of black."""
        return 0.0 if self.full_range else 16.0 * 2 ** (self.bits - 8)

    @property
    def span(self) -> float:
        """Code values from black to white."""
        return 2.0**self.bits - 1 if self.full_range else 219.0 * 2 ** (self.bits - 8)

    @property
    def grey(self) -> float:
        """The code value of no chroma."""
        return 2.0 ** (self.bits - 1)

    @property
    def chroma_span(self) -> float:
        """Code values from the least chroma to the most."""
        return 2.0**self.bits - 1 if self.full_range else 224.0 * 2 ** (self.bits - 8)


@dataclass(frozen=True, eq=False)
class Planes:
    """A frame, upright.

    Parameters
    ----------
    coding
        How to read the samples.
    samples
        Three planes (one if grey), uint8 or uint16; the first (H, W), chroma smaller by whole factors.
    alpha
        (H, W) samples of coverage, or None.
    """

    coding: Coding
    samples: tuple[NDArray[Any], ...]
    alpha: NDArray[Any] | None = None

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.samples[0].shape[0])

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.samples[0].shape[1])

    def coverage(self) -> Floats | None:
        """Give alpha as (H, W) in [0, 1], or None."""
        if self.alpha is None:
            return None
        return self.alpha.astype(np.float32) / np.float32(2**self.coding.bits - 1)

    def luma(self) -> Floats:
        """Give the frame as a mask, (H, W) in [0, 1]: its luma, or for RGB the mean of the channels."""
        planes = self.samples if self.coding.kind == "rgb" else self.samples[:1]
        unit = [(plane.astype(np.float32) - np.float32(self.coding.black)) for plane in planes]
        mean = sum(unit[1:], unit[0]) / np.float32(self.coding.span * len(unit))
        return np.asarray(np.clip(mean, 0, 1), np.float32)

    def picture(self, box: Box) -> Picture:
        """Give the frame as a float32 picture in its own encoding, with colours inside the box and black elsewhere."""
        pixels = np.zeros((self.height, self.width, 3), np.float32)
        for rows in strips(box[0], box[1].stop - box[1].start):
            pixels[rows, box[1]] = self._rgb(rows, box[1])
        return Picture(pixels, self.coding.encoding)

    def changed(self, box: Box, before: Picture, after: Picture) -> Planes:
        """Give the frame with what differs between two pictures of it, inside the box, added to its samples.

        Samples stay within black and white, but where the frame's own are beyond. A chroma sample that several pixels
        share takes the mean of their changes.
        """
        samples = tuple(plane.copy() for plane in self.samples)
        box = self._whole_samples(box)
        height = self._step(0) * max(1, (1 << 18) // max(1, box[1].stop - box[1].start) // self._step(0))
        for top in range(box[0].start, box[0].stop, height):
            rows = slice(top, min(top + height, box[0].stop))
            change = after.pixels[rows, box[1]] - before.pixels[rows, box[1]]
            for index, values in enumerate(self._coded(change)):
                self._add(samples[index], values, (rows, box[1]), self._limits(index))
        return replace(self, samples=samples)

    def small(self, to: tuple[int, int], weight: Floats | None = None) -> Floats:
        """Give the frame's colours times a weight, shrunk by area to (h, w, 3), in the working space.

        Parameters
        ----------
        to
            Height and width.
        weight
            (H, W), or None for 1 everywhere.
        """
        if not self.coding.encoding.is_working:
            whole = self.picture((slice(0, self.height), slice(0, self.width)))
            view = WorkingView(whole, alpha_covers=False)
            if weight is None:
                return small_version(view, to)[0]
            columns = slice(0, self.width)
            return shrink(lambda rows: view.read(rows, columns) * weight[rows, :, None], (self.height, self.width), to)
        # Shrinking and the way from luma and chroma to RGB are both linear, so that planes can be shrunk first.
        planes = [_shrunk(plane, to, weight) for plane in self.samples]
        share = np.float32(1) if weight is None else _shrunk(weight, to, None)
        return self._as_rgb(planes, share)

    def _rgb(self, rows: slice, columns: slice) -> Floats:
        planes = [self._at(plane, rows, columns).astype(np.float32) for plane in self.samples]
        return self._as_rgb(planes, np.float32(1))

    def _as_rgb(self, planes: Sequence[Floats], share: Floats | np.float32) -> Floats:
        """Turn samples, or sums of `share` samples, into R'G'B'."""
        coding = self.coding
        if coding.kind != "yuv":
            unit = [(plane - share * np.float32(coding.black)) / np.float32(coding.span) for plane in planes]
            return np.stack(unit if len(unit) == 3 else unit * 3, axis=-1)
        luma = (planes[0] - share * np.float32(coding.black)) / np.float32(coding.span)
        blueness, redness = (
            (plane - share * np.float32(coding.grey)) / np.float32(coding.chroma_span) for plane in planes[1:]
        )
        result = np.empty((*luma.shape, 3), np.float32)
        result[..., 0] = luma + np.float32(2 * (1 - coding.red)) * redness
        result[..., 2] = luma + np.float32(2 * (1 - coding.blue)) * blueness
        result[..., 1] = luma - np.float32(coding.red) * result[..., 0] - np.float32(coding.blue) * result[..., 2]
        result[..., 1] /= np.float32(1 - coding.red - coding.blue)
        return result

    def _coded(self, change: Floats) -> list[Floats]:
        """Turn a change of R'G'B' into changes of samples, all at full size."""
        coding, (red, green, blue) = self.coding, np.moveaxis(change, -1, 0)
        if coding.kind == "rgb":
            return [each * np.float32(coding.span) for each in (red, green, blue)]
        if coding.kind == "grey":
            return [(red + green + blue) * np.float32(coding.span / 3)]
        luma = np.float32(coding.red) * red + np.float32(coding.blue) * blue
        luma += np.float32(1 - coding.red - coding.blue) * green
        blueness = (blue - luma) * np.float32(coding.chroma_span / (2 * (1 - coding.blue)))
        redness = (red - luma) * np.float32(coding.chroma_span / (2 * (1 - coding.red)))
        return [luma * np.float32(coding.span), blueness, redness]

    def _add(self, plane: NDArray[Any], values: Floats, box: Box, limits: tuple[float, float]) -> None:
        down, across = self._factors(plane)
        values = _block_means(values, down, across)
        part = plane[
            box[0].start // down : box[0].start // down + values.shape[0],
            box[1].start // across : box[1].start // across + values.shape[1],
        ]
        own = part.astype(np.float32)
        low, high = (np.float32(limit) for limit in limits)
        moved = np.clip(np.rint(own + values), np.minimum(own, low), np.maximum(own, high))
        np.copyto(part, moved.astype(plane.dtype), where=values != 0)

    def _limits(self, index: int) -> tuple[float, float]:
        """Give the code values of a plane that a display shows: black to white, and as much chroma."""
        coding = self.coding
        if coding.full_range:
            return 0.0, 2.0**coding.bits - 1
        if coding.kind == "yuv" and index > 0:
            return coding.grey - coding.chroma_span / 2, coding.grey + coding.chroma_span / 2
        return coding.black, coding.black + coding.span

    def _at(self, plane: NDArray[Any], rows: slice, columns: slice) -> NDArray[Any]:
        """Give a plane's samples at full-size pixels: the sample that each pixel shares."""
        down, across = self._factors(plane)
        if (down, across) == (1, 1):
            return plane[rows, columns]
        down_at = np.minimum(np.arange(rows.start, rows.stop) // down, plane.shape[0] - 1)
        across_at = np.minimum(np.arange(columns.start, columns.stop) // across, plane.shape[1] - 1)
        return np.asarray(plane[down_at[:, None], across_at[None, :]])

    def _factors(self, plane: NDArray[Any]) -> tuple[int, int]:
        return -(-self.height // plane.shape[0]), -(-self.width // plane.shape[1])

    def _step(self, axis: int) -> int:
        return max(self._factors(plane)[axis] for plane in self.samples)

    def _whole_samples(self, box: Box) -> Box:
        """Grow a box to whole chroma samples."""
        grown = []
        for axis, part in enumerate(box):
            step, size = self._step(axis), self.samples[0].shape[axis]
            grown.append(slice(part.start // step * step, min(size, -(-part.stop // step) * step)))
        return grown[0], grown[1]


def _shrunk(plane: NDArray[Any], to: tuple[int, int], weight: Floats | None) -> Floats:
    """Shrink a plane, times a weight at full size, to (h, w)."""
    height, width = plane.shape
    if weight is not None and weight.shape != plane.shape:
        weight = _block_means(weight, -(-weight.shape[0] // height), -(-weight.shape[1] // width))

    def rows_of(rows: slice) -> Floats:
        values = plane[rows].astype(np.float32)
        return (values if weight is None else values * weight[rows])[..., None]

    return shrink(rows_of, (height, width), to)[..., 0]


def _block_means(values: Floats, down: int, across: int) -> Floats:
    """Give the means of blocks; blocks at the lower and right edge may be smaller."""
    for axis, factor in enumerate((down, across)):
        if factor > 1:
            length = values.shape[axis]
            starts = np.arange(0, length, factor)
            sizes = np.diff(np.append(starts, length)).astype(np.float32)
            sizes = sizes.reshape(-1, 1) if axis == 0 else sizes
            values = np.asarray(np.add.reduceat(values, starts, axis=axis, dtype=np.float32) / sizes, np.float32)
    return values

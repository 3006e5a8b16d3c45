"""Layered files: multi-part OpenEXR, and PSD."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import BadInputError, MissingExtraError
from accord.io.paths import as_unicode, whole_or_nothing

SUFFIXES = (".exr", ".psd")
"""What layered files are named."""

LONGEST_PSD = 30000
"""Pixels a side that a PSD holds."""


@dataclass(frozen=True, eq=False)
class LayerOut:
    """A layer to be written, as large as the picture.

    Parameters
    ----------
    name
        What programs show.
    channels
        "RGB", "RGBA" or "Y".
    strips
        Gives its rows from top to bottom, (h, width, channels) floats.
    visible
        Whether it is shown when the file is opened, where the format can say so.
    """

    name: str
    channels: str
    strips: Callable[[], Iterator[NDArray[np.float32]]]
    visible: bool = True


def write_exr(
    path: Path,
    size: tuple[int, int],
    layers: Sequence[LayerOut],
    *,
    half: bool,
    window: tuple[int, ...] | None = None,
) -> None:
    """Write layers as the parts of an OpenEXR file: linear light, colours multiplied by alpha, 16 or 32 bit floats.

    The file appears whole or not at all, and is written strip by strip. A `window` as `accord.core.picture.FileFacts`
    knows it is that of all parts.

    Raises
    ------
    BadInputError
        If it cannot be written.
    """
    import OpenImageIO as oiio  # noqa: N813

    height, width = size
    specs = []
    for layer in layers:
        spec = oiio.ImageSpec(width, height, len(layer.channels), "half" if half else "float")
        spec.channelnames = tuple(layer.channels)
        if window is not None:
            spec.x, spec.y, spec.full_x, spec.full_y, spec.full_width, spec.full_height = window
        if "A" in layer.channels:
            spec.alpha_channel = layer.channels.index("A")
        for attribute in ("name", "oiio:subimagename"):
            spec.attribute(attribute, layer.name)
        spec.attribute("compression", "zip")
        spec.attribute("oiio:ColorSpace", "lin_rec709")
        specs.append(spec)
    with whole_or_nothing(path) as temporary:
        writer: Any = oiio.ImageOutput.create("openexr")
        done = writer is not None and writer.open(as_unicode(temporary), tuple(specs))
        for index, layer in enumerate(layers):
            done = done and (index == 0 or writer.open(as_unicode(temporary), specs[index], "AppendSubimage"))
            top = specs[index].y
            for strip in layer.strips():
                rows = np.ascontiguousarray(strip, np.float32)
                done = done and writer.write_scanlines(top, top + len(rows), 0, rows)
                top += len(rows)
        if not (done and writer.close()):
            reason = writer.geterror() if writer is not None else oiio.geterror()
            raise BadInputError(f"{path} could not be written: {' '.join(reason.split())}. Check that there is space.")


def check_psd(path: Path, size: tuple[int, int]) -> None:
    """Find out before the work whether a PSD of that height and width can be written.

    Raises
    ------
    MissingExtraError
        Without psd-tools.
    BadInputError
        If the picture is too large for a PSD.
    """
    try:
        import psd_tools  # noqa: F401 - told before anything is worked out
    except ImportError:
        raise MissingExtraError("writing a PSD with layers", "psd", "psd-tools") from None
    height, width = size
    if max(size) > LONGEST_PSD:
        raise BadInputError(f"{path}: the picture is {width} x {height}, a PSD holds {LONGEST_PSD} a side. Write .exr.")


def write_psd(
    path: Path,
    size: tuple[int, int],
    layers: Sequence[LayerOut],
    merged: NDArray[Any],
    *,
    icc: bytes | None,
) -> None:
    """Write layers, the lowest first, as a PSD of the depth of `merged`, colours not multiplied by alpha.

    The file appears whole or not at all. All of it is held in memory.

    Parameters
    ----------
    path
        Where to.
    size
        Height and width.
    layers
        In [0, 1] of the picture's own encoding; what is beyond is clipped.
    merged
        (H, W, 3) uint8 or uint16: what programs show that know no layers.
    icc
        The profile of that encoding, or None for sRGB.

    Raises
    ------
    MissingExtraError
        Without psd-tools.
    BadInputError
        If the picture is too large for a PSD, or the file cannot be written.
    """
    check_psd(path, size)
    from psd_tools import PSDImage
    from psd_tools.constants import Resource
    from psd_tools.psd.image_resources import ImageResource

    height, width = size
    white = np.iinfo(merged.dtype).max
    document: Any = PSDImage.new("RGB", (width, height), depth=8 if merged.dtype == np.uint8 else 16)
    for layer in layers:
        rows = np.concatenate(list(layer.strips()))
        if rows.shape[2] == 1:
            rows = np.repeat(rows, 3, axis=2)
        codes = np.rint(np.clip(rows, 0, 1) * np.float32(white)).astype(merged.dtype)
        document.create_pixel_layer_from_array(codes, name=layer.name).visible = layer.visible
    if icc is not None:
        profile = ImageResource(key=int(Resource.ICC_PROFILE), data=icc)
        document.image_resources[int(Resource.ICC_PROFILE)] = profile
    # Saving would merge the layers anew, slowly and with further packages: what they merge to is known.
    record = document._record
    big_endian = merged.astype(merged.dtype.newbyteorder(">"))
    record.image_data.set_data([big_endian[..., channel].tobytes() for channel in range(3)], record.header)
    with whole_or_nothing(path) as temporary, temporary.open("wb") as file:
        record.write(file)


def check_layers_name(path: str | PathLike[str]) -> Path:
    """Give the path of a layered file, whose name has to end as one of `SUFFIXES`."""
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        raise BadInputError(f"{target}: layers are written as {' or '.join(SUFFIXES)}; use one of these suffixes.")
    return target

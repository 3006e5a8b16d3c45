"""Decoding pixels by OpenImageIO into one array in the file's own depth."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import BadInputError
from accord.io.formats import Format
from accord.io.limits import check_declared_size
from accord.io.orientation import room_for
from accord.io.paths import as_unicode, is_unicode
from accord.io.streamed import StreamedSamples

if TYPE_CHECKING:
    import OpenImageIO as oiio  # noqa: N813

_DEPTHS = ("uint8", "uint16", "half", "float")
_STRAIGHT = ("png", "webp", "jpegxl", "psd", "dpx")
_NUMPY_DEPTHS = {"half": "float16", "float": "float32"}
# Formats that are decoded row by row, and whose rows can be written as they come.
_STREAMED = ("tiff", "openexr", "png", "dpx")
_STRIP = 256  # rows, a multiple of common strips, tiles and blocks
# Other formats have one picture, or (PSD) their first is all layers flattened.
_SEVERAL = ("openexr", "tiff", "dpx")
_COLOURS = (("R", "G", "B", "A"), ("R", "G", "B"), ("Y", "A"), ("Y",))

Channels = list[tuple[str, NDArray[Any]]]


@dataclass(frozen=True)
class Decoded:
    """What OpenImageIO gives for a file.

    Parameters
    ----------
    samples
        (H, W, 1 to 4): grey or RGB, with alpha last where `alpha` says so.
    premultiplied
        Whether colours are multiplied by alpha.
    others
        Further channels (H, W) by name, as stored: depth, normals, other passes.
    extra
        Attributes as {name: (type, value)}.
    window
        x, y, and the display window's x, y, width, height, where they are not those of a plain picture.
    tile
        Width and height of tiles, (0, 0) for scan lines.
    """

    samples: NDArray[Any] | StreamedSamples
    alpha: bool
    premultiplied: bool
    others: Channels
    extra: dict[str, Any]
    window: tuple[int, ...] | None
    tile: tuple[int, int]


def decode(
    path: Path, form: Format, limit: int | None, turned: int = 1, *, padded: bool = False, stream_above: float = inf
) -> Decoded:
    """Decode a file's first picture, after checking by its header that it can and may be.

    Parameters
    ----------
    path, form, limit
        The file, its format, and the most pixels that it may declare.
    turned
        The Exif orientation that the samples will be turned by; memory is laid out for it.
    padded
        Whether 8-bit RGB samples are laid out with a fourth, unused one; see `accord.io.orientation.room_for`.
    stream_above
        Bytes of samples from which they stay in the file, where its format and layout allow it.

    Raises
    ------
    BadInputError
        If it cannot be decoded whole, is too large, would have to be changed to be worked on (CMYK, several parts,
        depth), or is called what is no UTF-8.
    """
    import OpenImageIO as oiio  # noqa: N813

    wanted = oiio.ImageSpec()
    # Otherwise colours under alpha 0 would be multiplied away.
    wanted.attribute("oiio:UnassociatedAlpha", 1)
    reader = oiio.ImageInput.open(as_unicode(path), wanted)
    if reader is None:
        raise broken(path, form, _message(oiio))
    try:
        if reader.format_name() != form.id:  # it tries every reader it has; one without a signature may take anything
            raise broken(path, form, "no decoder takes it")
        spec = reader.spec()
        if not all(is_unicode(name) for name in spec.channelnames):  # they could not be written again
            raise broken(path, form, "its names are no text")
        check_declared_size(path, spec.width, spec.height, spec.nchannels, limit)
        _check_kind(path, spec)
        if form.id in _SEVERAL:
            _check_single(path, reader)
        colours = _colours(path, spec)
        depth = str(spec.channelformat(colours.start))
        dtype = np.dtype(_NUMPY_DEPTHS.get(depth, depth))
        size = spec.width * spec.height * len(colours) * dtype.itemsize
        upright = turned == 1 and spec.get_int_attribute("Orientation", 1) == 1  # a TIFF may say it without any Exif
        streamed = size > stream_above and upright and form.id in _STREAMED and len(colours) == spec.nchannels
        samples: NDArray[Any] | StreamedSamples
        if streamed:
            band = _bands(reader, path, form, spec, colours, depth)
            samples = StreamedSamples(band, (spec.height, spec.width, len(colours)), dtype, str(path))
        else:
            shape = (spec.height, spec.width, len(colours))
            room = room_for(shape, dtype.name, turned, padded=padded and dtype == np.uint8 and len(colours) == 3)
            samples = _read(reader, path, form, spec, colours, depth, room)
        others = _others(reader, path, form, spec, colours)
    except UnicodeDecodeError as error:  # names or messages that are no text
        raise broken(path, form, "its names are no text") from error
    except BaseException:
        reader.close()
        raise
    if not streamed:
        reader.close()
    extra = _attributes(spec)
    alpha = len(colours) in (2, 4)
    plain = (0, 0, 0, 0, spec.width, spec.height)
    window = (spec.x, spec.y, spec.full_x, spec.full_y, spec.full_width, spec.full_height)
    return Decoded(
        samples=samples,
        alpha=alpha,
        premultiplied=alpha and form.id not in _STRAIGHT and "oiio:UnassociatedAlpha" not in extra,
        others=others,
        extra=extra,
        window=None if window == plain else window,
        tile=(spec.tile_width, spec.tile_height),
    )


def broken(path: Path, form: Format, reason: str) -> BadInputError:
    """Give the error for a file that cannot be decoded, in one line."""
    line = " ".join(reason.replace(str(path), "it").split()) or "it cannot be decoded"
    return BadInputError(f"{path} is damaged or incomplete {form.title}: {line[:200]}. Copy or export it again.")


def _message(source: Any) -> str:
    """Take the pending message of OpenImageIO or a reader, which may quote the file's own bytes."""
    try:
        return str(source.geterror())
    except UnicodeDecodeError:
        return "its names are no text"


def _read(
    reader: oiio.ImageInput,
    path: Path,
    form: Format,
    spec: oiio.ImageSpec,
    channels: range,
    depth: str,
    room: NDArray[Any],
) -> NDArray[Any]:
    """Decode some channels into an array, strip by strip: OpenImageIO's Python side makes a copy of all it reads."""
    read = _bands(reader, path, form, spec, channels, depth)
    step = _STRIP if spec.tile_height < 1 else -(-_STRIP // spec.tile_height) * spec.tile_height
    packed = room.flags.c_contiguous
    for top in range(0, spec.height, step):
        rows = slice(top, min(top + step, spec.height))
        if packed:
            room[rows] = read(rows)
            continue
        strip = read(rows)
        for channel in range(room.shape[2]):  # NumPy copies long rows of one channel faster than short pixels
            room[rows, :, channel] = strip[..., channel]
    return room


def _bands(
    reader: oiio.ImageInput, path: Path, form: Format, spec: oiio.ImageSpec, channels: range, depth: str
) -> Callable[[slice], NDArray[Any]]:
    """Give a function that decodes rows of some channels, (rows, width, channels)."""
    ends = (channels.start, channels.stop, depth)
    tall = spec.tile_height

    def read(rows: slice) -> NDArray[Any]:
        first, last = rows.start, rows.stop
        try:
            if spec.tile_width > 0:  # whole tiles only
                first, last = first // tall * tall, min(-(-last // tall) * tall, spec.height)
                area = (spec.x, spec.x + spec.width, spec.y + first, spec.y + last)
                strip = reader.read_tiles(0, 0, *area, 0, 1, *ends)
            else:
                strip = reader.read_scanlines(0, 0, spec.y + first, spec.y + last, 0, *ends)
        except (RuntimeError, ValueError) as error:
            raise broken(path, form, str(error)) from error
        trouble = _message(reader)
        if strip is None or trouble:
            raise broken(path, form, trouble)
        found: NDArray[Any] = strip[rows.start - first : rows.stop - first]
        return found

    return read


def _attributes(spec: oiio.ImageSpec) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in spec.extra_attribs:
        with suppress(UnicodeDecodeError):  # what OpenImageIO before 3.2 says of text that is not UTF-8
            name, value = item.name, item.value
            if _can_be_written(name, value):
                found[name] = (str(item.type), value)
    return found


def _can_be_written(name: str, value: Any) -> bool:
    """Tell whether an attribute can pass OpenImageIO's Python side again: of what is not UTF-8, only a single text."""
    texts = [one for one in value if isinstance(one, str)] if isinstance(value, tuple) else []
    return all(is_unicode(text) for text in (name, *texts))


def _check_single(path: Path, reader: oiio.ImageInput) -> None:
    """Refuse files of several parts or pages, of which all but the first would be lost."""
    if reader.seek_subimage(1, 0):
        raise BadInputError(
            f"{path} has several parts or pages, one was wanted. Extract it, say: oiiotool IN --subimage 0 -o OUT"
        )
    reader.seek_subimage(0, 0)
    reader.geterror()  # looking for a second part where there is none leaves a message


def _check_kind(path: Path, spec: oiio.ImageSpec) -> None:
    """Refuse what would have to be changed to be worked on."""
    ink = " ".join(
        str(spec.getattribute(name))
        for name in ("jpeg:ColorSpace", "tiff:ColorSpace", "psd:ColorMode", "oiio:ColorSpace")
    )
    if "CMYK" in ink.upper() or "YCCK" in ink.upper():
        raise BadInputError(
            f"{path} is CMYK, RGB or grey was wanted. Convert it to RGB with its profile first, then harmonize."
        )
    if "LAB" in str(spec.getattribute("tiff:ColorSpace")):  # CIELAB, ICCLAB, ITULAB: decoded as 8-bit RGB, wrongly
        raise BadInputError(f"{path} is CIELab, RGB or grey was wanted. Convert it to RGB first, then harmonize.")
    if spec.deep or spec.depth > 1:
        raise BadInputError(f"{path} holds deep or volume data, a flat picture was wanted. Flatten it first.")


def _colours(path: Path, spec: oiio.ImageSpec) -> range:
    """Give the positions of R, G, B (A) or Y (A) among the channels, which OpenImageIO puts beside each other."""
    names = list(spec.channelnames)
    if len(names) == 1:  # a matte, whatever its channel is called
        names = ["Y"]
    for wanted in _COLOURS:
        if wanted[0] in names:
            start = names.index(wanted[0])
            if tuple(names[start : start + len(wanted)]) == wanted:
                found = range(start, start + len(wanted))
                depths = {str(spec.channelformat(place)) for place in found}
                if depths - set(_DEPTHS) or len(depths) > 1:
                    came = ", ".join(sorted(depths))
                    raise BadInputError(
                        f"{path} has {came} samples; uint8, uint16, half or float, the same in all channels, wanted."
                        " Convert it to one of these."
                    )
                return found
    layer = next((name[:-1] for name in names if name.endswith(".R")), "LAYER.")
    raise BadInputError(
        f"{path} has the channels {', '.join(names[:20])}; R, G, B (A) or Y (A) were wanted. "
        f"Choose them first, say: oiiotool IN --ch R={layer}R,G={layer}G,B={layer}B -o OUT"
    )


def _others(reader: oiio.ImageInput, path: Path, form: Format, spec: oiio.ImageSpec, colours: range) -> Channels:
    """Read the further channels, so that they can be written again."""
    found: Channels = []
    for place in (place for place in range(spec.nchannels) if place not in colours):
        depth, name = str(spec.channelformat(place)), spec.channelnames[place]
        if depth not in _DEPTHS:
            raise BadInputError(
                f"{path}: its channel {name} has {depth} samples, which accord cannot write again. Remove it first."
            )
        room = np.empty((spec.height, spec.width, 1), _NUMPY_DEPTHS.get(depth, depth))
        found.append((name, _read(reader, path, form, spec, range(place, place + 1), depth, room)[..., 0]))
    return found

"""Writing picture files, whole or not at all, in the format that the file name asks for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import BadInputError
from accord.core.picture import FileFacts, Picture
from accord.io import attributes, boxes, ifd, jpeg, png
from accord.io.fitting import fitted
from accord.io.formats import Format, format_for_writing, formats_holding
from accord.io.paths import as_unicode, is_unicode, whole_or_nothing
from accord.io.streamed import BAND, is_streamed

if TYPE_CHECKING:
    from PIL import Image

_LONGEST_SIDE = {"jpeg": 65500, "webp": 16383}
_SEGMENT = 65533 - len(jpeg.XMP_HEAD)  # what fits into one JPEG segment


def write_picture(picture: Picture, path: str | os.PathLike[str], *, quality: int | None = None) -> None:
    """Write a picture with its depth, alpha, profile and metadata.

    Parameters
    ----------
    picture
        What to write. Pixels are stored as they are; see `accord.io.fitting` for what another format's conventions
        ask for.
    path
        Where to; the suffix chooses the format. An existing file is replaced when the new one is complete.
    quality
        1 to 100, for JPEG, WebP and JPEG XL. By default a JPEG is coded with its source's own tables (95 without chroma
        subsampling if it did not come from a JPEG), a WebP that came from a lossy one at 95, and all else without loss.

    Raises
    ------
    BadInputError
        If the format cannot hold the picture's depth, size, alpha or further channels, or the file cannot be written.
    """
    target = Path(path)
    form = format_for_writing(target)
    check_holds(picture, form, target)
    check_quality(quality, form, target)
    picture = _in_native_order(fitted(picture, form))
    facts = picture.facts or FileFacts(format="memory")
    with whole_or_nothing(target) as temporary:
        if form.id == "jpeg":
            _write_jpeg(picture, facts, temporary, quality)
        elif form.id == "webp":
            _write_webp(picture, facts, temporary, quality)
        else:
            _write_with_openimageio(picture, facts, temporary, form, quality)
            _add_metadata(facts, temporary, form)
            if form.id == "dpx":
                _name_inside(temporary, target)


def check_holds(picture: Picture, form: Format, path: Path) -> None:
    """Find out whether a format can hold a picture, without writing it to `path`, which messages name.

    Raises
    ------
    BadInputError
        If it cannot hold its depth, size, alpha or further channels.
    """
    depth, alpha = picture.pixels.dtype.name, picture.alpha is not None
    if not _keeps_channels(form, picture.facts):
        names = ", ".join(name for name, _ in _channels(picture.facts))
        way_out = _way_out(picture, "remove them first")
        raise BadInputError(f"{path}: {form.title} would lose the channels {names}. {way_out}")
    if depth not in form.depths:
        way_out = _way_out(picture, "convert the depth first")
        raise BadInputError(f"{path}: {form.title} cannot hold {depth} pixels. {way_out}")
    if alpha and not form.alpha:
        way_out = _way_out(picture, "remove the alpha first")
        raise BadInputError(f"{path}: {form.title} cannot hold alpha. {way_out}")
    if alpha and picture.pixels.shape[2] == 1 and form.id in ("dpx", "jpegxl"):
        raise BadInputError(
            f"{path}: {form.title} is not written as grey with alpha. Write .png or .tif, or make it RGB first."
        )
    longest = _LONGEST_SIDE.get(form.id)
    if longest is not None and max(picture.height, picture.width) > longest:
        raise BadInputError(
            f"{path}: the picture is {picture.width} x {picture.height} pixels, "
            f"{form.title} holds at most {longest} a side. Write .png or .tif."
        )


def _keeps_channels(form: Format, facts: FileFacts | None) -> bool:
    """Whether a format takes a file's further channels: OpenEXR by their names, TIFF a TIFF's, which have none."""
    if not _channels(facts) or form.id == "openexr":
        return True
    # An alpha that does not follow the colours at once was not read as one, and may be multiplied into them.
    unnamed = facts is not None and facts.format == "tiff" and all(name != "A" for name, _ in _channels(facts))
    return form.id == "tiff" and unnamed


def _way_out(picture: Picture, change: str) -> str:
    """Say which suffixes hold all of a picture, or what to change in it."""
    held = formats_holding(picture.pixels.dtype.name, alpha=picture.alpha is not None)
    suffixes = [form.suffixes[0] for form in held if _keeps_channels(form, picture.facts)]
    if not suffixes:
        return f"{change.capitalize()}."
    return f"Write {'one of: ' if len(suffixes) > 1 else ''}{', '.join(suffixes)}, or {change}."


def check_quality(quality: int | None, form: Format, path: Path) -> None:
    """Find out whether a quality means something to a format, without writing to `path`, which messages name.

    Raises
    ------
    BadInputError
        If it is none, or the format is written without loss.
    """
    if quality is None:
        return
    if not form.lossy:
        raise BadInputError(
            f"{path}: quality is {quality}, but {form.title} is written without loss. Leave quality out."
        )
    if not isinstance(quality, int) or not 1 <= quality <= 100:
        raise BadInputError(f"quality is {quality!r}, a whole number from 1 to 100 was wanted.")


def _channels(facts: FileFacts | None) -> list[tuple[str, NDArray[Any]]]:
    return list(facts.attributes.get(attributes.OWN + "channels", ())) if facts is not None else []


def _in_native_order(picture: Picture) -> Picture:
    """Give the picture with its samples in the byte order that writers take: an array's may be the other one."""
    dtype = picture.pixels.dtype
    if dtype.isnative:
        return picture
    native = dtype.newbyteorder("=")
    alpha = None if picture.alpha is None else picture.alpha.astype(native)
    return replace(picture, pixels=picture.pixels.astype(native), alpha=alpha)


def _samples(picture: Picture) -> NDArray[Any]:
    """Give pixels and alpha as one contiguous array (H, W, channels)."""
    if picture.alpha is None:
        return np.ascontiguousarray(picture.pixels)
    whole = _whole_of(picture.pixels)
    if whole is not None and _same_place(picture.alpha, whole[..., -1]):
        return whole
    return np.concatenate([picture.pixels, picture.alpha[..., np.newaxis]], axis=2)


def _whole_of(pixels: NDArray[Any]) -> NDArray[Any] | None:
    """Give the array of which pixels are all channels but the last; None where they are no such part."""
    whole = pixels.base
    if not isinstance(whole, np.ndarray) or not whole.flags.c_contiguous or whole.ndim != 3:
        return None
    return whole if _same_place(pixels, whole[..., :-1]) else None


def _same_place(one: NDArray[Any], other: NDArray[Any]) -> bool:
    return (
        one.__array_interface__["data"] == other.__array_interface__["data"]
        and one.strides == other.strides
        and one.shape == other.shape
        and one.dtype == other.dtype
    )


def _bands(picture: Picture, spec: Any) -> Iterator[tuple[int, NDArray[Any]]]:
    """Give rows of pixels and alpha, (rows, W, channels), and where they begin, from top to bottom in whole tiles."""
    step = BAND if spec.tile_height < 1 else -(-BAND // spec.tile_height) * spec.tile_height
    for top in range(0, picture.height, step):
        rows = slice(top, min(top + step, picture.height))
        band = picture.pixels[rows]
        if picture.alpha is not None:
            band = np.concatenate([band, picture.alpha[rows][..., np.newaxis]], axis=2)
        yield top, np.ascontiguousarray(band)


def _write_with_openimageio(picture: Picture, facts: FileFacts, path: Path, form: Format, quality: int | None) -> None:
    import OpenImageIO as oiio  # noqa: N813

    streamed = is_streamed(picture.pixels)
    count = picture.pixels.shape[2] + (picture.alpha is not None)
    names = {1: ("Y",), 2: ("Y", "A"), 3: ("R", "G", "B"), 4: ("R", "G", "B", "A")}[count]
    depths = [_depth(picture.pixels)] * len(names)
    others = _channels(facts)
    samples = np.empty(0) if streamed else _samples(picture)
    if others:
        names += tuple(name for name, _ in others)
        depths += [_depth(plane) for _, plane in others]
        # One type for the call; half fits into float exactly, and each channel is stored in its own.
        dtype = samples.dtype if len(set(depths)) == 1 else np.dtype(np.float32)
        samples = np.concatenate([samples, *(plane[..., np.newaxis] for _, plane in others)], axis=2, dtype=dtype)
    spec = oiio.ImageSpec(picture.width, picture.height, len(names), depths[0])
    spec.channelnames = names
    if len(set(depths)) > 1:
        spec.channelformats = tuple(oiio.TypeDesc(depth) for depth in depths)
    spec.alpha_channel = -1  # four channels may be colours and one of another kind
    if picture.alpha is not None:
        spec.alpha_channel = names.index("A")
        if not picture.premultiplied:
            spec.attribute("oiio:UnassociatedAlpha", 1)
    if facts.format == form.id:
        _apply_own(spec, facts)
    if spec.getattribute("DateTime") is None:
        spec.attribute("DateTime", "")  # otherwise the time of writing would be given as that of the shot
    if facts.icc is not None and form.id not in ("png", "openexr", "dpx"):
        spec.attribute("ICCProfile", oiio.TypeDesc(f"uint8[{len(facts.icc)}]"), np.frombuffer(facts.icc, np.uint8))
    if facts.resolution is not None:
        spec.attribute("XResolution", facts.resolution[0])
        spec.attribute("YResolution", facts.resolution[1])
        spec.attribute("ResolutionUnit", "in")
    if form.id == "jpegxl":
        spec.attribute("compression", "lossless" if quality is None else f"jpegxl:{quality}")
    writer = oiio.ImageOutput.create(form.id)
    done = writer is not None and writer.open(as_unicode(path), spec)
    if writer is not None and done:
        if streamed or (spec.tile_width > 0 and not others):  # tiles at the border are filled up alike only so
            done = all(_write_band(writer, spec, top, band) for top, band in _bands(picture, spec))
        else:
            done = writer.write_image(samples)
        done = done and writer.close()
    if not done:
        reason = writer.geterror() if writer is not None else oiio.geterror()
        line = " ".join(reason.replace(str(path), "it").split())
        raise BadInputError(f"{form.title} could not be written: {line}. Check that there is free space.")


def _write_band(writer: Any, spec: Any, top: int, band: NDArray[Any]) -> bool:
    """Write rows, (rows, W, channels), of which the first is number `top`."""
    first, last = spec.y + top, spec.y + top + len(band)
    if spec.tile_width > 0:
        return bool(writer.write_tiles(spec.x, spec.x + spec.width, first, last, 0, 1, band))
    return bool(writer.write_scanlines(first, last, 0, band))


def _name_inside(path: Path, target: Path) -> None:
    """Put a DPX's own name in its header (SMPTE 268M: 100 bytes at 36), where the writer put the temporary one."""
    with path.open("r+b") as file:
        file.seek(36)
        file.write(os.fsencode(target.name)[:99].ljust(100, b"\0"))


def _depth(samples: NDArray[Any]) -> str:
    return {"float16": "half", "float32": "float"}.get(samples.dtype.name, samples.dtype.name)


def _apply_own(spec: Any, facts: FileFacts) -> None:
    """Put a file's own attributes, tiles and windows on the specification of its successor."""
    import OpenImageIO as oiio  # noqa: N813

    kept = facts.attributes
    for name, value in kept.items():
        if name.startswith(attributes.OWN):
            continue
        if isinstance(value[1], str) and not is_unicode(value[1]):  # Latin-1, say: as the file has it
            spec.attribute(name, value[1].encode("utf-8", "surrogateescape"))
        else:
            spec.attribute(name, oiio.TypeDesc(value[0]), value[1])
    if tile := kept.get(attributes.OWN + "tile"):
        spec.tile_width, spec.tile_height = tile
    if facts.window is not None:
        spec.x, spec.y, spec.full_x, spec.full_y, spec.full_width, spec.full_height = facts.window


def _add_metadata(facts: FileFacts, path: Path, form: Format) -> None:
    """Put what OpenImageIO does not write, or would write in its own words, into the file just written."""
    same = facts.format == form.id
    if form.id == "png":
        kept: list[png.Chunk] = facts.attributes.get(attributes.OWN + "chunks", []) if same else []
        chunks = [chunk for chunk in kept if chunk[0] != b"iCCP" or png.profile_of(chunk[1]) == facts.icc]
        if facts.icc and not any(kind == b"iCCP" for kind, _ in chunks):
            chunks.insert(0, png.profile_chunk(facts.icc))
        if facts.resolution:
            across, down = (round(each / 0.0254) for each in facts.resolution)
            chunks.append((b"pHYs", across.to_bytes(4, "big") + down.to_bytes(4, "big") + b"\1"))
        chunks += [(b"eXIf", facts.exif)] if facts.exif else []
        chunks += [(b"iTXt", png.XMP_KEYWORD + bytes(4) + facts.xmp)] if facts.xmp else []
        png.replace_chunks(path, chunks)
    elif form.id == "jpegxl":
        own: list[boxes.Box] = facts.attributes.get(attributes.OWN + "boxes", []) if same else []
        exif = [(b"Exif", bytes(4) + facts.exif)] if facts.exif else []
        boxes.wrap_jxl(path, exif + ([(b"xml ", facts.xmp)] if facts.xmp else []) + own)
    elif form.id == "tiff":
        tags: dict[int, bytes] = dict(facts.attributes.get(attributes.OWN + "tags", {})) if same else {}
        ifd.add_to_tiff(path, facts.exif, tags | ({ifd.XMP: facts.xmp} if facts.xmp else {}))


def _write_jpeg(picture: Picture, facts: FileFacts, path: Path, quality: int | None) -> None:

    for name, block in (("Exif", facts.exif), ("XMP", facts.xmp)):
        if block is not None and len(block) > _SEGMENT:
            raise BadInputError(
                f"JPEG holds at most {_SEGMENT} bytes of {name}, {len(block)} came. Shorten it, or write .png or .tif."
            )
    options: dict[str, Any] = {"quality": 95 if quality is None else quality, "subsampling": 0}
    if quality is None and facts.quantization:
        options = {"qtables": facts.quantization, "subsampling": facts.subsampling or 0}
    segments: list[jpeg.Segment] = [(0xE1, jpeg.XMP_HEAD + facts.xmp)] if facts.xmp else []
    if facts.format == "jpeg":
        segments += facts.attributes.get(attributes.OWN + "segments", [])
        options["progressive"] = facts.attributes.get(attributes.OWN + "progressive", False)
    if facts.exif:
        options["exif"] = jpeg.EXIF_HEAD + facts.exif
    if facts.resolution:
        options["dpi"] = facts.resolution
    image = _pillow_image(picture.pixels)
    image.save(path, "JPEG", icc_profile=facts.icc, extra=jpeg.as_bytes(segments), **options)


def _pillow_image(pixels: NDArray[Any]) -> Image.Image:
    """Give 8-bit pixels as a Pillow image; those padded to four samples without a copy."""
    from PIL import Image

    height, width, channels = pixels.shape
    whole = _whole_of(pixels) if channels == 3 else None
    if whole is not None:
        return Image.frombuffer("RGBX", (width, height), whole, "raw", "RGBX", 0, 1)
    return Image.fromarray(np.ascontiguousarray(pixels[..., 0] if channels == 1 else pixels))


def _write_webp(picture: Picture, facts: FileFacts, path: Path, quality: int | None) -> None:
    from PIL import Image

    samples = _samples(picture)
    if samples.shape[2] < 3:  # WebP has no grey: the same values three times lose nothing
        samples = np.concatenate([np.repeat(samples[..., :1], 3, axis=2), samples[..., 1:]], axis=2)
    if quality is None and facts.format == "webp" and facts.attributes.get(attributes.OWN + "lossy"):
        quality = 95
    image = Image.fromarray(samples)
    image.save(
        path,
        "WEBP",
        lossless=quality is None,
        quality=80 if quality is None else quality,  # without loss it is effort
        exact=True,
        icc_profile=facts.icc or b"",
        exif=facts.exif or b"",
        xmp=facts.xmp or b"",
    )

"""What a file carries beside its pixels, read from the container as stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accord.core.errors import BadInputError
from accord.io import boxes, ifd, jpeg, png
from accord.io.formats import Format


@dataclass
class Carried:
    """What `FileFacts` holds of it; other attributes have names that begin with "container:"."""

    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    resolution: tuple[float, float] | None = None
    quantization: dict[int, list[int]] | None = None
    subsampling: int | None = None
    attributes: dict[str, Any] = field(default_factory=dict)


def read(path: Path, form: Format) -> Carried:
    """Read what the file carries; nothing where its format leaves that to OpenImageIO (EXR, DPX).

    Raises
    ------
    BadInputError
        If the container itself is damaged, CMYK, or an animation.
    """
    reader = {"png": _png, "jpeg": _jpeg, "webp": _webp, "jpegxl": _jxl, "tiff": _tiff, "psd": _psd}.get(form.id)
    return Carried() if reader is None else reader(path)


def _png(path: Path) -> Carried:
    carried = Carried()
    others: list[png.Chunk] = []
    for kind, data in png.read_chunks(path):
        if kind == b"iCCP":
            others.append((kind, data))  # its name for the profile is kept, too
            carried.icc = png.profile_of(data)
            if carried.icc is None:
                raise BadInputError(
                    f"{path}: its ICC profile cannot be unpacked. Export it again, or remove the profile."
                )
        elif kind == b"eXIf":
            carried.exif = data
        elif kind == b"pHYs" and len(data) == 9 and data[8] == 1:
            across, down = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
            carried.resolution = (across * 0.0254, down * 0.0254)
        elif kind == b"iTXt" and (xmp := png.xmp_of(data)) is not None:
            carried.xmp = xmp
        else:
            others.append((kind, data))
    _take_raw(carried, others)
    carried.attributes["container:chunks"] = [chunk for chunk in others if not png.is_raw_metadata(chunk)]
    return carried


def _take_raw(carried: Carried, chunks: list[png.Chunk]) -> None:
    """Take Exif and XMP out of old texts, where they would go on saying how the picture was turned before."""
    for data in (png.raw_metadata(chunk) for chunk in chunks if png.is_raw_metadata(chunk)):
        if data.startswith(jpeg.EXIF_HEAD) or data[:2] in (b"II", b"MM"):
            carried.exif = carried.exif or data.removeprefix(jpeg.EXIF_HEAD)
        elif b"rdf:RDF" in data:
            carried.xmp = carried.xmp or data.removeprefix(jpeg.XMP_HEAD)


def _jpeg(path: Path) -> Carried:
    segments = jpeg.read_segments(path)
    coding = jpeg.coding_of(segments)
    if coding is None:
        raise BadInputError(f"{path} is damaged or incomplete JPEG: it has no frame header. Copy or export it again.")
    if coding.components == 4:
        raise BadInputError(
            f"{path} is CMYK, RGB or grey was wanted. Convert it to RGB with its profile first, then harmonize."
        )
    reusable = coding.components == 1 or not jpeg.is_stored_as_rgb(segments)
    return Carried(
        icc=jpeg.profile_of(segments),
        exif=jpeg.first_after(segments, jpeg.EXIF_HEAD),
        xmp=jpeg.first_after(segments, jpeg.XMP_HEAD),
        resolution=jpeg.resolution_of(segments),
        quantization=coding.tables if reusable else None,
        subsampling=coding.subsampling if reusable else None,
        attributes={
            "container:segments": jpeg.worth_keeping(segments),
            "container:progressive": coding.progressive,
        },
    )


def _webp(path: Path) -> Carried:
    found, kinds = boxes.read_webp(path)
    if b"ANIM" in kinds:
        raise BadInputError(f"{path} is an animation, a still picture was wanted. Export one frame of it.")
    by_kind = dict(found)
    exif = by_kind.get(b"EXIF")
    return Carried(
        icc=by_kind.get(b"ICCP"),
        exif=exif.removeprefix(jpeg.EXIF_HEAD) if exif else None,
        xmp=by_kind.get(b"XMP "),
        attributes={"container:lossy": b"VP8 " in kinds},
    )


def _jxl(path: Path) -> Carried:
    found = boxes.read_jxl(path)
    by_kind = dict(found)
    exif = by_kind.get(b"Exif", b"")
    start = 4 + int.from_bytes(exif[:4], "big")
    others = [(kind, data) for kind, data in found if kind not in (b"Exif", b"xml ")]
    return Carried(exif=exif[start:] or None, xmp=by_kind.get(b"xml "), attributes={"container:boxes": others})


def _tiff(path: Path) -> Carried:
    with path.open("rb") as file:
        entries, order = ifd.first_directory(file)
    blobs = {each.tag: each.data for each in entries if each.tag in (ifd.XMP, ifd.IPTC, ifd.PHOTOSHOP)}
    carried = Carried(exif=ifd.exif_of_tiff(entries, order), xmp=blobs.pop(ifd.XMP, None))
    carried.attributes["container:tags"] = blobs
    return carried


def _psd(path: Path) -> Carried:
    with path.open("rb") as file:
        mode = int.from_bytes(file.read(26)[24:], "big")
    if mode == 4:  # OpenImageIO would convert it without a profile
        raise BadInputError(
            f"{path} is CMYK, RGB or grey was wanted. Convert it to RGB with its profile first, then harmonize."
        )
    return Carried()

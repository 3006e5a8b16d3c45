"""Reading picture files.

Pixels are decoded by OpenImageIO into one array in the file's own depth; what the file says beside them (profile, Exif, XMP,
resolution, JPEG tables) is read from the container itself, so that it can be written back as it was.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import LINEAR_SRGB, SRGB, Encoding
from accord.core.errors import BadInputError
from accord.core.picture import FileFacts, Picture
from accord.io import attributes, containers
from accord.io.finite import check_finite
from accord.io.formats import Format, readable_titles, sniff
from accord.io.limits import check_declared_size
from accord.io.orientation import exif_orientation, upright, with_upright_tag
from accord.io.paths import existing_file

_DEPTHS = {"uint8", "uint16", "half", "float"}


@dataclass(frozen=True)
class _Decoded:
    """What OpenImageIO says about a file: samples (H, W, channels), which channels they are, and other attributes."""

    samples: NDArray[Any]
    alpha: bool
    premultiplied: bool
    extra: dict[str, Any]
    icc: bytes | None


def read_picture(path: str | os.PathLike[str], *, max_pixels: int | None = None) -> Picture:
    """Read a picture file: PNG, JPEG, WebP, TIFF, OpenEXR, DPX, JPEG XL or PSD (flattened), told by content, not by name.

    Parameters
    ----------
    path
        The file.
    max_pixels
        Largest declared size that is decoded; by default ACCORD_MAX_PIXELS, or 2**29.

    Returns
    -------
    Picture
        In the file's depth, upright, with straight alpha except where the file associates it (EXR, some TIFF). Palettes
        become RGB(A), 1-, 2- and 4-bit samples uint8 in full range, 10- and 12-bit samples uint16 in full range. Integers
        are in the embedded profile, or sRGB; floats are scene-linear sRGB unless a profile says otherwise.

    Raises
    ------
    BadInputError
        If the file is missing, empty, no such picture, truncated or damaged, larger than the limit, CMYK, of an unsupported
        depth, or holds NaN or infinity.
    """
    found = existing_file(path)
    with found.open("rb") as file:
        head = file.read(16)
    form = sniff(head)
    if form is None:
        raise BadInputError(
            f"{found} is no picture that accord reads. It reads: {readable_titles()}. Convert it to one of these."
        )
    carried = containers.read(found, form)
    decoded = _decode(found, form, max_pixels)
    orientation = (
        exif_orientation(carried.exif) if carried.exif else int(decoded.extra.get("Orientation", ("int", 1))[1])
    )
    samples = upright(decoded.samples, orientation)
    check_finite(samples, str(found))
    icc = carried.icc or decoded.icc
    facts = FileFacts(
        format=form.id,
        icc=icc,
        exif=with_upright_tag(carried.exif) if carried.exif else None,
        resolution=carried.resolution or _resolution(decoded.extra),
        quantization=carried.quantization,
        subsampling=carried.subsampling,
        attributes=carried.attributes | attributes.worth_keeping(form.id, decoded.extra),
    )
    pixels, alpha = (samples[..., :-1], samples[..., -1]) if decoded.alpha else (samples, None)
    return Picture(
        pixels=pixels,
        alpha=alpha,
        encoding=_encoding(pixels, icc, found),
        premultiplied=decoded.premultiplied,
        facts=facts,
        flat=True,
    )


def _decode(path: Path, form: Format, limit: int | None) -> _Decoded:
    import OpenImageIO as oiio  # noqa: N813

    wanted = oiio.ImageSpec()
    # Otherwise colours under alpha 0 would be multiplied away.
    wanted.attribute("oiio:UnassociatedAlpha", 1)
    reader = oiio.ImageInput.open(str(path), wanted)
    if reader is None:
        raise _broken(path, form, oiio.geterror())
    try:
        if reader.format_name() != form.id:  # it tries every reader it has; one without a signature may take anything
            raise _broken(path, form, "")
        spec = reader.spec()
        check_declared_size(path, spec.width, spec.height, spec.nchannels, limit)
        _check_kind(path, form, spec)
        channels = _colour_channels(path, spec)
        samples = reader.read_image(0, 0, channels[0], channels[-1] + 1, spec.format)
        trouble = reader.geterror()
    finally:
        reader.close()
    if samples is None or trouble:
        raise _broken(path, form, trouble)
    extra = {item.name: (str(item.type), item.value) for item in spec.extra_attribs}
    profile = extra.pop("ICCProfile", None)
    alpha = len(channels) in (2, 4)
    straight = form.id in ("png", "webp", "jpegxl", "psd") or "oiio:UnassociatedAlpha" in extra
    return _Decoded(
        samples=samples,
        alpha=alpha,
        premultiplied=alpha and not straight,
        extra=extra,
        icc=bytes(np.asarray(profile[1], np.uint8)) if profile is not None else None,
    )


def _check_kind(path: Path, form: Format, spec: Any) -> None:
    """Refuse what would have to be changed to be worked on."""
    ink = f"{spec.getattribute('jpeg:ColorSpace') or ''} {spec.getattribute('tiff:ColorSpace') or ''} "
    ink += str(spec.getattribute("psd:ColorMode") or "")
    if "CMYK" in ink or "YCCK" in ink:
        raise BadInputError(
            f"{path} is CMYK, RGB or grey was wanted. Convert it to RGB with its profile first, then harmonize."
        )
    if spec.deep or spec.depth > 1:
        raise BadInputError(f"{path} holds deep or volume data, a flat picture was wanted. Flatten it first.")
    if str(spec.format) not in _DEPTHS:
        raise BadInputError(
            f"{path} has {spec.format} samples; 8- and 16-bit unsigned, half and float {form.title} are read. Convert it to one of these."
        )


def _colour_channels(path: Path, spec: Any) -> list[int]:
    """Give the positions of R, G, B (A) or Y (A)."""
    names = list(spec.channelnames)
    for wanted in (["R", "G", "B", "A"], ["R", "G", "B"], ["Y", "A"], ["Y"]):
        if names == wanted:
            return list(range(len(names)))
    raise BadInputError(f"{path} has the channels {', '.join(names)}; R, G, B (A) or Y (A) were wanted.")


def _resolution(extra: dict[str, Any]) -> tuple[float, float] | None:
    across, down = (extra.get(name, (None, 0.0))[1] for name in ("XResolution", "YResolution"))
    unit = {"in": 1.0, "inch": 1.0, "cm": 2.54}.get(str(extra.get("ResolutionUnit", (None, "none"))[1]))
    return (float(across) * unit, float(down) * unit) if unit and across and down else None


def _encoding(pixels: NDArray[Any], icc: bytes | None, path: Path) -> Encoding:
    return LINEAR_SRGB if pixels.dtype.kind == "f" else SRGB


def _broken(path: Path, form: Format, reason: str) -> BadInputError:
    line = " ".join(reason.replace(str(path), "it").split()) or "it cannot be decoded"
    return BadInputError(f"{path} is damaged or incomplete {form.title}: {line[:200]}. Copy or export it again.")

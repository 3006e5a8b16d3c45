"""Reading picture files.

Pixels are decoded by OpenImageIO into one array in the file's own depth; what the file says beside them (profile, Exif,
XMP, resolution, JPEG tables) is read from the container itself, so that it can be written back as it was.
"""

from __future__ import annotations

import os
from math import inf
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import LINEAR_SRGB, SRGB, Encoding
from accord.core.errors import BadInputError
from accord.core.picture import FileFacts, Picture
from accord.io import attributes, containers
from accord.io.curves import CineonCurve
from accord.io.decode import Decoded, decode
from accord.io.finite import check_finite
from accord.io.formats import Format, readable_titles, sniff
from accord.io.orientation import exif_orientation, upright, with_upright_property, with_upright_tag
from accord.io.paths import existing_file
from accord.io.profile import encoding_of_chromaticities, encoding_of_png, encoding_of_profile
from accord.io.streamed import StreamedSamples

_WINDOWED = ("openexr", "tiff")  # their pixels may have tiles and further channels, and lie anywhere in a frame
_CINEON = Encoding("Cineon log", (CineonCurve(),) * 3)


def read_picture(
    path: str | os.PathLike[str],
    *,
    encoding: Encoding | None = None,
    max_pixels: int | None = None,
    what: str = "picture",
    padded: bool = False,
    stream_above: float = inf,
) -> Picture:
    """Read a picture file: PNG, JPEG, WebP, TIFF, OpenEXR, DPX, JPEG XL or PSD (flattened), told by its content.

    Parameters
    ----------
    path
        The file.
    encoding
        What its values mean, instead of what its profile or depth says.
    max_pixels
        Largest declared size that is decoded; by default ACCORD_MAX_PIXELS, or 2**29.
    what
        What to call it in messages.
    padded
        Whether 8-bit RGB pixels lie in memory as those of an array with four channels, which JPEG is written from
        without another copy.
    stream_above
        Bytes of pixels from which they stay in the file, where it can be read row by row; see `accord.io.streamed`.

    Returns
    -------
    Picture
        In the file's depth, upright, with straight alpha except where the file associates it (EXR, some TIFF). Palettes
        become RGB(A), 1-, 2- and 4-bit samples uint8, 10- to 14-bit samples uint16, both in full range. Integers are in
        the embedded profile, or sRGB; a DPX that says logarithmic is in Cineon's curve; floats are scene-linear sRGB
        unless a profile or OpenEXR's chromaticities say otherwise. Further channels of an EXR are kept in
        `facts.attributes` and written back.

    Raises
    ------
    BadInputError
        If the file is missing, empty, no such picture, truncated or damaged, larger than the limit, CMYK, of several
        parts, of an unsupported depth, holds NaN or infinity, or its profile is broken or a lookup table.
    """
    found = existing_file(path, what)
    with found.open("rb") as file:
        head = file.read(16)
    form = sniff(head)
    if form is None:
        raise BadInputError(
            f"{what} {found} is no picture that accord reads. Convert it to one of: {readable_titles()}."
        )
    try:
        carried = containers.read(found, form)
        turned = _turn_to_come(form, carried)
        decoded = decode(found, form, max_pixels, turned, padded=padded, stream_above=stream_above)
    except MemoryError as error:
        raise BadInputError(f"{what} {found} does not fit into memory. Use a smaller version of it.") from error
    turned = _orientation(form, carried, decoded)
    pixels, alpha = _split(decoded, turned, str(found))
    icc = carried.icc or _embedded(decoded)
    return Picture(
        pixels=pixels,
        alpha=alpha,
        encoding=encoding or _encoding(found, form, carried, decoded, icc, pixels.shape[2]),
        premultiplied=decoded.premultiplied,
        facts=FileFacts(
            format=form.id,
            icc=icc,
            exif=with_upright_tag(carried.exif) if carried.exif else None,
            xmp=_xmp(form, carried, turned),
            resolution=carried.resolution or _resolution(decoded.extra),
            quantization=carried.quantization,
            subsampling=carried.subsampling,
            attributes=carried.attributes | _kept(form, decoded, turned),
            window=decoded.window if form.id in _WINDOWED and turned == 1 else None,
        ),
        flat=True,
    )


def _split(decoded: Decoded, turned: int, what: str) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Give pixels and alpha, upright and finite."""
    samples = decoded.samples
    if isinstance(samples, StreamedSamples):
        alpha = cast("NDArray[Any]", samples.channels(samples.shape[2] - 1)) if decoded.alpha else None
        return cast("NDArray[Any]", samples.channels(slice(0, samples.shape[2] - decoded.alpha))), alpha
    samples = upright(samples, turned)
    check_finite(samples, what)
    return (samples[..., :-1], samples[..., -1]) if decoded.alpha else (samples, None)


def _turn_to_come(form: Format, carried: containers.Carried) -> int:
    """Give the orientation that pixels will be turned by, as far as it is known before decoding."""
    return exif_orientation(carried.exif) if carried.exif and form.id not in ("jpegxl", "psd") else 1


def _orientation(form: Format, carried: containers.Carried, decoded: Decoded) -> int:
    if form.id in ("jpegxl", "psd"):  # JPEG XL's decoder turns pixels itself; Photoshop stores them as they are seen
        return 1
    if carried.exif:
        return exif_orientation(carried.exif)
    return int(_number(decoded.extra, "Orientation", 1))


def _xmp(form: Format, carried: containers.Carried, turned: int) -> bytes | None:
    """Give the XMP packet, which says upright where pixels were turned. Readers go by it where Exif says nothing."""
    told = carried.exif is not None and exif_orientation(carried.exif) != 1
    if carried.xmp is None or not (turned != 1 or told or form.id == "jpegxl"):
        return carried.xmp
    return with_upright_property(carried.xmp)


def _embedded(decoded: Decoded) -> bytes | None:
    profile = decoded.extra.get("ICCProfile")
    return None if profile is None else np.asarray(profile[1], np.uint8).tobytes()


def _kept(form: Format, decoded: Decoded, turned: int) -> dict[str, Any]:
    kept = attributes.worth_keeping(form.id, decoded.extra)
    if form.id in _WINDOWED:
        if decoded.tile[0] > 0:
            kept[attributes.OWN + "tile"] = decoded.tile
        if decoded.others:
            kept[attributes.OWN + "channels"] = [(name, upright(plane, turned)) for name, plane in decoded.others]
    return kept


def _number(extra: dict[str, Any], name: str, default: float = 0) -> float:
    """Give an attribute that should be a number; the default where it is missing or of another type."""
    value = extra.get(name, (None, default))[1]
    return value if isinstance(value, (int, float)) and np.isfinite(value) else default


def _resolution(extra: dict[str, Any]) -> tuple[float, float] | None:
    across, down = (_number(extra, name) for name in ("XResolution", "YResolution"))
    unit = {"in": 1.0, "inch": 1.0, "cm": 2.54}.get(str(extra.get("ResolutionUnit", (None, "none"))[1]))
    return (across * unit, down * unit) if unit and across > 0 and down > 0 else None


def _encoding(
    path: Path, form: Format, carried: containers.Carried, decoded: Decoded, icc: bytes | None, channels: int
) -> Encoding:
    """Tell what the file's values mean, by the most exact statement that it makes."""
    try:
        if icc is not None:
            return encoding_of_profile(icc, channels)
        kind, chromaticities = decoded.extra.get("chromaticities", ("", ()))
        if form.id == "openexr" and kind == "float[8]" and channels == 3:
            return encoding_of_chromaticities(chromaticities)
        if form.id == "png":
            return encoding_of_png(carried.attributes[attributes.OWN + "chunks"], channels)
    except BadInputError as error:
        raise BadInputError(f"{path}: {error}") from error
    if form.id == "dpx":
        transfer = str(decoded.extra.get("dpx:Transfer", (None, ""))[1])
        return {"Printing density": _CINEON, "Logarithmic": _CINEON, "Linear": LINEAR_SRGB}.get(transfer, SRGB)
    return LINEAR_SRGB if decoded.samples.dtype.kind == "f" else SRGB

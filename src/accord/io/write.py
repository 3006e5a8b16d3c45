"""Writing picture files, whole or not at all, in the format that the file name asks for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import BadInputError
from accord.core.picture import Picture
from accord.io.formats import Format, format_for_writing, suffixes_holding
from accord.io.paths import whole_or_nothing


def write_picture(picture: Picture, path: str | os.PathLike[str], *, quality: int | None = None) -> None:
    """Write a picture with its depth, alpha, profile and metadata.

    Parameters
    ----------
    picture
        What to write. Nothing is scaled, clipped or converted.
    path
        Where to; the suffix chooses the format. An existing file is replaced when the new one is complete.
    quality
        1 to 100, for JPEG, WebP and JPEG XL. By default a JPEG is coded with its source's own tables (95 without chroma
        subsampling if it did not come from a JPEG), WebP and JPEG XL without loss.

    Raises
    ------
    BadInputError
        If the format cannot hold the picture's depth or alpha, or the file cannot be written.
    """
    target = Path(path)
    form = format_for_writing(target)
    _check_holds(picture, form, target)
    _check_quality(quality, form, target)
    with whole_or_nothing(target) as temporary:
        if form.id == "jpeg":
            _write_jpeg(picture, temporary, quality)
        elif form.id == "webp":
            _write_webp(picture, temporary, quality)
        else:
            _write_with_openimageio(picture, temporary, form, quality)


def _check_holds(picture: Picture, form: Format, path: Path) -> None:
    depth, alpha = picture.pixels.dtype.name, picture.alpha is not None
    fitting = suffixes_holding(depth, alpha=alpha)
    if depth not in form.depths:
        raise BadInputError(
            f"{path}: {form.title} cannot hold {depth} pixels. Write one of: {fitting}, or convert the depth first."
        )
    if alpha and not form.alpha:
        raise BadInputError(
            f"{path}: {form.title} cannot hold alpha. Write one of: {fitting}, or remove the alpha first."
        )
    if alpha and picture.pixels.shape[2] == 1 and form.id in ("dpx", "jpegxl"):
        raise BadInputError(
            f"{path}: {form.title} is not written as grey with alpha. Write .png or .tif, or make it RGB first."
        )


def _check_quality(quality: int | None, form: Format, path: Path) -> None:
    if quality is None:
        return
    if not form.lossy:
        raise BadInputError(
            f"{path}: quality is {quality}, but {form.title} is written without loss. Leave quality out."
        )
    if not 1 <= quality <= 100:
        raise BadInputError(f"quality is {quality}, a whole number from 1 to 100 was wanted.")


def _samples(picture: Picture) -> NDArray[Any]:
    """Give pixels and alpha as one contiguous array (H, W, channels)."""
    if picture.alpha is None:
        return np.ascontiguousarray(picture.pixels)
    return np.concatenate([picture.pixels, picture.alpha[..., np.newaxis]], axis=2)


def _write_with_openimageio(picture: Picture, path: Path, form: Format, quality: int | None) -> None:
    import OpenImageIO as oiio  # noqa: N813

    samples = _samples(picture)
    depth = {"float16": "half", "float32": "float"}.get(samples.dtype.name, samples.dtype.name)
    spec = oiio.ImageSpec(picture.width, picture.height, samples.shape[2], depth)
    if picture.alpha is not None:
        spec.channelnames = ("Y", "A") if samples.shape[2] == 2 else ("R", "G", "B", "A")
        spec.alpha_channel = samples.shape[2] - 1
        if not picture.premultiplied:
            spec.attribute("oiio:UnassociatedAlpha", 1)
    facts = picture.facts
    if facts is not None:
        if facts.format == form.id:
            for name, (kind, value) in facts.attributes.items():
                spec.attribute(name, oiio.TypeDesc(kind), value)
        if facts.icc is not None:
            spec.attribute("ICCProfile", oiio.TypeDesc(f"uint8[{len(facts.icc)}]"), np.frombuffer(facts.icc, np.uint8))
        if facts.resolution is not None:
            spec.attribute("XResolution", facts.resolution[0])
            spec.attribute("YResolution", facts.resolution[1])
            spec.attribute("ResolutionUnit", "in")
    if form.id == "jpegxl":
        spec.attribute("compression", "lossless" if quality is None else f"jpegxl:{quality}")
    writer = oiio.ImageOutput.create(form.id)
    done = writer is not None and writer.open(str(path), spec) and writer.write_image(samples) and writer.close()
    if not done:
        reason = writer.geterror() if writer is not None else oiio.geterror()
        raise BadInputError(f"{form.title} could not be written: {' '.join(reason.split())}.")


def _write_jpeg(picture: Picture, path: Path, quality: int | None) -> None:
    from PIL import Image

    facts = picture.facts
    options: dict[str, Any] = {"quality": 95 if quality is None else quality, "subsampling": 0}
    if quality is None and facts is not None and facts.quantization is not None:
        options = {"qtables": facts.quantization, "subsampling": facts.subsampling}
    if facts is not None:
        options |= {"icc_profile": facts.icc, "exif": facts.exif or b"", "dpi": facts.resolution or (0, 0)}
    image = Image.fromarray(
        np.ascontiguousarray(np.squeeze(picture.pixels, 2) if picture.pixels.shape[2] == 1 else picture.pixels)
    )
    image.save(path, "JPEG", **options)


def _write_webp(picture: Picture, path: Path, quality: int | None) -> None:
    from PIL import Image

    facts = picture.facts
    samples = _samples(picture)
    if samples.shape[2] < 3:  # WebP has no grey: the same values three times lose nothing
        samples = np.concatenate([np.repeat(samples[..., :1], 3, axis=2), samples[..., 1:]], axis=2)
    options: dict[str, Any] = {
        "lossless": quality is None,
        "quality": 80 if quality is None else quality,
        "exact": True,
    }
    if facts is not None:
        options |= {"icc_profile": facts.icc or b"", "exif": facts.exif or b""}
    Image.fromarray(samples).save(path, "WEBP", **options)

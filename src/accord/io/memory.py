"""Pictures from memory: NumPy arrays and Pillow images in, NumPy arrays out."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import LINEAR_SRGB, SRGB, Encoding
from accord.core.errors import BadInputError
from accord.core.picture import FileFacts, Picture
from accord.io.finite import check_finite
from accord.io.ifd import ORIENTATION
from accord.io.orientation import with_upright_property
from accord.io.profile import encoding_of_profile
from accord.io.read import read_picture

if TYPE_CHECKING:
    from PIL import Image

_ENCODINGS = {"srgb": SRGB, "linear": LINEAR_SRGB}
# Pillow's modes that are no plain grey or RGB with straight alpha, and what they become.
_CONVERTED = {"P": "RGB", "PA": "RGBA", "RGBa": "RGBA", "La": "LA", "RGBX": "RGB", "YCbCr": "RGB"}
_DEPTHS = ("uint8", "uint16", "float16", "float32")


def as_picture(
    source: str | os.PathLike[str] | NDArray[Any] | Image.Image | Picture,
    *,
    encoding: str | None = None,
    what: str = "picture",
) -> Picture:
    """Make a picture of a path, a Pillow image or an array.

    Parameters
    ----------
    source
        A path (see `read_picture`); a Pillow image; an array (H, W), (H, W, 1), (H, W, 3) or with a last channel of
        straight
        alpha (H, W, 2), (H, W, 4), of uint8, uint16, float16 or float32; or a `Picture`, given back as it is.
    encoding
        "srgb" (display-encoded) or "linear" (scene-linear sRGB). By default integers are in their embedded
        profile, or sRGB, and floats are scene-linear.
    what
        What to call it in messages.

    Returns
    -------
    Picture
        Sharing memory with an array given; nothing writes into it.

    Raises
    ------
    BadInputError
        If the source is of another kind, shape or dtype, holds NaN or infinity, or `encoding` is unknown.
    """
    if encoding is not None and encoding not in _ENCODINGS:
        raise BadInputError(
            f"encoding is {encoding!r}, 'srgb' (display-encoded) or 'linear' (scene-linear) was wanted."
        )
    if isinstance(source, Picture):
        picture = source
    elif isinstance(source, (str, os.PathLike)):
        picture = read_picture(source, encoding=None if encoding is None else _ENCODINGS[encoding], what=what)
    elif isinstance(source, np.ndarray):
        picture = _from_array(source)
    elif _is_pillow(source):
        picture = _from_pillow(source, ignore_profile=encoding is not None)
    else:
        raise BadInputError(f"a {type(source).__name__} came, a path, a Pillow image or a NumPy array was wanted.")
    return picture if encoding is None else _replace_encoding(picture, _ENCODINGS[encoding])


def to_array(picture: Picture) -> NDArray[Any]:
    """Give a picture's code values as one array (H, W), (H, W, 1), (H, W, 3), or with alpha as last channel.

    The dtype is the picture's. Grey comes back in the shape in which it came; a grey file gives (H, W).
    """
    if picture.alpha is not None:
        return np.concatenate([picture.pixels, picture.alpha[..., np.newaxis]], axis=2, dtype=picture.pixels.dtype)
    return picture.pixels[..., 0] if picture.flat and picture.pixels.shape[2] == 1 else picture.pixels


def _replace_encoding(picture: Picture, encoding: Encoding) -> Picture:
    return replace(picture, encoding=encoding)


def _from_array(array: NDArray[Any], facts: FileFacts | None = None) -> Picture:
    if array.dtype.name not in _DEPTHS:
        raise BadInputError(
            f"an array of {array.dtype} came, {', '.join(_DEPTHS)} were wanted. Convert it, say with "
            ".astype(np.float32) for floats, or scaled to the whole range of uint8 or uint16."
        )
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 2, 3, 4)):
        hint = (
            " The channels come last here: try array.transpose(1, 2, 0)."
            if array.ndim == 3 and array.shape[0] in (1, 3, 4)
            else ""
        )
        raise BadInputError(f"an array of shape {array.shape} came, (H, W) or (H, W, 1 to 4) was wanted.{hint}")
    if array.size == 0:
        raise BadInputError(f"an array of shape {array.shape} came, which has no pixels.")
    check_finite(array, "the array")
    flat = array.ndim == 2
    samples = array[..., np.newaxis] if flat else array
    alpha = samples[..., -1] if samples.shape[2] in (2, 4) else None
    return Picture(
        pixels=samples if alpha is None else samples[..., :-1],
        alpha=alpha,
        encoding=LINEAR_SRGB if array.dtype.kind == "f" else SRGB,
        facts=facts,
        flat=flat,
    )


def _is_pillow(source: object) -> bool:
    # Whoever holds a Pillow image has imported Pillow; nobody else should pay for it.
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(source, module.Image)


def _from_pillow(image: Image.Image, *, ignore_profile: bool) -> Picture:
    from PIL import ImageOps, JpegImagePlugin

    if image.mode in ("CMYK", "LAB", "HSV"):
        raise BadInputError(
            f"a Pillow image of mode {image.mode} came, RGB or grey was wanted. Convert it with its profile first."
        )
    quantization = getattr(image, "quantization", None)
    subsampling = max(JpegImagePlugin.get_sampling(image), 0) if quantization else None
    xmp = image.info.get("xmp") or b""
    icc, resolution = image.info.get("icc_profile"), image.info.get("dpi")
    try:
        image = ImageOps.exif_transpose(image)
        about = image.getexif()
        if about:  # Exif that does not say it leaves it to the XMP
            about[ORIENTATION] = 1
        exif = about.tobytes()
        if image.mode in _CONVERTED or "transparency" in image.info:
            image = image.convert("RGBA" if "transparency" in image.info else _CONVERTED[image.mode])
        samples = np.asarray(image)
    except (OSError, SyntaxError, ValueError, MemoryError) as error:
        raise BadInputError(
            f"the Pillow image cannot be decoded: {error}. Open the file again, or save it anew."
        ) from error
    if samples.dtype == np.bool_:
        samples = samples.astype(np.uint8) * np.uint8(255)
    facts = FileFacts(
        format="jpeg" if quantization else "memory",
        icc=icc or None,
        exif=exif.removeprefix(b"Exif\0\0") or None,
        resolution=(float(resolution[0]), float(resolution[1])) if resolution else None,
        xmp=with_upright_property(xmp.encode() if isinstance(xmp, str) else xmp) or None,
        quantization=quantization,
        subsampling=subsampling,
    )
    picture = _from_array(samples, facts)
    if icc and not ignore_profile:
        picture = replace(picture, encoding=encoding_of_profile(icc, picture.pixels.shape[2]))
    return picture

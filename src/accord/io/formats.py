"""The containers that accord reads and writes, how they are told apart, and what each can hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from accord.core.errors import BadInputError


@dataclass(frozen=True)
class Format:
    """A container.

    Parameters
    ----------
    id
        OpenImageIO's word for it, as in `FileFacts.format`.
    title
        Its name in messages.
    suffixes
        File name endings, lower case; the first is the usual one. Empty where the format is only read.
    depths
        Names of the pixel types that a file of it can hold without loss (TIFF stores float16 as float32).
    alpha
        Whether it can hold coverage.
    lossy
        Whether `quality` means something to it.
    """

    id: str
    title: str
    suffixes: tuple[str, ...]
    depths: tuple[str, ...] = ()
    alpha: bool = True
    lossy: bool = False

    @property
    def writable(self) -> bool:
        """Whether accord writes it."""
        return bool(self.depths)


_FORMATS = (
    Format("png", "PNG", (".png",), ("uint8", "uint16")),
    Format("jpeg", "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), ("uint8",), alpha=False, lossy=True),
    Format("webp", "WebP", (".webp",), ("uint8",), lossy=True),
    Format("tiff", "TIFF", (".tif", ".tiff"), ("uint8", "uint16", "float16", "float32")),
    Format("openexr", "OpenEXR", (".exr",), ("float16", "float32")),
    Format("dpx", "DPX", (".dpx",), ("uint8", "uint16")),
    Format("jpegxl", "JPEG XL", (".jxl",), ("uint8", "uint16", "float16", "float32"), lossy=True),
    Format("psd", "PSD", (".psd", ".psb")),
)
BY_ID = {each.id: each for each in _FORMATS}
_BY_SUFFIX = {suffix: each for each in _FORMATS for suffix in each.suffixes}

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"\x76\x2f\x31\x01", "openexr"),
    (b"SDPX", "dpx"),
    (b"XPDS", "dpx"),
    (b"\xff\x0a", "jpegxl"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "jpegxl"),
    (b"8BPS", "psd"),
)


def sniff(head: bytes) -> Format | None:
    """Tell a file's format from its first 16 bytes; None where it is none that accord reads. Names are not trusted."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return BY_ID["webp"]
    return next((BY_ID[name] for signature, name in _SIGNATURES if head.startswith(signature)), None)


def readable_titles() -> str:
    """List what can be read, for messages."""
    return ", ".join(each.title for each in _FORMATS)


def formats_holding(depth: str, *, alpha: bool) -> list[Format]:
    """List the formats that hold pixels of this type, with alpha if asked."""
    return [each for each in _FORMATS if depth in each.depths and (each.alpha or not alpha)]


def format_for_writing(path: Path) -> Format:
    """Give the format that a file name asks for by its suffix.

    Raises
    ------
    BadInputError
        If the suffix is unknown, or of a format that is only read.
    """
    suffix = path.suffix.lower()
    found = _BY_SUFFIX.get(suffix)
    known = ", ".join(each.suffixes[0] for each in _FORMATS if each.writable)
    if found is None:
        raise BadInputError(f"{path}: the suffix {suffix!r} names no format that accord writes. It writes: {known}.")
    if not found.writable:
        raise BadInputError(f"{path}: {found.title} can be read but not written. Write one of: {known}.")
    return found

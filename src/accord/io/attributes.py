"""Which of OpenImageIO's attributes a picture keeps, and how they are written again.

Attributes are kept as {name: (type, value)}, the type in OpenImageIO's spelling, since a value alone does not say
whether it was, for example, a time code or two integers. Names that begin with "container:" are accord's own.
"""

from __future__ import annotations

from typing import Any

OWN = "container:"

# Written from other facts, computed anew, or about how the source's pixels were laid out.
_NEVER = frozenset(
    {"Orientation", "ICCProfile", "XResolution", "YResolution", "ResolutionUnit", "tile_width", "tile_height"}
)
_NEVER_UNDER = (
    "oiio:",
    "ICCProfile:",
    "tiff:",
    "dpx:ImageDescriptor",
    "dpx:Packing",
    "dpx:DittoKey",
    "dpx:EndOf",
    "dpx:Version",
)
_LOSSLESS_TIFF = ("none", "lzw", "zip", "packbits", "zstd")


def worth_keeping(format_id: str, extra: dict[str, Any]) -> dict[str, Any]:
    """Pick the attributes that describe the picture, or how it was stored, and can be written to the same format."""
    kept: dict[str, Any] = {}
    if format_id in ("openexr", "dpx"):
        kept = {
            name: value for name, value in extra.items() if name not in _NEVER and not name.startswith(_NEVER_UNDER)
        }
    if format_id == "tiff":
        kept = {name: extra[name] for name in ("compression", "planarconfig") if name in extra}
        if (
            str(kept.get("compression", ("", ""))[1]) not in _LOSSLESS_TIFF
        ):  # JPEG in TIFF would lose again, fax is for 1 bit
            kept["compression"] = ("string", "zip")
    bits = extra.get("oiio:BitsPerSample", ("int", 0))[1]
    if format_id in ("tiff", "dpx") and bits in (10, 12, 14):
        kept["oiio:BitsPerSample"] = ("int", bits)
    return kept

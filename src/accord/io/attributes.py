"""Which of OpenImageIO's attributes a picture keeps, and how they are written again.

Attributes are kept as {name: (type, value)}, the type in OpenImageIO's spelling, since a value alone does not say whether
it was, for example, a time code or two integers.
"""

from __future__ import annotations

from typing import Any

_COMMON = ("compression", "planarconfig", "oiio:BitsPerSample", "PixelAspectRatio")
_TILES = ("tile_width", "tile_height")
_NEVER = (
    "oiio:",
    "tiff:",
    "Exif:",
    "GPS:",
    "IPTC:",
    "ICCProfile",
    "png:",
    "jpeg:",
    "xmp:",
    "XMP",
    "openexr:lineOrder",
    "exif:",
)
_UPRIGHT = ("Orientation", "XResolution", "YResolution", "ResolutionUnit")


def worth_keeping(format_id: str, extra: dict[str, Any]) -> dict[str, Any]:
    """Pick the attributes that describe the picture, or how it was stored, and can be written to the same format."""
    if format_id in ("openexr", "dpx"):
        return {
            name: value
            for name, value in extra.items()
            if name in _COMMON or (not name.startswith(_NEVER) and name not in _UPRIGHT)
        }
    if format_id == "tiff":
        return {name: extra[name] for name in _COMMON if name in extra}
    return {}

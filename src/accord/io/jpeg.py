"""JPEG's segments beside the pixels.

Source: ITU-T T.81 (B.1), T.871 (JFIF), CIPA DC-008 (Exif), ICC.1:2022 B.4, Adobe's XMP part 3.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

EXIF_HEAD, XMP_HEAD, ICC_HEAD = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0"
_XMP_MORE = b"http://ns.adobe.com/xmp/extension/\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
_COMMENT, _APP1, _APP2, _APP13 = 0xFE, 0xE1, 0xE2, 0xED
_SCAN, _END = 0xDA, 0xD9
_ALONE = {0x01, *range(0xD0, 0xD9)}

Segment = tuple[int, bytes]


def read_segments(path: Path) -> list[Segment]:
    """Give the segments before the first scan, as (marker, content); those that were whole where the file is damaged."""
    with path.open("rb") as file:
        return list(_segments(file.read(2**26)))


def _segments(data: bytes) -> Iterator[Segment]:
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF or marker in _ALONE:
            place += 1 if marker == 0xFF else 2
            continue
        if marker in (_SCAN, _END):
            return
        length = struct.unpack_from(">H", data, place + 2)[0]
        if length < 2 or place + 2 + length > len(data):
            return
        yield marker, data[place + 4 : place + 2 + length]
        place += 2 + length


def profile_of(segments: list[Segment]) -> bytes | None:
    """Join the ICC profile's parts in their order; None where there is none or a part is missing."""
    parts = {
        content[12]: content[14:]
        for marker, content in segments
        if marker == _APP2 and content.startswith(ICC_HEAD) and len(content) > 14
    }
    counts = {
        content[13]
        for marker, content in segments
        if marker == _APP2 and content.startswith(ICC_HEAD) and len(content) > 14
    }
    if not parts or counts != {len(parts)} or sorted(parts) != list(range(1, len(parts) + 1)):
        return None
    return b"".join(parts[number] for number in sorted(parts))


def first_after(segments: list[Segment], head: bytes) -> bytes | None:
    """Give the content of the first APP1 segment that begins with `head`, without it."""
    return next(
        (content[len(head) :] for marker, content in segments if marker == _APP1 and content.startswith(head)), None
    )


def worth_keeping(segments: list[Segment]) -> list[Segment]:
    """Pick comments, IPTC and further XMP: what describes the picture and has no place of its own in `FileFacts`."""
    return [
        (marker, content)
        for marker, content in segments
        if marker == _COMMENT
        or (marker == _APP13 and content.startswith(_PHOTOSHOP))
        or (marker == _APP1 and content.startswith(_XMP_MORE))
    ]


def is_cmyk(segments: list[Segment]) -> bool:
    """Whether the frame has four components."""
    frames = (content for marker, content in segments if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC))
    return any(len(content) > 5 and content[5] == 4 for content in frames)


def as_bytes(segments: list[Segment]) -> bytes:
    """Code segments for a file; each holds at most 65533 bytes."""
    return b"".join(struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content for marker, content in segments)

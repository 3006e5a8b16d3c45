"""JPEG's segments beside the pixels.

Source: ITU-T T.81 (B.1), T.871 (JFIF), CIPA DC-008 (Exif), ICC.1:2022 B.4, Adobe's XMP part 3.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

EXIF_HEAD, XMP_HEAD, ICC_HEAD = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0"
_XMP_MORE = b"http://ns.adobe.com/xmp/extension/\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
_COMMENT, _APP1, _APP2, _APP13 = 0xFE, 0xE1, 0xE2, 0xED
_SCAN, _END = 0xDA, 0xD9
_TABLES = 0xDB
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
# Where each value of a coded table lies in its rows: along diagonals, up and down in turn.
_ZIGZAG = [
    8 * row + column
    for row, column in sorted(
        ((row, column) for row in range(8) for column in range(8)),
        key=lambda at: (sum(at), at[0] if sum(at) % 2 else at[1]),
    )
]
_ALONE = {0x01, *range(0xD0, 0xD9)}

Segment = tuple[int, bytes]


def read_segments(path: Path) -> list[Segment]:
    """Give the segments before the first scan, as (marker, content), up to the first that is damaged."""
    with path.open("rb") as file:
        return list(_segments(file))


def _segments(file: BinaryIO) -> Iterator[Segment]:
    file.seek(2)
    while (mark := file.read(2)) and mark[0] == 0xFF and len(mark) == 2:
        marker = mark[1]
        if marker == 0xFF:  # padding
            file.seek(-1, os.SEEK_CUR)
            continue
        if marker in _ALONE:
            continue
        size = file.read(2)
        length = int.from_bytes(size, "big") - 2
        if marker in (_SCAN, _END) or len(size) < 2 or length < 0:
            return
        content = file.read(length)
        if len(content) < length:
            return
        yield marker, content


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


@dataclass(frozen=True)
class Coding:
    """How a JPEG was coded.

    Parameters
    ----------
    components
        1 grey, 3 colour, 4 CMYK.
    progressive
        Whether it is coded in several scans, coarse to fine.
    tables
        Quantisation tables by number, 64 values each in rows.
    subsampling
        Pillow's word for that of chroma: 0 none, 1 half width, 2 half width and height. Pillow writes no other: for
        4:1:1 or 4:4:0 it is the coarsest that holds all of their chroma.
    """

    components: int
    progressive: bool
    tables: dict[int, list[int]]
    subsampling: int


def coding_of(segments: list[Segment]) -> Coding | None:
    """Read how a JPEG was coded; None without a whole frame header."""
    frames = [(marker, content) for marker, content in segments if marker in _FRAMES and len(content) >= 6]
    if not frames or len(frames[0][1]) < 6 + 3 * frames[0][1][5]:
        return None
    marker, frame = frames[0]
    factors = [divmod(frame[7 + 3 * number], 16) for number in range(frame[5])]
    return Coding(frame[5], marker in _PROGRESSIVE, _tables(segments), _subsampling(factors))


def _subsampling(factors: list[tuple[int, int]]) -> int:
    """Give Pillow's word for the samples that components have across and down, relative to each other."""
    if len(factors) < 2:
        return 0
    (across, down), *chroma = factors
    if 2 * max(wide for wide, _ in chroma) > across:
        return 0
    return 1 if 2 * max(tall for _, tall in chroma) > down else 2


def _tables(segments: list[Segment]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for content in (content for marker, content in segments if marker == _TABLES):
        place = 0
        while place < len(content):
            wide, number = content[place] >> 4, content[place] & 15
            size = 128 if wide else 64
            values = content[place + 1 : place + 1 + size]
            if len(values) == size:
                coded = struct.unpack(">64H" if wide else "64B", values)
                found[number] = [value for _, value in sorted(zip(_ZIGZAG, coded, strict=True))]
            place += 1 + size
    return found


def is_stored_as_rgb(segments: list[Segment]) -> bool:
    """Whether Adobe's marker says that the components are red, green and blue, whose tables fit nothing else."""
    return any(marker == 0xEE and content[:5] == b"Adobe" and content[11:12] == b"\0" for marker, content in segments)


def resolution_of(segments: list[Segment]) -> tuple[float, float] | None:
    """Give JFIF's dots per inch, None where it gives none."""
    for marker, content in segments:
        if marker == 0xE0 and content[:5] == b"JFIF\0" and len(content) >= 12:
            unit = {1: 1.0, 2: 2.54}.get(content[7])
            across, down = struct.unpack_from(">HH", content, 8)
            return (across * unit, down * unit) if unit and across and down else None
    return None


def as_bytes(segments: list[Segment]) -> bytes:
    """Code segments for a file; each holds at most 65533 bytes."""
    return b"".join(struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content for marker, content in segments)

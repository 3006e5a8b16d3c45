"""The chunks of WebP and the boxes of JPEG XL beside their pixels.

Source: RFC 9649 (WebP); ISO/IEC 18181-2 (JPEG XL file format).
"""

from __future__ import annotations

import struct
from pathlib import Path

Box = tuple[bytes, bytes]

_LARGEST = 2**26
_JXL_SIGNATURE = b"\0\0\0\x0cJXL \r\n\x87\n"
_JXL_BRAND = b"\0\0\0\x14ftypjxl \0\0\0\0jxl "
_JXL_PIXELS = {b"JXL ", b"ftyp", b"jxlc", b"jxlp", b"jxll", b"jxli", b"jbrd"}


def read_webp(path: Path) -> tuple[list[Box], list[bytes]]:
    """Give a WebP's profile, Exif and XMP chunks, and the types of all its chunks."""
    found: list[Box] = []
    kinds: list[bytes] = []
    size = path.stat().st_size
    with path.open("rb") as file:
        place = 12
        while place + 8 <= size:
            file.seek(place)
            kind, length = struct.unpack("<4sI", file.read(8))
            kinds.append(kind)
            if kind in (b"ICCP", b"EXIF", b"XMP ") and length <= min(_LARGEST, size - place - 8):
                found.append((kind, file.read(length)))
            place += 8 + length + length % 2
    return found, kinds


def read_jxl(path: Path) -> list[Box]:
    """Give a JPEG XL's boxes beside its pixels; none where it is a bare codestream."""
    found: list[Box] = []
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(2) == b"\xff\x0a":
            return found
        place = 0
        while place + 8 <= size:
            file.seek(place)
            length, kind = struct.unpack(">I4s", file.read(8))
            head = 8
            if length == 1 and place + 16 <= size:
                length, head = struct.unpack(">Q", file.read(8))[0], 16
            elif length == 0:
                length = size - place
            if length < head:
                break
            if kind not in _JXL_PIXELS and length - head <= min(_LARGEST, size - place - head):
                found.append((kind, file.read(length - head)))
            place += length
    return found


def wrap_jxl(path: Path, boxes: list[Box]) -> None:
    """Give a JPEG XL file just written these boxes, putting a bare codestream into a container."""
    if not boxes:
        return
    data = path.read_bytes()
    if data[:2] == b"\xff\x0a":
        data = _JXL_SIGNATURE + _JXL_BRAND + _jxl_box(b"jxlc", data)
    path.write_bytes(data + b"".join(_jxl_box(*box) for box in boxes))


def _jxl_box(kind: bytes, content: bytes) -> bytes:
    if len(content) + 8 < 2**32:
        return struct.pack(">I4s", len(content) + 8, kind) + content
    return struct.pack(">I4sQ", 1, kind, len(content) + 16) + content

"""PNG's chunks: those beside the pixels are read, checked and written back as they were.

OpenImageIO rewrites metadata in its own words, and libpng prints to standard error when it meets damage; so chunks
are walked here first, which finds truncation and damage by length and checksum.

Source: PNG, third edition (W3C, 2025), 5.3 and 11.3.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from accord.core.errors import BadInputError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PIXELS = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"}
_ABOUT_CODING = {b"bKGD", b"hIST", b"sBIT", b"sPLT", b"acTL", b"fcTL", b"fdAT"}
_TEXTS = {b"tEXt", b"zTXt", b"iTXt"}
_RAW = {b"raw profile type exif", b"raw profile type app1", b"raw profile type xmp"}
_LARGEST = 2**26
XMP_KEYWORD = b"XML:com.adobe.xmp\0"

Chunk = tuple[bytes, bytes]


def read_chunks(path: Path) -> list[Chunk]:
    """Give the chunks beside the pixels, as (type, data), after checking that every chunk is whole.

    Chunks about how the source's pixels were coded (significant bits, background, histogram, animation) are left out.

    Raises
    ------
    BadInputError
        If the file is cut off, a checksum is wrong, or it is an animation.
    """
    found: list[Chunk] = []
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(len(_SIGNATURE))
        while True:
            head = file.read(8)
            kind, length = head[4:], struct.unpack(">I", head[:4])[0] if len(head) == 8 else 0
            if len(head) < 8 or file.tell() + length + 4 > size:
                raise BadInputError(
                    f"{path} is incomplete PNG: it ends before its last chunk. Copy or export it again."
                )
            wanted = kind not in _PIXELS | _ABOUT_CODING
            if wanted and length > _LARGEST:
                raise BadInputError(
                    f"{path} has a PNG chunk {kind!r} of {length} bytes, the limit is {_LARGEST}. Remove it first."
                )
            data = _checked(file, kind, length, path, keep=wanted or (kind == b"acTL" and length == 8))
            if kind == b"acTL" and int.from_bytes(data[:4], "big") > 1:
                raise BadInputError(f"{path} is an animation, a still picture was wanted. Export one frame of it.")
            if wanted:
                found.append((kind, data))
            if kind == b"IEND":
                return found


def _checked(file: BinaryIO, kind: bytes, length: int, path: Path, *, keep: bool) -> bytes:
    checksum, kept = zlib.crc32(kind), []
    while length > 0:
        part = file.read(min(length, 2**20))
        checksum = zlib.crc32(part, checksum)
        length -= len(part)
        if keep:
            kept.append(part)
        if not part:
            break
    if file.read(4) != struct.pack(">I", checksum):
        raise BadInputError(
            f"{path} is damaged PNG: the checksum of a chunk {kind!r} is wrong. Copy or export it again."
        )
    return b"".join(kept)


def profile_of(data: bytes) -> bytes | None:
    """Unpack an iCCP chunk; None where it is damaged or unreasonably large."""
    _, _, packed = data.partition(b"\0")
    try:
        unpacker = zlib.decompressobj()
        icc = unpacker.decompress(packed[1:], _LARGEST)
    except zlib.error:
        return None
    return icc if unpacker.eof else None


def profile_chunk(icc: bytes) -> Chunk:
    """Make the iCCP chunk of a profile."""
    return b"iCCP", b"ICC profile\0\0" + zlib.compress(icc, 9)


def xmp_of(data: bytes) -> bytes | None:
    """Give the XMP packet of an iTXt chunk, None where it holds something else."""
    if not data.startswith(XMP_KEYWORD):
        return None
    rest = data[len(XMP_KEYWORD) :]
    parts = rest[2:].split(b"\0", 2)
    return parts[2] if rest[:1] == b"\0" and len(parts) == 3 else None


def is_raw_metadata(chunk: Chunk) -> bool:
    """Whether a chunk is what older ImageMagick put Exif or XMP into: hexadecimal digits in a text."""
    kind, data = chunk
    return kind in _TEXTS and data.partition(b"\0")[0].lower() in _RAW


def raw_metadata(chunk: Chunk) -> bytes:
    """Unpack a chunk of `is_raw_metadata`; empty where it is damaged or unreasonably large."""
    kind, data = chunk
    text = data.partition(b"\0")[2]
    if kind == b"iTXt":
        packed, text = text[:1] == b"\1", text[2:].split(b"\0", 2)[-1]
    else:
        packed, text = kind == b"zTXt", text[kind == b"zTXt" :]
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(text, _LARGEST) if packed else text
        # After an empty line, one for the name and one for the length come the digits.
        digits = "".join(text.decode("ascii").split("\n")[3:])
        return b"" if packed and not unpacker.eof else bytes.fromhex(digits)
    except (zlib.error, ValueError):
        return b""


def replace_chunks(path: Path, chunks: list[Chunk]) -> None:
    """Put chunks after the header of a PNG file just written, in place of all that it has beside its pixels.

    Raises
    ------
    BadInputError
        If it was not written whole.
    """
    whole = path.with_name(path.name + ".new")
    try:
        with path.open("rb") as source, whole.open("wb") as target:
            target.write(source.read(len(_SIGNATURE)))
            for kind, data in _pixel_chunks(source):
                _put(target, kind, data)
                if kind == b"IHDR":
                    for chunk in chunks:
                        _put(target, *chunk)
        os.replace(whole, path)  # noqa: PTH105
    finally:
        whole.unlink(missing_ok=True)


def _pixel_chunks(file: BinaryIO) -> Iterator[Chunk]:
    """Read a file just written; on a full disk its writer may leave it cut off and say nothing."""
    kind = b""
    while kind != b"IEND":
        head = file.read(8)
        length, kind = struct.unpack(">I4s", head) if len(head) == 8 else (0, b"")
        data = file.read(length)
        if not kind or len(data) < length or len(file.read(4)) < 4:
            raise BadInputError("PNG could not be written: it ends early. Check that there is free space.")
        if kind in _PIXELS:
            yield kind, data


def _put(file: BinaryIO, kind: bytes, data: bytes) -> None:
    file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))))

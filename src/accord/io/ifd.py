"""The directories of tags that TIFF files and Exif blocks are made of.

OpenImageIO reads Exif into attributes, drops what it does not know, and its 3.2 wheel fails to write an Exif
directory into a TIFF; so Exif, XMP, IPTC and Photoshop's resources are moved here as they are.

Source: TIFF 6.0, section 2; the BigTIFF design (Adobe, 2007); CIPA DC-008 (Exif 2.32), 4.6.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from accord.core.errors import BadInputError

EXIF_POINTER, GPS_POINTER, INTEROP_POINTER, ORIENTATION = 34665, 34853, 40965, 274
_POINTERS = (EXIF_POINTER, GPS_POINTER, INTEROP_POINTER)
_DESCRIPTIVE = frozenset(
    {269, 270, 271, 272, 285, 305, 306, 315, 316, 33432, 40091, 40092, 40093, 40094, 40095, 18246, 18249}
)
XMP, IPTC, PHOTOSHOP = 700, 33723, 34377
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_LARGEST = 2**26  # bytes in one tag, or of tags in one directory: damaged counts must not be believed
_MOST_TAGS = 4096


@dataclass(frozen=True)
class Entry:
    """One tag: number, type, count, and value in the byte order of its directory; for a pointer, the entries there."""

    tag: int
    kind: int
    count: int
    data: bytes
    children: tuple[Entry, ...] | None = None


@dataclass(frozen=True)
class _Source:
    """Bytes with directories in them, their byte order for `struct`, and whether offsets have 64 bit."""

    file: BinaryIO
    size: int
    order: str
    big: bool

    def read(self, start: int, length: int) -> bytes:
        """Give bytes from a position; fewer where the source ends, none where that makes no sense."""
        if not 0 <= start <= self.size or not 0 <= length <= _LARGEST:
            return b""
        self.file.seek(start)
        return self.file.read(length)


def first_directory(file: BinaryIO) -> tuple[list[Entry], str]:
    """Read the first directory of a TIFF file or Exif block, and its byte order ("<" or ">").

    Tags that point outside the source or have unknown types are left out, as readers commonly do; no tags are read
    where there is no directory.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return [], "<"
    big = struct.unpack_from(order + "H", head, 2)[0] == 43 and len(head) == 16
    start = struct.unpack_from(order + ("Q" if big else "I"), head, 8 if big else 4)[0]
    return _directory(_Source(file, size, order, big), start, depth=0), order


def exif_of_tiff(entries: list[Entry], order: str) -> bytes | None:
    """Make an Exif block of a TIFF's descriptive, Exif and GPS tags; None where it has none."""
    keep = [each for each in entries if each.tag in _DESCRIPTIVE or each.tag in _POINTERS or each.tag == ORIENTATION]
    if not any(each.tag != ORIENTATION for each in keep):
        return None
    header = struct.pack(order + "2sHI", b"II" if order == "<" else b"MM", 42, 8)
    return header + _laid_out(keep, order, 8, big=False)


def add_to_tiff(path: Path, exif: bytes | None, blobs: dict[int, bytes]) -> None:
    """Replace a TIFF's descriptive tags by those of an Exif block, and add other tags as bytes.

    The file must be one just written: the new directory goes to the end of the file; pixel data stays where it is.
    """
    with path.open("r+b") as file:
        entries, order = first_directory(file)
        kept = [
            each
            for each in entries
            if each.tag not in _DESCRIPTIVE and each.tag not in _POINTERS and each.tag not in blobs
        ]
        if exif is not None:
            own, own_order = first_directory(io.BytesIO(exif))
            wanted = [each for each in own if each.tag in _DESCRIPTIVE or each.tag in _POINTERS]
            kept += [_in_order(each, own_order, order) for each in wanted]
        kept += [Entry(tag, 7 if tag == PHOTOSHOP else 1, len(data), data) for tag, data in blobs.items()]
        big = _is_big(file, order)
        start = (file.seek(0, io.SEEK_END) + 7) // 8 * 8
        if not big and start > 2**32 - _LARGEST:
            raise BadInputError("the TIFF leaves no room for its Exif. Write without it, or to another format.")
        file.seek(start)
        file.write(_laid_out(kept, order, start, big=big))
        file.seek(8 if big else 4)
        file.write(struct.pack(order + ("Q" if big else "I"), start))


def _is_big(file: BinaryIO, order: str) -> bool:
    file.seek(2)
    return bool(struct.unpack(order + "H", file.read(2))[0] == 43)


def _directory(source: _Source, start: int, depth: int) -> list[Entry]:
    count_format, entry_size = ("Q", 20) if source.big else ("H", 12)
    count_size = struct.calcsize(count_format)
    head = source.read(start, count_size)
    if len(head) < count_size:
        return []
    count = min(struct.unpack(source.order + count_format, head)[0], _MOST_TAGS)
    table = source.read(start + count_size, count * entry_size)
    entries: list[Entry] = []
    room = _LARGEST
    for place in range(0, len(table) // entry_size * entry_size, entry_size):
        entry = _entry(source, table[place : place + entry_size], depth)
        room -= 0 if entry is None else len(entry.data)
        if entry is not None and room >= 0:
            entries.append(entry)
    return entries


def _entry(source: _Source, raw: bytes, depth: int) -> Entry | None:
    tag, kind, count = struct.unpack_from(source.order + ("HHQ" if source.big else "HHI"), raw)
    inline = raw[12:] if source.big else raw[8:]
    size = _SIZES.get(kind, 0) * count
    if size == 0:
        return None
    if size <= len(inline):
        data = inline[:size]
    else:
        offset = struct.unpack(source.order + ("Q" if source.big else "I"), inline)[0]
        data = source.read(offset, size)
    if len(data) != size:
        return None
    if tag not in _POINTERS:
        return Entry(tag, kind, count, data)
    if depth > 1 or kind not in (4, 13, 18) or count != 1:  # deeper only in loops
        return None
    where = struct.unpack(source.order + ("Q" if kind == 18 else "I"), data)[0]
    children = _directory(source, where, depth + 1)
    return Entry(tag, 4, 1, b"", tuple(children)) if children else None


def _in_order(entry: Entry, order: str, wanted: str) -> Entry:
    """Give the entry with its values in another byte order."""
    if order == wanted:
        return entry
    if entry.children is not None:
        return replace(entry, children=tuple(_in_order(each, order, wanted) for each in entry.children))
    width = 4 if entry.kind in (5, 10) else _SIZES[entry.kind]
    swapped = b"".join(entry.data[place : place + width][::-1] for place in range(0, len(entry.data), width))
    return replace(entry, data=swapped)


def _laid_out(entries: list[Entry], order: str, start: int, *, big: bool) -> bytes:
    """Give the bytes of a directory, its values and the directories under it, to be put at `start`."""
    entries = sorted({each.tag: each for each in entries}.values(), key=lambda each: each.tag)
    offset_format, inline = ("Q", 8) if big else ("I", 4)
    table_size = (8 + 20 * len(entries) + 8) if big else (2 + 12 * len(entries) + 4)
    table = struct.pack(order + ("Q" if big else "H"), len(entries))
    values = b""
    for each in entries:
        kind, data = each.kind, each.data
        here = start + table_size + len(values)
        if each.children is not None:
            kind = 18 if big else 4
            data = struct.pack(order + offset_format, here)
            values += _padded(_laid_out(list(each.children), order, here, big=big))
        elif len(data) > inline:
            values += _padded(data)
            data = struct.pack(order + offset_format, here)
        table += struct.pack(order + ("HHQ" if big else "HHI"), each.tag, kind, each.count) + data.ljust(inline, b"\0")
    return table + bytes(8 if big else 4) + values


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 8)

"""Telling a video file that is cut short or damaged from a whole one, by what it says of its own length."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accord.core.errors import BadInputError

_MOV, _MATROSKA, _AVI = "mov", "matroska", "avi"  # what FFmpeg's names of these formats begin with
_EBML, _SEGMENT = bytes.fromhex("1a45dfa3"), bytes.fromhex("18538067")
_NOTED = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")
# How much earlier than said pictures may end: in seconds, and in the longest time between two of them.
_SLACK = (0.5, 5)
_FOOTER = 8  # bytes after each slice of FFV1: its size (3), a status (1) and a checksum (4)
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def check_size(container: Any, path: Path, name: str) -> None:
    """Refuse a file that has fewer bytes than it says.

    Those that say so are .mp4 and .mov, by where their last packets lie, and .mkv, .webm and .avi, by the size of what
    holds all of them.

    Parameters
    ----------
    container
        The file, opened by PyAV; nothing may be decoded yet, as that moves the index.
    path, name
        Where it is, and what to call it in messages.

    Raises
    ------
    BadInputError
        If it has fewer.
    """
    said, found = 0, path.stat().st_size
    if container.format.name.startswith(_MATROSKA):
        said = _segment_end(_head(path))
    elif container.format.name.startswith(_AVI):
        said = _riff_end(_head(path))
    elif container.format.name.startswith(_MOV):
        indices = [stream.index_entries for stream in (*container.streams.video, *container.streams.audio)]
        last = [index[len(index) - 1] for index in indices if len(index)]
        said = max((entry.pos + entry.size for entry in last), default=0)
    if found < said:
        raise BadInputError(
            f"{name} is incomplete: it has {found} bytes, and says of itself that it has at least {said}. Copy it "
            "again."
        )


def frame_count(stream: Any) -> int | None:
    """Tell how many frames a stream shows; None where that is not known for sure."""
    index = stream.index_entries
    if not stream.frames or not len(index):
        return int(stream.frames) or None
    # Some frames are but stored: an edit list may begin between key frames. Where frames repeat the one before (.avi),
    # or come in fragments (.mp4), count and index differ, and the index may not be complete.
    return sum(not entry.is_discard for entry in index) if len(index) == stream.frames else None


@dataclass
class Shown:
    """What has come of a clip.

    Parameters
    ----------
    count
        How many frames.
    begin, end
        When the last of them begins and ends, in seconds.
    longest
        The longest time from one to the next, in seconds.
    read
        How far into the file their packets reach, in bytes.
    """

    count: int = 0
    begin: float = 0.0
    end: float = 0.0
    longest: float = 0.0
    read: int = 0

    def add(self, begin: float, seconds: float) -> None:
        """Count the next frame, which begins at a time and lasts for some, in seconds."""
        if self.count:
            self.longest = max(self.longest, begin - self.begin)
        self.count, self.begin, self.end = self.count + 1, begin, begin + seconds


@dataclass(frozen=True)
class SaidLength:
    """What a file says about how long its pictures last.

    Parameters
    ----------
    count
        How many frames there are; None where it does not say.
    seconds
        When the last one ends; None where it does not say so reliably.
    size
        How many bytes the file has.
    """

    count: int | None
    seconds: float | None
    size: int

    @classmethod
    def of(cls, container: Any, stream: Any) -> SaidLength:
        """Read it from an open file.

        Lengths without a count are often estimates; not so what .mkv notes for each stream.
        """
        if stream.frames and stream.duration is not None:
            return cls(stream.frames, float(stream.duration * stream.time_base), container.size)
        noted = _NOTED.match(stream.metadata.get("DURATION", ""))
        if noted is None or container.duration is None or not container.format.name.startswith(_MATROSKA):
            return cls(None, None, container.size)
        hours, minutes, seconds = (float(part) for part in noted.groups())
        # A note that exceeds the whole file was copied from another one.
        length = min(3600 * hours + 60 * minutes + seconds, container.duration / 1e6)
        return cls(None, length, container.size)

    def reached(self, shown: Shown) -> bool:
        """Tell whether as much has come, or whether it cannot be told.

        One sign alone is not enough. Edit lists and repeated frames leave fewer frames than were counted, so what is
        missing has to be missing from the time, too. A last frame that is shown for long leaves time without frames, so
        without a count as large a part of the file has to be left unread; half of it, as frames differ in size.
        """
        if self.seconds is None or (self.count is not None and shown.count >= self.count):
            return True
        missing = self.seconds - shown.end
        if missing <= _SLACK[0] + _SLACK[1] * shown.longest:
            return True
        return self.count is None and 1 - shown.read / self.size < missing / self.seconds / 2


class Checksums:
    """Checksums of a stream's packets: of FFV1 alone, whose decoder knows of a mismatch, and gives the frame even so.

    The first packet decides whether there are any: older versions have none.
    """

    def __init__(self, codec: str) -> None:
        self._any = None if codec == "ffv1" else False

    def match(self, packet: Any) -> bool:
        """Tell whether PyAV's next packet is as it was written, or whether it cannot be told."""
        if self._any is False:
            return True
        whole = _whole_slices(bytes(packet))
        self._any = whole if self._any is None else self._any
        return whole or not self._any


def _whole_slices(packet: bytes) -> bool:
    """Check each slice of an FFV1 frame, from the last to the first (RFC 9043, section 4.9)."""
    end = len(packet)
    while end > 0:
        begin = end - _FOOTER - int.from_bytes(packet[max(0, end - _FOOTER) : end - 5], "big")
        # The sum over a slice with its own sum is 0. FFV1 takes the highest bit first, zlib the lowest.
        if begin < 0 or zlib.crc32(packet[begin:end].translate(_REVERSED), 0xFFFFFFFF) != 0xFFFFFFFF:
            return False
        end = begin
    return True


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1024)


def _riff_end(head: bytes) -> int:
    """Read where the first chunk of an AVI file ends, in bytes; 0 where it does not say."""
    size = int.from_bytes(head[4:8], "little")
    # Less a byte: not all pad what is odd.
    return 0 if size in (0, 0xFFFFFFFF) else 8 + size - 1


def _segment_end(head: bytes) -> int:
    """Read where the segment of a Matroska file ends, in bytes; 0 where it does not say."""
    if not head.startswith(_EBML):
        return 0
    size, at = _size(head, len(_EBML))
    at += size or 0
    if head[at : at + len(_SEGMENT)] != _SEGMENT:
        return 0
    size, at = _size(head, at + len(_SEGMENT))
    return 0 if size is None else at + size


def _size(head: bytes, at: int) -> tuple[int | None, int]:
    """Read an element's size (RFC 8794, section 4), None where it is unknown, and say where what follows begins."""
    length = 9 - int.from_bytes(head[at : at + 1], "big").bit_length()  # leading zero bits say how many bytes it takes
    unknown = (1 << 7 * length) - 1
    value = int.from_bytes(head[at : at + length], "big") & unknown
    return (None if value == unknown else value), at + length

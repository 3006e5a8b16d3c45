"""Image sequences: numbered files in a folder, and single pictures that stand for a whole clip."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import count as counting
from pathlib import Path
from typing import Any

from accord.core.errors import BadInputError
from accord.core.picture import Picture
from accord.io import read_picture
from accord.io.formats import format_for_writing
from accord.io.write import check_holds
from accord.video.clip import Frame

RATE = Fraction(24)
"""Frames a second that a sequence counts as, film's; it matters to nothing but how long steadiness looks around."""

_FIELD = re.compile(r"%(?:0(\d+))?d|(#+)")
_SHOWN = 6


@dataclass(frozen=True)
class Pattern:
    """A file name with a frame number in it: `shot.%04d.exr` or `shot.####.exr`.

    Parameters
    ----------
    before, after
        The path around the number.
    padding
        The fewest digits.
    """

    before: str
    after: str
    padding: int

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> Pattern | None:
        """Read a pattern; None where the name has no number field.

        Raises
        ------
        BadInputError
            If there are several fields, or one in a folder's name.
        """
        folder, name = os.path.split(os.fspath(path))
        fields = list(_FIELD.finditer(name))
        if _FIELD.search(folder):
            raise BadInputError(f"{os.fspath(path)}: the frame number belongs into the file's name, not the folder's.")
        if not fields:
            return None
        if len(fields) > 1:
            raise BadInputError(
                f"{os.fspath(path)}: there are {len(fields)} fields for the frame number, one is wanted."
            )
        found = fields[0]
        padding = len(found[2]) if found[2] else int(found[1] or 1)
        return cls(
            str(Path(folder) / name[: found.start()]) if folder else name[: found.start()], name[found.end() :], padding
        )

    def path(self, number: int) -> Path:
        """Give the file of a frame number."""
        return Path(f"{self.before}{number:0{self.padding}d}{self.after}")

    def numbers(self) -> list[int]:
        """List the frame numbers on disk, in order."""
        folder, start = os.path.split(self.before)
        found = []
        with suppress(OSError), os.scandir(folder or ".") as entries:
            for entry in entries:
                middle = entry.name[len(start) : len(entry.name) - len(self.after)]
                fits = entry.name.startswith(start) and entry.name.endswith(self.after) and middle.isdecimal()
                if fits and f"{int(middle):0{self.padding}d}" == middle:
                    found.append(int(middle))
        return sorted(found)

    def __str__(self) -> str:
        return f"{self.before}{'#' * self.padding}{self.after}"


class Sequence:
    """An image sequence on disk.

    Parameters
    ----------
    pattern
        Its files.
    encoding
        What its values mean, as for `accord.io.as_picture`; by default what each file says.
    what
        What to call it in messages.

    Raises
    ------
    BadInputError
        If there are no files of that pattern, or some are missing in between.
    """

    still = False

    def __init__(self, pattern: Pattern, *, encoding: Any = None, what: str = "clip") -> None:
        self.name, self._pattern, self._encoding = f"{what} {pattern}", pattern, encoding
        self.numbers = pattern.numbers()
        if not self.numbers:
            raise BadInputError(
                f"{self.name}: there is no file like {pattern.path(1)}. Check folder, name and padding; ### and %03d "
                "stand for at least three digits."
            )
        missing = sorted(set(range(self.numbers[0], self.numbers[-1] + 1)) - set(self.numbers))
        if missing:
            few = ", ".join(str(number) for number in missing[:_SHOWN]) + (", ..." if len(missing) > _SHOWN else "")
            raise BadInputError(
                f"{self.name}: of frames {self.numbers[0]} to {self.numbers[-1]}, {len(missing)} are missing: {few}. "
                "Render them, or harmonize the parts one by one."
            )
        self.first = self._read(self.numbers[0])
        self.size = (self.first.height, self.first.width)
        self.count: int | None = len(self.numbers)

    def frames(self) -> Iterator[Frame]:
        """Read the files in order."""
        for index, number in enumerate(self.numbers):
            picture = self._read(number)
            if (picture.height, picture.width) != self.size:
                raise BadInputError(
                    f"{self._pattern.path(number)} is {picture.width} x {picture.height}, the frames before it are "
                    f"{self.size[1]} x {self.size[0]} (width x height). All frames need one size."
                )
            yield Frame(index, index / RATE, picture)

    def _read(self, number: int) -> Picture:
        return read_picture(self._pattern.path(number), encoding=self._encoding, what="frame")


class Still:
    """One picture for all frames: a locked-off background, or a matte that does not move."""

    still = True
    count = None

    def __init__(self, path: Path, *, encoding: Any = None, what: str = "clip") -> None:
        self.name, self.first = f"{what} {path}", read_picture(path, encoding=encoding, what=what)
        self.size = (self.first.height, self.first.width)

    def frames(self) -> Iterator[Frame]:
        """Give the picture again and again."""
        for index in counting():
            yield Frame(index, index / RATE, self.first)


def check_writable(pattern: Pattern, like: Sequence) -> None:
    """Find out before the work whether frames of that name can be written, as those of a sequence are.

    Raises
    ------
    BadInputError
        If the suffix names no format, or one that cannot hold such frames, or there is no such folder.
    """
    path = pattern.path(like.numbers[0])
    check_holds(like.first, format_for_writing(path), path)
    if not path.parent.is_dir():
        raise BadInputError(f"{pattern} cannot be written: the folder {path.parent} does not exist. Make it first.")

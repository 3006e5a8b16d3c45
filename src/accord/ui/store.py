"""The pictures on the workbench: files in a folder of their own, by ids that nobody can guess."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from accord.core.errors import BadInputError
from accord.core.picture import Picture
from accord.io.read import read_picture
from accord.ui.lately import Lately

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_NAME = 120
_READ = 4  # decoded pictures that are held


@dataclass(frozen=True)
class Kept:
    """A picture's file, and what its owner calls it.

    Parameters
    ----------
    id
        32 hexadecimal digits.
    path
        The file.
    name
        A file name for people and exports, without folders.
    """

    id: str
    path: Path
    name: str


class Store:
    """Keeps files, and the last few of them decoded.

    Parameters
    ----------
    max_pixels
        Of a picture, as its header declares them.
    """

    def __init__(self, max_pixels: int | None = None) -> None:
        self._kept: dict[str, Kept] = {}
        self._pictures: Lately[str, Picture] = Lately(_READ)
        self._max_pixels = max_pixels

    def add(self, picture_id: str, path: Path, name: str) -> Kept:
        """Keep a file that lies in the workbench's folder."""
        kept = Kept(picture_id, path, plain_name(name, path.suffix))
        self._kept[picture_id] = kept
        return kept

    def forget(self, picture_id: str) -> None:
        """Drop a file that turned out to be no good."""
        kept = self._kept.pop(picture_id, None)
        if kept is not None:
            kept.path.unlink(missing_ok=True)

    def __getitem__(self, picture_id: str) -> Kept:
        try:
            return self._kept[picture_id]
        except KeyError:
            raise BadInputError(
                "this picture is no longer on the workbench: it was started anew. Drop the picture again."
            ) from None

    def picture(self, picture_id: str) -> Picture:
        """Give a picture, decoded; errors call it by its owner's name for it."""
        kept = self[picture_id]

        def read() -> Picture:
            return read_picture(kept.path, max_pixels=self._max_pixels)

        return self._pictures.get(picture_id, self.told(kept, read))

    @staticmethod
    def told(kept: Kept, work: Callable[[], Picture]) -> Callable[[], Picture]:
        """Have errors name a file as its owner does, not by our path."""

        def called() -> Picture:
            try:
                return work()
            except BadInputError as error:
                raise BadInputError(str(error).replace(str(kept.path), kept.name)) from error

        return called


def plain_name(name: str, suffix: str) -> str:
    """Give a name that is safe to show and to save under: the last part, printable, with a suffix."""
    last = re.split(r"[/\\]", name)[-1]
    clean = "".join(one for one in last if one.isprintable() and one not in '<>:"|?*').strip(" .")[-_LONGEST_NAME:]
    return clean if Path(clean).suffix else f"{clean or 'picture'}{suffix}"

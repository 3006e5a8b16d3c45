"""What a clip is to the rest: frames in order, each with its time, whatever file or files they come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from accord.core.picture import Picture
from accord.video.planes import Planes


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a clip.

    Parameters
    ----------
    index
        Counted from 0.
    time
        Seconds on the clip's own clock.
    content
        Planes as decoded from a video file, or a picture from an image sequence.
    stamp
        The presentation time as the file counts it, and for how long the frame is shown; None where it has none.
    """

    index: int
    time: Fraction
    content: Planes | Picture
    stamp: tuple[int, int] | None = None


class Clip(Protocol):
    """A clip that can be read more than once."""

    @property
    def name(self) -> str:
        """What to call it in messages."""
        ...

    @property
    def size(self) -> tuple[int, int]:
        """Height and width, upright."""
        ...

    @property
    def count(self) -> int | None:
        """How many frames there are; None where that is not known before they are read."""
        ...

    @property
    def still(self) -> bool:
        """Whether it is one picture that stands for as many frames as are wanted."""
        ...

    def frames(self) -> Iterator[Frame]:
        """Read the frames, from the first on."""
        ...

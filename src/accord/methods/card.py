"""How a method describes itself, and what it must be able to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from accord.core.place import Place
from accord.transforms import ColourMap

Floats = NDArray[np.float32]


class Method(Protocol):
    """Something that, given a composite and its mask, fits a colour map."""

    def fit(self, composite: Floats, mask: Floats, reference: Floats) -> ColourMap:
        """Fit the colour map that makes the foreground belong.

        Parameters
        ----------
        composite
            (h, w, 3) in the working space (display-encoded sRGB, extended), at most `MethodCard.fit_size` pixels a
            side.
        mask
            (h, w) coverage of the foreground in [0, 1], soft edges count in proportion.
        reference
            (h, w) weights in [0, 1] of the pixels whose look the foreground should take: 1 - mask for the whole
            background, a ring around the foreground, or a user's choice.

        Raises
        ------
        BadInputError
            If the mask leaves no foreground, or the reference no pixels.
        """
        ...


@dataclass(frozen=True, eq=False)
class FullPicture:
    """A composite at full size, read a few rows at a time.

    Parameters
    ----------
    height, width
        Size in pixels.
    read
        Gives rows as (h, width, 3) in the working space.
    mask
        (height, width) coverage of the foreground in [0, 1].
    """

    height: int
    width: int
    read: Callable[[slice], Floats]
    mask: Floats

    def place(self, rows: slice) -> Place:
        """Give where rows lie, for a colour map."""
        return Place(rows.start, 0, rows.stop - rows.start, self.width, self.height, self.width)


@runtime_checkable
class PublishedMethod(Method, Protocol):
    """A method that also gives its authors' own full-size result, which need not be that of a colour map."""

    def as_published(self, picture: FullPicture) -> Iterator[tuple[slice, Floats]]:
        """Harmonize a picture as the authors' own code does, background included, without its rounding.

        Yields
        ------
        slice, Floats
            Rows, from top to bottom without a gap, and their colours (h, width, 3) in [0, 1] in the working space.
        """
        ...


@dataclass(frozen=True)
class MethodCard:
    """A method's facts, beside its code.

    Parameters
    ----------
    id
        Its name in the library and on the command line.
    title
        One line for people.
    source
        The paper or other origin.
    licence
        Of the code and, where there are weights, of the weights.
    works_in
        The colour space of its statistics: srgb, lab, oklab, xyy.
    kind
        classical, or network.
    fits_colour_map
        False where the method can only make pixels (its map then holds an offset for each place).
    local
        Whether its map depends on place.
    fit_size
        Longest side, in pixels, of the small version that the method is fitted on.
    square
        Whether each of its sides is at most fit_size by itself (networks, which squeeze it to a square) instead of the
        longer one, and the other in proportion.
    load
        Makes the method ready; may import and read weights, which a card alone never does.
    network
        The name of its network in `accord.networks.build`, which `accord.networks.FACTS` tells more of; None for
        methods without one, and for accord's own, which ships with its weights.
    prefer
        When to prefer it, in a few words; empty where nothing is known yet.
    files
        Gives the files that hold its weights, on this machine and now; none for methods without any.
    """

    id: str
    title: str
    source: str
    licence: str
    works_in: str
    load: Callable[[], Method]
    kind: str = "classical"
    fits_colour_map: bool = True
    local: bool = False
    fit_size: int = 512
    square: bool = False
    network: str | None = None
    prefer: str = ""
    files: Callable[[], tuple[Path, ...]] = tuple

"""The pictures of a set, harmonized with one colour map, one after another."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from accord.core.picture import Picture
    from accord.pipeline.result import Result

ALPHA = "alpha"
"""What stands for a mask where a composite's alpha is it."""


@dataclass(frozen=True)
class Member:
    """A picture of a set, or the only one: its composite, its mask (None for its alpha), and where its result goes."""

    composite: str
    mask: str | None
    output: str

    def read(self, encoding: Literal["srgb", "linear"] | None) -> Picture:
        """Read the composite, and find out before the work whether its result's format can hold it.

        Raises
        ------
        BadInputError
            If it cannot be read, or its result not be written.
        """
        from accord.io import as_picture
        from accord.io.formats import format_for_writing
        from accord.io.write import check_holds

        picture, target = as_picture(self.composite, encoding=encoding), Path(self.output)
        check_holds(picture, format_for_writing(target), target)
        return picture


def members_of(first: Member, others: Sequence[tuple[str, str, str]]) -> list[Member]:
    """Give all pictures of a set; the others come as composite, mask (or `ALPHA`) and output.

    Raises
    ------
    BadInputError
        If an output would replace what is still to be read: the composite or mask of another picture.
    """
    from accord.core.errors import BadInputError

    members = [first, *(Member(one, None if cover == ALPHA else cover, output) for one, cover, output in others)]
    for writing in members:
        for reading in members:
            if reading is not writing and any(_same(writing.output, one) for one in (reading.composite, reading.mask)):
                raise BadInputError(
                    f"{writing.output} is to be written, but also read, for {reading.output}: a set's pictures are read"
                    " until all are written. Give the output another name."
                )
    return members


def _same(output: str, source: str | None) -> bool:
    try:
        return source is not None and Path(output).samefile(source)
    except (OSError, ValueError):  # one of them is not there, or can be no file
        return False


def of_a_set(members: Sequence[Member], **options: Any) -> Iterator[tuple[Result, float]]:
    """Harmonize a set with the map that is fitted to all of it; each picture when it is asked for.

    Parameters
    ----------
    members
        The pictures.
    options
        What `accord.harmonize_set` takes, and `threads`, `device`.

    Returns
    -------
    Iterator
        The results in order, each with what it took in seconds: of the fits, an equal share.

    Raises
    ------
    BadInputError
        If the reference is one picture's only.
    """
    from accord.core.errors import BadInputError
    from accord.core.resources import using
    from accord.pipeline.sets import harmonize_set

    if options["reference"] not in ("background", "ring"):
        raise BadInputError("the pictures of a set take their look from background or ring: a mask fits one only.")
    threads, device = (options.pop(name) for name in ("threads", "device"))
    begun = time.perf_counter()
    with using(threads, device):
        results = harmonize_set([(member.composite, member.mask) for member in members], **options)
        share = (time.perf_counter() - begun) / len(members)
        for _ in members:
            begun = time.perf_counter()
            yield next(results), share + time.perf_counter() - begun

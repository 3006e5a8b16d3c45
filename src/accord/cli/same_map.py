"""Harmonize the pictures of a set with one colour map, and write them one after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from accord.pipeline.result import Result

ALPHA = "alpha"
"""What stands for a mask where a composite's alpha is it."""


def of_a_set(composite: str, mask: str | None, others: Sequence[tuple[str, str, str]], **options: Any) -> Result:
    """Harmonize a composite with the map that is fitted to it and `others` together; these are written at once.

    Parameters
    ----------
    composite, mask
        The first picture, whose result is given back: the caller writes it.
    others
        Composite, mask (or `ALPHA`) and output of each other picture.
    options
        What `accord.harmonize_set` takes, and `quality`, `threads`, `device`.
    """
    from accord.core.errors import BadInputError
    from accord.core.resources import using
    from accord.pipeline.sets import harmonize_set

    if options["reference"] not in ("background", "ring"):
        raise BadInputError("the pictures of a set take their look from background or ring: a mask fits one only.")
    quality, threads, device = (options.pop(name) for name in ("quality", "threads", "device"))
    members = [(composite, mask), *((other, None if cover == ALPHA else cover) for other, cover, _ in others)]
    with using(threads, device):
        results: Iterator[Result] = harmonize_set(members, **options)
        first = next(results)
        for (_, _, output), result in zip(others, results, strict=True):
            result.save(output, quality=quality)
            click.echo(f"{output}: harmonized with the same colour map", err=True)
    return first

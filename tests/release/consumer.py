"""A program of somebody else's, fully typed: checked with mypy --strict against the installed package, and run.

If accord came without its types, everything would be Any, and mypy would call each `type: ignore` below unused.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

import accord


def harmonized(composite: Path, mask: Path) -> accord.Result:
    """Use what most people use."""
    result = accord.harmonize(composite, mask, method="mkl", strength=0.8, max_exposure=2.0)
    image: NDArray[Any] = result.image
    half: accord.ColourMap = result.colour_map.at_strength(0.5)
    again: accord.Result = accord.harmonize(image, mask, method=half)
    verdict: str = accord.inspect(composite, mask).verdict
    identifiers: list[str] = [card.id for card in accord.list_methods()]
    assert verdict
    assert "accord" in identifiers
    return again


def wrong(composite: Path) -> None:
    """Show that mistakes are told."""
    accord.harmonize(composite, strengh=0.5)  # type: ignore[call-arg]
    accord.harmonize(composite, strength="half")  # type: ignore[arg-type]
    accord.compose(composite, composite, blend="soft")  # type: ignore[arg-type]


if __name__ == "__main__":
    harmonized(Path(sys.argv[1]), Path(sys.argv[2])).save("consumed.png")

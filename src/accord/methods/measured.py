"""What was measured of methods: scores, speed, and what a network costs; written by scripts in benchmarks.

What has not been measured is None: there are no estimates.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from accord.methods.card import MethodCard

_FILE = Path(__file__).with_name("measured.json")


@dataclass(frozen=True)
class Measured:
    """Figures of one method.

    Parameters
    ----------
    fmse
        Mean squared error in the foreground, 0..255 scale, over the project's benchmark at 256 x 256
        (docs/benchmarks.md); `fmse_composite` is that of doing nothing.
    improved
        Share of the benchmark's composites that came out nearer to the truth than they were, 0 to 1.
    gmac
        Thousands of millions of multiplications that the network takes for one picture.
    seconds
        For 24 megapixels, a quarter of them foreground, without reading and writing files.
    """

    fmse: float | None
    fmse_composite: float | None
    improved: float | None
    gmac: float | None
    seconds: float | None


def measured(card: MethodCard) -> Measured:
    """Give what was measured of a method."""
    known = _known()
    score = known["scores"].get(card.id, {})
    return Measured(
        fmse=score.get("fmse"),
        fmse_composite=known["scores"].get("identity", {}).get("fmse"),
        improved=score.get("improved"),
        gmac=known["operations"].get(card.network),
        seconds=known["seconds"].get("methods", {}).get(card.id),
    )


@lru_cache(maxsize=1)
def _known() -> dict[str, Any]:
    values: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return values

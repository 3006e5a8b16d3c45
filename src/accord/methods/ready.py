"""Methods made ready once, not once for each picture of a set."""

from __future__ import annotations

from functools import lru_cache

from accord.methods.card import Method, MethodCard


@lru_cache(maxsize=8)
def ready(card: MethodCard) -> Method:
    """Load a method, or give the one that was loaded."""
    return card.load()

"""Methods made ready once, not once for each picture of a set."""

from __future__ import annotations

from contextlib import suppress
from contextvars import copy_context
from functools import lru_cache
from threading import RLock, Thread

from accord.methods.card import Method, MethodCard

_loading = RLock()


def ready(card: MethodCard) -> Method:
    """Load a method, or give the one that was loaded."""
    with _loading:
        return _loaded(card)


def get_ready(card: MethodCard) -> None:
    """Begin to load a method while something else is done; `ready` then gives it, or says why it cannot be loaded."""
    # No daemon: a process that ends in the middle of it would take ONNX Runtime's memory from under its feet.
    Thread(target=copy_context().run, args=(_attempt, card)).start()


def _attempt(card: MethodCard) -> None:
    with suppress(Exception):  # `ready` meets it again, where it can be told
        ready(card)


@lru_cache(maxsize=8)
def _loaded(card: MethodCard) -> Method:
    return card.load()

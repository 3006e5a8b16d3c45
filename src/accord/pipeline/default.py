"""The learned default: the method where none is named, and the one whose proposals results are judged by."""

from __future__ import annotations

from accord.methods import registry
from accord.methods.card import MethodCard

DEFAULT_METHOD = "accord"


def default_network() -> MethodCard:
    """Give the learned default's card."""
    return registry.get(DEFAULT_METHOD)

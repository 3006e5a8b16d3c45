"""The learned default: the method where none is named, and the one whose proposals results are judged by."""

from __future__ import annotations

from accord.methods import registry
from accord.methods.card import MethodCard

DEFAULT_METHOD = "accord"


def default_network() -> MethodCard | None:
    """Give the learned default's card, or None where this version has none."""
    return next((card for card in registry.cards() if card.id == DEFAULT_METHOD), None)

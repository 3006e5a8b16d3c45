"""Every method that accord offers, by its id: an explicit list. Looking into it loads no network runtime."""

from __future__ import annotations

from accord.core.errors import UnknownMethodError
from accord.methods import published
from accord.methods.card import MethodCard
from accord.methods.classical import histogram, identity, idt, mkl, poisson, reinhard, xue

_CARDS = (
    identity.CARD,
    reinhard.CARD,
    reinhard.OKLAB_CARD,
    mkl.CARD,
    histogram.CARD,
    idt.CARD,
    xue.CARD,
    poisson.CARD,
    *published.CARDS,
)


def cards() -> list[MethodCard]:
    """Give the cards of all methods, simplest first."""
    return list(_CARDS)


def get(method_id: str) -> MethodCard:
    """Give the card of the method of that id.

    Raises
    ------
    UnknownMethodError
        If there is none; the message suggests the closest and lists all.
    """
    for card in _CARDS:
        if card.id == method_id:
            return card
    raise UnknownMethodError(str(method_id), [card.id for card in _CARDS])

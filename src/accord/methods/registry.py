"""Every method that accord offers, by its id: an explicit list. Looking into it loads no network runtime."""

from __future__ import annotations

from pathlib import Path

from accord.core.errors import UnknownMethodError
from accord.methods import learned, published
from accord.methods.card import MethodCard
from accord.methods.classical import histogram, identity, idt, mkl, poisson, reinhard, xue

_CARDS = (
    learned.CARD,
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
    """Give the card of the method of that id, or of the network in that file or folder (from `accord export`).

    Raises
    ------
    UnknownMethodError
        If there is none; the message suggests the closest.
    WeightsError
        If a network's file is missing or no network of ours.
    """
    if str(method_id).endswith(learned.SUFFIX):
        return learned.card_of(Path(method_id))
    for card in _CARDS:
        if card.id == method_id:
            return card
    if published.is_folder(method_id):
        return published.card_in(Path(method_id))
    raise UnknownMethodError(str(method_id), [card.id for card in _CARDS])

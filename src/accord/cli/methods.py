"""`accord methods`: the cards as a table."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import click

from accord.cli.output import json_option, show
from accord.methods.card import MethodCard


@click.command("methods")
@json_option
def command(json_file: str | None) -> None:
    """List the methods: their ids, what they are, what they need, and under what licence.

    local says whether a method's colour map depends on place; size is that of the weights that it needs.
    """
    from accord.methods import registry

    rows = [facts(card) for card in registry.cards()]
    show(rows, ["id", "title", "kind", "local", "needs", "size", "licence"], json_file)


def facts(card: MethodCard) -> dict[str, Any]:
    """Give a card's facts as JSON-ready values, what it needs among them; how it is loaded is not one."""
    known = {field.name: getattr(card, field.name) for field in fields(card) if field.name not in ("load", "files")}
    return {**known, **_needs(card)}


def _needs(card: MethodCard) -> dict[str, Any]:
    if card.network is None:
        return {"needs": "nothing", "size": "", "parameters": None, "checkpoint": None, "repository": None}
    from accord.engine.weights import is_stored
    from accord.networks import FACTS

    network = FACTS[card.network]
    needs = "weights, imported" if is_stored(card.id) else f"weights ({network.checkpoint or 'of your own'})"
    return {
        "needs": needs,
        "size": f"{network.parameters * 4 / 1e6:.0f} MB",
        "parameters": network.parameters,
        "checkpoint": network.checkpoint or None,
        "repository": network.repository,
    }

"""`accord methods`: the cards as a table."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import click

from accord.cli.output import json_option, show


@click.command("methods")
@json_option
def command(json_file: str | None) -> None:
    """List the methods: their ids, what they are, and where they come from."""
    from accord.methods import registry

    rows = [facts(card) for card in registry.cards()]
    show(rows, ["id", "title", "kind", "works_in", "local", "licence"], json_file)


def facts(card: Any) -> dict[str, Any]:
    """Give a card's facts as JSON-ready values; how to load it is not one."""
    return {field.name: getattr(card, field.name) for field in fields(card) if field.name != "load"}

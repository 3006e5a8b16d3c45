"""`accord methods`: the cards as a table, or one of them in full."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import click

from accord.cli.output import json_option, show, write_json
from accord.methods.card import MethodCard

_COLUMNS = ("id", "title", "local", "needs", "size", "GMAC", "fMSE", "improves", "seconds", "licence")


@click.command("methods")
@click.argument("method_id", metavar="[ID]", required=False)
@json_option
def command(method_id: str | None, json_file: str | None) -> None:
    """List the methods and what is known of each; with ID, all that is known of one.

    local: whether a colour map depends on place. size: of the weights that a method needs. GMAC: thousands of millions
    of multiplications that its network takes for a picture. fMSE and improves: mean squared error in the foreground,
    and share of composites made better, on accord's benchmark (docs/benchmarks.md; identity has the composites' own
    error). seconds: for 24 megapixels. What has not been measured is left empty.
    """
    from accord.methods import registry

    if method_id is None:
        show([row(card) for card in registry.cards()], _COLUMNS, json_file)
        return
    known = facts(registry.get(method_id))
    if json_file is not None:
        write_json(known, json_file)
    if json_file != "-":
        width = max(map(len, known))
        for name, value in known.items():
            if value not in (None, ""):
                click.echo(f"{name.replace('_', ' '):<{width}}  {value}")


def row(card: MethodCard) -> dict[str, Any]:
    """Give a card's line of the table, with all its facts beside."""
    known = facts(card)
    return {
        **known,
        "GMAC": _shown(known["gmac"], ".2f"),
        "fMSE": _shown(known["fmse"], ".0f"),
        "improves": _shown(known["improved"], ".0%"),
        "seconds": _shown(known["seconds"], ".1f"),
    }


def facts(card: MethodCard) -> dict[str, Any]:
    """Give a card's facts as JSON-ready values: what it needs and what was measured of it, not how it is loaded."""
    from accord.methods.measured import measured

    known = {field.name: getattr(card, field.name) for field in fields(card) if field.name not in ("load", "files")}
    return {**known, **_needs(card), **asdict(measured(card))}


def _shown(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def _needs(card: MethodCard) -> dict[str, Any]:
    if card.network is None:
        return {
            "needs": "nothing", "get": "", "size": "", "parameters": None, "checkpoint": None, "repository": None,
        }  # fmt: skip
    from accord.engine.weights import is_imported, stored
    from accord.methods.published.getting import how_to_get
    from accord.networks import FACTS

    network = FACTS[card.network]
    known = {
        "needs": f"weights ({network.checkpoint or 'of your own'})",
        "get": how_to_get(card.id, network),
        "size": f"{network.parameters * 4 / 1e6:.0f} MB",
        "parameters": network.parameters,
        "checkpoint": network.checkpoint or None,
        "repository": network.repository,
    }
    found = stored(card.id)
    if found is None:
        return known
    weights, paths = found
    whose = "weights" if weights.trained else "authors' weights"
    return {
        **known,
        "needs": "weights, imported" if is_imported(card.id) else "weights, shipped",
        "get": "",
        "size": f"{sum(path.stat().st_size for path in paths.values()) / 1e6:.0f} MB",
        "licence": f"Apache-2.0, the {whose}: {weights.licence}",
    }

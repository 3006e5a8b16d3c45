"""How to get the weights of a published network."""

from __future__ import annotations

from accord.networks.facts import NetworkFacts


def how_to_get(method_id: str, facts: NetworkFacts) -> str:
    """Say in one sentence how to get a method's weights."""
    what = f"get {facts.checkpoint} from" if facts.checkpoint else "train them with the code at"
    file = facts.checkpoint or "FILE"
    return f"{what} github.com/{facts.repository}, then run: accord weights import {file} --method {method_id}"

"""A published network's weights: loaded where they have been imported, or else how to get them."""

from __future__ import annotations

import logging

from accord.core.errors import WeightsError
from accord.engine.onnx import OnnxModel
from accord.engine.weights import stored
from accord.networks.facts import NetworkFacts

_LOG = logging.getLogger("accord")
_said: set[str] = set()


def load_networks(method_id: str, facts: NetworkFacts) -> dict[str, OnnxModel]:
    """Load a method's networks, by their roles; says once per process under what licence restricted weights are used.

    Raises
    ------
    WeightsError
        If they have not been imported, or are damaged.
    """
    found = stored(method_id)
    if found is None:
        raise WeightsError(f"{method_id} needs weights, and none have been imported: {how_to_get(method_id, facts)}")
    card, paths = found
    if facts.restricted and method_id not in _said:
        _said.add(method_id)
        # Unless the program set up logging otherwise, Python prints a warning as a line on standard error.
        _LOG.warning("%s: the authors' weights: %s (github.com/%s)", method_id, card.licence, card.repository)
    return {role: OnnxModel(path) for role, path in paths.items()}


def how_to_get(method_id: str, facts: NetworkFacts) -> str:
    """Say in one sentence how to get a method's weights."""
    what = f"get {facts.checkpoint} from" if facts.checkpoint else "train them with the code at"
    file = facts.checkpoint or "FILE"
    return f"{what} github.com/{facts.repository}, then run: accord weights import {file} --method {method_id}"

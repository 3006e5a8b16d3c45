"""A published network's weights: loaded where they are, or else how to get them."""

from __future__ import annotations

import logging
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from accord.core.errors import WeightsError
from accord.engine.onnx import OnnxModel
from accord.engine.weights import WeightsCard, stored
from accord.methods.card import Method
from accord.methods.published.getting import how_to_get
from accord.networks.facts import NetworkFacts

_LOG = logging.getLogger("accord")
_said: set[str] = set()


def load_stored(method_id: str, facts: NetworkFacts, module: str) -> Method:
    """Load a method; says once per process under what licence restricted weights are used.

    Parameters
    ----------
    method_id
        Its id.
    facts
        Of its network.
    module
        Which of this package makes it.

    Raises
    ------
    WeightsError
        If its weights neither ship nor have been imported, or are damaged.
    """
    found = stored(method_id)
    if found is None:
        raise WeightsError(f"{method_id} needs weights, and none have been imported: {how_to_get(method_id, facts)}")
    card, paths = found
    if facts.restricted and not card.trained and method_id not in _said:
        _said.add(method_id)
        # Unless the program set up logging otherwise, Python prints a warning as a line on standard error.
        _LOG.warning("%s: the authors' weights: %s (github.com/%s)", method_id, card.licence, card.repository)
    return load_weights(card, paths, facts, module)


def load_weights(card: WeightsCard, paths: dict[str, Path], facts: NetworkFacts, module: str) -> Method:
    """Load a method on the weights of that card, at the size that they were trained at."""
    networks = {role: OnnxModel(path) for role, path in paths.items()}
    facts = replace(facts, fit_size=card.size or facts.fit_size)
    method: Method = import_module(f"accord.methods.published.{module}").make(networks, facts)
    return method

"""The published networks that the field compares with, each written anew: iDIH, Harmonizer, PCT-Net and CDTNet.

Importing this package loads no PyTorch; `build` does, from the extra `train`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from accord.core.errors import BadInputError, MissingExtraError, UnknownMethodError
from accord.networks import cdtnet, harmonizer, idih, pctnet
from accord.networks.facts import NetworkFacts

if TYPE_CHECKING:
    from accord.networks.network import Network

__all__ = ["FACTS", "NetworkFacts", "build"]

_FAMILIES = (idih, harmonizer, pctnet, cdtnet)

FACTS: dict[str, NetworkFacts] = {name: facts for family in _FAMILIES for name, facts in family.FACTS.items()}
"""Every network that `build` knows, by name."""


def build(name: str, *, transform: str = "linear") -> Network:
    """Build a published network, with untrained weights.

    Parameters
    ----------
    name
        One of `FACTS`: "pctnet_vit", "improved_ssam256" and so on.
    transform
        PCT-Net's colour transform: linear, as its checkpoints have it, or another of its paper's, linear_sym,
        polynomial, identity, mul or add.

    Returns
    -------
    Network
        A PyTorch module in eval mode, float32, on the CPU, with `load_official` and `predict`.

    Raises
    ------
    UnknownMethodError
        If there is no network of that name.
    BadInputError
        If there is no such transform, or the network has none to choose.
    MissingExtraError
        If PyTorch is not installed.
    """
    if name not in FACTS:
        raise UnknownMethodError(name, FACTS)
    try:
        import_module("torch")
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"accord.networks.build({name!r})", "train", "PyTorch") from error
    family = next(family for family in _FAMILIES if name in family.FACTS)
    if transform != "linear" and family is not pctnet:
        raise BadInputError(f"transform is {transform!r}, and {name} has none to choose: PCT-Net has.")
    chosen = (name, transform) if family is pctnet else (name,)
    network: Network = import_module(f"{family.__name__}.model").make(*chosen)
    network.name = name
    return network.eval()

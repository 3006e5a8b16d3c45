"""The published networks as methods: Harmonizer, PCT-Net, CDTNet and the iDIH family, on ONNX Runtime.

Each needs its authors' weights, which `accord weights import` turns into ONNX files once; PyTorch is needed for that
alone. `fit` gives a colour map, so that background, depth and size are kept as with every method; `as_published` gives
the authors' own full-size result.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from pathlib import Path

from accord.methods.card import Method, MethodCard
from accord.networks import FACTS
from accord.networks.facts import NetworkFacts

_FAMILIES = ("harmonizer", "pctnet", "cdtnet")
"""Modules here, and how the names of their networks begin; all other networks are iDIH's."""

_PREFER = {
    "harmonizer": "few numbers, the same for the whole picture, that a person can read; non-commercial work only",
    "pctnet": "colour changes that vary smoothly over the foreground",
    "cdtnet": "one look-up table for the picture, or its refined result with as_published",
    "idih": "comparisons with the field; the lifted map keeps detail that the network itself would blur",
}


def _method_id(name: str) -> str:
    if name.startswith("pctnet"):
        return {"pctnet_cnn": "pct-net", "pctnet_vit": "pct-net-vit"}[name]
    if name.startswith(("harmonizer", "cdtnet")):
        return name.replace("_", "-")
    base = name.replace("_idih", "").replace("iseunetv1_", "iseunet")
    return "idih-" + base.removesuffix("256").replace("512", "-512").replace("_", "-")


def _load(method_id: str, name: str, module: str) -> Method:
    from accord.methods.published.weights import load_networks

    networks = load_networks(method_id, FACTS[name])
    method: Method = import_module(f"accord.methods.published.{module}").make(networks, FACTS[name])
    return method


def _files(method_id: str) -> tuple[Path, ...]:
    from accord.engine.weights import stored

    found = stored(method_id)
    return tuple(found[1].values()) if found else ()


def _card(facts: NetworkFacts) -> MethodCard:
    method_id = _method_id(facts.name)
    module = next((family for family in _FAMILIES if facts.name.startswith(family)), "idih")
    return MethodCard(
        id=method_id,
        title=facts.title,
        source=facts.source,
        licence=f"Apache-2.0, the authors' weights: {facts.weights_licence}",
        works_in="srgb",
        load=partial(_load, method_id, facts.name, module),
        kind="network",
        local=module in ("pctnet", "idih") or facts.name in ("cdtnet", "cdtnet_512"),
        fit_size=facts.fit_size,
        square=True,
        network=facts.name,
        prefer=_PREFER[module],
        files=partial(_files, method_id),
    )


_ORDER = ("harmonizer", "pctnet_cnn", "pctnet_vit", "cdtnet", "cdtnet_512", "cdtnet_sim")

CARDS = tuple(_card(FACTS[name]) for name in (*_ORDER, *(name for name in FACTS if name not in _ORDER)))
"""The cards of all published networks: those that apply at any size by themselves first, then the lifted ones."""

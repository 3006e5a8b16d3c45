"""The published networks as methods: Harmonizer, PCT-Net, CDTNet and the iDIH family, on ONNX Runtime.

Each takes its authors' weights, which `accord weights import` turns into ONNX files once; PyTorch is needed for that
alone. DIH, Harmonizer and PCT-Net's CNN come with weights trained here, which serve until then. `fit` gives a colour
map, so that background, depth and size are kept as with every method; `as_published` gives the authors' own full-size
result.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache, partial
from pathlib import Path

from accord.core.errors import WeightsError
from accord.methods.card import Method, MethodCard
from accord.networks import FACTS
from accord.networks.facts import NetworkFacts

_FAMILIES = ("harmonizer", "pctnet", "cdtnet")
"""Modules here, and how the names of their networks begin; all other networks are iDIH's."""

_PREFER = {
    "harmonizer": "few numbers, the same for the whole picture, that a person can read",
    "pctnet": "colour changes that vary smoothly over the foreground",
    "cdtnet": "one look-up table for the picture, or its refined result with as_published",
    "idih": "comparisons with the field; the lifted map keeps detail that the network itself would blur",
}


def method_of(name: str) -> str:
    """Give the id of the method with the network of that name in `accord.networks.FACTS`."""
    if name.startswith("pctnet"):
        return {"pctnet_cnn": "pct-net", "pctnet_vit": "pct-net-vit"}[name]
    if name.startswith(("harmonizer", "cdtnet")):
        return name.replace("_", "-")
    base = name.replace("_idih", "").replace("iseunetv1_", "iseunet")
    return "idih-" + base.removesuffix("256").replace("512", "-512").replace("_", "-")


def _load(method_id: str, name: str) -> Method:
    from accord.methods.published.loading import load_stored

    return load_stored(method_id, FACTS[name], _module(name))


def _files(method_id: str) -> tuple[Path, ...]:
    from accord.engine.weights import stored

    found = stored(method_id)
    return tuple(found[1].values()) if found else ()


def _module(name: str) -> str:
    return next((family for family in _FAMILIES if name.startswith(family)), "idih")


def _card(facts: NetworkFacts) -> MethodCard:
    method_id = method_of(facts.name)
    module = _module(facts.name)
    return MethodCard(
        id=method_id,
        title=facts.title,
        source=facts.source,
        licence=f"Apache-2.0, the authors' weights: {facts.weights_licence}",
        works_in="srgb",
        load=partial(_load, method_id, facts.name),
        kind="network",
        local=module in ("pctnet", "idih") or facts.name in ("cdtnet", "cdtnet_512"),
        fit_size=facts.fit_size,
        square=True,
        network=facts.name,
        prefer=_PREFER[module],
        files=partial(_files, method_id),
    )


def is_folder(method_id: str) -> bool:
    """Tell whether that is a folder with weights of a published network, as `accord export` writes it."""
    from accord.engine.weights import holds_weights

    return holds_weights(Path(method_id))


def card_in(folder: Path) -> MethodCard:
    """Give the card of the published network in a folder, loaded once for as long as it holds the same weights.

    Raises
    ------
    WeightsError
        If the weights are damaged, or of a network that is not known here.
    """
    from accord.engine.weights import read_weights

    folder = folder.resolve()
    paths = read_weights(folder)[1]
    return _card_in(folder, tuple(sorted(paths.values())))


@lru_cache(maxsize=4)
def _card_in(folder: Path, files: tuple[Path, ...]) -> MethodCard:  # names tell contents
    from accord.engine.weights import read_weights
    from accord.methods.published.loading import load_weights

    weights, paths = read_weights(folder)
    if weights.network not in FACTS:
        raise WeightsError(f"{folder} holds weights of {weights.network!r}, which is no network here: update accord.")
    facts = FACTS[weights.network]
    load = cache(lambda: load_weights(weights, paths, facts, _module(facts.name)))
    return replace(
        _card(facts),
        id=folder.name,
        source=f"{facts.source}; {folder}, trained with accord",
        licence=weights.licence,
        load=load,
        files=lambda: files,
    )


_ORDER = ("harmonizer", "pctnet_cnn", "pctnet_vit", "cdtnet", "cdtnet_512", "cdtnet_sim")

CARDS = tuple(_card(FACTS[name]) for name in (*_ORDER, *(name for name in FACTS if name not in _ORDER)))
"""The cards of all published networks: those that apply at any size by themselves first, then the lifted ones."""

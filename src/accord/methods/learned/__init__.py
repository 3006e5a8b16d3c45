"""accord's own method: a network that ships with the package and runs on ONNX Runtime."""

from __future__ import annotations

from accord.methods.card import Method, MethodCard


def _load() -> Method:
    from accord.methods.learned.method import Learned

    return Learned.shipped()


CARD = MethodCard(
    id="accord",
    title="A network that predicts a colour polynomial and a small local correction",
    source="This project; trained on composites synthesised from photos with masks (weights.md beside the weights).",
    licence="Apache-2.0, code and weights",
    works_in="srgb",
    load=_load,
    kind="network",
    local=True,
    fit_size=96,
    square=True,
)

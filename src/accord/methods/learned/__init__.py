"""accord's own method, the default: a network exported by `accord export`, run on ONNX Runtime.

Its weights, accord.onnx, ship beside this file, with their card accord.md. Another network is named by its file.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from accord.core.errors import WeightsError
from accord.methods.card import Method, MethodCard
from accord.methods.learned.method import FIT_SIZE, Learned

SUFFIX = ".onnx"
WEIGHTS = Path(__file__).with_name("accord.onnx")


def _shipped() -> Method:
    from accord.engine.onnx import OnnxModel

    return Learned(OnnxModel(WEIGHTS, one_core=True))


CARD = MethodCard(
    id="accord",
    title="A trained network's colour polynomial with a small local correction",
    source="accord, docs/decisions/0009-learned-network.md",
    licence="Apache-2.0, weights too; encoder from EfficientNet-Lite0's ImageNet weights (Apache-2.0)",
    works_in="srgb",
    load=_shipped,
    kind="network",
    local=True,
    fit_size=FIT_SIZE,
    square=True,
    prefer="by default: the only one here that improves more composites than it harms",
    files=lambda: (WEIGHTS,),
)


def card_of(path: Path) -> MethodCard:
    """Give the card of a network in a file, loaded once for as long as the file is the same.

    Raises
    ------
    WeightsError
        If the file is missing, no ONNX network, or not one that `accord export` wrote.
    """
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise WeightsError(
            f"the network {path} cannot be read: {error.strerror}. `accord export` makes one."
        ) from error
    return _card_of(path.resolve(), changed)


@lru_cache(maxsize=4)
def _card_of(path: Path, changed: int) -> MethodCard:  # noqa: ARG001 - a file written anew is another network
    from accord.engine.onnx import OnnxModel

    model = OnnxModel(path, one_core=True)
    size = model.metadata.get("size", "")
    if not size.isdigit() or "picture" not in model.shapes:
        raise WeightsError(
            f"{path} is not a network that `accord export` wrote: it does not say its input's size, or takes no "
            "picture."
        )
    if (looks := model.shapes["picture"][0]) != 1:
        raise WeightsError(
            f"{path} takes {looks} looks at once, as networks did that accord exported before 0.1.0; one was wanted. "
            "Export its checkpoint again."
        )
    method = Learned(model)

    def load() -> Method:
        return method

    return MethodCard(
        id=path.name,
        title="A network that predicts a colour polynomial and a small local correction",
        source=f"{path}, trained by accord",
        licence="its trainer's",
        works_in="srgb",
        load=load,
        kind="network",
        local=True,
        fit_size=FIT_SIZE,
        square=True,
        files=lambda: (path,),
    )

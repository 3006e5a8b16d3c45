"""A trained network as an ONNX file that needs no PyTorch, checked against PyTorch before it is kept."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from accord.core.errors import WeightsError
from accord.engine.onnx import OnnxModel
from accord.io.paths import whole_or_nothing
from accord.networks.accord_net.model import AccordNet, apply_map
from accord.networks.half import halve
from accord.training.card import require_facts, weights_card
from accord.training.checkpoint import load_checkpoint, take_weights

_TOLERANCE = 2e-3


def export(checkpoint: Path, out: Path, *, size: int | None = None, licence: str = "its trainer's") -> float:
    """Write the averaged weights of a checkpoint as ONNX, stored in half precision and computed in single.

    A card with what is known of the weights is written beside it, with the suffix .md.

    Parameters
    ----------
    checkpoint
        last.pt or best.pt of a run.
    out
        The .onnx file to write.
    size
        Side of the network's square input, in pixels; by default the one it was trained at.
    licence
        Of the weights, for the card.

    Returns
    -------
    float
        Largest difference between the pictures that ONNX Runtime and PyTorch make of random composites, on 0..1.

    Raises
    ------
    WeightsError
        If the checkpoint is not one of ours, its weights are not finite, or the difference exceeds 0.002.
    """
    import onnx

    state = load_checkpoint(checkpoint)
    require_facts(state, checkpoint)
    network = AccordNet().eval()
    take_weights(network, network.completed(state["average"]), checkpoint)
    side = size or int(state["config"]["size"])
    example = (torch.rand(1, 3, side, side), torch.rand(1, 1, side, side).round())
    with whole_or_nothing(out) as temporary:
        _to_onnx(network, example, temporary)
        model = onnx.load(temporary)
        halve(model)
        onnx.helper.set_model_props(model, {"size": str(side), "composites": str(state["composites"])})
        onnx.save(model, temporary)
        difference = _largest_difference(network, OnnxModel(temporary), side)
        if not difference <= _TOLERANCE:  # true for NaN, too
            raise WeightsError(
                f"the exported network differs from PyTorch's by {difference:.4f} (of 0..1), more than {_TOLERANCE}: "
                "not kept. Try other versions of torch and onnx (extra train)."
            )
    with whole_or_nothing(out.with_suffix(".md")) as temporary:
        temporary.write_text(weights_card(state, side, difference, licence), encoding="utf-8")
    return difference


def _to_onnx(network: nn.Module, example: tuple[Tensor, Tensor], path: Path) -> None:
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside the exporter are not the user's concern
        program = torch.onnx.export(
            network, example, input_names=["picture", "mask"], output_names=["coefficients", "grid"],
            opset_version=18, dynamo=True, verbose=False,
        )  # fmt: skip
    assert program is not None  # dynamo=True gives a program
    program.save(str(path), external_data=False)


def _largest_difference(network: nn.Module, model: OnnxModel, size: int) -> float:
    generator = torch.Generator().manual_seed(0)
    largest = torch.zeros(())
    for _ in range(4):
        picture = torch.rand(1, 3, size, size, generator=generator)
        mask = (torch.rand(1, 1, 4, 4, generator=generator) > 0.6).float()
        mask = nn.functional.interpolate(mask, (size, size))
        outputs = model.run({"picture": _array(picture), "mask": _array(mask)})
        with torch.no_grad():
            mine = apply_map(picture, *network(picture, mask))
            theirs = apply_map(picture, *(torch.from_numpy(outputs[name]) for name in ("coefficients", "grid")))
        largest = torch.maximum(largest, (mine - theirs).abs().max())  # keeps NaN, unlike max
    return float(largest)


def _array(value: Tensor) -> NDArray[np.float32]:
    return value.numpy()

"""A published network that was trained here, as files that its method runs on without PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from accord.core.errors import WeightsError
from accord.engine.weights import WeightsCard, file_digest, keep, read_weights, store
from accord.methods.published import method_of
from accord.networks import FACTS, build
from accord.networks.cdtnet.model import CdtNet
from accord.networks.export import export_checked
from accord.networks.harmonizer.model import Harmonizer
from accord.networks.idih.model import ImageNetwork
from accord.networks.network import Network
from accord.training.card import require_facts, training_line
from accord.training.checkpoint import load_checkpoint, take_weights
from accord.version import __version__

_TOLERANCE = 2e-3
"""Largest difference between ONNX and PyTorch, relative to an output's largest value or 1."""


def export_published(
    checkpoint: Path, out: Path | None = None, *, licence: str = "its trainer's"
) -> tuple[Path, WeightsCard]:
    """Write the averaged weights of a published network as ONNX, stored in half precision, with a card.

    Parameters
    ----------
    checkpoint
        last.pt or best.pt of a run.
    out
        The folder to write, which serves as a method by its path; None for the user's weights folder, whose weights the
        network's method takes from then on.
    licence
        Of the weights, for the card.

    Returns
    -------
    Path, WeightsCard
        The folder, and its card.

    Raises
    ------
    WeightsError
        If the checkpoint is not one of a published network, its weights are not finite, the folder cannot be written,
        or ONNX Runtime and PyTorch differ.
    """
    state = load_checkpoint(checkpoint)
    name = trained_network(state)
    if not name:
        raise WeightsError(f"{checkpoint} is a checkpoint of accord's own network, wanted one of a published network.")
    require_facts(state, checkpoint)
    facts = FACTS[name]
    network = build(name, transform=state["config"].get("transform", "linear"))
    size = _read_size(network, int(state["config"]["size"]))
    if isinstance(network, CdtNet):
        network.read_size = size
    take_weights(network, state["average"], checkpoint)
    # Rounded first, so that what is compared with PyTorch is the export alone.
    network.load_state_dict({key: _rounded(value) for key, value in network.state_dict().items()})

    def write(folder: Path) -> WeightsCard:
        files, difference = export_checked(network, folder, size=size, half=True)
        if not difference <= _TOLERANCE:  # false for NaN, too
            raise WeightsError(
                f"{name} on ONNX Runtime differs from PyTorch by {difference:.1e}, more than {_TOLERANCE:.0e}: its "
                "weights are not those of a trained network."
            )
        return WeightsCard(
            method=method_of(name),
            network=name,
            source=facts.source,
            repository=facts.repository,
            licence=licence,
            checkpoint=checkpoint.name,
            checkpoint_sha256=file_digest(checkpoint),
            parameters=facts.parameters,
            difference=difference,
            accord=__version__,
            files=files,
            size=size,
            trained=training_line(state),
            figures=state.get("figures", {}),
        )

    folder = store(method_of(name), write) if out is None else out
    if out is not None:
        keep(out, write, "Choose another folder.")
    return folder, read_weights(folder)[0]


def trained_network(state: Mapping[str, Any]) -> str:
    """Give the name of the published network that a checkpoint is of, or "" for accord's own."""
    return str(state["config"].get("network", ""))


def _rounded(value: Tensor) -> Tensor:
    """Round matrices to half precision; the rest, statistics among it, stays as it is."""
    return value.half().float() if value.is_floating_point() and value.ndim > 1 else value


def _read_size(network: Network, trained: int) -> int:
    """Give the side of the square that a network reads which was trained on composites of that side."""
    usual = FACTS[network.name].fit_size
    if isinstance(network, Harmonizer):
        return usual
    return trained if isinstance(network, ImageNetwork) else min(trained, usual)

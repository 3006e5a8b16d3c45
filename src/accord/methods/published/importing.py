"""Turn an official checkpoint into ONNX files that need no PyTorch (needs the extra `train`)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accord.core.errors import BadInputError, MissingExtraError, WeightsError
from accord.engine.weights import WeightsCard, file_digest, store
from accord.methods import registry
from accord.networks import FACTS, build
from accord.version import __version__

if TYPE_CHECKING:
    from accord.networks.network import Network

MOST_DIFFERENCE = 1e-3
"""Largest difference between ONNX and PyTorch, relative to an output's largest value or 1, that is accepted."""


def import_weights(checkpoint: str | os.PathLike[str], method_id: str) -> Path:
    """Import a checkpoint for a method, in place of any imported before.

    Parameters
    ----------
    checkpoint
        The authors' file with their keys: a PyTorch state dict, or safetensors where the name ends so. It is read
        without running any code that it may hold.
    method_id
        A method with a published network: "pct-net", say.

    Returns
    -------
    Path
        The folder that now holds the networks and their card; see `accord.engine.weights`.

    Raises
    ------
    UnknownMethodError
        If there is no such method.
    BadInputError
        If the method takes no weights, or there is no such file.
    WeightsError
        If the file is no plain checkpoint, or not the network's: missing, unexpected and misshaped keys are named.
        Nothing has changed then.
    MissingExtraError
        If PyTorch is not installed.
    """
    card = registry.get(method_id)
    if card.network is None:
        takers = ", ".join(card.id for card in registry.cards() if card.network is not None)
        raise BadInputError(f"{method_id} takes no imported weights. These do: {takers}.")
    path = Path(checkpoint)
    if not path.is_file():
        raise BadInputError(f"checkpoint {path} does not exist, or is no file. Check the path.")
    network = build(card.network)
    network.load_official(read_checkpoint(path))
    facts = FACTS[card.network]

    def write(folder: Path) -> WeightsCard:
        files, difference = _exported(network, folder)
        return WeightsCard(
            method=method_id,
            network=facts.name,
            source=facts.source,
            repository=facts.repository,
            licence=facts.weights_licence,
            checkpoint=path.name,
            checkpoint_sha256=file_digest(path),
            parameters=facts.parameters,
            difference=difference,
            accord=__version__,
            files=files,
        )

    return store(method_id, write)


def read_checkpoint(path: Path) -> Mapping[str, Any]:
    """Read the authors' state dict, from a PyTorch file or safetensors, without running code from it.

    Raises
    ------
    WeightsError
        If the file is no plain checkpoint.
    MissingExtraError
        If a package is missing.
    """
    import torch

    try:
        if path.suffix == ".safetensors":
            return _read_safetensors(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except MissingExtraError:
        raise
    except Exception as error:  # a damaged or hostile file may raise anything
        # Not PyTorch's words, which advise loading such a file with its code.
        reason = "it holds other objects, or is damaged" if "weights_only" in str(error) else str(error)
        reason = reason.split("\n", 1)[0].rstrip(".")
        raise WeightsError(
            f"{path} is not a checkpoint of plain tensors ({reason}): get the authors' file again."
        ) from error
    if not isinstance(state, Mapping) or not all(isinstance(key, str) for key in state):
        raise WeightsError(f"{path} holds a {type(state).__name__}, wanted a state dict: names of weights to tensors.")
    if "average" in state:
        raise WeightsError(f"{path} is a checkpoint of accord's own trainer: `accord export {path}` makes it ready.")
    return state


def _read_safetensors(path: Path) -> Mapping[str, Any]:
    try:
        from safetensors.torch import load_file
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"reading {path.name}", "train", "safetensors") from error
    state: Mapping[str, Any] = load_file(path)
    return state


def _exported(network: Network, folder: Path) -> tuple[dict[str, str], float]:
    """Write a network's ONNX files; gives their names by role, and how far they are from PyTorch."""
    try:
        from accord.networks.export import export_checked

        files, difference = export_checked(network, folder)
    except ModuleNotFoundError as error:
        raise MissingExtraError("importing weights", "train", error.name or "onnx") from error
    if not difference <= MOST_DIFFERENCE:  # false for NaN, too
        raise WeightsError(
            f"with these weights, {network.name} on ONNX Runtime differs from PyTorch by {difference:.1e}, more than "
            f"{MOST_DIFFERENCE:.0e}: they are damaged, or not those of a trained network."
        )
    return files, difference

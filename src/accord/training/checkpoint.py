"""Checkpoints: written whole, read without executing anything in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from accord.core.errors import WeightsError


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of accord's trainer.

    Returns
    -------
    dict
        average (weights by name), composites and seconds (of what it started from, too), step, hardware, config,
        started_from (None, or file, sha256, composites and seconds of what it started from; older ones lack it); a
        resumable one also has network, optimizer, best, loss and held_out (a digest of what it was measured on), and
        one that was the best so far has figures.

    Raises
    ------
    WeightsError
        If it is missing or not a checkpoint of accord's trainer.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise WeightsError(f"cannot read the checkpoint {path}: {error.strerror or error}.") from error
    except Exception as error:  # pickle's errors have no common base below Exception
        raise WeightsError(f"{path} is not a checkpoint of accord's trainer.") from error
    for name, what in (("average", "averaged weights"), ("config", "configuration")):
        if not isinstance(state, dict) or not isinstance(state.get(name), dict):
            raise WeightsError(f"{path} is not a checkpoint of accord's trainer: it has no {what}.")
    found: dict[str, Any] = state
    return found


def require(state: Mapping[str, Any], names: Iterable[str], path: Path) -> None:
    """Make sure that a checkpoint tells what is asked of it.

    Raises
    ------
    WeightsError
        If anything is missing.
    """
    missing = [name for name in names if name not in state]
    if missing:
        raise WeightsError(
            f"{path} lacks {', '.join(missing)}: take a checkpoint as `accord train` left it (to go on from, last.pt)."
        )


def take_weights(network: nn.Module, weights: Mapping[str, Any], path: Path) -> None:
    """Give a network the weights of a checkpoint.

    Raises
    ------
    WeightsError
        If a weight is missing, unexpected, misshaped or not finite; nothing has been loaded then.
    """
    own = network.state_dict()
    faults = [f"{name} is missing" for name in own if name not in weights]
    faults += [fault for name, value in weights.items() if (fault := _fault(name, value, own.get(name)))]
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise WeightsError(f"the weights in {path} cannot be used: {faults[0]}{more}. Take another checkpoint.")
    network.load_state_dict(weights)


def _fault(name: str, value: object, own: Tensor | None) -> str:
    if own is None:
        return f"{name} is no weight of the network"
    if not isinstance(value, Tensor):
        return f"{name} is no tensor"
    if value.shape != own.shape:
        return f"{name} is {tuple(value.shape)} instead of {tuple(own.shape)}"
    return "" if value.isfinite().all() else f"{name} holds NaN or infinity, as after a training that diverged"


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint; a kill in between leaves the one before."""
    temporary = path.with_suffix(".partial")
    torch.save(state, temporary)
    temporary.replace(path)

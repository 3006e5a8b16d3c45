"""Checkpoints: written whole, read without executing anything in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from accord.core.errors import WeightsError


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of accord's trainer.

    Returns
    -------
    dict
        average (weights by name), composites, seconds, step, hardware, config; a resumable one also has network,
        optimizer, best and loss, and one that was the best so far has figures.

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
    if not isinstance(state, dict) or "average" not in state:
        raise WeightsError(f"{path} is not a checkpoint of accord's trainer: it has no averaged weights.")
    return state


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint; a kill in between leaves the one before."""
    temporary = path.with_suffix(".partial")
    torch.save(state, temporary)
    temporary.replace(path)

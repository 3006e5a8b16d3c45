"""The card beside exported weights: what they were made of, and how good they were on photos kept from training."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from accord.training.checkpoint import require


def require_facts(state: Mapping[str, Any], path: Path) -> None:
    """Make sure that a checkpoint has what cards tell.

    Raises
    ------
    WeightsError
        If anything is missing.
    """
    require(state, ("composites", "seconds", "step", "hardware"), path)
    require(state["config"], ("data", "optimizer", "size"), path)


def training_line(state: Mapping[str, Any]) -> str:
    """Say in a line how a checkpoint was trained."""
    config = state["config"]
    composites, seconds = _own_share(state)
    started = _started_from(state)
    return (
        f"with accord on {PurePath(config['data']['photos']).name} without {_held_out(config)}: "
        f"{composites:,} composites at {config['size']} x {config['size']}, {state['step']:,} steps of "
        f"{config['optimizer']['batch']}, {seconds / 3600:.1f} hours on {state['hardware']}"
        + (f"; started from {started}" if started else "")
    )


def _held_out(config: Mapping[str, Any]) -> str:
    data = config["data"]
    return str(data["hold_out_source"]) or f"a tenth of the photos (number {data['hold_out_tenth']})"


def _own_share(state: Mapping[str, Any]) -> tuple[int, float]:
    """Give the composites and seconds of the run itself, where a checkpoint says what it started from."""
    before = state.get("started_from") or {"composites": 0, "seconds": 0.0}
    return state["composites"] - before["composites"], state["seconds"] - before["seconds"]


def _started_from(state: Mapping[str, Any]) -> str:
    """Say which weights a run started from; "" if it was from scratch."""
    if "started_from" not in state:  # written before checkpoints told
        name = PurePath(state["config"].get("start_from", "")).name
        return f"{name}, whose composites and time are counted here" if name else ""
    before = state["started_from"]
    if before is None:
        return ""
    seen = f", which had seen {before['composites']:,} composites" if before["composites"] else ""
    return f"{before['file']}, SHA-256 {before['sha256']}{seen}"


def weights_card(state: Mapping[str, Any], size: int, difference: float, licence: str) -> str:
    """Write the card as Markdown.

    Parameters
    ----------
    state
        A checkpoint of accord's trainer.
    size
        Side of the exported network's input, in pixels.
    difference
        Largest difference between the exported network and PyTorch's, on 0..1.
    licence
        Of the weights.
    """
    config = state["config"]
    data, optimizer = config["data"], config["optimizer"]
    held_out, started = _held_out(config), _started_from(state)
    composites, seconds = _own_share(state)
    lines = [
        "# Card of these weights",
        "",
        "| | |",
        "|---|---|",
        f"| network | accord.networks.accord_net, input {size} x {size} |",
        f"| photos | {PurePath(data['photos']).name}, without {held_out} |",
        f"| illumination changes | {PurePath(data['illuminants']).name if data['illuminants'] else 'none measured'} |",
        *([f"| started from | {started} |"] if started else []),
        "| made by | `accord train --config CONFIG --out RUN`, then `accord export RUN/best.pt -o FILE` |",
        f"| composites seen | {composites:,} at {config['size']} x {config['size']}, "
        f"{state['step']:,} steps of {optimizer['batch']} |",
        f"| time | {seconds / 3600:.1f} hours |",
        f"| hardware | {state['hardware']} |",
        f"| difference to PyTorch | {difference:.1e} of 0..1 |",
        f"| licence | {licence}; the encoder started from ImageNet weights of EfficientNet-Lite0, Apache-2.0 |",
    ]
    if "figures" in state:
        lines += ["", f"On synthesised composites of {held_out}:", "", "| figure | value |", "|---|---|"]
        lines += [f"| {name} | {value:.4g} |" for name, value in state["figures"].items()]
    return "\n".join(lines) + "\n"

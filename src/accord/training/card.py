"""The card beside exported weights: what they were made of, and how good they were on photos kept from training."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any


def training_line(state: Mapping[str, Any]) -> str:
    """Say in a line how a checkpoint was trained."""
    config = state["config"]
    return (
        f"with accord on {PurePath(config['data']['photos']).name} without {_held_out(config)}: "
        f"{state['composites']:,} composites at {config['size']} x {config['size']}, {state['step']:,} steps of "
        f"{config['optimizer']['batch']}, {state['seconds'] / 3600:.1f} hours on {state['hardware']}"
    )


def _held_out(config: Mapping[str, Any]) -> str:
    data = config["data"]
    return str(data["hold_out_source"]) or f"a tenth of the photos (number {data['hold_out_tenth']})"


def weights_card(state: Mapping[str, Any], size: int, difference: float) -> str:
    """Write the card as Markdown.

    Parameters
    ----------
    state
        A checkpoint of accord's trainer.
    size
        Side of the exported network's input, in pixels.
    difference
        Largest difference between the exported network and PyTorch's, on 0..1.
    """
    config = state["config"]
    data, optimizer = config["data"], config["optimizer"]
    held_out = _held_out(config)
    lines = [
        "# Card of these weights",
        "",
        "| | |",
        "|---|---|",
        f"| network | accord.networks.accord_net, input {size} x {size} |",
        f"| photos | {PurePath(data['photos']).name}, without {held_out} |",
        f"| illumination changes | {PurePath(data['illuminants']).name if data['illuminants'] else 'none measured'} |",
        "| made by | `accord train --config CONFIG --out RUN`, then `accord export RUN/best.pt -o FILE` |",
        f"| composites seen | {state['composites']:,} at {config['size']} x {config['size']}, "
        f"{state['step']:,} steps of {optimizer['batch']} |",
        f"| time | {state['seconds'] / 3600:.1f} hours |",
        f"| hardware | {state['hardware']} |",
        f"| difference to PyTorch | {difference:.1e} of 0..1 |",
        "| licence | Apache-2.0; the encoder started from ImageNet weights of EfficientNet-Lite0, Apache-2.0 |",
    ]
    if "figures" in state:
        lines += ["", f"On synthesised composites of {held_out}:", "", "| figure | value |", "|---|---|"]
        lines += [f"| {name} | {value:.4g} |" for name, value in state["figures"].items()]
    return "\n".join(lines) + "\n"

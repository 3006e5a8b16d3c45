"""`accord weights`: weights of published networks, made ready for use without PyTorch."""

from __future__ import annotations

import click


@click.group("weights")
def command() -> None:
    """Import weights of published networks. Nothing is ever downloaded."""


@command.command("import")
@click.argument("checkpoint", type=click.Path())
@click.option("--method", required=True, metavar="ID", help="The method that they are for: pct-net, harmonizer, ...")
def import_command(checkpoint: str, method: str) -> None:
    r"""Turn CHECKPOINT, a file of a network's authors, into ONNX files that METHOD finds from then on.

    CHECKPOINT is a PyTorch file (.pth) or safetensors, with the authors' own names of weights. It is read without
    running code from it. Needs the extra `train`; using the method then does not.

    The files go into the folder that ACCORD_WEIGHTS names, or else into %LOCALAPPDATA%\accord\weights on Windows,
    ~/Library/Application Support/accord/weights on macOS, ~/.local/share/accord/weights elsewhere.
    """
    from accord.engine.weights import stored
    from accord.methods.published.importing import import_weights

    folder = import_weights(checkpoint, method)
    found = stored(method)
    if found is not None:
        card, _ = found
        click.echo(f"{folder}: {method} is ready; {card.parameters:,} parameters, {card.difference:.1e} from PyTorch")
        click.echo(f"licence of the authors' weights: {card.licence} (github.com/{card.repository})")

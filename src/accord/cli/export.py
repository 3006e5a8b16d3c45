"""`accord export`: a trained checkpoint as files that run without PyTorch."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("export")
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="The .onnx file to write; for a published network the folder, by default that of your imported weights.",
)
@click.option(
    "--size",
    type=click.IntRange(min=64),
    help="Side of the square input of accord's network, in pixels, a multiple of 32; by default as trained.",
)
@click.option("--licence", metavar="TEXT", help="Licence of the new weights, for their card.")
def command(checkpoint: Path, out: Path | None, size: int | None, licence: str | None) -> None:
    """Make CHECKPOINT (best.pt or last.pt of a run) ready for use, checked against PyTorch.

    accord's network becomes an ONNX file, and --method takes its path. A published network becomes a folder; without
    --out, its method, by its id, runs on the new weights from then on.
    """
    from accord.core.errors import BadInputError, MissingExtraError

    if size is not None and size % 32:
        raise BadInputError(f"size is {size}, wanted a multiple of 32, say {size // 32 * 32 + 32}")
    try:
        from accord.training.checkpoint import load_checkpoint
        from accord.training.export import export
        from accord.training.published import export_published, trained_network
    except ImportError as error:
        raise MissingExtraError("export", "train", error.name or "PyTorch") from error
    network = trained_network(load_checkpoint(checkpoint))
    if not network:
        if out is None:
            raise BadInputError("accord's own network is exported to a file: name it, as in --out network.onnx.")
        difference = export(checkpoint, out, size=size, licence=licence or "its trainer's")
        click.echo(f"wrote {out}; largest difference to PyTorch {difference:.1e} of 0..1")
        return
    if size is not None:
        raise BadInputError(f"--size is for accord's own network: {network} reads what it was trained at.")
    folder, card = export_published(checkpoint, out, licence=licence or "its trainer's")
    click.echo(f"wrote {folder}; largest difference to PyTorch {card.difference:.1e} of the network's output")
    click.echo(f"use it: --method {card.method if out is None else folder}")

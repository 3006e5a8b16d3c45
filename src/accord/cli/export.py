"""`accord export`: a trained checkpoint as an ONNX file."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("export")
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="The .onnx file to write.")
@click.option(
    "--size",
    type=click.IntRange(min=64),
    help="Side of the network's square input, in pixels, a multiple of 32; by default as trained.",
)
def command(checkpoint: Path, out: Path, size: int | None) -> None:
    """Write CHECKPOINT (best.pt or last.pt of a run) as an ONNX file, checked against PyTorch."""
    from accord.core.errors import BadInputError, MissingExtraError

    if size is not None and size % 32:
        raise BadInputError(f"size is {size}, wanted a multiple of 32, say {size // 32 * 32 + 32}")
    try:
        from accord.training.export import export
    except ImportError as error:
        raise MissingExtraError("export", "train", error.name or "PyTorch") from error
    difference = export(checkpoint, out, size=size)
    click.echo(f"wrote {out}; largest difference to PyTorch {difference:.1e} of 0..1")

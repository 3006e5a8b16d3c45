"""`accord train`: train or fine-tune the learned method, or a published network."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("train")
@click.option(
    "--config", "config_file", required=True, type=click.Path(path_type=Path), help="TOML file that describes the run."
)
@click.option(
    "--out",
    "folder",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder for checkpoints and curves; a run found there goes on.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    help="Stop after this many minutes; without it, at the configuration's steps.",
)
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    help="Take this many steps instead of the configuration's; its schedule shrinks in proportion.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Processes that make composites beside the training.",
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    help="CPU threads of the training itself; by default one for each core but those of the workers.",
)
@click.option(
    "--precision",
    type=click.Choice(["32-true", "bf16-mixed", "16-mixed"]),
    default="32-true",
    show_default=True,
    help="Arithmetic.",
)
def command(
    config_file: Path,
    folder: Path,
    minutes: float | None,
    steps: int | None,
    workers: int,
    threads: int | None,
    precision: str,
) -> None:
    """Train accord's network, or a published one, as CONFIG says.

    It learns from photos with masks, made into composites as it goes. Kill it whenever you like: the same command goes
    on where it was.
    """
    from accord.core.errors import MissingExtraError

    try:
        import torch

        from accord.training.loop import train
    except ImportError as error:
        raise MissingExtraError("training", "train", error.name or "PyTorch") from error
    from accord.training.config import read_config, shortened

    config = read_config(config_file)
    if steps:
        config = shortened(config, steps)
    torch.set_num_threads(threads or max(1, torch.get_num_threads() - workers))
    train(config, folder, minutes=minutes, workers=workers, precision=precision)
    click.echo(f"wrote {folder / 'last.pt'} and {folder / 'curve.csv'}")

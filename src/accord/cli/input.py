"""Options that say what a command's composite and mask are."""

from __future__ import annotations

import click

from accord.cli.output import Command
from accord.core.resources import DEVICES


def encoding_option(command: Command) -> Command:
    """Add `--encoding`, which reaches the command as `encoding`: "srgb", "linear" or None."""
    return click.option(
        "--encoding",
        type=click.Choice(["srgb", "linear"]),
        help="What COMPOSITE's values mean, in place of what its profile or depth says: display-encoded sRGB, or "
        "scene-linear.",
    )(command)


def mask_options(command: Command) -> Command:
    """Add `--mask` and `--mask-model`, which reach the command as `mask_option` and `mask_model`: texts or None."""
    model = click.option(
        "--mask-model",
        type=click.Path(),
        metavar="FILE",
        help="The segmentation model for `--mask auto`, on disk; or set ACCORD_MASK_MODEL.",
    )
    mask = click.option(
        "--mask",
        "mask_option",
        metavar="auto|FILE",
        help="The mask as an option, in place of MASK; `auto` has a segmentation model guess it.",
    )
    return mask(model(command))


def resource_options(command: Command) -> Command:
    """Add `--threads` and `--device`, which reach the command under these names: a number and a text, or None."""
    threads = click.option(
        "--threads",
        type=click.IntRange(1),
        metavar="N",
        help="How many cores to use; by default all that the process may use.",
    )
    return threads(device_option(command))


def device_option(command: Command) -> Command:
    """Add `--device`, which reaches the command as `device`: a text, or None."""
    return click.option(
        "--device",
        type=click.Choice(DEVICES),
        help="Where the method's network runs; cuda and directml need the ONNX Runtime that has them.  [default: cpu]",
    )(command)

"""`accord harmonize`: one composite in, one harmonized picture out."""

from __future__ import annotations

import click


@click.command("harmonize")
@click.argument("composite", type=click.Path())
@click.argument("mask", type=click.Path(), required=False)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(),
    metavar="OUT",
    help="Where to write the result; its suffix names the format. It appears whole or not at all, so it may be "
    "COMPOSITE itself.",
)
@click.option("--method", metavar="ID", help="The method, by its id; `accord methods` lists them.")
@click.option(
    "--strength",
    type=float,
    default=1.0,
    show_default=True,
    metavar="S",
    help="How far to go, from 0 (leave as it is) to 1 (all the way).",
)
@click.option(
    "--reference",
    default="background",
    show_default=True,
    metavar="background|ring|FILE",
    help="Whose look the foreground takes: the whole background's, that of a ring around the foreground, or that of "
    "the part that is white in FILE.",
)
@click.option(
    "--mask",
    "mask_option",
    metavar="auto|FILE",
    help="The mask as an option, in place of MASK; `auto` has a segmentation model guess it.",
)
@click.option(
    "--mask-model",
    type=click.Path(),
    metavar="FILE",
    help="The segmentation model for `--mask auto`, on disk; or set ACCORD_MASK_MODEL.",
)
@click.option(
    "--quality", type=click.IntRange(1, 100), help="1 to 100, for JPEG, WebP and JPEG XL; a JPEG's own by default."
)
def command(
    composite: str,
    mask: str | None,
    output: str,
    method: str | None,
    strength: float,
    reference: str,
    mask_option: str | None,
    mask_model: str | None,
    quality: int | None,
) -> None:
    """Recolour the foreground of COMPOSITE, which is white in MASK, so that it belongs to its background.

    Without MASK, the alpha of COMPOSITE says where the foreground is. The result keeps size, depth, profile and
    metadata, and every pixel where the mask is black.
    """
    if mask is not None and mask_option is not None:
        raise click.UsageError("the mask came twice, as MASK and as --mask: give one of them")

    from accord.pipeline.harmonizing import harmonize

    result = harmonize(
        composite,
        mask if mask is not None else mask_option,
        method=method,
        strength=strength,
        reference=reference,
        mask_model=mask_model,
    )
    result.save(output, quality=quality)
    click.echo(
        f"{output}: harmonized with {result.method.id if result.method else 'a colour map'}, strength {strength:g}"
    )

"""`accord compose`: a foreground over a background, flat or harmonized."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from accord.cli.output import check_outputs, check_qualities


@click.command("compose")
@click.argument("background", type=click.Path())
@click.argument("foreground", type=click.Path())
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(),
    metavar="OUT",
    help="Where to write the composite; its suffix names the format. It appears whole or not at all.",
)
@click.option(
    "--mask",
    metavar="auto|FILE",
    help="The foreground's mask, white where it is, in place of its alpha; `auto` has a segmentation model guess it.",
)
@click.option(
    "--mask-model",
    type=click.Path(),
    metavar="FILE",
    help="The segmentation model for `--mask auto`, on disk; or set ACCORD_MASK_MODEL.",
)
@click.option(
    "--at",
    default="0.5,0.5",
    show_default=True,
    metavar="X,Y",
    help="The foreground's centre from the background's top left corner: fractions of its width and height, or pixels, "
    "as in 1200px,800px.",
)
@click.option(
    "--scale",
    type=float,
    metavar="S",
    help="The foreground picture's width over the background's; by default its pixels stay as they are.",
)
@click.option(
    "--rotation", type=float, default=0.0, show_default=True, metavar="DEG", help="Degrees, counter-clockwise."
)
@click.option("--flip", is_flag=True, help="Mirror the foreground, left to right, before it is turned.")
@click.option("--opacity", type=float, default=1.0, show_default=True, metavar="O", help="Above 0, to 1.")
@click.option(
    "--feather",
    type=float,
    default=0.0,
    show_default=True,
    metavar="PX",
    help="Pixels over which the foreground fades in from its edge.",
)
@click.option(
    "--blend",
    type=click.Choice(["linear", "encoded"]),
    default="linear",
    show_default=True,
    help="Mix light at soft edges, as a lens does, or display values, as most paint programs do.",
)
@click.option(
    "--edges",
    type=click.Choice(["local", "matting", "keep"]),
    default="local",
    show_default=True,
    help="How soft edges are freed of their old background: by a quick estimate, by pymatting (extra matting), or not.",
)
@click.option(
    "--mask-out", type=click.Path(), metavar="FILE", help="Write the foreground's mask in the composite, too."
)
@click.option(
    "--encoding",
    type=click.Choice(["srgb", "linear"]),
    help="What BACKGROUND's values mean, in place of what its profile or depth says: display-encoded sRGB, or "
    "scene-linear.",
)
@click.option(
    "--foreground-encoding", type=click.Choice(["srgb", "linear"]), help="What FOREGROUND's values mean, likewise."
)
@click.option("--harmonize", "harmonized", is_flag=True, help="Recolour the foreground so that it belongs.")
@click.option("--method", metavar="ID", help="The method for `--harmonize`; `accord methods` lists them.")
@click.option(
    "--strength",
    type=float,
    metavar="S",
    help="How far `--harmonize` goes, from 0 (leave as it is) to 1 (all the way).  [default: 1]",
)
@click.option(
    "--quality", type=click.IntRange(1, 100), help="1 to 100, for JPEG, WebP and JPEG XL; a JPEG's own by default."
)
def command(
    background: str,
    foreground: str,
    output: str,
    mask: str | None,
    mask_model: str | None,
    at: str,
    scale: float | None,
    rotation: float,
    flip: bool,
    opacity: float,
    feather: float,
    blend: Literal["linear", "encoded"],
    edges: Literal["local", "matting", "keep"],
    mask_out: str | None,
    encoding: Literal["srgb", "linear"] | None,
    foreground_encoding: Literal["srgb", "linear"] | None,
    harmonized: bool,
    method: str | None,
    strength: float | None,
    quality: int | None,
) -> None:
    """Put FOREGROUND, which has an alpha or a mask, on BACKGROUND.

    The result has BACKGROUND's size, depth, profile and metadata, and its every pixel where no foreground is.
    """
    if not harmonized and (method is not None or strength is not None):
        raise click.UsageError("--method and --strength say how to harmonize: give --harmonize, too")
    check_outputs(pictures=[output, mask_out])
    check_qualities([output], quality)

    from accord.composite.placement import parsed_position
    from accord.io import write_picture
    from accord.io.formats import format_for_writing
    from accord.io.write import check_holds
    from accord.pipeline.harmonizing import harmonize
    from accord.staging import compose

    place, unit = parsed_position(at)
    scene = compose(
        background,
        foreground,
        at=place,
        unit=unit,
        scale=scale,
        rotation=rotation,
        flip=flip,
        opacity=opacity,
        feather=feather,
        mask=mask,
        mask_model=mask_model,
        blend=blend,
        edges=edges,
        encoding=encoding,
        foreground_encoding=foreground_encoding,
    )
    target = Path(output)
    check_holds(scene.background, format_for_writing(target), target)
    if harmonized:
        picture = harmonize(scene, method=method, strength=1.0 if strength is None else strength).picture
    else:
        picture = scene.picture()
    if mask_out is not None:
        write_picture(scene.mask_picture(), mask_out)
    write_picture(picture, output, quality=quality)
    click.echo(f"{output}: composed{' and harmonized' if harmonized else ''}")

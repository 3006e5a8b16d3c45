"""`accord video`: clips in, a harmonized clip out."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import click

from accord.cli.output import STANDARD_OUTPUT, check_outputs, json_option, write_json
from accord.cli.progress import Progress


@click.command("video")
@click.argument("composite", type=click.Path(), required=False)
@click.argument("mask", type=click.Path(), required=False)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(),
    metavar="OUT",
    help="Where to write the result: a video file, whose suffix names the container, or an image sequence for an image "
    "sequence. It appears whole or not at all.",
)
@click.option("--foreground", type=click.Path(), metavar="CLIP", help="In place of COMPOSITE, with --background.")
@click.option("--background", type=click.Path(), metavar="CLIP", help="What the foreground goes over.")
@click.option("--mask", "mask_option", type=click.Path(), metavar="CLIP", help="The mask as an option.")
@click.option("--method", metavar="ID", help="The method, by its id (`accord methods`), or an .onnx of yours.")
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
    type=click.Choice(["background", "ring"]),
    default="background",
    show_default=True,
    help="Whose look the foreground takes: the whole background's, or that of a ring around the foreground.",
)
@click.option(
    "--steady",
    type=float,
    default=0.2,
    show_default=True,
    metavar="SECONDS",
    help="How far colour maps are smoothed over time, as a standard deviation; 0 fits each frame alone. Image "
    "sequences count as 24 frames a second.",
)
@click.option("--whole-shot", is_flag=True, help="Fit one colour map for each shot, between cuts.")
@click.option(
    "--codec",
    metavar="NAME",
    help="The codec or encoder, by FFmpeg's name (h264, hevc, prores, ffv1 ...); the source's by default.",
)
@click.option(
    "--codec-option",
    "codec_options",
    multiple=True,
    metavar="NAME=VALUE",
    help="An option of the encoder, by FFmpeg's name, such as crf=18; may be given several times.",
)
@click.option("--pixel-format", metavar="NAME", help="FFmpeg's name, such as yuv420p10le; the source's by default.")
@click.option("--audio", type=click.Path(), metavar="FILE", help="Take sound and subtitles from FILE.")
@click.option("--no-audio", is_flag=True, help="Leave out sound and subtitles.")
@click.option(
    "--encoding",
    type=click.Choice(["srgb", "linear"]),
    help="What the values of an image sequence mean, in place of what its files say.",
)
@json_option
def command(
    composite: str | None,
    mask: str | None,
    output: str,
    foreground: str | None,
    background: str | None,
    mask_option: str | None,
    method: str | None,
    strength: float,
    reference: Literal["background", "ring"],
    steady: float,
    whole_shot: bool,
    codec: str | None,
    codec_options: tuple[str, ...],
    pixel_format: str | None,
    audio: str | None,
    no_audio: bool,
    encoding: Literal["srgb", "linear"] | None,
    json_file: str | None,
) -> None:
    """Harmonize the clip COMPOSITE, whose foreground is white in the clip MASK, without flicker.

    A clip is a video file, or an image sequence named like shot.%04d.exr or shot.####.exr; MASK may also be a single
    picture for all frames, and without it COMPOSITE's alpha counts. With --foreground and --background, the foreground
    (with alpha, or MASK by --mask) is harmonized and laid over the background. Frame times, rotation, colour tags,
    depth, sound, and whatever the mask leaves out stay as they are.
    """
    if mask is not None and mask_option is not None:
        raise click.UsageError("the mask came twice, as MASK and as --mask: give one of them")
    if audio is not None and no_audio:
        raise click.UsageError("--audio names sound and --no-audio leaves it out: give one of them")
    if whole_shot and steady != 0.2:
        raise click.UsageError("--steady smooths over time and --whole-shot takes one map for a shot: give one of them")
    options = dict(_option(each) for each in codec_options)
    check_outputs([], [output, json_file])

    from accord.video.harmonizing import harmonize_clip
    from accord.video.writing import Coded

    with ExitStack() as stack:
        shown: list[Progress] = []

        def on_frame(total: int | None) -> None:
            if not shown:  # how many frames there are is known once the clips are open
                shown.append(stack.enter_context(Progress(total, "frames")))
            shown[0].step()

        result = harmonize_clip(
            output,
            composite=composite,
            mask=mask if mask is not None else mask_option,
            foreground=foreground,
            background=background,
            method=method,
            strength=strength,
            reference=reference,
            encoding=encoding,
            width=steady,
            whole_shot=whole_shot,
            coded=Coded(codec, pixel_format, options),
            audio="none" if no_audio else audio or "keep",
            on_frame=on_frame,
        )
    if json_file is not None:
        write_json(asdict(result), json_file)
    if json_file == STANDARD_OUTPUT:
        return
    shots = "1 shot" if len(result.shots) == 1 else f"{len(result.shots)} shots"
    click.echo(f"{Path(output)}: {result.frames} frames, {shots}, harmonized with {result.method or 'a colour map'}")
    if result.jitter is not None and result.jitter_fitted is not None:
        click.echo(
            f"jitter of the colour map, in 255ths of white: {result.jitter_fitted:.3f} as fitted, {result.jitter:.3f} "
            "as applied"
        )


def _option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise click.UsageError(f"--codec-option is {text!r}, and has to be NAME=VALUE, such as crf=18")
    return name, value

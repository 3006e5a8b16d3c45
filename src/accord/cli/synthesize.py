"""`accord synthesize`: composites of known truth from one's own photos."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("synthesize")
@click.argument("photos", type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="Folder for the set.")
@click.option("--count", type=click.IntRange(min=1), default=1000, show_default=True, help="How many composites.")
@click.option(
    "--size",
    type=click.IntRange(min=32),
    default=256,
    show_default=True,
    help="Side of the square pictures, in pixels.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0, max=2**29),
    default=0,
    show_default=True,
    help="The same seed makes the same set.",
)
@click.option(
    "--illuminants", type=click.Path(path_type=Path), help=".npz of measured illumination changes, if you have one."
)
def command(photos: Path, out: Path, count: int, size: int, seed: int, illuminants: Path | None) -> None:
    """Make composites of known truth from PHOTOS, a folder with images/ID.jpg and masks/ID_1.png.

    The set is written in iHarmony4's layout, each mask being exactly what was recoloured. A stopped run goes on where
    it was.
    """
    from accord.core.errors import MissingExtraError

    try:
        from accord.data.synthesis import SynthesisSettings, Synthesizer
        from accord.data.writing import write_composites
    except ImportError as error:
        raise MissingExtraError("synthesis", "train", error.name or "PyTorch") from error
    from accord.cli.progress import Progress
    from accord.data.photos import PhotoBank, list_photos

    bank = PhotoBank.load(list_photos(photos), size + size // 4)
    synthesizer = Synthesizer(bank, size, SynthesisSettings(rough=0.0), illuminants)
    made = 0
    with Progress(count, "composites") as progress:
        for there in write_composites(synthesizer, out, count, seed):
            for _ in range(there - made):
                progress.step()
            made = there
    click.echo(f"{count} composites in {out}")

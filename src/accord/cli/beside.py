"""Options that write more of a result beside its picture: the edit, layers, a heat map."""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from accord.cli.output import Command

if TYPE_CHECKING:
    from accord.pipeline.result import Result
    from accord.pipeline.working import WorkingView


@dataclass(frozen=True)
class Beside:
    """Where to write what, or None.

    Parameters
    ----------
    sidecar
        The edit, .json or .xmp.
    layers
        The layers, .exr or .psd.
    heat_map
        A picture of where the local part acts.
    """

    sidecar: str | None
    layers: str | None
    heat_map: str | None

    @property
    def paths(self) -> list[str]:
        """What was asked for."""
        return [path for path in (self.sidecar, self.layers, self.heat_map) if path is not None]

    def check(self, *, as_published: bool) -> None:
        """Refuse names that cannot be, and what a result as published has not, before the work."""
        if as_published and (self.sidecar or self.layers):
            raise click.UsageError("--as-published is no colour map's work: leave --sidecar and --layers out")
        from accord.io.formats import format_for_writing
        from accord.io.layers import check_layers_name
        from accord.pipeline.edits import check_edit_name

        if self.sidecar is not None:
            check_edit_name(Path(self.sidecar))
        if self.layers is not None:
            check_layers_name(self.layers)
        if self.heat_map is not None:
            format_for_writing(Path(self.heat_map))

    def check_holds(self, composite: WorkingView) -> None:
        """Refuse layers that their file cannot hold, before the work."""
        from accord.pipeline.layering import check_layers

        if self.layers is not None:
            check_layers(composite, Path(self.layers))

    def write(self, result: Result) -> list[str]:
        """Write what was asked for, and give a line on each."""
        told = []
        if self.sidecar is not None:
            result.save_sidecar(self.sidecar)
            told.append(f"{self.sidecar}: the edit, which --method {self.sidecar} makes again")
        if self.layers is not None:
            result.save_layers(self.layers)
            told.append(f"{self.layers}: background, foreground, mask and harmonized, as layers")
        if self.heat_map is not None:
            told.append(f"{self.heat_map}: {self._draw(result, self.heat_map)}")
        return told

    @staticmethod
    def _draw(result: Result, path: str) -> str:
        from accord.core.encoding import SRGB
        from accord.core.picture import Picture
        from accord.io import write_picture
        from accord.pipeline.explaining import HOTTEST, heat_picture
        from accord.pipeline.measuring import small_composite

        heat = result.heat_map
        colours, _, _ = small_composite(result.composite, result.mask)
        write_picture(Picture(heat_picture(heat, colours), SRGB), path)
        return f"where the colour map acts locally, {heat.max():.1f} CIEDE2000 at most; white is {HOTTEST:g}"


def beside_options(command: Command) -> Command:
    """Add `--sidecar`, `--layers` and `--heat-map`, which reach the command as `beside`."""

    @functools.wraps(command)
    def with_files(*args: Any, **options: Any) -> Any:
        beside = Beside(**{field.name: options.pop(field.name) for field in fields(Beside)})
        return command(*args, beside=beside, **options)

    for name, text in reversed(
        (
            (
                "--sidecar",
                "Also write the edit: how the picture was harmonized, with signals and the colour map itself, as .json "
                "(or .xmp). As --method it makes the same edit again, at any size.",
            ),
            (
                "--layers",
                "Also write background, foreground, mask and harmonized foreground as layers: .exr (OpenEXR, one part "
                "each) or .psd (needs the extra psd).",
            ),
            ("--heat-map", "Also draw where in the picture the local part of the colour map acts."),
        )
    ):
        with_files = click.option(name, type=click.Path(), metavar="FILE", help=text)(with_files)
    return cast("Command", with_files)

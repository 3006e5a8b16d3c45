"""What whoever starts the workbench decides: `accord ui` makes it of its options."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HOSTS = ("127.0.0.1", "localhost", "::1")
"""The names of this machine to itself."""


@dataclass(frozen=True)
class Settings:
    """How a workbench runs.

    Parameters
    ----------
    folder
        Where pictures lie while it runs: an empty folder that only its owner may look into.
    mask_model
        Segmentation model for automatic masks; None for the one that ACCORD_MASK_MODEL names, if any.
    longest
        Longest side, in pixels, of what is shown.
    max_bytes
        Of one picture's file.
    max_pixels
        Of one picture, as its header declares them; None for ACCORD_MAX_PIXELS, or its default.
    hosts
        Names that a request may address the workbench by: a web page elsewhere that has its own name resolve to this
        machine is refused. Empty for any.
    """

    folder: Path
    mask_model: str | None = None
    longest: int = 1600
    max_bytes: int = 2**32
    max_pixels: int | None = None
    hosts: tuple[str, ...] = HOSTS

"""What a file carries beside its pixels, read from the container as stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accord.io.formats import Format


@dataclass
class Carried:
    """Profile, Exif block without prefix, dots per inch, a JPEG's tables, and other attributes."""

    icc: bytes | None = None
    exif: bytes | None = None
    resolution: tuple[float, float] | None = None
    quantization: dict[int, list[int]] | None = None
    subsampling: int | None = None
    attributes: dict[str, Any] = field(default_factory=dict)


def read(path: Path, form: Format) -> Carried:
    """Read what the file carries; nothing where its format leaves that to OpenImageIO."""
    return Carried()

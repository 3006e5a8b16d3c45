"""A photographer's edit as a colour map: exposure, white balance, contrast, highlights, shadows, saturation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from accord.colour.photographic import TEMPERATURES, PhotographicEdit
from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.transforms.base import ColourMap, Floats
from accord.transforms.parameters import entry, number

RANGES: dict[str, tuple[float, float]] = {
    "exposure": (-16.0, 16.0),
    "temperature": TEMPERATURES,
    "tint": (-0.05, 0.05),
    "contrast": (-100.0, 400.0),
    "highlights": (-100.0, 100.0),
    "shadows": (-100.0, 100.0),
    "saturation": (-100.0, 400.0),
}
"""What each control may be, in its unit (see `PhotographicEdit`)."""


@dataclass(frozen=True, eq=False)
class Photographic(ColourMap):
    """Applies an edit, the same everywhere; `accord.colour.photographic` has its formula and units.

    Parameters
    ----------
    edit
        The edit. One that is all 0 gives colours back bit for bit.

    Raises
    ------
    BadInputError
        If a control is outside its range (`RANGES`) or no number.
    """

    edit: PhotographicEdit
    kind: ClassVar[str] = "photographic"

    def __post_init__(self) -> None:
        if not isinstance(self.edit, PhotographicEdit):
            raise BadInputError(f"edit is a {type(self.edit).__name__}, but a PhotographicEdit is wanted.")
        checked = {name: number(name, getattr(self.edit, name), *RANGES[name]) for name in RANGES}
        object.__setattr__(self, "edit", PhotographicEdit(**checked))

    def transform(self, pixels: Floats, place: Place) -> Floats:  # noqa: ARG002 - the same everywhere
        """Map a tile, (h, w, 3)."""
        return pixels if self.edit == PhotographicEdit() else self.edit.apply(pixels)

    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values."""
        return {"kind": self.kind, **asdict(self.edit)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Photographic:
        """Make the map that `to_dict` described."""
        return cls(PhotographicEdit(**{field.name: entry(data, field.name) for field in fields(PhotographicEdit)}))

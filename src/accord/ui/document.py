"""What is on the workbench, as the page sends it: pictures by the ids that the server gave them, and settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from accord.colour.photographic import PhotographicEdit
from accord.transforms.photographic import RANGES

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Number = Annotated[float, Field(allow_inf_nan=False)]


def _within(name: str) -> Field:  # type: ignore[valid-type]
    low, high = RANGES[name]
    return Field(default=0.0, ge=low, le=high, allow_inf_nan=False)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Stroke(_Part):
    """One stroke of a brush or eraser, in pixels of the picture that the mask belongs to.

    Parameters
    ----------
    erase
        Whether it takes away.
    radius
        Of the brush.
    softness
        How much of the radius fades out, in [0, 1].
    points
        Where it went: x and y, from the top left corner, one after another.
    """

    erase: bool = False
    radius: Annotated[float, Field(gt=0, le=1e5, allow_inf_nan=False)]
    softness: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.3
    points: Annotated[tuple[Number, ...], Field(min_length=2, max_length=20_000)]

    @model_validator(mode="after")
    def _pairs(self) -> Stroke:
        if len(self.points) % 2:
            raise ValueError("points come in pairs: x, y, x, y")
        return self


class Mask(_Part):
    """How a mask is made: what it starts from, and strokes on it.

    Parameters
    ----------
    base
        "alpha" for the picture's own, "auto" for a segmentation model's guess, "none" for nothing, or a file's id.
    strokes
        In the order in which they were painted.
    """

    base: Literal["alpha", "auto", "none"] | Id = "alpha"
    strokes: Annotated[tuple[Stroke, ...], Field(max_length=2000)] = ()


class Placement(_Part):
    """Where the foreground lies, as `accord.compose` takes it."""

    x: Annotated[float, Field(ge=-10, le=11, allow_inf_nan=False)] = 0.5
    y: Annotated[float, Field(ge=-10, le=11, allow_inf_nan=False)] = 0.5
    scale: Annotated[float, Field(gt=0, le=20, allow_inf_nan=False)] = 0.5
    rotation: Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)] = 0.0
    flip: bool = False


class Edit(_Part):
    """The photographer's sliders, in the units of `PhotographicEdit`."""

    exposure: float = _within("exposure")
    temperature: float = _within("temperature")
    tint: float = _within("tint")
    contrast: float = _within("contrast")
    saturation: float = _within("saturation")

    def photographic(self) -> PhotographicEdit:
        """Give the edit as colour maps take it."""
        return PhotographicEdit(**self.model_dump())


class Document(_Part):
    """All of it. Either a composite, or a background and a foreground with its placement.

    Parameters
    ----------
    composite, background, foreground
        Ids of pictures.
    mask
        Of the composite, or of the foreground.
    placement
        Of the foreground.
    method
        A method's id: never a path.
    strength, reference
        As for `accord.harmonize`.
    edit
        What comes after the method's colour map.
    protect
        Colours as #rrggbb, and "skin".
    tolerance
        As for `accord.harmonize`.
    """

    composite: Id | None = None
    background: Id | None = None
    foreground: Id | None = None
    mask: Mask = Mask()
    placement: Placement = Placement()
    method: Annotated[str, Field(max_length=80, pattern=r"^[a-z0-9-]+$")] = "accord"
    strength: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 1.0
    reference: Literal["background", "ring"] = "background"
    edit: Edit = Edit()
    protect: Annotated[tuple[Annotated[str, Field(pattern=r"^(#[0-9a-f]{6}|skin)$")], ...], Field(max_length=24)] = ()
    tolerance: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] = 2.0

    @model_validator(mode="after")
    def _whole(self) -> Document:
        layers = self.background is not None and self.foreground is not None
        if layers == (self.composite is not None):
            raise ValueError("a composite is wanted, or a background and a foreground")
        return self

    @property
    def masked(self) -> str:
        """The id of the picture that the mask belongs to."""
        masked = self.composite or self.foreground
        assert masked is not None  # `_whole` has seen to it
        return masked

    @property
    def edited(self) -> bool:
        """Whether a slider is away from 0."""
        return self.edit != Edit()

    def scene_key(self) -> str:
        """Tell composites apart: all that is not colour."""
        return self.model_dump_json(include={"composite", "background", "foreground", "mask", "placement"})

    def fit_key(self) -> str:
        """Tell fitted colour maps apart."""
        return f"{self.method} {self.reference} {self.scene_key()}"

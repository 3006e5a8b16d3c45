"""What a request may ask for: `accord.harmonize`'s settings, but for all that would name a file of this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from accord.methods import registry
from accord.service.refusals import RefusedError

_COLOUR = r"^(skin|#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3}|\d{1,3},\d{1,3},\d{1,3})$"
Unit = Annotated[float, Field(ge=0, le=1)]


class Options(BaseModel):
    """How to harmonize: the parameters of `accord.harmonize`, and of writing."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    method: str | None = Field(
        None, description="Id of a method, as GET /v1/methods lists them; by default the service's."
    )
    strength: Unit = Field(1.0, description="How far to go, from 0 (leave as it is) to 1 (all the way).")
    reference: Literal["background", "ring"] = Field(
        "background", description="Whose look the foreground takes: the whole background's, or a ring's around it."
    )
    encoding: Literal["srgb", "linear"] | None = Field(
        None, description="What the composite's values mean, in place of what its profile or depth says."
    )
    auto_mask: bool = Field(False, description="Have the service's segmentation model guess the mask.")
    as_published: bool = Field(False, description="A published network's own full-size result.")
    when_needed: bool = Field(
        False, description="Leave the composite as it is, bit for bit, where harmonizing is unlikely to make it better."
    )
    best_of: bool = Field(False, description="Try several methods, and apply the most promising.")
    protect: list[Annotated[str, Field(pattern=_COLOUR)]] = Field(
        default_factory=list,
        max_length=32,
        description="Colours that keep chroma and hue: #1a2b3c, 26,43,60 or skin; may be given several times.",
    )
    tolerance: Annotated[float, Field(gt=0, le=100)] | None = Field(
        None, description="The most that what is protected moves, CIEDE2000 without its lightness term; 2 by default."
    )
    mode: Literal["full", "tone-wb", "tone"] | None = Field(None, description="What may change.")
    max_exposure: Annotated[float, Field(gt=0, le=20)] | None = Field(
        None, description="The most that the foreground's mean luminance moves, in stops."
    )
    max_hue: Annotated[float, Field(gt=0, le=90)] | None = Field(
        None, description="The most that a hue turns, in degrees of CIELAB hue."
    )
    on_violation: Literal["error", "warn"] | None = Field(
        None, description="Whether a limit that is broken all the same refuses the request; error by default."
    )
    format: Literal["png", "jpg", "webp", "tif", "exr", "dpx", "jxl"] | None = Field(
        None, description="The result's format; by default the composite's own."
    )
    quality: Annotated[int, Field(ge=1, le=100)] | None = Field(
        None, description="For JPEG, WebP and JPEG XL; a JPEG's own by default."
    )

    @field_validator("method")
    @classmethod
    def _known(cls, method: str | None) -> str | None:
        # The registry would also take the path of a network.
        if method is not None and method not in {card.id for card in registry.cards()}:
            raise ValueError(f"no method is named {method[:60]!r}; GET /v1/methods lists them")
        return method

    @property
    def limits(self) -> dict[str, Any]:
        """Those of the settings that limit what may change, where they were given."""
        named = ("tolerance", "mode", "max_exposure", "max_hue", "on_violation")
        given = {name: getattr(self, name) for name in named if getattr(self, name) is not None}
        return given | ({"protect": list(self.protect)} if self.protect else {})


class Placement(BaseModel):
    """Where the foreground goes: the parameters of `accord.compose`."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    at: tuple[float, float] = Field(
        (0.5, 0.5), description="The foreground's centre on the background, from its top left corner: x,y."
    )
    unit: Literal["fraction", "pixels"] = Field("fraction", description="What `at` is in.")
    scale: Annotated[float, Field(gt=0, le=100)] | None = Field(
        None, description="The foreground's width over the background's; by default its pixels stay as they are."
    )
    rotation: Annotated[float, Field(ge=-3600, le=3600)] = Field(0.0, description="Degrees, counter-clockwise.")
    flip: bool = Field(False, description="Mirror the foreground, left to right, before it is turned.")
    opacity: Annotated[float, Field(gt=0, le=1)] = Field(1.0, description="Above 0, to 1.")
    feather: Annotated[float, Field(ge=0, le=1000)] = Field(
        0.0, description="Pixels over which the foreground fades in from its edge."
    )
    blend: Literal["linear", "encoded"] = Field("linear", description="Mix light, or display values, at soft edges.")
    edges: Literal["local", "matting", "keep"] = Field(
        "local", description="How soft edges are freed of their old background."
    )

    @field_validator("at", mode="before")
    @classmethod
    def _split(cls, at: Any) -> Any:
        return at.split(",") if isinstance(at, str) else at


class SingleOptions(Options):
    """What a request for one picture may ask for."""

    answer: Literal["picture", "json", "both"] | None = Field(
        None,
        description="The picture; JSON with signals and colour map; or JSON that holds the picture, too, in Base64. By "
        "default what Accept asks for.",
    )


class JobOptions(Options):
    """What a request for many pictures may ask for."""

    signals: bool = Field(False, description="Measure each result's signals.")


_SEVERAL = {"protect"}
AnyOptions = TypeVar("AnyOptions", bound=Options)
AnyModel = TypeVar("AnyModel", bound=BaseModel)


def parsed(
    model: type[AnyOptions], texts: Mapping[str, Sequence[str]], *, placed: bool
) -> tuple[AnyOptions, Placement | None]:
    """Make options of a form's texts; with `placed` also where a foreground goes.

    Raises
    ------
    RefusedError
        422, if a field is unknown, given twice, or of no use as it came.
    """
    values: dict[str, Any] = {}
    for name, given in texts.items():
        if len(given) > 1 and name not in _SEVERAL:
            raise RefusedError(422, f"the field {name!r:.60} came {len(given)} times.")
        values[name] = list(given) if name in _SEVERAL else given[0]
    where = {name: values.pop(name) for name in Placement.model_fields if name in values}
    if where and not placed:
        raise RefusedError(
            422, f"{', '.join(where)}: only a foreground and a background are placed, a composite is not."
        )
    options = made(model, values)
    return options, made(Placement, where) if placed else None


def made(model: type[AnyModel], values: Mapping[str, Any]) -> AnyModel:
    """Validate values; a refusal in one line where they will not do."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        told = [
            f"{'.'.join(str(part) for part in one['loc']):.60}: {one['msg'].removeprefix('Value error, ')}"
            for one in error.errors()[:5]
        ]
        raise RefusedError(422, "; ".join(told)[:1000]) from None

"""What a training run is told, read from a TOML file."""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from math import inf
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from accord.core.errors import BadInputError
from accord.data.synthesis import FAMILIES, SynthesisSettings, ViewSettings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

T = TypeVar("T")

_COUNTS = ("size", "bank_size", "steps", "validate_every", "validation_composites", "batch", "cooldown_steps")
_AMOUNTS = (
    "jitter", "learning_rate", "encoder_learning_rate", "weight_decay", "warmup", "cooldown_start", "frozen_blocks",
)  # fmt: skip
_RANGES: dict[str, tuple[float, float]] = {
    **dict.fromkeys(_COUNTS, (1, inf)),
    **dict.fromkeys(_AMOUNTS, (0, inf)),
    **dict.fromkeys(("flip", "turn", "average"), (0, 1)),
    "hold_out_tenth": (0, 9),
    "seed": (0, 2**32 - 1),
}
"""Least and most that settings may be; those of which `accord.data` makes sure itself are not here."""


@dataclass(frozen=True)
class DataSettings:
    """Which photos to train on.

    Parameters
    ----------
    photos
        Folder with images/ and masks/ (see `accord.data.photos`), relative to the configuration file.
    illuminants
        .npz of measured illumination changes, or "" for none.
    hold_out_tenth
        Which fixed tenth of the photos is kept for validation, 0 to 9.
    hold_out_source
        A source of which no photo is trained on; validation then uses only that source. "" for none.
    """

    photos: str
    illuminants: str = ""
    hold_out_tenth: int = 0
    hold_out_source: str = ""


@dataclass(frozen=True)
class OptimizerSettings:
    """How weights move.

    Parameters
    ----------
    batch
        Composites a step and device.
    learning_rate, encoder_learning_rate
        Of the heads and of the pretrained encoder. Published networks have one rate, but for those of the iDIH family
        with a semantic backbone, whose rate the second is.
    weight_decay
        AdamW's; published networks take Adam, which has none.
    warmup
        Steps over which the rates rise from 0.
    milestones
        Steps at which the rates fall to a tenth.
    cooldown_start, cooldown_steps
        From which step on, and over how many, the rates fall linearly to 0; cooldown_start 0 means never.
    frozen_blocks
        How many of the first blocks of the encoder of accord's own network stay fixed.
    average
        Decay of the running average of the weights that is validated and exported.
    """

    batch: int = 32
    learning_rate: float = 1e-3
    encoder_learning_rate: float = 2e-4
    weight_decay: float = 0.01
    warmup: int = 200
    milestones: tuple[int, ...] = ()
    cooldown_start: int = 0
    cooldown_steps: int = 1000
    frozen_blocks: int = 5
    average: float = 0.999


@dataclass(frozen=True)
class TrainingConfig:
    """A whole run.

    Parameters
    ----------
    network
        What to train: a published network by its name in `accord.networks.FACTS`, or "" for accord's own. Losses and
        optimizer are those of `accord.training.recipes`.
    transform
        PCT-Net's colour transform (see `accord.networks.build`).
    size
        Side of the squares that the network is shown, in pixels, a multiple of 32. Composites for accord's own network
        are half as large again.
    bank_size
        Side at which photos are kept in memory, in pixels; composites are cropped from it.
    seed
        Of everything random.
    steps
        Where to stop at the latest.
    validate_every
        Steps between validations.
    validation_composites
        How many held-out composites a validation measures.
    start_from
        A checkpoint whose weights to start from (fine-tuning), or "". For a published network also its authors', a
        .pth or .safetensors file.
    """

    data: DataSettings
    network: str = ""
    transform: str = "linear"
    synthesis: SynthesisSettings = field(default_factory=SynthesisSettings)
    views: ViewSettings = field(default_factory=ViewSettings)
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)
    size: int = 128
    bank_size: int = 256
    seed: int = 0
    steps: int = 1_000_000
    validate_every: int = 500
    validation_composites: int = 512
    start_from: str = ""


def read_config(path: Path) -> TrainingConfig:
    """Read a configuration; folders in it are relative to the file.

    Raises
    ------
    BadInputError
        If the file is missing, not TOML, has a key that no setting is called, or a value that a setting cannot have.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInputError(f"cannot read the configuration {path}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path} is not valid TOML: {error}.") from error
    config = _build(TrainingConfig, values, str(path))
    if config.bank_size < config.size:
        raise BadInputError(
            f"{path}: bank_size is {config.bank_size}, wanted size, {config.size}, or more: composites are cut from it."
        )

    def beside(name: str) -> str:
        return str(path.parent / name) if name else ""

    data = dataclasses.replace(
        config.data, photos=beside(config.data.photos), illuminants=beside(config.data.illuminants)
    )
    return dataclasses.replace(config, data=data, start_from=beside(config.start_from))


def shortened(config: TrainingConfig, steps: int) -> TrainingConfig:
    """Give the same run over another number of steps: its schedule shrinks (or grows) in proportion, but for warmup."""
    share = steps / config.steps

    def moved(step: int) -> int:
        return round(step * share)

    settings = config.optimizer
    optimizer = dataclasses.replace(
        settings,
        warmup=min(settings.warmup, steps // 4),
        milestones=tuple(moved(step) for step in settings.milestones),
        cooldown_start=max(1, moved(settings.cooldown_start)) if settings.cooldown_start else 0,
        cooldown_steps=max(1, moved(settings.cooldown_steps)),
    )
    return dataclasses.replace(config, steps=steps, optimizer=optimizer)


def _build(kind: type[T], values: dict[str, Any], where: str) -> T:
    hints = get_type_hints(kind)
    known = {item.name: hints[item.name] for item in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise BadInputError(
            f"{where} sets {', '.join(unknown)}, which is no setting here. There are: {', '.join(known)}."
        )
    missing = [item.name for item in fields(kind) if _is_needed(item) and item.name not in values]  # type: ignore[arg-type]
    if missing:
        raise BadInputError(
            f"{where} lacks {', '.join(missing)}, which has no default: name the photos, as in [data] photos = "
            '"FOLDER".'
        )
    given: dict[str, Any] = {}
    for name, value in values.items():
        wanted = known[name]
        if is_dataclass(wanted):
            if not isinstance(value, dict):
                raise BadInputError(f"{where}: {name} must be a table, [{name}].")
            given[name] = _build(wanted, value, f"{where} [{name}]")  # type: ignore[arg-type]
        else:
            given[name] = _checked(name, value, wanted, where)
    try:
        return kind(**given)
    except BadInputError as error:
        raise BadInputError(f"{where}: {error}") from error


def _is_needed(item: dataclasses.Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def _checked(name: str, value: object, wanted: object, where: str) -> Any:
    """Give a setting's value as the type that it has, if it can be one's."""
    if wanted is str:
        if not isinstance(value, str):
            raise BadInputError(f"{where}: {name} is {value!r}, wanted a text in quotes.")
        return value
    if wanted == tuple[int, ...]:
        if not isinstance(value, list) or not all(type(item) is int for item in value):
            raise BadInputError(f"{where}: {name} is {value!r}, wanted a list of whole numbers.")
        return tuple(value)
    if wanted == dict[str, float]:
        return _shares(name, value, where)
    number = _number(name, value, float if wanted is float else int, where)
    least, most = _RANGES.get(name, (-inf, inf))
    if not least <= number <= most or number == inf:  # false for NaN, too
        limits = f"{least} or more" if most == inf else f"{least} to {most}"
        raise BadInputError(f"{where}: {name} is {number}, wanted {limits}.")
    return number


def _number(name: str, value: object, kind: type[float], where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, kind)):
        raise BadInputError(f"{where}: {name} is {value!r}, wanted a {'whole ' if kind is int else ''}number.")
    return kind(value)


def _shares(name: str, value: object, where: str) -> dict[str, float]:
    """Give the shares of kinds of recolouring."""
    if not isinstance(value, dict):
        raise BadInputError(f"{where}: {name} is {value!r}, wanted a table of shares, as in {name} = {{reinhard = 1}}.")
    unknown = sorted(set(value) - set(FAMILIES))
    if unknown:
        raise BadInputError(
            f"{where}: {name} names {', '.join(unknown)}, which is no kind of recolouring. There are: "
            f"{', '.join(FAMILIES)}."
        )
    shares = {kind: _number(kind, share, float, where) for kind, share in value.items()}
    if not all(0 <= share < inf for share in shares.values()) or not sum(shares.values()):
        raise BadInputError(f"{where}: {name} are {shares}, wanted shares of 0 or more, and one at least above 0.")
    return shares

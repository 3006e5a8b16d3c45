"""What a training run is told, read from a TOML file."""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from accord.core.errors import BadInputError
from accord.data.synthesis import SynthesisSettings, ViewSettings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

T = TypeVar("T")


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
        Side of the squares trained on, in pixels, a multiple of 32.
    bank_size
        Side at which photos are kept in memory, in pixels; views are cropped from it.
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
    bank_size: int = 160
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
        If the file is missing, not TOML, or has a key that no setting is called.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInputError(f"cannot read the configuration {path}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path} is not valid TOML: {error}.") from error
    for name in ("photos", "illuminants"):
        if values.get("data", {}).get(name):
            values["data"][name] = str(path.parent / values["data"][name])
    if values.get("start_from"):
        values["start_from"] = str(path.parent / values["start_from"])
    return _build(TrainingConfig, values, str(path))


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
    given: dict[str, Any] = {}
    for name, value in values.items():
        wanted = known[name]
        if is_dataclass(wanted):
            if not isinstance(value, dict):
                raise BadInputError(f"{where}: {name} must be a table, [{name}].")
            given[name] = _build(wanted, value, f"{where} [{name}]")  # type: ignore[arg-type]
        elif wanted in (int, float, str):
            if isinstance(value, bool) or not isinstance(value, (int, float) if wanted is float else wanted):
                raise BadInputError(f"{where}: {name} is {value!r}, wanted {wanted.__name__}.")
            given[name] = wanted(value)
        elif wanted == tuple[int, ...]:
            if not isinstance(value, list) or not all(type(item) is int for item in value):
                raise BadInputError(f"{where}: {name} is {value!r}, wanted a list of whole numbers.")
            given[name] = tuple(value)
        else:
            given[name] = value
    try:
        return kind(**given)
    except TypeError as error:
        raise BadInputError(f"{where}: {error}.") from error

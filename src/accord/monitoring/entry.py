"""One line of the signals log: a result, a user's override of one, or a candidate that failed.

docs/monitoring.md has the table of fields; a test holds the two together.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import numpy as np

from accord.core.errors import BadInputError
from accord.core.picture import Picture
from accord.diagnose.scene import measure_scene
from accord.methods.fingerprint import model_hash
from accord.metrics.foreground_ratio import foreground_ratio
from accord.pipeline.measuring import fullest_window, small_composite
from accord.pipeline.working import strips
from accord.version import __version__

if TYPE_CHECKING:
    from accord.pipeline.result import Result

SCHEMA_VERSION = 1

RESULT, OVERRIDE, FAILURE = "result", "override", "failure"
"""What a line tells: a harmonized picture, what a user made of one, a candidate in the shadow that gave none."""


@dataclass(frozen=True)
class Entry:
    """A line of the log. What does not apply to its kind is None, or empty.

    Parameters
    ----------
    kind
        "result", "override" or "failure".
    id
        32 hexadecimal digits of its own.
    time
        When it was made, UTC, ISO 8601 with milliseconds.
    front_end
        What made it: harmonize, batch, serve, ui, or a name of yours.
    accord
        The version.
    about
        Id of the result that an override corrects, or that ran live while this candidate ran in its shadow.
    method
        Id of the method; None for a colour map, or a method without a card.
    model
        "sha256:..." of its weights; None for methods without any.
    composite_hash
        "sha256:..." of the composite's pixels, alpha included: whatever its file is called.
    composite, mask
        Their paths, if asked for: by default a log does not tell what its users' files are called.
    height, width
        The composite's size, in pixels.
    foreground_ratio
        Share of pixels with coverage above 0.5.
    scene_brightness, scene_contrast, scene_warmth, scene_saturation, scene_grain
        The background's, see `accord.diagnose.scene.SceneFigures`.
    strength
        How far the result went, in [0, 1]; in an override how far the user wanted it to go, 0 for an undo.
    settings
        The other settings of `Result.settings`.
    seconds
        What fit and application took, without reading, writing and signals.
    signals
        `Signals.to_dict()`.
    error
        The kind of error that a failed candidate gave.
    schema_version
        Grows when a name or meaning changes.
    """

    kind: str
    id: str
    time: str
    front_end: str | None = None
    accord: str | None = None
    about: str | None = None
    method: str | None = None
    model: str | None = None
    composite_hash: str | None = None
    composite: str | None = None
    mask: str | None = None
    height: int | None = None
    width: int | None = None
    foreground_ratio: float | None = None
    scene_brightness: float | None = None
    scene_contrast: float | None = None
    scene_warmth: float | None = None
    scene_saturation: float | None = None
    scene_grain: float | None = None
    strength: float | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    seconds: float | None = None
    signals: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    schema_version: int = SCHEMA_VERSION

    def to_dict(self) -> dict[str, Any]:
        """Give all fields as JSON-ready values."""
        return {**asdict(self), "settings": dict(self.settings), "signals": dict(self.signals)}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Entry:
        """Read a line back; fields that a later version added are left out.

        Raises
        ------
        BadInputError
            If it is no line of a signals log, or of a later schema.
        """
        try:
            version = int(row["schema_version"])
            known = {one.name: row[one.name] for one in fields(cls) if row.get(one.name) is not None}
            entry = cls(**known)
        except (KeyError, TypeError, ValueError) as error:
            raise BadInputError(f"it lacks what every entry has ({error})") from error
        if version > SCHEMA_VERSION:
            raise BadInputError(
                f"it has schema version {version}, this accord reads up to {SCHEMA_VERSION}: install a newer one"
            )
        if entry.kind not in (RESULT, OVERRIDE, FAILURE):
            raise BadInputError(f"its kind is {entry.kind!r}, one of {RESULT}, {OVERRIDE}, {FAILURE} was wanted")
        if entry.kind == RESULT and not (
            isinstance(entry.signals, Mapping)
            and isinstance(entry.foreground_ratio, (int, float))
            and isinstance(entry.scene_brightness, (int, float))
        ):
            raise BadInputError("it is a result without signals, foreground ratio or scene brightness")
        return entry


def entry_of(
    result: Result,
    *,
    strength: float | None = None,
    seconds: float | None = None,
    front_end: str | None = None,
    composite: str | None = None,
    mask: str | None = None,
    about: str | None = None,
) -> Entry:
    """Describe a result as a line of the log; signals are measured if they were not yet.

    Parameters
    ----------
    result
        What `accord.harmonize` gave.
    strength
        How far the result went; by default as it says itself.
    seconds, front_end, composite, mask, about
        As in `Entry`.
    """
    view, cover, settings = result.composite, result.mask, dict(result.settings)
    told = settings.pop("strength", None)
    small, _, background = small_composite(view, cover)
    if not background.any():  # all that is seen is foreground, in part: then that is the scene
        background = np.ones_like(background)
    window = fullest_window(background, cover.shape)
    scene = measure_scene(small, background, view.read(*window), (cover[window] == 0) * view.coverage(*window))
    return Entry(
        kind=RESULT,
        id=uuid.uuid4().hex,
        time=now(),
        front_end=front_end,
        accord=__version__,
        about=about,
        method=result.method.id if result.method else None,
        model=model_hash(result.method),
        composite_hash=content_hash(view.picture),
        composite=composite,
        mask=mask,
        height=view.picture.height,
        width=view.picture.width,
        foreground_ratio=foreground_ratio(cover),
        scene_brightness=scene.brightness,
        scene_contrast=scene.contrast,
        scene_warmth=scene.warmth,
        scene_saturation=scene.saturation,
        scene_grain=scene.grain,
        strength=told if strength is None else float(strength),
        settings=settings,
        seconds=seconds,
        signals=result.signals.to_dict(),
    )


def override_of(about: str, strength: float, *, front_end: str | None = None) -> Entry:
    """Describe what a user made of a result: another strength, or 0 for an undo. No label is truer.

    Parameters
    ----------
    about
        The result's `Entry.id`.
    strength
        What the user chose in place of what was given, in [0, 1].
    front_end
        Where.

    Raises
    ------
    BadInputError
        If the strength is not in [0, 1].
    """
    if not 0 <= strength <= 1:
        raise BadInputError(f"a user's strength is {strength!r}, and has to be from 0 (undo) to 1.")
    return Entry(
        OVERRIDE,
        uuid.uuid4().hex,
        now(),
        front_end=front_end,
        accord=__version__,
        about=about,
        strength=float(strength),
    )


def failure_of(live: Entry, method: str | None, model: str | None, error: Exception) -> Entry:
    """Describe a candidate that gave no result where the live method did; no message, since it may name files."""
    return replace(
        live,
        kind=FAILURE,
        id=uuid.uuid4().hex,
        time=now(),
        about=live.id,
        method=method,
        model=model,
        seconds=None,
        signals={},
        error=type(error).__name__,
    )


def content_hash(picture: Picture) -> str:
    """Give "sha256:..." of a picture's size, depth, code values and alpha."""
    digest = hashlib.sha256(f"{picture.pixels.shape} {picture.pixels.dtype.str}".encode())
    for plane in (picture.pixels, picture.alpha):
        if plane is not None:
            for rows in strips(slice(0, picture.height), picture.width):
                digest.update(np.ascontiguousarray(plane[rows]).data)
    return f"sha256:{digest.hexdigest()}"


def now() -> str:
    """Give the time as entries state it."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""What is to be made of which pictures, as values that travel to other processes as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Job:
    """One picture to make.

    Parameters
    ----------
    output
        Where to write it; the suffix names the format.
    composite
        The composite; None where layers are given.
    mask
        Mask of the composite, or of the foreground where layers are given; "auto" for a guess; None for the alpha.
    background, foreground
        Layers to compose.
    placement
        How: settings of `accord.compose`, JSON-ready.
    """

    output: str
    composite: str | None = None
    mask: str | None = None
    background: str | None = None
    foreground: str | None = None
    placement: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sources(self) -> dict[str, str]:
        """The files that it reads, by what they are."""
        found = {
            "composite": self.composite,
            "background": self.background,
            "foreground": self.foreground,
            "mask": None if self.mask == "auto" else self.mask,
        }
        return {what: path for what, path in found.items() if path is not None}

    @property
    def name(self) -> str:
        """What to call it in messages."""
        return self.composite or f"{self.foreground} on {self.background}"

    def to_dict(self) -> dict[str, Any]:
        """Give all fields as JSON-ready values."""
        return {**asdict(self), "placement": dict(self.placement)}


@dataclass(frozen=True)
class Recipe:
    """What decides on the pixels, the same for all jobs of a run: settings of `accord.harmonize` and of writing."""

    method: str | None = None
    strength: float = 1.0
    reference: Literal["background", "ring"] = "background"
    encoding: Literal["srgb", "linear"] | None = None
    mask_model: str | None = None
    as_published: bool = False
    quality: int | None = None
    when_needed: bool = False
    best_of: bool = False
    device: Literal["cpu", "cuda", "directml"] = "cpu"
    limits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, Any]:
        """What `accord.harmonize` is to be called with, but for pictures, method and what reading needs."""
        return {
            "strength": self.strength,
            "reference": self.reference,
            "as_published": self.as_published,
            "when_needed": self.when_needed,
            "best_of": self.best_of,
            **self.limits,
        }

    def to_dict(self) -> dict[str, Any]:
        """Give all fields as JSON-ready values."""
        return {**asdict(self), "limits": dict(self.limits)}


@dataclass(frozen=True)
class Telling:
    """What to tell of each picture beside making it.

    Parameters
    ----------
    signals
        Whether to measure the signals.
    log
        Whether to describe it for the signals log.
    log_paths
        Whether the log tells paths.
    shadow
        A candidate to log beside it, an id or an .onnx.
    front_end
        What the log says it was made by.
    """

    signals: bool = False
    log: bool = False
    log_paths: bool = False
    shadow: str | None = None
    front_end: str = "batch"

    def to_dict(self) -> dict[str, Any]:
        """Give all fields as JSON-ready values."""
        return asdict(self)


@dataclass(frozen=True)
class Done:
    """What is known of a picture that was made.

    Parameters
    ----------
    key
        Digest of all that decided on it: see `accord.batch.identity`.
    digest
        SHA-256 of the output file, hexadecimal.
    seconds
        What fit and application took, without reading and writing.
    signals
        `Signals.to_dict()`; None where they were not asked for.
    left_alone
        Whether the composite was left as it is, since harmonizing promised no good.
    """

    key: str
    digest: str
    seconds: float
    signals: Mapping[str, Any] | None = None
    left_alone: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Give all fields as JSON-ready values."""
        return {**asdict(self), "signals": None if self.signals is None else dict(self.signals)}


@dataclass(frozen=True)
class Outcome:
    """What became of a job.

    Parameters
    ----------
    index
        The job's place in the run.
    status
        "done", "skipped" (it was there already) or "failed".
    done
        What is known of the picture; None where it failed.
    error
        Why it failed, in one line.
    entries
        Lines for the signals log, `Entry.to_dict()`.
    """

    index: int
    status: Literal["done", "skipped", "failed"]
    done: Done | None = None
    error: str | None = None
    entries: tuple[Mapping[str, Any], ...] = ()

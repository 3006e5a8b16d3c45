"""What whoever runs a service decides, as values: `accord serve` makes them of its options."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from accord.core.errors import BadInputError
from accord.core.resources import available_cores


@dataclass(frozen=True)
class Settings:
    """How a service runs. All defaults are for one machine, and callers on it.

    Parameters
    ----------
    folder
        Where requests lie while they are worked on, and jobs until they are fetched: on disk, used by one service at a
        time. None for a temporary one; jobs then end with the process.
    method
        The method where a request names none: an id, or an .onnx; None for the learned default.
    mask_model
        Segmentation model for requests that ask for a guess of the mask; None to refuse them.
    workers
        Processes for requests, each on one core.
    batch_workers
        Processes for jobs, beside these.
    queue
        Requests that may wait beside those that are worked on; more are answered with 429.
    max_bytes
        Of one request's body.
    max_pixels
        Of one picture, as its header declares them.
    receive_seconds
        For a request's body to arrive.
    work_seconds
        For one picture, once a worker has it; then the worker is ended.
    stop_seconds
        How long a stop waits for requests, and then for jobs.
    max_job_bytes, max_job_pictures
        Of one job.
    max_jobs
        Jobs that may wait or run at once.
    keep_hours
        How long a finished job is kept.
    keys
        SHA-256, hexadecimal, of each key by the name of its owner; empty where no key is asked for.
    hosts
        Names that a request may address the service by; empty for any. Without keys, other names are how a web page in
        a user's browser would reach a service on loopback; pages of another origin are refused then, too.
    log
        The signals log to append to, for `accord monitor`; None for none.
    shadow
        A candidate to log beside each result, an id or an .onnx.
    measure
        Whether to measure the signals of every result for the metrics, and not only where they are asked for or logged.
    """

    folder: Path | None = None
    method: str | None = None
    mask_model: str | None = None
    workers: int = field(default_factory=available_cores)
    batch_workers: int = 1
    queue: int = 16
    max_bytes: int = 256_000_000
    max_pixels: int = 34_000_000
    receive_seconds: float = 60.0
    work_seconds: float = 60.0
    stop_seconds: float = 30.0
    max_job_bytes: int = 2_000_000_000
    max_job_pictures: int = 1000
    max_jobs: int = 100
    keep_hours: float = 24.0
    keys: dict[str, str] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    log: Path | None = None
    shadow: str | None = None
    measure: bool = False

    def __post_init__(self) -> None:
        least = {
            "workers": 1,
            "batch_workers": 1,
            "queue": 0,
            "max_bytes": 1,
            "max_pixels": 1,
            "max_job_bytes": 1,
            "max_job_pictures": 1,
            "max_jobs": 1,
        }
        for name, low in least.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < low:
                raise BadInputError(f"{name} is {value!r}, a whole number of at least {low} was wanted.")
        for name in ("receive_seconds", "work_seconds", "stop_seconds", "keep_hours"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
                raise BadInputError(f"{name} is {value!r}, a number above 0 was wanted.")
        if self.shadow is not None and self.log is None:
            raise BadInputError("a shadow says what to log beside the results: name a log, too.")

"""What Prometheus is told: requests, the queue, what the work takes, and signals by foreground ratio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from accord.metrics.foreground_ratio import ratio_bin

if TYPE_CHECKING:
    from accord.service.crew import Done
    from accord.service.running import Running

CONTENT_TYPE = CONTENT_TYPE_LATEST

_VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
SIGNALS: dict[str, tuple[float, ...]] = {
    "p_better": _SHARES,
    "gap_closed": (-1.0, -0.5, *_SHARES),
    "move_mean": (0.5, 1, 2, 4, 6, 8, 12, 16, 24),
    "edge_halo": (0.25, 0.5, 1, 2, 4, 8),
    "hue_reversals": (0.0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5),
}
"""The signals that are counted, and the bounds of their buckets; docs/signals.md says what they are."""


class Metrics:
    """Counters of one service, in a registry of its own.

    Parameters
    ----------
    running
        The service, which is asked for its queue when the metrics are read.
    """

    def __init__(self, running: Running) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "accord_requests", "Answers given.", ("route", "method", "status"), registry=self._registry
        )
        self._latency = Histogram(
            "accord_request_seconds",
            "From a request's first byte to the last of its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._waited = Histogram(
            "accord_wait_seconds", "Between arrival and a worker.", buckets=_SECONDS, registry=self._registry
        )
        self._worked = Histogram("accord_work_seconds", "With a worker.", buckets=_SECONDS, registry=self._registry)
        self._pixels = Counter("accord_pixels", "Pixels of the composites harmonized.", registry=self._registry)
        self._left_alone = Counter("accord_left_alone", "Composites left as they were.", registry=self._registry)
        self._job_pictures = Counter(
            "accord_job_pictures", "Pictures of jobs that came to an end.", ("status",), registry=self._registry
        )
        self._log_failures = Counter(
            "accord_log_failures", "Times that the signals log could not be written.", registry=self._registry
        )
        self._signals = {
            name: Histogram(
                f"accord_signal_{name}",
                f"The signal {name}, see docs/signals.md.",
                ("method", "foreground_ratio"),
                buckets=bounds,
                registry=self._registry,
            )
            for name, bounds in SIGNALS.items()
        }
        self._gauge("accord_queue_taken", "Requests that have a place in the queue.", lambda: running.taken)
        self._gauge("accord_queue_waiting", "Of these, those that wait for a worker.", lambda: running.crew.waiting)
        self._gauge("accord_jobs_unfinished", "Jobs that wait or run.", lambda: running.jobs.unfinished)
        self._gauge("accord_workers_busy", "Workers with a picture.", lambda: running.crew.working)
        self._gauge(
            "accord_queue_places",
            "Places in the queue, workers included.",
            lambda: running.settings.workers + running.settings.queue,
        )
        self._gauge(
            "accord_workers_replaced", "Workers that ended, or were ended, so far.", lambda: running.crew.deaths
        )

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answer; verbs that HTTP has not are one, or callers could make as many series as they like."""
        self._requests.labels(route, method if method in _VERBS else "other", str(status)).inc()
        self._latency.labels(route).observe(seconds)

    def take(self, done: Done) -> None:
        """Count a result."""
        self._waited.observe(done.waited)
        self._worked.observe(done.worked)
        self._pixels.inc(done.reply.get("pixels", 0))
        if done.reply.get("left_alone"):
            self._left_alone.inc()
        if "signals" in done.reply:
            self.take_signals(done.reply.get("method"), done.reply["foreground_ratio"], done.reply["signals"])

    def take_outcome(self, status: str) -> None:
        """Count a picture of a job."""
        self._job_pictures.labels(status).inc()

    def take_log_failure(self) -> None:
        """Count that the signals log could not be written."""
        self._log_failures.inc()

    def take_signals(self, method: str | None, ratio: float, signals: Mapping[str, Any]) -> None:
        """Count a result's signals."""
        for name, histogram in self._signals.items():
            value = signals.get(name)
            if value is not None:
                histogram.labels(method or "other", ratio_bin(ratio)).observe(value)

    def text(self) -> bytes:
        """Give all in Prometheus' text format."""
        return generate_latest(self._registry)

    def _gauge(self, name: str, what: str, value: Any) -> None:
        Gauge(name, what, registry=self._registry).set_function(value)

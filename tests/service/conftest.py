"""A real service on loopback that tests share, and services of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve")
pytest.importorskip("prometheus_client", reason="needs the extra serve")

from serving import Service


@pytest.fixture(scope="session")
def start(tmp_path_factory):
    """Start a service with options of one's own; it is stopped at the end."""
    started: list[Service] = []

    def begin(*options: str, folder: Path | None = None, method: str = "mkl") -> Service:
        folder = folder or tmp_path_factory.mktemp("serve") / "folder"
        started.append(Service(folder, *options, method=method))
        started[-1].wait_until_ready()
        return started[-1]

    yield begin
    for service in started:
        service.stop()


@pytest.fixture(scope="session")
def signals_log(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("log") / "signals.jsonl"


@pytest.fixture(scope="session")
def service(start):
    """Give a service that most tests share."""
    return start("--workers", "1", "--queue", "4", "--max-megapixels", "8")


@pytest.fixture(scope="session")
def logging_service(start, signals_log):
    """Give a service that logs the signals of each result, which takes longer than the result."""
    return start("--workers", "1", "--log", str(signals_log))

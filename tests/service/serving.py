"""A real service in a process of its own, and the few pictures that go to it."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from accord.client import _Body

Answer = TypeVar("Answer")


def awaited(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Run a coroutine in a thread: the browser's tests leave a loop running in the main one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, work).result()


class Service:
    """`accord serve` as a process."""

    def __init__(self, folder: Path, *options: str, method: str = "mkl") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.log_file = folder, folder.parent / f"{folder.name}.log"
        self._log = self.log_file.open("a")
        command = [sys.executable, "-m", "accord", "serve", "--port", "0", "--folder", str(folder), "--method", method]
        self.process = subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=self._log, text=True, env={**os.environ}
        )
        line = self.process.stdout.readline()
        assert "http://" in line, self.log()
        self.url = line.split()[-1]

    def wait_until_ready(self) -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            if self.get("/ready")[0] == 200:
                return
            time.sleep(0.1)
        raise AssertionError(f"not ready: {self.log()}")

    def post(self, path="/v1/harmonize", files=None, texts=None, headers=None, timeout=120):
        """Give status, headers and content of a form's answer."""
        body = _Body(
            {name: one if isinstance(one, list) else [one] for name, one in (files or {}).items()}, texts or {}
        )
        return self.send("POST", path, b"".join(body), {"Content-Type": body.content_type, **(headers or {})}, timeout)

    def get(self, path, headers=None):
        return self.send("GET", path, None, headers or {})

    def send(self, verb, path, body, headers, timeout=120):
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
        try:
            connection.request(verb, path, body, headers)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def finished(self, job: str, seconds: float = 180) -> dict:
        """Wait for a job, and give what became of it."""
        until = time.monotonic() + seconds
        told = {}
        while time.monotonic() < until:
            status, _, content = self.get(f"/v1/jobs/{job}")
            assert status == 200, content
            told = json.loads(content)
            if told["status"] not in ("queued", "running"):
                return told
            time.sleep(0.1)
        raise AssertionError(f"not finished: {told}")

    def metric(self, name: str) -> float:
        """Give a metric's value, summed over its labels."""
        lines = self.get("/metrics")[2].decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.split("{")[0].split()[0] == name)

    def log(self) -> str:
        return self.log_file.read_text()

    def processes(self) -> list[int]:
        """Give the ids of the service and of its workers (Linux)."""
        own = self.process.pid
        found = [own]
        for task in Path(f"/proc/{own}/task").iterdir():
            found += [int(one) for one in (task / "children").read_text().split()]
        return found

    def memory(self, field: str = "VmRSS") -> int:
        """Give the bytes that all its processes hold (VmRSS), or held at most (VmHWM)."""
        total = 0
        for process in self.processes():
            for line in Path(f"/proc/{process}/status").read_text().splitlines():
                if line.startswith(f"{field}:"):
                    total += int(line.split()[1]) * 1024
        return total

    def stop(self, how: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(90)
        self.process.stdout.close()
        self._log.close()
        return code


def picture_and_mask(height: int = 60, width: int = 80, seed: int = 0, depth: type = np.uint8):
    rng = np.random.default_rng(seed)
    full = np.iinfo(depth).max
    picture = rng.integers(full // 3, full, (height, width, 3), dtype=depth)
    mask = np.zeros((height, width), np.uint8)
    mask[height // 4 : -height // 4, width // 2 : -width // 8] = 255
    picture[mask == 255] //= 2
    return picture, mask


def as_file(pixels, form: str = "PNG", **options) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, form, **options)
    return out.getvalue()


def pair(height: int = 60, width: int = 80, seed: int = 0, form: str = "PNG") -> dict[str, bytes]:
    """Give a composite and its mask as files of a form."""
    picture, mask = picture_and_mask(height, width, seed)
    return {"composite": as_file(picture, form), "mask": as_file(mask)}

"""Many callers at once, callers that leave, pictures that take too long, workers that die, and a stop in between."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from serving import pair

from accord.client import _Body

CLIENTS = 50


@pytest.mark.parametrize("requests", [120, pytest.param(10_000, marks=pytest.mark.slow)])
def test_at_the_queues_limit_answers_are_right_or_well_formed_429s_and_memory_is_flat(service, requests):
    sizes = [(24, 32), (60, 80), (120, 90), (200, 300)]
    files = [pair(height, width, seed) for seed, (height, width) in enumerate(sizes)]
    wanted = [service.post(files=one)[2] for one in files]
    memory: list[int] = []
    done = Counter[int]()
    lock = threading.Lock()

    def ask(number: int) -> None:
        which = number % len(files)
        while True:
            status, headers, content = service.post(files=files[which])
            with lock:
                done[status] += 1
                if done[200] in (500, requests) and sys.platform == "linux":
                    memory.append(service.memory())
            if status == 200:
                assert content == wanted[which]
                return
            assert status == 429, content
            assert headers["content-type"] == "application/problem+json"
            assert 1 <= int(headers["retry-after"]) <= 60
            time.sleep(0.5 + number % 7 / 12)

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(ask, range(requests)))
    assert done[200] >= requests
    assert done[429] > 0
    assert set(done) == {200, 429}
    assert service.metric("accord_queue_taken") == 0
    if len(memory) > 1 and requests > 500:
        assert memory[-1] < memory[0] * 1.05 + 10e6, [f"{one / 1e6:.0f} MB" for one in memory]


def test_a_caller_that_leaves_gives_its_place_back(service):
    body = _Body({name: [one] for name, one in pair(700, 900).items()}, {"best_of": "true", "answer": "json"})
    content = b"".join(body)
    parts = urlsplit(service.url)
    head = (
        f"POST /v1/harmonize HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {body.content_type}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        connection.sendall(head.encode() + content)
        until = time.monotonic() + 60
        while service.metric("accord_workers_busy") == 0:
            assert time.monotonic() < until
            time.sleep(0.01)
    while service.metric("accord_queue_taken"):
        assert time.monotonic() < until
        time.sleep(0.01)
    assert '"status": 499' in service.log()
    assert service.post(files=pair())[0] == 200


def test_a_slow_body_is_given_up(start):
    service = start("--workers", "1", "--receive-seconds", "0.5")
    parts = urlsplit(service.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        head = (
            f"POST /v1/harmonize HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        )
        connection.sendall(f"{head}Content-Length: 1000\r\n\r\n--x".encode())
        assert b" 408 " in connection.recv(1000)
    assert service.metric("accord_queue_taken") == 0
    assert service.stop() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_worker_that_dies_is_replaced_and_nobody_notices(service):
    files = pair()
    wanted = service.post(files=files)[2]
    for worker in service.processes()[1:]:
        os.kill(worker, signal.SIGKILL)
    assert service.post(files=files)[2] == wanted
    assert service.metric("accord_workers_replaced") >= 1


def test_a_picture_that_takes_too_long_is_refused_and_the_service_goes_on(start):
    service = start("--workers", "1", "--work-seconds", "0.5")
    texts = {"best_of": "true", "answer": "json"}
    assert service.post(files=pair(1500, 2000), texts=texts)[0] == 413
    service.wait_until_ready()
    assert service.metric("accord_workers_replaced") == 1
    assert service.stop() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM is POSIX's")
def test_a_stop_finishes_what_was_accepted(start):
    service = start("--workers", "1")
    files = pair(400, 500)
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(service.post, files=files) for _ in range(4)]
        until = time.monotonic() + 60
        while service.metric("accord_queue_taken") < 4 and not all(one.done() for one in answers):
            assert time.monotonic() < until
            time.sleep(0.005)
        code = service.stop()
    assert [one.result()[0] for one in answers] == [200] * 4
    assert code == 0

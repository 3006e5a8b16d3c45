"""One engine applies every map: right to the last code, whatever the tiles and however many cores."""

from __future__ import annotations

import os
import signal
import threading
import time

import numpy as np
import pytest
from slow_and_obvious import harmonized

import accord
from accord.core import resources, tiles
from accord.transforms import Identity


def picture(rng, dtype, size):
    values = rng.random((*size, 3))
    return values.astype(dtype) if np.dtype(dtype).kind == "f" else (values * np.iinfo(dtype).max).astype(dtype)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float16", "float32"])
@pytest.mark.parametrize("size", [(8, 12), (2, 290)])
def test_equals_the_slow_and_obvious(colour_map, dtype, size):
    rng = np.random.default_rng(1)
    composite = picture(rng, dtype, size)
    mask = rng.choice(np.array([0, 0, 0.25, 1], np.float32), size)
    got = accord.harmonize(composite, mask, method=colour_map, encoding="srgb").image
    white = float(np.iinfo(dtype).max) if composite.dtype.kind == "u" else 1.0
    exact = harmonized(composite, mask, colour_map, white)
    if composite.dtype.kind == "f":
        np.testing.assert_allclose(got, exact, atol=2e-6 if dtype == "float32" else 1e-3)
        return
    # The nearest code; where the exact value lies half-way between two, to float32's rounding, either.
    off = np.abs(got - np.clip(exact, 0, white))
    assert off.max() <= 0.5 + 2e-6 * white


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float16", "float32"])
def test_neither_tiles_nor_cores_show(colour_map, soft_mask, monkeypatch, dtype):
    composite = picture(np.random.default_rng(2), dtype, soft_mask.shape)
    once = accord.harmonize(composite, soft_mask, method=colour_map, threads=1).image
    for rows, columns, threads in ((7, 33, 1), (1, 700, 2), (90, 1, 3), (64, 512, 4)):
        if columns == 1 and dtype != "uint16":  # thousands of tiles: one depth shows it
            continue
        monkeypatch.setattr(tiles, "ROWS", rows)
        monkeypatch.setattr(tiles, "COLUMNS", columns)
        again = accord.harmonize(composite, soft_mask, method=colour_map, threads=threads).image
        np.testing.assert_array_equal(again, once)


def test_tiles_without_foreground_are_left_alone(monkeypatch):
    monkeypatch.setattr(tiles, "ROWS", 8)
    monkeypatch.setattr(tiles, "COLUMNS", 8)
    mask = np.zeros((64, 64), bool)
    mask[2, 2] = mask[61, 61] = True
    seen = []

    class Watching(Identity):
        def transform(self, pixels, place):
            seen.append((place.top, place.left))
            return pixels

    accord.harmonize(np.zeros((64, 64, 3), np.uint8), mask, method=Watching(), threads=1)
    assert seen == [(2, 2), (61, 56)]


@pytest.mark.parametrize("threads", [0, -1, 1.5, "two", True])
def test_threads_are_a_whole_number(composite_and_mask, threads):
    with pytest.raises(accord.BadInputError, match="threads is"):
        accord.harmonize(*composite_and_mask, method="mkl", threads=threads)


def test_a_device_that_is_none_is_named(composite_and_mask):
    with pytest.raises(accord.BadInputError, match="cpu, cuda, directml"):
        accord.harmonize(*composite_and_mask, method="mkl", device="tpu")


def test_a_device_without_a_network_to_run_is_refused(composite_and_mask):
    with pytest.raises(accord.BadInputError, match="mkl has no network"):
        accord.harmonize(*composite_and_mask, method="mkl", device="cuda")


def test_a_missing_provider_is_named():
    onnx = pytest.importorskip("accord.engine.onnx")
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime has CUDA")
    with pytest.raises(accord.BadInputError, match=r"CUDAExecutionProvider.*onnxruntime-gpu"):
        onnx.check_device("cuda")


def test_an_error_in_a_tile_reaches_the_caller():
    def work(item):
        if item == 3:
            raise ZeroDivisionError

    with resources.using(threads=2), pytest.raises(ZeroDivisionError):
        tiles.for_each(work, range(9))


def test_the_caller_s_own_error_reaches_it_after_the_helpers_ended():
    caller, done = threading.get_ident(), []

    def work(item):
        if threading.get_ident() == caller:
            raise ZeroDivisionError
        time.sleep(0.05)
        done.append(item)

    with resources.using(threads=2), pytest.raises(ZeroDivisionError):
        tiles.for_each(work, range(1000))
    before = len(done)
    time.sleep(0.1)
    assert len(done) == before < 1000


def test_work_may_ask_for_more_work():
    # More of it than there are helpers, each of which would wait for another.
    counts = []

    def inner(item):
        counts.append(item)

    with resources.using(threads=100):
        tiles.for_each(lambda _: tiles.for_each(inner, range(20)), range(200))
    assert len(counts) == 4000


def test_threads_are_kept_from_one_picture_to_the_next():
    def helpers():
        return {thread.ident for thread in threading.enumerate() if thread.name.startswith("accord")}

    with resources.using(threads=2):
        for _ in range(20):
            tiles.for_each(lambda _: time.sleep(0.001), range(4))
            first = helpers()
        tiles.for_each(lambda _: time.sleep(0.001), range(4))
    assert first
    assert helpers() == first


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_helpers_of_its_own():
    with resources.using(threads=2):
        tiles.for_each(lambda _: time.sleep(0.001), range(4))
        child = os.fork()
        if child == 0:
            helped = set()
            tiles.for_each(lambda _: (helped.add(threading.get_ident()), time.sleep(0.01)), range(20))
            os._exit(len(helped))
    deadline = time.monotonic() + 60
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
        time.sleep(0.01)
    if ended == (0, 0):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        pytest.fail("the child hangs")
    assert os.waitstatus_to_exitcode(ended[1]) == 2


@pytest.mark.parametrize(
    ("quota", "cores"), [("max 100000", None), ("150000 100000", 2), ("50000 100000", 1), ("nonsense", None)]
)
def test_a_container_s_share_counts(tmp_path, monkeypatch, quota, cores):
    (tmp_path / "cpu.max").write_text(quota)
    monkeypatch.setattr(resources, "_CGROUP", tmp_path)
    resources._container_share.cache_clear()
    try:
        assert resources._container_share() == cores
    finally:
        resources._container_share.cache_clear()


@pytest.fixture
def composite_and_mask():
    mask = np.zeros((8, 8), np.float32)
    mask[2:5, 2:5] = 1
    return np.arange(192, dtype=np.uint8).reshape(8, 8, 3), mask

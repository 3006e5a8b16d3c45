"""Promise 4: fitted small and applied large, in memory that does not grow with the picture."""

from __future__ import annotations

import tracemalloc

import numpy as np

import accord
from accord.colour.cielab import linear_to_lab
from accord.colour.difference import ciede2000
from accord.core.encoding import SRGB


def halved(values):
    return values.reshape(values.shape[0] // 2, 2, values.shape[1] // 2, 2, -1).mean((1, 3)).astype(np.float32)


def test_shrinking_before_or_after_is_much_the_same(method, light):
    scene, mask = (np.repeat(np.repeat(values, 14, 0), 14, 1) for values in light)
    rng = np.random.default_rng(0)
    scene = SRGB.from_light(scene * rng.uniform(0.97, 1.03, scene.shape).astype(np.float32))
    after = halved(accord.harmonize(scene, mask, method=method, encoding="srgb").image)
    before = accord.harmonize(halved(scene), halved(mask)[..., 0], method=method, encoding="srgb").image
    difference = ciede2000(linear_to_lab(SRGB.to_light(after)), linear_to_lab(SRGB.to_light(before)))
    assert difference.mean() < 0.5
    assert np.quantile(difference, 0.99) < 2


def test_memory_beyond_the_output_stays_small(light):
    scene, mask = (np.repeat(np.repeat(values, 40, 0), 40, 1) for values in light)
    picture = (scene * 255).astype(np.uint8)
    accord.harmonize(picture[:400, :400], np.eye(400, dtype=np.float32), method="mkl")
    tracemalloc.start()
    try:
        result = accord.harmonize(picture, mask, method="mkl")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Floats of the whole picture alone would be four times its bytes, twice what strips may take.
    assert 4 * picture.nbytes > 50e6
    assert peak < result.image.nbytes + result.mask.nbytes + 25e6

"""Promise 2: strength 0 is the identity, bit for bit; the same input gives the same output."""

from __future__ import annotations

import numpy as np
import pytest

import accord


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float16", "float32"])
def test_strength_zero_and_again(method, light, dtype):
    scene, mask = light
    picture = scene.astype(dtype) if dtype.startswith("f") else (scene * np.iinfo(dtype).max).astype(dtype)
    np.testing.assert_array_equal(accord.harmonize(picture, mask, method=method, strength=0).image, picture)
    one, two = (accord.harmonize(picture, mask, method=method).image for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_strength_goes_the_way_evenly(method, light):
    scene, mask = light
    whole, half = (
        accord.harmonize(scene, mask, method=method, strength=strength, encoding="srgb").image for strength in (1, 0.5)
    )
    np.testing.assert_allclose(half - scene, (whole - scene) / 2, atol=1e-5)

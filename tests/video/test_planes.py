"""Frames in their own code values."""

import numpy as np
import pytest

from accord.core.encoding import SRGB
from accord.video.planes import Coding, Planes
from accord.video.tags import ColourTags, HlgCurve, PqCurve

HD = (0.2126, 0.0722)


def frame(height=9, width=13, *, bits=8, subsampling=2, full=False, seed=0):
    rng = np.random.default_rng(seed)
    small = (-(-height // subsampling), -(-width // subsampling))
    dtype = np.uint8 if bits == 8 else np.uint16
    scale = 2 ** (bits - 8)
    luma = rng.integers(16 * scale, 235 * scale, (height, width)).astype(dtype)
    chroma = [rng.integers(100 * scale, 150 * scale, small).astype(dtype) for _ in range(2)]
    return Planes(Coding("yuv", bits, full, *HD, SRGB), (luma, *chroma))


def whole(planes):
    return slice(0, planes.height), slice(0, planes.width)


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ((235, 128, 128), (1, 1, 1)),
        ((16, 128, 128), (0, 0, 0)),
        ((63, 102, 240), (1, 0, 0)),
        ((173, 42, 26), (0, 1, 0)),
    ],
)
def test_code_values_of_bt709_are_those_of_its_primaries(code, wanted):
    planes = Planes(Coding("yuv", 8, False, *HD, SRGB), tuple(np.full((2, 2), value, np.uint8) for value in code))
    np.testing.assert_allclose(planes.picture(whole(planes)).pixels[0, 0], wanted, atol=0.008)


@pytest.mark.parametrize("bits", [8, 10, 16])
@pytest.mark.parametrize("subsampling", [1, 2, 4])
def test_no_change_leaves_every_sample(bits, subsampling):
    planes = frame(bits=bits, subsampling=subsampling)
    before = planes.picture(whole(planes))
    after = planes.changed(whole(planes), before, before)
    for one, other in zip(planes.samples, after.samples, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_change_reaches_its_place_only_and_comes_back_as_it_was_asked():
    planes = frame(20, 30, bits=10)
    box = (slice(5, 9), slice(10, 17))
    before = planes.picture(box)
    wanted = before.pixels.copy()
    wanted[5:9, 10:17] = before.pixels[5:9, 10:17] * 0.5
    after = planes.changed(box, before, before.with_pixels(wanted))
    untouched = np.ones((20, 30), bool)
    untouched[5:9, 10:17] = False
    np.testing.assert_array_equal(after.samples[0][untouched], planes.samples[0][untouched])
    chroma = np.ones((10, 15), bool)
    chroma[2:5, 5:9] = False
    np.testing.assert_array_equal(after.samples[1][chroma], planes.samples[1][chroma])
    found = after.picture(whole(planes)).pixels
    np.testing.assert_allclose(found[6:8, 10:16].mean(), wanted[6:8, 10:16].mean(), atol=2e-3)


def test_samples_stay_between_black_and_white_unless_they_came_from_beyond():
    planes = Planes(Coding("grey", 8, False, 0, 0, SRGB), (np.array([[230, 250]], np.uint8),))
    box = (slice(0, 1), slice(0, 2))
    before = planes.picture(box)
    brighter = planes.changed(box, before, before.with_pixels(before.pixels + np.float32(0.5)))
    assert brighter.samples[0].tolist() == [[235, 250]]


@pytest.mark.parametrize("transfer", [1, 16])
@pytest.mark.parametrize("weighted", [False, True])
def test_shrinking_planes_is_shrinking_the_picture(transfer, weighted):
    planes = frame(24, 36)
    planes = Planes(Coding("yuv", 8, False, *HD, ColourTags(1, transfer, 1).encoding()), planes.samples)
    weight = np.random.default_rng(1).uniform(size=(24, 36)).astype(np.float32) if weighted else None
    view = planes.coding.encoding.to_working(planes.picture(whole(planes)).pixels)
    view = view if weight is None else view * weight[..., None]
    wanted = view.reshape(6, 4, 9, 4, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(planes.small((6, 9), weight), wanted, atol=2e-6, rtol=2e-5)


@pytest.mark.parametrize("curve", [PqCurve(), HlgCurve()])
def test_hdr_curves_come_back_and_put_reference_white_at_one(curve):
    values = np.linspace(0.01, 0.99, 50, dtype=np.float32)
    np.testing.assert_allclose(curve.encode(curve.decode(values)), values, atol=1e-5)
    white = {PqCurve: 0.5807, HlgCurve: 0.75}[type(curve)]  # BT.2408, table 1
    np.testing.assert_allclose(curve.decode(np.float32([white])), 1, rtol=2e-3)

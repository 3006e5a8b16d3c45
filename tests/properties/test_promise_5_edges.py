"""Promise 5: no halo where layers are known; 16-bit stays 16-bit; EXR stays linear, above 1 included."""

from __future__ import annotations

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest

import accord
from accord.colour.cielab import linear_to_lab
from accord.colour.difference import ciede2000
from accord.core.encoding import SRGB
from accord.core.place import Place


def lab(codes):
    return linear_to_lab(SRGB.to_light(codes.astype(np.float32) / np.iinfo(codes.dtype).max))


def test_layers_show_no_ring(method, light):
    scene, mask = light
    ground = np.rint(SRGB.from_light(scene * 0.4 + 0.2) * 65535).astype(np.uint16)
    bright = np.full(scene.shape, 0.9, np.float32)
    cutout = np.dstack([np.rint(bright * 65535), np.rint(mask * 65535)]).astype(np.uint16)
    result = accord.harmonize(accord.compose(ground, cutout, edges="keep"), method=method)
    if result.method.local:
        pytest.skip("the reference below recolours the cut-out as one")
    recoloured = result.colour_map.transform(bright, Place.whole(*mask.shape))
    again = np.dstack([np.rint(np.clip(recoloured, 0, 1) * 65535), cutout[..., 3]]).astype(np.uint16)
    expected = accord.compose(ground, again, edges="keep").picture().pixels
    edge = (mask > 0) & (mask < 1)
    assert ciede2000(lab(result.image), lab(expected))[edge].max() < 1


def test_16_bit_is_not_8_bit_in_disguise(light):
    scene, mask = light
    picture = (scene * 65535).astype(np.uint16)
    inside = accord.harmonize(picture, mask, method="mkl").image[mask == 1]
    assert len(np.unique(inside)) > 1.5 * 256


@pytest.mark.parametrize("depth", ["half", "float"])
def test_exr_stays_linear_above_1(tmp_path, light, depth):
    scene, mask = light
    dtype = np.float16 if depth == "half" else np.float32
    write_exr(tmp_path / "in.exr", (scene * 6).astype(dtype), depth)
    accord.harmonize(tmp_path / "in.exr", mask, method="reinhard-oklab").save(tmp_path / "out.exr")
    source = oiio.ImageInput.open(str(tmp_path / "out.exr"))
    assert str(source.spec().format) == depth
    result = source.read_image(depth)
    source.close()
    np.testing.assert_array_equal(result[mask == 0], (scene * 6).astype(dtype)[mask == 0])
    assert result[mask == 1].max() > 1.2


def write_exr(path, pixels, depth):
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), oiio.ImageSpec(pixels.shape[1], pixels.shape[0], pixels.shape[2], depth))
    assert out.write_image(np.ascontiguousarray(pixels))
    out.close()

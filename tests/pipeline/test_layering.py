"""Layered files: what OpenImageIO reads in them, and that they make the result again."""

from __future__ import annotations

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest
from skimage import data, draw, filters

import accord
from accord.core.encoding import SRGB
from accord.core.errors import BadInputError, MissingExtraError
from accord.transforms import Affine

WARM = Affine.gain_offset([1.2, 1.0, 0.8], [0.03, 0.0, 0.0])


@pytest.fixture(scope="module")
def photo():
    return np.ascontiguousarray(data.coffee()[::4, ::4])


@pytest.fixture(scope="module")
def soft(photo):
    mask = np.zeros(photo.shape[:2], np.float32)
    mask[draw.disk((50, 75), 30)] = 1
    return np.clip(filters.gaussian(mask, 2), 0, 1).astype(np.float32) * (filters.gaussian(mask, 2) > 0.004)


@pytest.fixture(scope="module")
def scene(photo):
    cut = np.dstack([photo[20:60, 40:90], np.full((40, 50), 255, np.uint8)])
    cut[:, :4, 3] = (20, 90, 160, 230)
    return accord.compose(photo, cut, at=(0.4, 0.5), scale=0.4)


def needs_psd_tools():
    pytest.importorskip("psd_tools", reason="needs the extra psd, which needs Python 3.11")


def read(path):
    """Give the layers by their names, as float32 arrays (h, w, channels)."""
    source = oiio.ImageInput.open(str(path))
    layers, index = {}, 0
    while source.seek_subimage(index, 0):
        spec = source.spec()
        name = spec.getattribute("oiio:subimagename") or "merged"
        layers[name] = source.read_image(index, 0, 0, spec.nchannels, "float")
        index += 1
    source.close()
    return layers


def over(layers, name="harmonized"):
    """Lay a layer over the background, both multiplied by alpha."""
    layer = layers[name]
    return layer[..., :3] + (1 - layer[..., 3:]) * layers["background"][..., :3]


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
def test_exr_layers_make_the_result_again(tmp_path, photo, soft, depth):
    picture = photo if depth == "uint8" else photo.astype(np.uint16) * 257
    if depth == "float32":
        picture = SRGB.to_light(photo.astype(np.float32) / 255) * 2
    result = accord.harmonize(picture, soft, method=WARM)
    result.save_layers(tmp_path / "layers.exr")
    layers = read(tmp_path / "layers.exr")
    assert list(layers) == ["background", "foreground", "mask", "harmonized"]
    np.testing.assert_allclose(layers["mask"][..., 0], soft, atol=1e-3)
    white = 1 if depth == "float32" else np.iinfo(depth).max
    for name, wanted in (("harmonized", result.image), ("foreground", picture)):
        made = over(layers, name)
        made = made if depth == "float32" else np.clip(SRGB.from_light(made), 0, 1)
        off = np.abs(made - wanted.astype(np.float32) / white).max()
        assert off < (0.6 / 255 if depth == "uint8" else 2 / 65535 if depth == "uint16" else 1e-5)
    assert not layers["harmonized"][soft == 0].any()


def over_alpha(layers, name):
    """Give the alpha of a layer over the background."""
    layer, ground = layers[name][..., 3], layers["background"][..., 3]
    return layer + (1 - layer) * ground


@pytest.mark.parametrize("strength", [0, 1])
@pytest.mark.parametrize("depth", ["uint16", "float32"])
def test_exr_layers_of_a_transparent_picture_make_the_result_again(tmp_path, photo, soft, depth, strength):
    alpha = np.ones(photo.shape[:2], np.float32)
    alpha[:, 40:80] = np.linspace(0, 1, 40)
    picture = np.dstack([photo / 255, alpha])
    picture = np.rint(picture * 65535).astype(np.uint16) if depth == "uint16" else picture.astype(np.float32)
    # Nothing goes beyond white, where integers clip.
    result = accord.harmonize(picture, soft, method=Affine.gain_offset([0.9, 0.8, 0.7], 0.02), strength=strength)
    result.save_layers(tmp_path / "layers.exr")
    layers = read(tmp_path / "layers.exr")
    for name, wanted in (("harmonized", result.image), ("foreground", picture)):
        wanted = wanted / 65535 if depth == "uint16" else wanted
        light = SRGB.to_light(wanted[..., :3].astype(np.float32)) if depth == "uint16" else wanted[..., :3]
        np.testing.assert_allclose(over(layers, name), light * wanted[..., 3:], atol=3e-5)
        np.testing.assert_allclose(over_alpha(layers, name), wanted[..., 3], atol=1e-6)


def test_exr_layers_of_a_scene_on_a_transparent_background_make_the_result_again(tmp_path, photo):
    ground = np.dstack([photo, np.full(photo.shape[:2], 128, np.uint8)])
    cut = np.dstack([photo[20:60, 40:90], np.full((40, 50), 255, np.uint8)])
    cut[:, :4, 3] = (20, 90, 160, 230)
    result = accord.harmonize(accord.compose(ground, cut, at=(0.4, 0.5), scale=0.4), method=WARM)
    result.save_layers(tmp_path / "layers.exr")
    layers = read(tmp_path / "layers.exr")
    alpha = result.image[..., 3] / np.float32(255)
    light = SRGB.to_light(result.image[..., :3] / np.float32(255)) * alpha[..., None]
    np.testing.assert_allclose(over_alpha(layers, "harmonized"), alpha, atol=0.003)
    np.testing.assert_allclose(over(layers), light, atol=0.001)
    assert layers["harmonized"][..., 3].max() > 0.99


@pytest.mark.parametrize("depth", ["uint8", "uint16"])
def test_psd_layers_make_the_result_again(tmp_path, photo, soft, depth):
    needs_psd_tools()
    picture = photo if depth == "uint8" else photo.astype(np.uint16) * 257
    # What would be beyond white is clipped in a PSD, at soft edges before it is mixed.
    result = accord.harmonize(picture, soft, method=Affine.gain_offset([0.9, 0.8, 0.7], [0.1, 0.0, 0.0]))
    result.save_layers(tmp_path / "layers.psd")
    layers = read(tmp_path / "layers.psd")
    assert list(layers) == ["merged", "background", "foreground", "mask", "harmonized"]
    white = np.iinfo(depth).max
    np.testing.assert_array_equal(np.rint(layers["merged"] * white), result.image)
    # OpenImageIO multiplies by alpha as it reads.
    assert np.abs(over(layers) * white - result.image).max() <= 2
    assert np.abs(over(layers, "foreground") * white - picture).max() <= 2


@pytest.mark.parametrize("name", ["layers.exr", "layers.psd"])
def test_layers_of_a_scene_have_the_true_background(tmp_path, photo, scene, name):
    if name.endswith("psd"):
        needs_psd_tools()
    result = accord.harmonize(scene, method=WARM)
    result.save_layers(tmp_path / name)
    layers = read(tmp_path / name)
    made, ground = over(layers), layers["background"][..., :3]
    if name.endswith("exr"):
        made, ground = SRGB.from_light(made), SRGB.from_light(ground)
    assert np.abs(ground * 255 - photo).max() < 0.6
    # Light mixed in code values needs colours beyond white at a soft edge, which a PSD clips: rarely, and by little.
    off = np.abs(np.clip(made, 0, 1) * 255 - result.image)
    assert np.percentile(off, 99.9) <= 1.5


@pytest.mark.parametrize("name", ["layers.exr", "layers.psd"])
def test_grey_pictures_stay_grey_in_layers(tmp_path, photo, soft, name):
    if name.endswith("psd"):
        needs_psd_tools()
    accord.harmonize(photo[..., 1], soft, method=WARM).save_layers(tmp_path / name)
    assert np.abs(np.ptp(read(tmp_path / name)["harmonized"][..., :3], axis=2)).max() < 1e-3


def test_what_cannot_be_layered_is_refused(tmp_path, photo, soft, monkeypatch):
    result = accord.harmonize(photo, soft, method=WARM)
    with pytest.raises(BadInputError, match=r"\.exr or \.psd"):
        result.save_layers(tmp_path / "layers.tif")
    bright = accord.harmonize(photo.astype(np.float32), soft, method=WARM)
    with pytest.raises(BadInputError, match="floats"):
        bright.save_layers(tmp_path / "layers.psd")
    monkeypatch.setitem(__import__("sys").modules, "psd_tools", None)
    with pytest.raises(MissingExtraError, match=r"accord\[psd\]"):
        result.save_layers(tmp_path / "layers.psd")
    assert list(tmp_path.iterdir()) == []

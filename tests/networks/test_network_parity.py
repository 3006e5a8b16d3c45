"""Every network equals the published code on the same weights, within the tolerances of its rounding noise.

Tolerances: 1e-4 absolute and relative on network outputs, 1e-5 on Harmonizer's arguments, 0.02 of 255 on pictures.
"""

import numpy as np
import pytest
import torch

from accord.networks.harmonizer import filters
from accord.networks.pctnet.resize import resize_float, resize_uint8
from accord.networks.strips import resized_rows

OF_255 = {"tolerance": 0.02, "relative": 0}
HEAVY = ["ssam256", "iseunetv1_256", "hrnet18_idih512", "deeplab_r34_idih256"]
LIGHT = [
    "dih256",
    "improved_dih256",
    "improved_sedih256",
    "improved_ssam256",
    "hrnet18s_idih256",
    "hrnet18s_v2p_idih256",
]


def chw(picture):
    return picture.transpose(2, 0, 1)


def _slow(names):
    return [pytest.param(name, marks=pytest.mark.slow) for name in names]


@pytest.mark.parametrize("name", [*LIGHT, *HEAVY[1:], *_slow(HEAVY[:1])])
@torch.no_grad()
def test_idih_networks(name, parity):
    golden = parity(name)
    size = int(name[-3:])
    image, mask = golden.tensors(size, size)
    golden.check(f"net_{size}", golden.network(golden.network.normalise(image), mask))


@pytest.mark.parametrize("name", [*LIGHT, *_slow(HEAVY)])
def test_idih_pictures_of_the_trained_size(name, parity):
    golden = parity(name)
    size = int(name[-3:])
    golden.check(f"predictor_{size}", chw(golden.network.predict(*golden.uint8(size, size))), **OF_255)


@pytest.mark.parametrize("name", [*LIGHT[:4], *_slow(HEAVY[:2])])
def test_idih_pictures_that_need_padding(name, parity):
    golden = parity(name)
    golden.check("predictor_250x330", chw(golden.network.predict(*golden.uint8(250, 330))), **OF_255)


@pytest.mark.parametrize("size", [(256, 256), (768, 1024)])
@torch.no_grad()
def test_harmonizer(size, parity):
    golden = parity("harmonizer")
    key = "256" if size == (256, 256) else "768x1024"
    image, mask = golden.tensors(*size)
    arguments = golden.network.arguments(image, mask)
    golden.check(f"arguments_{key}", arguments[0], 1e-5, 0)
    steps = golden.network.restore(image, mask, arguments)
    for name, step in zip(["temperature", "brightness", "contrast", "saturation", "highlight"], steps, strict=False):
        facts = golden.facts["golden"][f"after_{name}_{key}"]
        assert step.double().mean().item() == pytest.approx(facts["mean"], abs=1e-5)
        assert step.double().std(correction=0).item() == pytest.approx(facts["std"], abs=1e-5)
    golden.check(f"result_{key}", steps[-1])
    predicted = golden.network.predict(*golden.uint8(*size))
    np.testing.assert_allclose(chw(predicted), 255 * steps[-1][0].numpy(), atol=0.002)


@pytest.mark.parametrize(("key", "change"), [("inverted_mask", lambda m: 1 - m), ("half_mask", lambda m: 0.5 * m)])
@torch.no_grad()
def test_harmonizer_reads_the_mask_as_it_is(key, change, parity):
    golden = parity("harmonizer")
    image, mask = golden.tensors(256, 256)
    found = golden.network.arguments(image, change(mask))[0].numpy()
    expected = list(golden.facts["golden"][f"arguments_256_{key}"].values())
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("sign", ["pos", "neg"])
@torch.no_grad()
def test_harmonizer_filter_chain(sign, parity):
    golden = parity("harmonizer")
    image, mask = golden.tensors(256, 256)
    arguments = torch.tensor([golden.facts["golden"]["chain_arguments"][sign]])
    golden.check(f"chain_{sign}_256", golden.network.restore(image, mask, arguments)[-1])


@pytest.mark.parametrize("run", filters.FILTERS, ids=lambda run: run.__name__)
@pytest.mark.parametrize("argument", [-1.0, -0.4, 0.0, 0.4, 1.0])
def test_harmonizer_filters_alone(run, argument, parity):
    golden = parity("harmonizer")
    image, _ = golden.tensors(16, 16)
    golden.check(f"filter_{run.__name__}_{argument:+}", run(image, torch.full((1, 1, 1, 1), argument)), 1e-5, 0)


@pytest.mark.parametrize("name", ["pctnet_cnn", "pctnet_vit"])
@torch.no_grad()
def test_pctnet(name, parity):
    golden = parity(name)
    network = golden.network
    (low, low_mask), (full, full_mask) = golden.tensors(256, 256), golden.tensors(768, 1024)
    out = network(network.normalise(low), network.normalise(full), low_mask, full_mask)
    golden.check("params_256", out.theta)
    golden.check("images_256", out.low)
    golden.check("params_fullres_768x1024", resized_rows(out.theta, range(768), 768, 1024, "bicubic"))
    golden.check("images_fullres_768x1024", out.full)
    if name == "pctnet_cnn":
        golden.check("attention_256", out.blend)


@pytest.mark.parametrize("name", ["pctnet_cnn", *_slow(["pctnet_vit"])])
def test_pctnet_pictures(name, parity):
    golden = parity(name)
    image, mask = golden.uint8(768, 1024)
    golden.check("pipeline_fullres_768x1024", chw(golden.network.predict(image, mask)), **OF_255)
    low = resize_uint8(image, 256, 256), resize_float(mask, 256, 256)
    golden.check("pipeline_lowres_256", chw(golden.network.predict(*low)), **OF_255)


@pytest.mark.parametrize("size", [(256, 256), pytest.param((768, 1024), marks=pytest.mark.slow)])
@torch.no_grad()
def test_cdtnet(size, parity):
    golden = parity("cdtnet")
    key = "256" if size == (256, 256) else "768x1024"
    image, mask = golden.tensors(*size)
    weights = golden.network.coarse(image, mask).weights[0].numpy()
    np.testing.assert_allclose(weights, golden.facts["golden"][f"lut_weights_{key}"], atol=1e-5)
    out = golden.network(image, mask)
    golden.check(f"images_{key}", out.image)
    golden.check(f"lut_images_{key}", out.lut_image)
    golden.check(f"base_images_{key}", out.base_image)
    predicted = golden.network.predict(*golden.uint8(*size))
    np.testing.assert_allclose(chw(predicted), (255 * out.image[0]).clamp(0, 255).numpy(), atol=0.005)

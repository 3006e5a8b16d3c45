import numpy as np
import pytest
import torch

from accord.core.errors import BadInputError
from accord.networks import build

# One of each way to run on a picture.
NAMES = ["improved_dih256", "improved_ssam256", "hrnet18s_idih256", "harmonizer", "pctnet_cnn", "cdtnet", "cdtnet_sim"]


@pytest.fixture(params=NAMES)
def network(request):
    torch.manual_seed(3)
    return build(request.param)


def test_a_picture_of_any_size_and_a_soft_mask_give_floats_of_the_same_size(network, picture):
    image, mask = picture
    image.flags.writeable = mask.flags.writeable = False
    before = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    result = network.predict(image, mask)
    assert result.shape == image.shape
    assert result.dtype == np.float32
    assert 0 <= result.min() <= result.max() <= 255
    assert np.abs(result - np.rint(result)).max() > 0.01  # not rounded

    network.train()  # the mode makes no difference, and is kept
    np.testing.assert_array_equal(network.predict(image, mask), result)
    assert network.training
    for key, tensor in network.state_dict().items():
        torch.testing.assert_close(tensor, before[key], rtol=0, atol=0)


def test_mask_types_do_not_matter(picture):
    image, mask = picture
    network = build("harmonizer")
    hard = mask > 0.5
    expected = network.predict(image, hard.astype(np.float32))
    for kind in (np.bool_, np.uint8, np.float64):
        np.testing.assert_array_equal(network.predict(image, hard.astype(kind)), expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda i, m: (i.astype(np.float32), m), r"image is \(41, 67, 3\) float32, wanted \(height, width, 3\) uint8"),
        (lambda i, m: (i[..., 0], m), r"image is \(41, 67\) uint8"),
        (lambda i, m: (i[:0], m[:0]), r"image is \(0, 67, 3\)"),
        (lambda i, m: (i, m.T), r"mask is \(67, 41\), image is \(41, 67\) \(height, width\)"),
        (lambda i, m: (i, m * 255), "mask holds .* wanted 0 to 1: divide 8-bit masks by 255"),
        (lambda i, m: (i, m - 0.5), "wanted 0 to 1"),
        (lambda i, m: (i, m * np.nan), "mask holds nan"),
    ],
)
def test_bad_input_is_refused(change, message, picture):
    with pytest.raises(BadInputError, match=message):
        build("harmonizer").predict(*change(*picture))


def test_idih_pads_with_black_and_an_empty_mask_on_all_sides(picture):
    image, mask = picture
    network = build("improved_ssam256")
    framed = np.pad(image, ((11, 12), (14, 15), (0, 0))), np.pad(mask, ((11, 12), (14, 15)))
    assert framed[0].shape == (64, 96, 3)
    expected = network.predict(*framed)[11:-12, 14:-15]
    np.testing.assert_allclose(network.predict(image, mask), expected, atol=1e-3)


@pytest.mark.parametrize(("size", "padded"), [(1, 256), (256, 256), (257, 384), (384, 384), (500, 512)])
def test_backboned_networks_keep_sizes_that_survive_their_strides(size, padded):
    with torch.device("meta"):
        assert build("hrnet18s_idih256").padded(size) == padded


@torch.no_grad()
def test_backboned_networks_run_at_other_sizes_unpadded():
    network = build("hrnet18s_v2p_idih256")
    assert network(torch.zeros(1, 3, 256, 384), torch.zeros(1, 1, 256, 384)).shape == (1, 3, 256, 384)


@pytest.mark.parametrize("name", ["harmonizer", "cdtnet_sim"])
def test_those_that_composite_leave_the_background_alone(name, picture):
    image, mask = picture
    result = build(name).predict(image, mask)
    np.testing.assert_allclose(result[mask == 0], image[mask == 0], atol=1e-4)


def test_the_vision_transformer_leaves_the_background_alone(picture):
    image, mask = picture
    network = build("pctnet_vit")
    network.layers = torch.nn.Identity()  # the blend does not depend on them, and they take seconds
    result = network.predict(image, mask)
    np.testing.assert_allclose(result[mask == 0], image[mask == 0], atol=1e-4)
    assert np.abs(result - image)[mask == 1].max() > 1


@pytest.mark.parametrize("name", ["pctnet_cnn", "cdtnet"])
def test_strips_make_no_difference(name, picture, monkeypatch):
    network = build(name)
    expected = network.predict(*picture)
    monkeypatch.setattr(f"accord.networks.{name.split('_')[0]}.model._STRIP_PIXELS", 5 * 67)
    np.testing.assert_allclose(network.predict(*picture), expected, atol=0.01)


@torch.no_grad()
def test_at_256_pixels_pctnet_gives_its_low_resolution_image_at_full_resolution():
    network = build("pctnet_cnn")
    image, mask = torch.rand(1, 3, 256, 256), (torch.rand(1, 1, 256, 256) > 0.5).float()
    out = network(image, image, mask, mask)
    torch.testing.assert_close(out.full, out.low, rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_the_sim_form_of_cdtnet_is_its_look_up_table():
    whole, sim = build("cdtnet"), build("cdtnet_sim")
    sim.load_official(whole.official_tensors())
    image, mask = torch.rand(1, 3, 64, 64), torch.rand(1, 1, 64, 64)
    out, expected = sim(image, mask), whole(image, mask)
    torch.testing.assert_close(out.image, expected.lut_image, rtol=0, atol=1e-6)

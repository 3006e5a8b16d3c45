"""The colour transforms of PCT-Net's paper: each does what it says, and the affine ones can be exported."""

import pytest

torch = pytest.importorskip("torch", reason="needs the extra train")

from accord.core.errors import BadInputError  # noqa: E402
from accord.networks import build  # noqa: E402
from accord.networks.pctnet.transforms import transform_of  # noqa: E402

NAMES = ("linear", "linear_sym", "polynomial", "identity", "mul", "add")


def _colours(channels):
    generator = torch.Generator().manual_seed(3)
    return torch.rand(2, channels, 4, 5, generator=generator), torch.rand(2, 3, 4, 5, generator=generator)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("network", ["pctnet_cnn", "pctnet_vit"])
def test_every_transform_runs_and_affine_ones_equal_their_matrix(network, name):
    model = build(network, transform=name)
    theta, image = _colours(model.transform.channels)
    normalised = model.normalise(image)
    made = model.transform.apply(theta, normalised)
    assert made.shape == image.shape
    if name == "polynomial":
        with pytest.raises(BadInputError, match="polynomial"):
            model.theta_of_colours(theta)
        return
    affine = model.theta_of_colours(theta)
    matrix, shift = affine[:, :9].reshape(2, 3, 3, 4, 5), affine[:, 9:]
    torch.testing.assert_close(torch.einsum("bochw,bchw->bohw", matrix, image) + shift, made, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("network", "name", "channels"), [
    ("pctnet_cnn", "linear_sym", 9), ("pctnet_vit", "linear_sym", 6), ("pctnet_vit", "polynomial", 27),
    ("pctnet_cnn", "add", 3),
])  # fmt: skip
def test_the_numbers_of_a_place_are_the_papers(network, name, channels):
    assert build(network, transform=name).to_theta.out_channels == channels


def test_a_whole_picture_goes_through(monkeypatch):
    torch.manual_seed(0)
    model = build("pctnet_vit", transform="mul")
    image, mask = torch.rand(1, 3, 16, 16), torch.ones(1, 1, 16, 16)
    with torch.no_grad():
        made = model(image, image, mask, mask)
    assert made.theta.shape == (1, 3, 16, 16)
    torch.testing.assert_close(made.full, (image * made.theta).clamp(0, 1), atol=1e-5, rtol=0)


def test_meaning():
    theta, image = _colours(3)
    for name, wanted in (("identity", theta), ("mul", theta * image), ("add", theta + image)):
        torch.testing.assert_close(transform_of(name, cnn=True).apply(theta, image), wanted)
    theta, image = _colours(6)
    made = transform_of("linear_sym", cnn=False).apply(theta, image)
    a, _, c, d, e, f = theta.unbind(1)
    r, g, bl = image.unbind(1)
    torch.testing.assert_close(made[:, 0], a * r + d * g + f * bl)
    torch.testing.assert_close(made[:, 2], f * r + e * g + c * bl)


def test_unknown_transforms_and_networks_without_are_refused():
    with pytest.raises(BadInputError, match="linear_sym"):
        build("pctnet_cnn", transform="cubic")
    with pytest.raises(BadInputError, match="PCT-Net has"):
        build("harmonizer", transform="mul")

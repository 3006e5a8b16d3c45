"""From an official checkpoint to a full-size picture, without PyTorch in between: as the authors' predictors do."""

import numpy as np
import pytest
import torch

import accord
from accord.engine.weights import is_imported
from accord.methods.published import cdtnet
from accord.methods.published.importing import import_weights
from accord.methods.published.seeing import strips
from accord.methods.registry import get

OF_255 = 0.02
QUICK = ["harmonizer", "pct-net", "cdtnet-sim", "idih-dih"]
SLOW = ["cdtnet", "pct-net-vit", "cdtnet-512", "idih-improved-ssam", "idih-hrnet18s", "idih-hrnet18-512"]


def marked(quick, slow):
    return [*quick, *(pytest.param(method, marks=pytest.mark.slow) for method in slow)]


@pytest.fixture(scope="module", autouse=True)
def _own_folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACCORD_WEIGHTS", str(tmp_path_factory.mktemp("synthetic-weights")))
        yield


@pytest.fixture
def ready(parity, tmp_path):
    """Import the goldens' synthetic weights, and give the method and the network that has them."""

    def prepare(method_id):
        name = get(method_id).network
        network = parity(name if name not in ("cdtnet_sim", "cdtnet_512") else "cdtnet").network
        if name != network.name:
            tensors = network.official_tensors()
            network = accord.networks.build(name)
            network.load_official(tensors)
        if not is_imported(method_id):
            torch.save(network.official_tensors(), tmp_path / "official.pth")
            import_weights(tmp_path / "official.pth", method_id)
        return get(method_id).load(), network

    return prepare


def harmonized(method, image, mask, *, published=True):
    """Give what the method makes of an 8-bit picture, on 0 to 255, not rounded."""
    floats = image.astype(np.float32) / 255
    return 255 * accord.harmonize(floats, mask, method=method, encoding="srgb", as_published=published).image


@pytest.mark.parametrize("method_id", marked(QUICK, SLOW))
def test_a_picture_of_the_network_s_size_is_the_network_s_own(method_id, ready, parity):
    method, network = ready(method_id)
    size = get(method_id).fit_size
    image, mask = parity("harmonizer").uint8(size, size)
    mask = mask.astype(np.float32)
    np.testing.assert_allclose(harmonized(method, image, mask), network.predict(image, mask), rtol=0, atol=OF_255)


@pytest.mark.parametrize("method_id", marked(QUICK[:2], ["cdtnet-sim", "cdtnet", "pct-net-vit", "cdtnet-512"]))
def test_a_picture_of_another_size_with_a_soft_mask_too(method_id, ready, picture):
    method, network = ready(method_id)
    image, mask = picture
    np.testing.assert_allclose(harmonized(method, image, mask), network.predict(image, mask), rtol=0, atol=OF_255)


def test_the_refiner_s_strips_leave_no_seam(ready, picture, monkeypatch):
    method, network = ready("cdtnet")
    image, mask = picture
    monkeypatch.setattr(cdtnet, "strips", lambda full: strips(full, 7 * full.width))
    np.testing.assert_allclose(harmonized(method, image, mask), network.predict(image, mask), rtol=0, atol=OF_255)


@pytest.mark.parametrize("method_id", marked(["harmonizer"], ["pct-net", "cdtnet-sim"]))
def test_the_map_is_the_network_s_where_the_mask_is(method_id, ready, parity):
    method, network = ready(method_id)
    image, mask = parity("harmonizer").uint8(256, 256)
    mask = mask.astype(np.float32)
    made = harmonized(method, image, mask, published=False)
    np.testing.assert_allclose(made.clip(0, 255)[mask == 1], network.predict(image, mask)[mask == 1], atol=OF_255)
    np.testing.assert_array_equal(made[mask == 0], (255 * (image.astype(np.float32) / 255))[mask == 0])

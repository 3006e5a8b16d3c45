import numpy as np
import pytest
import torch

from accord.core.errors import WeightsError
from accord.networks import build


@pytest.fixture
def checkpoint():
    """A fresh network's own weights, as an official checkpoint in NumPy, all values 0.25."""
    tensors = build("improved_ssam256").official_tensors()
    return {key: np.full(tuple(tensor.shape), 0.25, np.float32) for key, tensor in tensors.items()}


def test_arrays_and_tensors_of_any_precision_load(checkpoint):
    mixed = {
        key: torch.from_numpy(value).half() if i % 2 else value.astype(np.float64)
        for i, (key, value) in enumerate(checkpoint.items())
    }
    network = build("improved_ssam256")
    network.load_official(mixed)
    floats = [tensor for tensor in network.official_tensors().values() if tensor.is_floating_point()]
    assert all(tensor.dtype == torch.float32 for tensor in floats)
    assert all(bool((tensor == 0.25).all()) for tensor in floats)


def test_what_a_network_gives_it_takes():
    first, second = build("improved_ssam256"), build("improved_ssam256")
    second.load_official(first.official_tensors())
    for key, tensor in first.state_dict().items():
        torch.testing.assert_close(second.state_dict()[key], tensor, rtol=0, atol=0)


def test_constants_and_counters_may_be_left_out(checkpoint):
    network = build("improved_ssam256")
    blur = network.official_tensors()["decoder.up_blocks.2.attention.mask_blurring.weight"].clone()
    kept = {k: v for k, v in checkpoint.items() if not k.endswith(("mask_blurring.weight", "num_batches_tracked"))}
    network.load_official(kept)
    after = network.official_tensors()["decoder.up_blocks.2.attention.mask_blurring.weight"]
    torch.testing.assert_close(after, blur, rtol=0, atol=0)
    assert blur.sum() == pytest.approx(1, abs=1e-6)


def test_missing_extra_and_misshaped_keys_are_all_named_and_nothing_is_loaded(checkpoint):
    del checkpoint["decoder.to_rgb.bias"]
    checkpoint["decoder.to_hsv.bias"] = np.zeros(3)
    checkpoint["encoder.block1.convs.block.0.block.0.weight"] = np.zeros((64, 32, 5, 5))
    network = build("improved_ssam256")
    before = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    with pytest.raises(WeightsError) as caught:
        network.load_official(checkpoint)
    message = str(caught.value)
    assert "does not fit improved_ssam256" in message
    assert "missing decoder.to_rgb.bias" in message
    assert "unexpected decoder.to_hsv.bias" in message
    assert "encoder.block1.convs.block.0.block.0.weight is (64, 32, 5, 5) instead of (64, 32, 3, 3)" in message
    for key, tensor in network.state_dict().items():
        torch.testing.assert_close(tensor, before[key], rtol=0, atol=0)


def test_another_networks_checkpoint_is_refused_without_a_page_of_keys(checkpoint):
    with pytest.raises(WeightsError, match=r"does not fit harmonizer: missing .* and 3[0-9][0-9] more; unexpected"):
        build("harmonizer").load_official(checkpoint)


def test_an_entry_that_is_no_array_is_named(checkpoint):
    checkpoint["decoder.to_rgb.bias"] = {"epoch": 3}
    with pytest.raises(WeightsError, match=r"holds dict under decoder\.to_rgb\.bias"):
        build("improved_ssam256").load_official(checkpoint)

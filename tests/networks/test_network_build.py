import subprocess
import sys

import pytest
import torch

from accord.core.errors import MissingExtraError, UnknownMethodError
from accord.networks import FACTS, build

GOLDENS = [
    "dih256",
    "improved_dih256",
    "improved_sedih256",
    "ssam256",
    "improved_ssam256",
    "iseunetv1_256",
    "hrnet18s_idih256",
    "hrnet18s_v2p_idih256",
    "hrnet18_idih512",
    "deeplab_r34_idih256",
    "harmonizer",
    "pctnet_cnn",
    "pctnet_vit",
    "cdtnet",
]


def test_importing_the_package_loads_no_pytorch():
    code = "import sys, accord.networks; assert accord.networks.FACTS; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_names_are_those_of_the_goldens_and_their_other_sizes():
    assert set(GOLDENS) < set(FACTS)
    others = {"dih512", "ssam512", "improved_ssam512", "iseunetv1_512", "hrnet32_idih256", "hrnet32_idih512"}
    assert others < set(FACTS)
    assert {"deeplab_r34_idih512", "hrnet18s_idih512", "cdtnet_sim", "cdtnet_512"} < set(FACTS)


def test_a_misspelt_name_gets_a_suggestion():
    with pytest.raises(UnknownMethodError, match=r"no method named 'pctnet_vti'. Did you mean pctnet_vit\?"):
        build("pctnet_vti")


def test_without_pytorch_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'accord\[train\]'"):
        build("dih256")


@pytest.mark.parametrize("name", FACTS)
def test_every_network_builds_in_eval_mode_and_float32(name):
    with torch.device("meta"):  # no memory, no initialization
        network = build(name)
    assert network.name == name
    assert not any(module.training for module in network.modules())
    assert {tensor.dtype for tensor in network.parameters()} == {torch.float32}
    assert len(network.official_tensors()) == len(network.state_dict())


@pytest.mark.parametrize("name", GOLDENS)
def test_official_keys_and_shapes_are_exactly_the_published_ones(name, parity):
    with torch.device("meta"):
        network = build(name)
    found = {key: tuple(tensor.shape) for key, tensor in network.official_tensors().items()}
    assert found == parity(name).official_shapes
    assert sum(p.numel() for p in network.parameters()) == parity(name).facts["parameters"]


def test_all_forms_of_cdtnet_share_their_checkpoints():
    with torch.device("meta"):
        keys = [set(build(name).official_tensors()) for name in ("cdtnet", "cdtnet_512", "cdtnet_sim")]
    assert keys[0] == keys[1] == keys[2]


def test_the_base_of_cdtnet_takes_the_checkpoint_of_issam_as_it_is():
    with torch.device("meta"):
        issam, cdtnet = (build(name).official_tensors() for name in ("improved_ssam256", "cdtnet"))
    assert {key: tensor.shape for key, tensor in issam.items()}.items() <= {
        key: tensor.shape for key, tensor in cdtnet.items()
    }.items()

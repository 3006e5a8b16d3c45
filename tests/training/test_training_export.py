"""What is exported was looked at: broken weights are refused, and the card tells of the run itself."""

import dataclasses
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from click.testing import CliRunner

from accord.cli.main import main
from accord.core.errors import WeightsError
from accord.networks.accord_net.model import AccordNet
from accord.training import export as exporting
from accord.training.card import training_line, weights_card
from accord.training.checkpoint import load_checkpoint
from accord.training.config import DataSettings, OptimizerSettings, TrainingConfig
from accord.training.export import export
from accord.training.published import export_published
from accord.training.recipes import recipe_of

FACTS = {"composites": 930_192, "seconds": 29_430.0, "step": 4, "hardware": "CPU"}
CONFIG = TrainingConfig(DataSettings("photos/catalogue"), size=64, optimizer=OptimizerSettings(batch=4))


@pytest.fixture
def state():
    torch.manual_seed(0)
    return {**FACTS, "average": AccordNet().state_dict(), "config": dataclasses.asdict(CONFIG)}


@pytest.fixture
def refused(tmp_path):
    """Export a checkpoint in vain, and give the message."""

    def of(state):
        torch.save(state, tmp_path / "run.pt")
        with pytest.raises(WeightsError) as error:
            export(tmp_path / "run.pt", tmp_path / "network.onnx")
        assert not list(tmp_path.glob("*.onnx"))
        assert "\n" not in str(error.value)
        return str(error.value)

    return of


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(state, refused, value):
    state["average"]["place.bias"][3] = value
    assert "place.bias holds NaN or infinity" in refused(state)


@pytest.mark.parametrize(("frozen", "trained"), [(0, True), (1, False), (5, False)])
def test_what_the_mask_adds_is_trained_only_where_all_blocks_are(frozen, trained):
    config = dataclasses.replace(CONFIG, optimizer=dataclasses.replace(CONFIG.optimizer, frozen_blocks=frozen))
    assert recipe_of(config).network.encoder.mask_stem.weight.requires_grad is trained


@pytest.mark.parametrize(
    ("attentions", "others"),
    [(4, ("encoder.mask_",)), (2, ("encoder.mask_",)), (2, ("encoder.mask_", "refined_"))],
    ids=["run r", "run o", "run n"],
)
def test_weights_of_an_older_network_do_what_they_did(state, tmp_path, attentions, others):
    network = AccordNet().eval()
    for layer in (network.whole[2], network.place, network.attention[0].out):
        torch.nn.init.normal_(layer.weight, std=0.1)
    lacking = (*others, *(f"attention.{number}." for number in range(attentions, 8)))
    older = {name: value for name, value in network.state_dict().items() if not name.startswith(lacking)}
    torch.save({**state, "average": older}, tmp_path / "older.pt")
    recipe = recipe_of(CONFIG)
    recipe.load(tmp_path / "older.pt")
    picture, mask = torch.rand(1, 3, 64, 64), torch.rand(1, 1, 64, 64).round()
    with torch.no_grad():
        was, now = network(picture, mask), recipe.network.eval()(picture, mask)
    for before, after in zip(was, now, strict=True):
        assert before.abs().max() > 0.01
        torch.testing.assert_close(after, before)


def test_a_difference_that_is_no_number_is_refused(state, refused, monkeypatch):
    def smallest(_network, _example, path):
        one = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in ("picture", "grid")]
        graph = onnx.helper.make_graph(
            [onnx.helper.make_node("Identity", ["picture"], ["grid"])], "g", one[:1], one[1:]
        )
        onnx.save(onnx.helper.make_model(graph, ir_version=9, opset_imports=[onnx.helper.make_opsetid("", 18)]), path)

    monkeypatch.setattr(exporting, "_to_onnx", smallest)  # the network's own takes long
    monkeypatch.setattr(exporting, "_largest_difference", lambda *_: float("nan"))
    assert "differs from PyTorch's by nan" in refused(state)


def test_the_largest_difference_keeps_nan():
    class Twin:
        def __init__(self):
            self.values = iter([0.0, float("nan"), 0.0, 0.0])

        def run(self, _):
            value = next(self.values)
            return {"coefficients": np.full((1, 3, 13), value, np.float32), "grid": np.zeros((1, 12, 8, 8), np.float32)}

    def network(*_):
        return torch.zeros(1, 3, 13), torch.zeros(1, 12, 8, 8)

    assert np.isnan(exporting._largest_difference(network, Twin(), 32))


def test_weights_that_do_not_fit_are_named(state, refused):
    weights = state["average"]
    bias = weights.pop("place.bias")
    assert "place.bias is missing" in refused(state)
    assert "place.bias is (3,) instead of (12,)" in refused({**state, "average": {**weights, "place.bias": bias[:3]}})
    assert "place.bias is no tensor" in refused({**state, "average": {**weights, "place.bias": "zero"}})
    more = {**state, "average": {**weights, "other.bias": bias}}
    assert "place.bias is missing (and 1 more)" in refused(more)
    weights |= {"place.bias": bias, "other.bias": bias}
    assert "other.bias is no weight" in refused({**state, "average": weights})


def test_a_checkpoint_that_tells_too_little_is_refused(state, refused):
    assert "no configuration" in refused({"average": state["average"]})
    assert "no averaged weights" in refused({**state, "average": 3})
    assert "lacks composites, seconds" in refused({"average": state["average"], "config": state["config"]})
    assert "lacks data, optimizer, size" in refused({**state, "config": {}})


def test_a_published_networks_broken_weights_are_refused(tmp_path):
    config = dataclasses.replace(CONFIG, network="pctnet_cnn")
    average = recipe_of(config).network.state_dict()
    average["to_theta.bias"][0] = float("nan")
    torch.save({**FACTS, "average": average, "config": dataclasses.asdict(config)}, tmp_path / "run.pt")
    with pytest.raises(WeightsError, match=r"to_theta\.bias holds NaN"):
        export_published(tmp_path / "run.pt", tmp_path / "mine")
    average.pop("to_theta.bias")
    torch.save({**FACTS, "average": average, "config": dataclasses.asdict(config)}, tmp_path / "run.pt")
    with pytest.raises(WeightsError, match=r"to_theta\.bias is missing"):
        recipe_of(config).load(tmp_path / "run.pt")


def test_the_card_counts_the_run_apart_from_what_it_started_from(state):
    before = {"file": "accord.pt", "sha256": "ab" * 32, "composites": 930_176, "seconds": 29_394.0}
    text = weights_card({**state, "started_from": before}, 64, 0.0, "CC0-1.0")
    assert f"| started from | accord.pt, SHA-256 {'ab' * 32}, which had seen 930,176 composites |" in text
    assert "| photos | catalogue, without a tenth of the photos (number 0) |" in text
    assert "| composites seen | 16 at 64 x 64, 4 steps of 4 |" in text
    assert "| time | 0.0 hours |" in text
    assert "| licence | CC0-1.0; the encoder started from ImageNet" in text
    line = training_line({**state, "started_from": before})
    assert ": 16 composites at 64 x 64, 4 steps of 4, 0.0 hours on CPU; started from accord.pt, SHA-256 abab" in line


def test_the_card_of_a_run_from_scratch_tells_of_no_start(state):
    for told in ({"started_from": None}, {}):
        text = weights_card({**state, **told}, 64, 0.0, "CC0-1.0")
        assert "started from |" not in text
        assert "| composites seen | 930,192 at 64 x 64" in text


def test_the_card_of_an_earlier_accords_checkpoint_says_that_all_is_counted_together(state):
    state["config"]["start_from"] = "checkpoints/accord.pt"
    text = weights_card(state, 64, 0.0, "CC0-1.0")
    assert "| started from | accord.pt, whose composites and time are counted here |" in text
    assert "| composites seen | 930,192 at 64 x 64" in text


def test_authors_weights_have_seen_no_composites_of_ours(state):
    before = {"file": "pct.pth", "sha256": "ab" * 32, "composites": 0, "seconds": 0.0}
    text = weights_card({**state, "started_from": before}, 64, 0.0, "CC0-1.0")
    assert f"| started from | pct.pth, SHA-256 {'ab' * 32} |" in text


@pytest.mark.parametrize(("words", "licence"), [([], "its trainer's"), (["--licence", "CC0-1.0"], "CC0-1.0")])
def test_the_licence_is_its_trainers_to_state(state, tmp_path, monkeypatch, words, licence):
    def instead(*_, licence, **__):
        given.append(licence)
        return 0.0

    given = []
    monkeypatch.setattr(exporting, "export", instead)
    torch.save(state, tmp_path / "run.pt")
    done = CliRunner().invoke(main, ["export", str(tmp_path / "run.pt"), "-o", str(tmp_path / "network.onnx"), *words])
    assert done.exit_code == 0, done.output
    assert given == [licence]


def test_the_repositorys_own_checkpoint_is_read():
    path = Path(__file__).parents[2] / "checkpoints" / "accord.pt"
    recipe = recipe_of(dataclasses.replace(CONFIG, start_from=str(path)))
    assert recipe.load(path)["composites"] == load_checkpoint(path)["composites"]

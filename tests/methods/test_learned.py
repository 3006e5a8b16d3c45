"""Networks in files: found by their path, refused with a reason."""

import numpy as np
import pytest

import accord
from accord.core.errors import WeightsError
from accord.engine.onnx import OnnxModel
from accord.methods import learned, registry


def test_a_missing_network_is_named(tmp_path):
    with pytest.raises(WeightsError, match=r"mine\.onnx.*accord export"):
        registry.get(str(tmp_path / "mine.onnx"))


def test_a_file_that_is_no_network_is_refused(tmp_path):
    (tmp_path / "mine.onnx").write_bytes(b"not a network")
    with pytest.raises(WeightsError, match=r"mine\.onnx"):
        registry.get(str(tmp_path / "mine.onnx"))


@pytest.mark.parametrize(
    ("takes", "told"),
    [
        ("picture", r"older\.onnx takes 2 looks.*Export its checkpoint again"),
        ("image", r"older\.onnx.*takes no picture"),
    ],
)
def test_a_network_that_takes_something_else_is_refused(tmp_path, takes, told):
    helper = pytest.importorskip("onnx").helper
    given, made = (helper.make_tensor_value_info(name, 1, [2, 3, 8, 8]) for name in (takes, "grid"))
    graph = helper.make_graph([helper.make_node("Identity", [takes], ["grid"])], "older", [given], [made])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    helper.set_model_props(model, {"size": "8"})
    (tmp_path / "older.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(WeightsError, match=told):
        registry.get(str(tmp_path / "older.onnx"))


def test_looks_at_once_are_those_one_after_the_other():
    rng = np.random.default_rng(3)
    composite, mask = rng.integers(0, 256, (90, 120, 3), np.uint8), np.zeros((90, 120), np.uint8)
    mask[20:70, 30:80] = 255
    alone, together = (accord.harmonize(composite, mask, threads=threads).image for threads in (1, 2))
    np.testing.assert_array_equal(alone, together)


def test_the_shipped_network_reads_what_its_card_says():
    size = int(OnnxModel(learned.WEIGHTS).metadata["size"])
    assert f"input {size} x {size} |" in learned.WEIGHTS.with_suffix(".md").read_text(encoding="utf-8")
    assert size <= learned.CARD.fit_size  # a picture that is shown enlarged tells no more
    assert learned.WEIGHTS.stat().st_size < 20e6

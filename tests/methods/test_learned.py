"""Networks in files: found by their path, refused with a reason."""

import pytest

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


def test_the_shipped_network_reads_what_its_card_says():
    size = int(OnnxModel(learned.WEIGHTS).metadata["size"])
    assert f"input {size} x {size} |" in learned.WEIGHTS.with_suffix(".md").read_text(encoding="utf-8")
    assert size <= learned.CARD.fit_size  # a picture that is shown enlarged tells no more
    assert learned.WEIGHTS.stat().st_size < 20e6

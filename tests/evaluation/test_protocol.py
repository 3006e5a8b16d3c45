"""Sizes and masks as published."""

import sys

import numpy as np
import pytest
from PIL import Image

from accord.core.errors import BadInputError, MissingExtraError
from accord.evaluation.dataset import read_dataset
from accord.evaluation.protocol import Protocol, comparable, read_case


@pytest.fixture
def triplet(dataset):
    return read_dataset(dataset)[0]


def test_256_resizes_8_bit_values_first(triplet):
    case = read_case(triplet, Protocol("256"))
    assert case.composite.shape == case.real.shape == (256, 256, 3)
    assert case.composite.dtype == np.uint8
    assert ((case.mask > 0) & (case.mask < 1)).any()
    np.testing.assert_allclose(case.mask * 255, np.rint(case.mask * 255), atol=1e-4)


def test_full_keeps_every_pixel(triplet):
    case = read_case(triplet, Protocol("full"))
    np.testing.assert_array_equal(case.composite, np.asarray(Image.open(triplet.composite)))
    assert set(np.unique(case.mask)) == {0, 1}


def test_full_to_256_shrinks_last(triplet):
    protocol = Protocol("full-to-256")
    case = read_case(triplet, protocol)
    assert case.composite.shape == (40, 32, 3)
    prediction, real, mask = comparable(case.real.astype(np.float32), case, protocol)
    assert prediction.shape == (256, 256, 3)
    assert set(np.unique(mask)) == {0, 1}
    np.testing.assert_array_equal(prediction, real)


def test_mask_rules(triplet):
    grey = np.asarray(Image.open(triplet.mask)) // 255 * 180
    grey[12:16, 6:10] = 100
    Image.fromarray(grey).save(triplet.mask)
    soft, binary, dithered = (
        read_case(triplet, Protocol("full", rule)).mask for rule in ("soft", "binary", "dithered")
    )
    np.testing.assert_array_equal(soft, grey.astype(np.float32) / np.float32(255))
    np.testing.assert_array_equal(binary, grey > 127.5)
    np.testing.assert_array_equal(dithered, np.asarray(Image.open(triplet.mask).convert("1")))
    assert 0.6 < dithered[grey == 180].mean() < 0.8


def test_predictions_are_clamped_and_not_rounded(triplet):
    protocol = Protocol("full")
    case = read_case(triplet, protocol)
    prediction, _, _ = comparable(np.full(case.composite.shape, 300.25, np.float32), case, protocol)
    assert prediction.max() == 255
    prediction, _, _ = comparable(np.full(case.composite.shape, 100.25, np.float32), case, protocol)
    assert prediction.max() == 100.25


def test_deeper_files_come_on_the_same_scale(triplet):
    eight = read_case(triplet, Protocol("full"))
    Image.fromarray(np.asarray(Image.open(triplet.mask)).astype(np.uint16) * 257).save(triplet.mask)
    np.testing.assert_allclose(read_case(triplet, Protocol("full")).mask, eight.mask, atol=1e-6)


@pytest.mark.parametrize("part", ["mask", "real"])
def test_other_sizes_name_the_file(triplet, part):
    path = getattr(triplet, part)
    Image.open(path).crop((0, 0, 30, 40)).save(path)
    with pytest.raises(BadInputError, match=rf"{path.name} is 30 x 40 .* is 32 x 40"):
        read_case(triplet, Protocol())


def test_an_empty_mask_names_the_file(triplet):
    Image.new("L", (32, 40)).save(triplet.mask)
    with pytest.raises(BadInputError, match=triplet.mask.name):
        read_case(triplet, Protocol())


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_mask_of_labels_is_refused_by_name(triplet, dtype):
    Image.fromarray(np.asarray(Image.open(triplet.mask)).astype(dtype) // 255).save(triplet.mask)
    with pytest.raises(BadInputError, match=rf"{triplet.mask.name}: mask is nowhere above 1"):
        read_case(triplet, Protocol())


def test_without_opencv_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MissingExtraError, match=r"accord\[evaluate\]"):
        Protocol("256").check_installed()
    Protocol("full").check_installed()


def test_unknown_settings_name_the_choices():
    with pytest.raises(BadInputError, match="256, full, full-to-256"):
        Protocol("512")
    with pytest.raises(BadInputError, match="soft, binary, dithered"):
        Protocol("256", "hard")

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import accord
from accord.batch.job import Done, Job, Recipe, Telling
from accord.batch.stages import Loaded, Stages
from accord.core.errors import BadInputError, HarmonizeError

MKL = Recipe(method="mkl", strength=0.8)


@pytest.fixture
def job(pictures, tmp_path):
    return Job(str(tmp_path / "out.png"), composite=str(pictures / "p0.png"), mask=str(pictures / "p0_mask.png"))


def stages(recipe=MKL, telling=None):
    return Stages(recipe, telling or Telling(), ".accord-test-")


def made(job, recipe=MKL, telling=None):
    ours = stages(recipe, telling)
    return ours.write(ours.make(ours.read(job, None)))


def is_there(job, done, recipe=MKL, telling=None):
    found = stages(recipe, telling).read(job, done)
    assert isinstance(found, Done | Loaded)
    return isinstance(found, Done)


def test_writes_what_the_library_gives(job, tmp_path):
    done = made(job)
    accord.harmonize(job.composite, job.mask, method="mkl", strength=0.8).save(tmp_path / "expected.png")
    assert Path(job.output).read_bytes() == (tmp_path / "expected.png").read_bytes()
    assert is_there(job, done)


def test_layers_are_composed(pictures, product, tmp_path):
    placement = {"at": [0.4, 0.5], "scale": 0.5}
    job = Job(
        str(tmp_path / "out.png"), background=str(pictures / "p0.png"), foreground=str(product), placement=placement
    )
    done = made(job)
    scene = accord.compose(pictures / "p0.png", product, at=(0.4, 0.5), scale=0.5)
    expected = accord.harmonize(scene, method="mkl", strength=0.8).image
    np.testing.assert_array_equal(np.asarray(Image.open(job.output)), expected)
    assert is_there(job, done)
    assert not is_there(replace(job, placement={**placement, "scale": 0.4}), done)


def test_names_say_nothing_of_what_is_done(job, pictures):
    done = made(job)
    moved = pictures / "renamed.png"
    Path(job.composite).rename(moved)
    assert is_there(replace(job, composite=str(moved)), done)
    (pictures / "p1.png").rename(job.composite)
    assert not is_there(job, done)


@pytest.mark.parametrize(
    "other",
    [
        {"strength": 0.7},
        {"method": "reinhard"},
        {"reference": "ring"},
        {"encoding": "linear"},
        {"limits": {"mode": "tone"}},
    ],
)
def test_other_settings_make_other_pictures(job, other):
    assert not is_there(job, made(job), replace(MKL, **other))


def test_limits_are_kept_and_count_by_what_is_in_their_files(job, tmp_path):
    palette = tmp_path / "brand.hex"
    palette.write_text("a0a0a0\n")
    recipe = replace(MKL, limits={"protect": [str(palette)], "max_exposure": 0.5})
    done = made(job, recipe)
    accord.harmonize(job.composite, job.mask, method="mkl", strength=0.8, protect=palette, max_exposure=0.5).save(
        tmp_path / "expected.png"
    )
    assert Path(job.output).read_bytes() == (tmp_path / "expected.png").read_bytes()
    assert is_there(job, done, recipe)
    palette.write_text("a0b0a0\n")
    assert not is_there(job, done, recipe)


def test_another_mask_makes_another_picture(job, pictures):
    done = made(job)
    mask = np.asarray(Image.open(job.mask)) // 2
    Image.fromarray(mask).save(job.mask)
    assert not is_there(job, done)


def test_another_version_makes_another_picture(job, monkeypatch):
    done = made(job)
    monkeypatch.setattr("accord.batch.identity.__version__", "99")
    assert not is_there(job, done)


def test_weights_count_by_content(job, tmp_path, monkeypatch):
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"one")
    card = replace(accord.list_methods()[1], id="mine", files=lambda: (weights,))
    monkeypatch.setattr("accord.batch.stages.chosen", lambda _: card)
    done = made(job)
    assert is_there(job, done)
    weights.write_bytes(b"another")
    assert not is_there(job, done)


def test_a_colour_map_counts_by_content(job, tmp_path):
    accord.harmonize(job.composite, job.mask, method="mkl").save_sidecar(tmp_path / "edit.json")
    recipe = Recipe(method=str(tmp_path / "edit.json"))
    done = made(job, recipe)
    assert is_there(job, done, recipe)
    accord.harmonize(job.composite, job.mask, method="reinhard").save_sidecar(tmp_path / "edit.json")
    assert not is_there(job, done, recipe)


@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-40])])
def test_an_output_that_is_gone_or_damaged_is_made_again(job, harm):
    done = made(job)
    harm(Path(job.output))
    assert not is_there(job, done)


def test_signals_that_were_not_measured_are_when_they_are_wanted(job):
    plain = made(job)
    assert not is_there(job, plain, telling=Telling(signals=True))
    told = made(job, telling=Telling(signals=True))
    result = accord.harmonize(job.composite, job.mask, method="mkl", strength=0.8)
    assert told.signals == result.signals.to_dict()
    assert is_there(job, told)


def test_nothing_can_be_made_with_settings_that_are_none(monkeypatch):
    for recipe in (Recipe(method="mkx"), Recipe(method="mkl", strength=2), Recipe(method="gone.onnx")):
        with pytest.raises(HarmonizeError):
            stages(recipe)


def test_a_format_that_cannot_be_written_is_found_out_before_the_work(job):
    with pytest.raises(BadInputError, match="psd"):
        stages().read(replace(job, output="out.psd"), None)

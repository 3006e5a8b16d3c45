"""Running methods over datasets."""

import numpy as np
import pytest
from PIL import Image

from accord.core.errors import BadInputError
from accord.evaluation.benchmark import evaluate, predict
from accord.evaluation.dataset import read_dataset
from accord.evaluation.figures import STANDARD, VARIANTS, chosen
from accord.evaluation.protocol import Protocol, comparable, read_case
from accord.metrics.fmse import fmse
from accord.metrics.psnr import psnr
from accord.transforms import Affine

FULL = Protocol("full")


def half():
    """Half as bright."""
    return Affine.gain_offset(0.5)


def test_identity_leaves_the_composites_fmse(dataset):
    for record in evaluate(read_dataset(dataset), {"identity": "identity"}, protocol=FULL):
        assert record.values["fmse"] == pytest.approx(record.fmse_composite, rel=1e-5)
        assert record.values["fmse"] == pytest.approx(record.values["mse"] / record.foreground_ratio, rel=1e-5)


def test_figures_are_of_the_unrounded_result(dataset):
    triplets = read_dataset(dataset)[:1]
    composite, real = (np.asarray(Image.open(path)).astype(float) for path in (triplets[0].composite, triplets[0].real))
    inside = np.asarray(Image.open(triplets[0].mask)) > 0
    (record,) = evaluate(triplets, {"half": half()}, protocol=FULL)
    assert record.method == "half"
    assert record.values["fmse"] == pytest.approx(((composite / 2 - real)[inside] ** 2).mean(), rel=1e-5)


def test_records_come_in_the_datasets_order_whatever_the_workers(dataset):
    triplets, methods = read_dataset(dataset), {"reinhard": "reinhard", "identity": "identity"}
    alone = evaluate(triplets, methods)
    assert [(record.name, record.method) for record in alone[:3]] == [
        ("a1_1_1", "reinhard"),
        ("a1_1_1", "identity"),
        ("a1_1_2", "reinhard"),
    ]
    assert evaluate(triplets, methods, workers=2) == alone


def test_what_is_done_is_not_measured_again(dataset):
    triplets = read_dataset(dataset)
    everything = evaluate(triplets, {"identity": "identity"}, protocol=FULL)
    seen = []
    again = evaluate(triplets, {"identity": "identity"}, protocol=FULL, done=everything[1:3], on_record=seen.append)
    assert [record.name for record in seen] == ["a1_1_1", "b_2_1_1"]
    assert again == everything


def test_a_picture_that_cannot_be_harmonized_is_named(dataset):
    Image.new("L", (32, 40), 255).save(dataset / "masks" / "b_2_1.png")
    with pytest.raises(BadInputError, match=r"b_2_1_1\.png by mkl: .*no background"):
        evaluate(read_dataset(dataset), {"mkl": "mkl"}, protocol=FULL)


def test_a_broken_picture_is_named_by_workers_too(dataset):
    path = dataset / "composite_images" / "b_2_1_1.png"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(BadInputError, match=r"b_2_1_1\.png"):
        evaluate(read_dataset(dataset), {"identity": "identity"}, workers=2)


def test_variants_add_figures_of_unlike_names():
    figures = chosen(list(VARIANTS))
    assert figures[: len(STANDARD)] == STANDARD
    assert len({figure.id for figure in figures}) == len(figures)
    with pytest.raises(BadInputError, match="idih, pct-net, cdtnet, harmonizer"):
        chosen(["dovenet"])


def test_every_figure_can_be_measured(dataset):
    records = evaluate(read_dataset(dataset)[:1], {"identity": "identity"}, protocol=FULL, variants=list(VARIANTS))
    assert set(records[0].values) == {figure.id for figure in chosen(list(VARIANTS))}
    assert all(np.isfinite(value) for value in records[0].values.values())


@pytest.mark.calibration
@pytest.mark.parametrize(
    ("size", "expected"),
    # shared/data/README.md says 2048 at full size: its index.csv was made before the composites became JPEG files.
    [("256", (1967.70, 24.949)), ("full", (2012.49, 24.851))],
)
def test_doing_nothing_scores_as_published_with_the_benchmark(bench, size, expected):
    protocol, found = Protocol(size), []
    for triplet in read_dataset(bench):
        case = read_case(triplet, protocol)
        prediction, real, mask = comparable(predict(case, "identity"), case, protocol)
        found.append((fmse(prediction, real, mask), psnr(prediction, real)))
    assert len(found) == 243
    assert np.mean(found, axis=0) == pytest.approx(expected, abs=0.005)

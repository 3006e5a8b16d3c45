"""Running methods over datasets."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

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


RUN = """
import multiprocessing, sys
from accord.evaluation.benchmark import evaluate
from accord.evaluation.dataset import read_dataset

def told(_):
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    sys.stdin.read()

if __name__ == "__main__":
    evaluate(read_dataset(sys.argv[1]), {"identity": "identity"}, workers=2, on_record=told)
"""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_workers_end_with_a_command_that_is_killed(dataset, tmp_path):
    (tmp_path / "run.py").write_text(RUN)
    command = [sys.executable, tmp_path / "run.py", dataset]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        workers = [int(pid) for pid in run.stdout.readline().split()]
        assert len(workers) == 2
        assert all(runs(pid) for pid in workers)
        run.kill()
    until = time.monotonic() + 30
    while any(runs(pid) for pid in workers) and time.monotonic() < until:
        time.sleep(0.02)
    left = [pid for pid in workers if runs(pid)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left


def runs(pid):
    """Tell whether a process is there, and is no zombie that nobody has looked after."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


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

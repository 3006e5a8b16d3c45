"""Batches whose pictures lie in an object store: fsspec's memory, so within this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.batch.gather import gather
from accord.batch.job import Done, Recipe, Telling
from accord.batch.journal import Journal
from accord.batch.mirror import journal_at
from accord.batch.stages import Loaded, Stages
from accord.core.errors import BadInputError

fsspec = pytest.importorskip("fsspec", reason="needs the extra cluster")

MKL = Recipe(method="mkl")


@pytest.fixture
def store(pictures, product):
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    for path in [*pictures.iterdir(), product]:
        memory.pipe(f"/bucket/{path.name}", path.read_bytes())
    memory.pipe(
        "/bucket/jobs.csv",
        b"composite,mask,background,foreground,output\n"
        b"p0.png,p0_mask.png,,,p0.png\np1.png,p1_mask.png,,,p1.tif\n"
        b",,p2.png,product.png,p2.png\n,,memory://bucket/p3.png,product.png,\n",
    )
    yield memory
    memory.store.clear()


def made(jobs):
    stages = Stages(MKL, Telling(), ".accord-test-")
    done = [stages.write(stages.make(stages.read(job, None))) for job in jobs]
    return stages, done


def test_results_are_those_of_local_files(store, pictures, tmp_path):
    jobs, _ = gather(["memory://bucket/jobs.csv"], "memory://bucket/out")
    assert [job.output.rpartition("/")[2] for job in jobs] == ["p0.png", "p1.tif", "p2.png", "product-on-p3.png"]
    stages, done = made(jobs)
    for name in ("jobs.csv", "product.png"):
        (pictures / name).write_bytes(store.cat(f"/bucket/{name}"))
    manifest = (pictures / "jobs.csv").read_text().replace("memory://bucket/", "")
    (pictures / "jobs.csv").write_text(manifest)
    (tmp_path / "out").mkdir()
    local, _ = gather([str(pictures / "jobs.csv")], f"file://{tmp_path / 'out'}")
    local_done = made(local)[1]
    for here, there in zip(local, jobs, strict=True):
        assert Path(here.output).read_bytes() == store.cat(there.output.removeprefix("memory:/"))
    assert [(one.key, one.digest) for one in done] == [(one.key, one.digest) for one in local_done]
    assert all(isinstance(stages.read(job, one), Done) for job, one in zip(jobs, done, strict=True))
    store.pipe("/bucket/out/p0.png", b"harmed")
    store.pipe("/bucket/p1_mask.png", store.cat("/bucket/p2_mask.png") + b" ")
    again = [stages.read(job, one) for job, one in zip(jobs, done, strict=True)]
    assert [isinstance(one, Loaded) for one in again] == [True, True, False, False]


def test_folders_elsewhere_are_refused(tmp_path):
    for sources, output in ((["memory://bucket/in"], "out"), ([str(tmp_path)], "memory://bucket/out")):
        with pytest.raises(BadInputError, match="in a manifest"):
            gather(sources, output)


def test_the_journal_is_kept_beside_the_results(store):
    done = Done("key", "digest", 0.5)
    with journal_at("memory://bucket/out/journal.jsonl") as journal:
        assert journal.done("memory://bucket/out/a.png") is None
        journal.add("memory://bucket/out/a.png", done)
    with journal_at("memory://bucket/out/journal.jsonl") as journal:
        assert journal.done("memory://bucket/out/a.png") == done


def test_the_journal_is_put_there_while_it_grows(store, monkeypatch):
    monkeypatch.setattr("accord.batch.mirror._INTERVAL", 0.01)
    with journal_at("memory://bucket/journal.jsonl") as journal:
        journal.add("a.png", Done("key", "digest", 0.5))
        while not store.exists("/bucket/journal.jsonl"):
            pass
    assert store.cat("/bucket/journal.jsonl").count(b"\n") == 2


def test_a_local_journal_stays_one(tmp_path):
    with journal_at(str(tmp_path / "journal.jsonl")) as journal:
        assert isinstance(journal, Journal)
        assert journal.path == tmp_path / "journal.jsonl"

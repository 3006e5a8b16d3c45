from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import accord
from accord.monitoring import Entry, SignalsLog, override_of, read_log, run_shadow
from accord.monitoring.entry import content_hash
from accord.monitoring.log import is_log

DOCS = Path(__file__).parents[2] / "docs" / "monitoring.md"


@pytest.fixture
def picture():
    rng = np.random.default_rng(5)
    made = rng.integers(60, 200, (40, 48, 3), dtype=np.uint8)
    mask = np.zeros((40, 48), np.float32)
    mask[8:30, 10:36] = 1
    made[mask == 1] //= 2
    return made, mask


@pytest.fixture
def result(picture):
    return accord.harmonize(*picture, method="mkl", strength=0.5)


def formats():
    return [
        "log.jsonl",
        pytest.param("log.parquet", id="log.parquet"),
    ]


@pytest.fixture(params=formats())
def path(request, tmp_path):
    if request.param.endswith(".parquet"):
        pytest.importorskip("pyarrow", reason="needs the extra parquet")
    return tmp_path / request.param


def test_what_was_recorded_is_read_back(path, result, picture):
    with SignalsLog(path) as log:
        entry = log.record(result, seconds=0.25, front_end="test")
    with SignalsLog(path) as log:
        log.override(entry.id, 0.0, front_end="test")
    first, second = read_log(path)
    assert first == entry
    assert first.signals == result.signals.to_dict()
    assert (first.method, first.strength, first.height, first.width) == ("mkl", 0.5, 40, 48)
    assert first.foreground_ratio == pytest.approx(22 * 26 / (40 * 48))
    assert first.settings["reference"] == "background"
    assert first.composite is None
    assert (second.kind, second.about, second.strength) == ("override", entry.id, 0)


def test_every_field_is_documented():
    table = DOCS.read_text().split("## The log")[1].split("\n## ")[0]
    named = [
        name for line in table.splitlines() if line.startswith("| `") for name in line.split("|")[1].split("`")[1::2]
    ]
    assert named == [field.name for field in fields(Entry)]


def test_equal_pictures_have_equal_hashes_whatever_they_are_called(tmp_path, picture):
    made, mask = picture
    Image.fromarray(made).save(tmp_path / "one.png")
    Image.fromarray(made).save(tmp_path / "two.tif")
    hashes = {
        content_hash(accord.harmonize(source, mask, method="identity").composite.picture)
        for source in (made, tmp_path / "one.png", str(tmp_path / "two.tif"))
    }
    assert len(hashes) == 1
    made[0, 0, 0] += 1
    assert content_hash(accord.harmonize(made, mask, method="identity").composite.picture) not in hashes


def test_scene_figures_follow_the_background(picture):
    made, mask = picture
    brighter = np.where(mask[..., None] > 0, made, np.minimum(made.astype(int) + 50, 255)).astype(np.uint8)
    warmer = np.where(mask[..., None] > 0, made, made * np.array([1.2, 1, 0.7])).astype(np.uint8)
    entries = {}
    for name, one in {"as it was": made, "brighter": brighter, "warmer": warmer}.items():
        from accord.monitoring import entry_of

        entries[name] = entry_of(accord.harmonize(one, mask, method="identity"))
    assert entries["brighter"].scene_brightness > entries["as it was"].scene_brightness + 0.5
    assert entries["warmer"].scene_warmth > entries["as it was"].scene_warmth + 30


def test_many_processes_append_at_once(path, tmp_path, synthetic):
    script = tmp_path / "append.py"
    script.write_text(
        "import sys\n"
        "from accord.monitoring import SignalsLog, override_of\n"
        "with SignalsLog(sys.argv[1]) as log:\n"
        "    for number in range(200):\n"
        "        log.append(override_of(sys.argv[2] + 'x' * 3000, number / 200))\n"
    )
    workers = [subprocess.Popen([sys.executable, script, path, name]) for name in ("a", "b")]
    assert [worker.wait() for worker in workers] == [0, 0]
    entries = read_log(path)
    assert len(entries) == 400
    assert sorted({entry.about[0] for entry in entries}) == ["a", "b"]


def test_a_killed_writer_s_last_line_is_passed_over(tmp_path):
    path = tmp_path / "log.jsonl"
    with SignalsLog(path) as log:
        log.append(override_of("1", 0.5))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40])
    assert len(read_log(path)) == 1
    with SignalsLog(path) as log:
        log.append(override_of("2", 0.5))
    with pytest.warns(UserWarning, match="line 2:"):  # now it is in the middle, and worth knowing
        assert [entry.about for entry in read_log(path)] == ["1", "2"]
    path.write_bytes(whole + b"\n" + whole)
    assert len(read_log(path)) == 2


def test_what_a_power_cut_left_is_passed_over_and_counted(tmp_path):
    path = tmp_path / "log.jsonl"
    with SignalsLog(path) as log:
        log.append(override_of("1", 0.5))
    whole = path.read_bytes()
    path.write_bytes(bytes(300) + b"\n" + whole + whole[:40] + whole + b"\xff\xfe\n" + whole)
    with pytest.warns(UserWarning, match="line 1 and 2 more") as told:
        assert len(read_log(path)) == 2
    assert len(told) == 1
    assert told[0].filename == __file__
    assert is_log(path)


def test_after_a_short_write_the_next_entry_begins_a_line(tmp_path):
    resource = pytest.importorskip("resource", reason="stands for a full disk by POSIX's limit of a file's size")
    path = tmp_path / "log.jsonl"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with SignalsLog(path) as log:
        resource.setrlimit(resource.RLIMIT_FSIZE, (40, limits[1]))
        try:
            with pytest.raises(accord.BadInputError, match="only part"):
                log.append(override_of("1", 0.5))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        log.append(override_of("2", 0.5))
    with pytest.warns(UserWarning, match="line 1:"):
        assert [entry.about for entry in read_log(path)] == ["2"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1]\n", "line 1"),
        ("{}\n", "line 1"),
        ('{"schema_version":99,"kind":"result","id":"1","time":"2"}\n', "newer"),
        ('{"schema_version":1,"kind":"cake","id":"1","time":"2"}\n', "cake"),
        ('{"schema_version":1,"kind":"result","id":"1","time":"2"}\n', "signals"),
        ('{"schema_version":1,"kind":"result","id":"1","time":"2","signals":3,"foreground_ratio":1}\n', "signals"),
        ("no json\n{}\n", "line 2"),
        ("no json\nnor this\n", "none of its lines"),
    ],
)  # fmt: skip
def test_what_is_no_log_is_told(tmp_path, text, words):
    path = tmp_path / "log.jsonl"
    path.write_text(text)
    with pytest.raises(accord.BadInputError, match=words):
        read_log(path)


def test_names_and_places_that_cannot_be(tmp_path):
    with pytest.raises(accord.BadInputError, match="jsonl"):
        SignalsLog(tmp_path / "log.txt")
    with pytest.raises(accord.BadInputError, match="none"):
        SignalsLog(tmp_path / "none" / "log.jsonl")
    with pytest.raises(accord.BadInputError, match="cannot be read"):
        read_log(tmp_path / "log.jsonl")
    with pytest.raises(accord.BadInputError, match="undo"):
        override_of("1", 2)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full to stand for a full disk")
def test_a_full_disk_is_told(tmp_path):
    (tmp_path / "log.jsonl").symlink_to("/dev/full")
    with SignalsLog(tmp_path / "log.jsonl") as log, pytest.raises(accord.BadInputError, match="written"):
        log.append(override_of("1", 0.5))


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(accord.MissingExtraError, match=r"accord\[parquet\]"):
        SignalsLog(tmp_path / "log.parquet")
    assert os.listdir(tmp_path) == []  # noqa: PTH208


def test_a_later_version_s_fields_are_left_out(synthetic):
    row = synthetic(1, 0)[0].to_dict() | {"new": 1}
    assert Entry.from_dict(json.loads(json.dumps(row))).signals == row["signals"]


def test_the_shadow_is_logged_beside_the_live_result(tmp_path, result):
    with SignalsLog(tmp_path / "log.jsonl") as log:
        live = log.record(result)
        run_shadow(log, live, result, "reinhard")
    first, second = read_log(tmp_path / "log.jsonl")
    assert (first.about, second.about) == (None, live.id)
    assert (second.method, second.strength, second.composite_hash) == ("reinhard", 0.5, live.composite_hash)
    made = accord.harmonize(result.composite.picture, result.mask, method="reinhard", strength=0.5)
    assert second.signals == made.signals.to_dict()


def test_an_alpha_that_was_the_mask_serves_the_shadow_too(tmp_path, picture):
    made, mask = picture
    rgba = np.dstack([made, (255 * mask).astype(np.uint8)])
    result = accord.harmonize(rgba, method="mkl")
    with SignalsLog(tmp_path / "log.jsonl") as log:
        assert run_shadow(log, log.record(result), result, "mkl").signals == result.signals.to_dict()


def test_a_candidate_that_fails_is_logged_and_harms_nobody(tmp_path, result):
    with SignalsLog(tmp_path / "log.jsonl") as log:
        entry = run_shadow(log, log.record(result), result, str(tmp_path / "missing.onnx"))
    assert (entry.kind, entry.error) == ("failure", "WeightsError")
    assert str(tmp_path) not in json.dumps(replace(read_log(tmp_path / "log.jsonl")[1], method=None).to_dict())

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from accord.cli.main import main
from accord.monitoring import read_log


@pytest.fixture
def run():
    def called(*arguments):
        done = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr

    return called


@pytest.fixture
def logs(tmp_path, real_log):
    for name, entries in {
        "day": real_log["day"][:200],
        "again": real_log["day"][200:],
        "night": real_log["night"],
    }.items():
        lines = (json.dumps(entry.to_dict()) for entry in entries)
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_the_same_kind_of_pictures_is_kept(run, logs):
    code, out, err = run("monitor", logs / "again.jsonl", "--reference", logs / "day.jsonl")
    assert (code, err) == (0, "")
    assert "Drift: none" in out
    assert "Recommendation: keep" in out


def test_a_torn_line_is_told_once_and_does_no_harm(run, logs):
    log = logs / "again.jsonl"
    log.write_text('{"kind":"result","id":"abc\n' + log.read_text())
    code, out, err = run("monitor", log, "--reference", logs / "day.jsonl")
    assert code == 0
    assert "Recommendation: keep" in out
    assert err.startswith(f"Warning: {log}: passed over line 1:")
    assert err.count("\n") == 1


def test_night_scenes_are_named(run, logs):
    code, out, _ = run("monitor", logs / "night.jsonl", "--reference", logs / "day.jsonl")
    assert code == 3
    assert "It looks as if the scenes got darker (night, dusk, low key)." in out
    assert "brightness of the scene is darker in all pictures" in out


def test_as_json(run, logs):
    code, out, _ = run("monitor", logs / "night.jsonl", "--reference", logs / "day.jsonl", "--json")
    told = json.loads(out)
    assert code == told["advice"]["exit_code"] == 3
    assert told["comparison"]["drifts"][0]["figure"]
    assert told["comparison"]["window_count"] == 120


def test_a_log_s_earlier_part_can_be_its_reference(run, logs):
    whole = logs / "whole.jsonl"
    parts = [(logs / f"{name}.jsonl").read_text().splitlines() for name in ("day", "night")]
    rows = [
        json.loads(line) | {"time": f"2026-11-2{day}T00:00:00.000Z"} for day, part in enumerate(parts) for line in part
    ]
    whole.write_text("\n".join(map(json.dumps, rows)) + "\n")
    code, out, _ = run("monitor", whole, "--reference", whole, "--since", "2026-11-21")
    assert code == 3
    assert "Compared: 120 pictures with 200 of the reference" in out
    assert run("monitor", whole, "--reference", whole)[0] == 1
    assert "--since is 'noon'" in run("monitor", whole, "--reference", whole, "--since", "noon")[2]


def test_what_cannot_be_compared_is_one_line(run, logs):
    for arguments, word in (
        ([logs / "day.jsonl"], "nothing to compare with"),
        ([logs / "none.jsonl", "--reference", logs / "day.jsonl"], "cannot be read"),
        ([logs / "day.jsonl", "--golden", logs], "--candidate"),
        ([logs / "day.jsonl", "--golden", logs / "no", "--candidate", "mkl"], "folder"),
        ([logs / "day.jsonl", "--golden", logs, "--candidate", "mlk"], "Did you mean mkl"),
    ):
        code, out, err = run("monitor", *arguments)
        assert (code, out) == (1, "")
        assert err.startswith("Error: ")
        assert err.count("\n") == 1
        assert word in err


def test_harmonize_logs_and_monitor_reads(run, tmp_path):
    rng = np.random.default_rng(3)
    picture = rng.integers(90, 230, (24, 32, 3), dtype=np.uint8)
    picture[6:18, 16:28] //= 2
    mask = np.zeros((24, 32), np.uint8)
    mask[6:18, 16:28] = 255
    Image.fromarray(picture).save(tmp_path / "c.png")
    Image.fromarray(mask).save(tmp_path / "m.png")
    log = tmp_path / "log.jsonl"
    base = ["harmonize", tmp_path / "c.png", tmp_path / "m.png", "-o", tmp_path / "o.png", "--method", "mkl"]
    assert run(*base, "--log", log, "--shadow", "reinhard")[0] == 0
    assert run(*base, "--log", log, "--log-paths")[0] == 0
    first, second, third = read_log(log)
    assert (first.front_end, first.method, first.composite) == ("harmonize", "mkl", None)
    assert first.seconds > 0
    assert (second.method, second.about) == ("reinhard", first.id)
    assert (third.composite, third.mask) == (str(tmp_path / "c.png"), str(tmp_path / "m.png"))
    code, out, _ = run("monitor", log)
    assert code == 6
    assert "p_better of reinhard" in out  # one picture is too few to tell
    assert "give --log, too" in run(*base, "--shadow", "reinhard")[2]
    assert "no-such" in run(*base, "--log", log, "--shadow", "no-such")[2]
    assert len(read_log(log)) == 3


def test_a_golden_set_decides_over_a_candidate(run, logs, tmp_path):
    for number in range(10):
        real = np.random.default_rng(number).integers(80, 180, (16, 16, 3), dtype=np.uint8)
        mask = np.zeros((16, 16), np.uint8)
        mask[4:12, 4:12] = 255
        composite = np.where(mask[..., None] > 0, real // 2, real).astype(np.uint8)
        folder = tmp_path / "golden"
        folder.mkdir(exist_ok=True)
        for name, one in {"": composite, "_mask": mask, "_real": real}.items():
            Image.fromarray(one).save(folder / f"p{number}{name}.png")
    arguments = ["monitor", logs / "day.jsonl", "--golden", tmp_path / "golden", "--live", "identity"]
    code, out, _ = run(*arguments, "--candidate", "reinhard")
    assert code == 5
    assert "Recommendation: switch" in out
    assert run(*arguments, "--candidate", "identity")[0] == 0

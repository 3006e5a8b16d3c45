"""`accord video` as it is called."""

import json

import pytest
from click.testing import CliRunner
from video_clips import discs, noise, read_planes, write_clip

from accord.cli.main import main


@pytest.fixture
def clips(tmp_path):
    clip = write_clip(tmp_path / "clip.mkv", noise(4))
    return clip, write_clip(tmp_path / "mask.mkv", discs(4), source="gray", form="gray")


def run(*arguments):
    return CliRunner().invoke(main, ["video", *(str(each) for each in arguments)])


def test_a_clip_is_harmonized_and_told_of(tmp_path, clips):
    out = tmp_path / "out.mkv"
    done = run(*clips, "-o", out, "--method", "reinhard", "--json", tmp_path / "said.json")
    assert done.exit_code == 0, done.output
    assert "4 frames, 1 shot, harmonized with reinhard" in done.output
    said = json.loads((tmp_path / "said.json").read_text())
    assert said["frames"] == 4
    assert said["jitter"] < said["jitter_fitted"]
    assert len(read_planes(out)[0]) == 4


def test_a_whole_shot_has_no_jitter(tmp_path, clips):
    done = run(*clips, "-o", tmp_path / "out.mkv", "--method", "reinhard", "--whole-shot", "--json")
    assert json.loads(done.output)["jitter"] == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--audio", "a.mp4", "--no-audio"), "--no-audio leaves it out"),
        (("--codec-option", "crf"), "has to be NAME=VALUE"),
        (("--whole-shot", "--steady", "1"), "takes one map for a shot"),
        (("--background", "b.mp4"), "not both"),
        (("--method", "reinhart"), "Did you mean reinhard"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(tmp_path, clips, given, message):
    done = run(*clips, "-o", tmp_path / "out.mkv", *given)
    assert done.exit_code == 1
    assert message in done.output
    assert done.output.count("\n") == 1

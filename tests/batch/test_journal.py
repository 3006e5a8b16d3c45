from __future__ import annotations

import pytest

from accord.batch.job import Done
from accord.batch.journal import Journal
from accord.core.errors import BadInputError

FIRST, SECOND = Done("k1", "d1", 0.5, {"move_mean": 1.0}), Done("k2", "d2", 0.25)


@pytest.fixture
def path(tmp_path):
    return tmp_path / ".accord-batch.jsonl"


def test_what_was_noted_is_found_again_and_the_last_word_holds(path, tmp_path):
    with Journal(path) as journal:
        first_id = journal.id
        journal.add(str(tmp_path / "a.png"), SECOND)
        journal.add(str(tmp_path / "b.png"), SECOND)
        journal.add(str(tmp_path / "a.png"), FIRST)
    with Journal(path) as journal:
        assert journal.id == first_id
        assert journal.done(str(tmp_path / "a.png")) == FIRST
        assert journal.done(str(tmp_path / "b.png")) == SECOND
        assert journal.done(str(tmp_path / "c.png")) is None


def test_it_moves_with_its_folder(tmp_path):
    (tmp_path / "old").mkdir()
    with Journal(tmp_path / "old" / "j.jsonl") as journal:
        journal.add(str(tmp_path / "old" / "x" / "a.png"), FIRST)
        journal.add(str(tmp_path / "elsewhere.png"), SECOND)
    (tmp_path / "old").rename(tmp_path / "new")
    with Journal(tmp_path / "new" / "j.jsonl") as journal:
        assert journal.done(str(tmp_path / "new" / "x" / "a.png")) == FIRST
        assert journal.done(str(tmp_path / "elsewhere.png")) == SECOND


def test_any_cut_costs_the_last_line_at_most(path, tmp_path):
    outputs = [str(tmp_path / f"{name}.png") for name in "abc"]
    with Journal(path) as journal:
        for output in outputs:
            journal.add(output, FIRST)
    whole = path.read_bytes()
    ends = [index + 1 for index, byte in enumerate(whole) if byte == ord("\n")]
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        complete = sum(end <= cut for end in ends) - 1
        with Journal(path) as journal:
            assert [journal.done(output) for output in outputs] == [FIRST] * max(0, complete) + [None] * (
                3 - max(0, complete)
            )
            journal.add(outputs[2], SECOND)
        with Journal(path) as journal:
            assert journal.done(outputs[2]) == SECOND


def test_one_run_at_a_time(path):
    with Journal(path), pytest.raises(BadInputError, match="another accord batch"):
        Journal(path)
    Journal(path).close()


@pytest.mark.parametrize("text", ["something else\n", '{"a": 1}\n', "[]\n"])
def test_other_files_are_left_alone(path, text):
    path.write_text(text)
    with pytest.raises(BadInputError, match="no journal"):
        Journal(path)
    assert path.read_text() == text


def test_a_later_schema_is_refused(path):
    path.write_text('{"journal": "accord batch", "schema_version": 2, "id": "0a"}\n')
    with pytest.raises(BadInputError, match="schema version 2"):
        Journal(path)


def test_only_its_own_leavings_are_swept(path, tmp_path):
    with Journal(path) as journal:
        (tmp_path / f"{journal.temporary_prefix}12.png").touch()
        (tmp_path / ".accord-12.png").touch()
        journal.sweep([str(tmp_path / "a.png"), str(tmp_path / "nowhere" / "a.png")])
    assert sorted(one.name for one in tmp_path.iterdir()) == [".accord-12.png", ".accord-batch.jsonl"]

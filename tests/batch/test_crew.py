"""Who gets which picture when workers and machines are lost. Workers here do at once what a test says they do."""

from __future__ import annotations

from collections import Counter

import pytest

from accord.batch.crew import Crew
from accord.batch.job import Job
from accord.batch.journal import Journal
from accord.core.errors import HarmonizeError


class Actor:
    """A worker: `act(worker, index)` says what it does with a picture."""

    def __init__(self, number, events, act):
        self.has, self.alone, self.ready = set(), False, False
        self.number, self.lost, self._events, self._act = number, False, events, act

    def give(self, index, *_):
        self._act(self, index)

    def ending(self):
        return "it fell", self.lost

    def end(self):
        pass

    def say(self, message):
        self._events.put((self, message))

    def finish(self, index):
        self.say({"index": index, "status": "done", "done": {"key": "k", "digest": "d", "seconds": 0.1}})

    def fall(self, *, lost=False):
        self.lost = lost
        self.say(None)


@pytest.fixture
def outcomes(tmp_path):
    """Give a function that runs jobs with workers, and gives the statuses and how many workers there were."""
    with Journal(tmp_path / "j.jsonl") as journal:

        def run(jobs, workers, act, begin=lambda worker: worker.say({"ready": True})):
            started = []

            def start(wanted, events):
                started.append(Actor(len(started), events, act))
                begin(started[-1])
                return started[-1]

            made = [Job(str(tmp_path / f"{number}.png"), composite="c") for number in range(jobs)]
            crew = Crew(made, {}, journal, start)
            for _ in range(workers):
                crew.hire()
            found = {outcome.index: outcome for outcome in crew.outcomes()}
            return found, started

        yield run


def statuses(found):
    return [found[index].status for index in sorted(found)]


def test_a_worker_that_never_gets_ready_holds_nothing_up(outcomes):
    def begin(worker):
        if worker.number != 1:
            worker.say({"ready": True})

    found, started = outcomes(9, 2, lambda worker, index: worker.finish(index), begin)
    assert statuses(found) == ["done"] * 9
    assert started[1].has == set()


def test_pictures_of_a_lost_machine_go_to_others_without_blame(outcomes):
    tried = Counter()

    def act(worker, index):
        tried[index] += 1
        if worker.number in (0, 2):  # two machines go, each in its first picture and with all that it has
            if len(worker.has) == 1:
                worker.fall(lost=True)
        else:
            worker.finish(index)

    found, started = outcomes(12, 2, act)
    assert statuses(found) == ["done"] * 12
    assert max(tried.values()) <= 3
    assert len(started) == 4


def test_a_picture_whose_worker_dies_is_tried_once_more_alone_and_then_given_up(outcomes):
    alone = []

    def act(worker, index):
        if index == 1:
            alone.append(worker.alone)
            worker.fall()
        else:
            worker.finish(index)

    found, _ = outcomes(6, 1, act)
    assert statuses(found) == ["done", "failed", "done", "done", "done", "done"]
    assert alone == [False, True]
    assert "died twice (it fell)" in found[1].error


def test_a_picture_that_is_lost_with_machine_after_machine_is_given_up(outcomes):
    found, started = outcomes(1, 1, lambda worker, _: worker.fall(lost=True))
    assert statuses(found) == ["failed"]
    assert "died 6 times" in found[0].error
    assert len(started) == 6


def test_workers_that_fall_before_they_begin_are_not_hired_for_ever(outcomes):
    with pytest.raises(HarmonizeError, match="it fell"):
        outcomes(1, 1, lambda *_: None, lambda worker: worker.fall())


def test_the_second_word_of_a_death_is_not_heard(outcomes):
    def act(worker, index):
        if worker.number == 0:
            worker.fall(lost=True)  # each of its calls says so
        else:
            worker.finish(index)

    found, started = outcomes(8, 1, act)
    assert statuses(found) == ["done"] * 8
    assert len(started) == 2

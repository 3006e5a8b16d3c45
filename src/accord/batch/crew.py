"""Who gets which picture, and what becomes of those whose worker dies: the same for processes here and on a cluster."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from queue import Queue
from typing import Any, Protocol, TypeAlias

from accord.batch.job import Done, Job, Outcome
from accord.batch.journal import Journal
from accord.core.errors import HarmonizeError

AT_ONCE = 4
"""Jobs a worker has: one in each stage, and one waiting."""

_STARTS = 3  # of a worker that ends before it is ready; then it would for ever
_LOST = 5  # machines that a picture may be lost with, before it is taken to be the reason


class Worker(Protocol):
    """A worker as seen from who hands out jobs.

    It puts (itself, message) into the events that it was given: {"ready": True} once it takes jobs, {"fatal": reason}
    if it never will, an outcome for each job, and None when it has ended, however that came.
    """

    has: set[int]
    alone: bool
    ready: bool

    def give(self, index: int, job: Job, known: Done | None) -> None:
        """Hand a job over."""

    def ending(self) -> tuple[str, bool]:
        """Say how it ended, and whether its machine went with it, so that no picture is to blame."""

    def end(self) -> None:
        """End it at once."""


Message: TypeAlias = "dict[str, Any] | None"
Events: TypeAlias = "Queue[tuple[Any, Message]]"
Start: TypeAlias = Callable[[dict[str, Any], Events], Worker]


class Crew:
    """Workers and the jobs of a run.

    Parameters
    ----------
    jobs
        What to make.
    wanted
        What a worker has to know: recipe, telling, prefix of temporary names.
    journal
        Knows what is done, and is told.
    start
        Starts a worker.
    """

    def __init__(self, jobs: Sequence[Job], wanted: dict[str, Any], journal: Journal, start: Start) -> None:
        self._jobs, self._wanted, self._journal, self._start = jobs, wanted, journal, start
        self._events: Events = Queue()
        self._workers: list[Worker] = []
        self._next = 0
        self._again: deque[int] = deque()  # lost with a machine
        self._suspects: deque[int] = deque()
        self._tried: set[int] = set()
        self._lost: Counter[int] = Counter()
        self._failed_starts = 0

    def hire(self) -> None:
        """Start one more worker; it gets jobs when it is ready, which on a cluster may be never."""
        self._workers.append(self._start(self._wanted, self._events))

    def end(self) -> None:
        """End all workers at once."""
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    def outcomes(self) -> Iterator[Outcome]:
        """Give what becomes of each job, as it does.

        Raises
        ------
        HarmonizeError
            If no worker can make anything.
        """
        left = len(self._jobs)
        while left:
            worker, message = self._events.get()
            if worker not in self._workers:  # one that was buried: the second word of its death
                continue
            if message is None:
                for outcome in self._bury(worker):
                    left -= 1
                    yield outcome
            elif "fatal" in message:
                raise HarmonizeError(message["fatal"])
            elif "ready" in message:
                worker.ready, self._failed_starts = True, 0
                self._hand_out(worker)
            else:
                outcome = self._taken_back(worker, message)
                left -= 1
                yield outcome

    def _taken_back(self, worker: Worker, message: dict[str, Any]) -> Outcome:
        index = message["index"]
        worker.has.discard(index)
        done = None if message.get("done") is None else Done(**message["done"])
        if done is not None and message["status"] == "done":
            self._journal.add(self._jobs[index].output, done)
        self._hand_out(worker)
        return Outcome(index, message["status"], done, message.get("error"), tuple(message.get("entries", ())))

    def _bury(self, worker: Worker) -> Iterator[Outcome]:
        """Replace a worker that died, and see to the pictures that it had."""
        how, lost = worker.ending()
        worker.end()
        self._workers.remove(worker)
        if not worker.ready and not lost:
            self._failed_starts += 1
            if self._failed_starts >= _STARTS:
                raise HarmonizeError(
                    f"workers end before they can begin ({how}). If they said nothing of why, free some memory."
                )
        failed = []
        for index in sorted(worker.has):
            self._lost[index] += lost
            if lost and self._lost[index] <= _LOST:
                self._again.append(index)
            elif index in self._tried or lost:
                failed.append(index)
            else:
                self._tried.add(index)
                self._suspects.append(index)
        if self._suspects or self._again or self._next < len(self._jobs):
            self.hire()
        for other in self._workers:  # what came back need not wait for the new one
            if other.ready:
                self._hand_out(other)
        for index in failed:
            times = f"{_LOST + 1} times" if lost else "twice"
            yield Outcome(index, "failed", error=f"its process died {times} ({how}): it may need more memory.")

    def _hand_out(self, worker: Worker) -> None:
        """Give a worker what it can take: a suspect if it has nothing else, and then nothing else."""
        if self._suspects and not worker.has:
            self._give(worker, self._suspects.popleft(), alone=True)
            return
        while not (worker.alone and worker.has) and len(worker.has) < self._share():
            if self._again:
                self._give(worker, self._again.popleft(), alone=False)
            else:
                self._next += 1
                self._give(worker, self._next - 1, alone=False)

    def _share(self) -> int:
        """How many jobs a worker may have: fewer towards the end, so that none waits while another worker is idle."""
        left = len(self._again) + len(self._jobs) - self._next
        return min(AT_ONCE, -(-left // len(self._workers)))

    def _give(self, worker: Worker, index: int, *, alone: bool) -> None:
        job = self._jobs[index]
        worker.has.add(index)
        worker.alone = alone
        worker.give(index, job, self._journal.done(job.output))

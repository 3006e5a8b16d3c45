"""Jobs through worker processes: handed out, taken back, noted in the journal.

Workers are started anew, never forked: ONNX Runtime, OpenImageIO and NumPy hold threads and locks that a fork would
copy in any state. They are plain Python processes that talk through pipes; what starts them needs no ``if __name__``
guard, and they end when it does, however it ends.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Queue
from typing import Any

from accord.batch.job import Done, Job, Outcome, Recipe, Telling
from accord.batch.journal import Journal
from accord.core.errors import HarmonizeError

AT_ONCE = 4
"""Jobs a worker has: one in each stage, and one waiting."""

_STARTS = 3  # of a worker that ends before it is ready; then it would for ever

# Libraries that would each take all cores, in each worker.
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "OPENIMAGEIO_THREADS",
)
_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from accord.batch.worker import main; main()"


def run(
    jobs: Sequence[Job], recipe: Recipe, *, journal: Journal, workers: int, telling: Telling | None = None
) -> Generator[Outcome, None, None]:
    """Make the pictures that are not there yet, and give what becomes of each as it does, in any order.

    A worker that dies is replaced. Pictures that it had are tried once more, each alone in a worker, so that one that
    takes too much memory fails without the others. Close the iterator to stop: workers are ended at once.

    Parameters
    ----------
    jobs
        What to make; no two may have the same output, and none may be another's input.
    recipe
        How.
    journal
        Knows what is done, and is told.
    workers
        Processes, at least 1; each uses one core.
    telling
        What to tell of each picture beside making it.

    Yields
    ------
    Outcome

    Raises
    ------
    HarmonizeError
        If nothing could be made: an unknown method, missing weights, workers that do not start.
    """
    wanted = {
        "recipe": recipe.to_dict(),
        "telling": (telling or Telling()).to_dict(),
        "temporary_prefix": journal.temporary_prefix,
    }
    outputs = [job.output for job in jobs]
    journal.sweep(outputs)
    crew = _Crew(jobs, wanted, journal)
    try:
        for _ in range(min(workers, len(jobs))):
            crew.hire()
        yield from crew.outcomes()
    finally:
        crew.end()
        journal.sweep(outputs)


class _Worker:
    """A worker process as seen from here."""

    def __init__(self, wanted: dict[str, Any], events: Queue[tuple[_Worker, dict[str, Any] | None]]) -> None:
        self.has: set[int] = set()
        self.alone = False
        self.ready = False
        # A group of its own: Ctrl-C in a terminal reaches every process of a group, and is for us to deal with.
        windows = sys.platform == "win32"
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **dict.fromkeys(_THREADS, "1")},
            start_new_session=not windows,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) if windows else 0,
        )
        self._send(wanted)
        self._listener = threading.Thread(target=self._listen, args=(events,), daemon=True)
        self._listener.start()

    def give(self, index: int, job: Job, known: Done | None, *, alone: bool) -> None:
        self.has.add(index)
        self.alone = alone
        self._send({"index": index, "job": job.to_dict(), "known": None if known is None else known.to_dict()})

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self._listener.join()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what could not be sent any more
                    pipe.close()

    def _send(self, message: dict[str, Any]) -> None:
        pipe = self.process.stdin
        assert pipe is not None
        with suppress(OSError):  # it has died, and the end of its output will tell
            pipe.write(json.dumps(message).encode() + b"\n")
            pipe.flush()

    def _listen(self, events: Queue[tuple[_Worker, dict[str, Any] | None]]) -> None:
        pipe = self.process.stdout
        assert pipe is not None
        for line in pipe:
            if line.endswith(b"\n"):  # not what a dying worker could not finish
                events.put((self, json.loads(line)))
        events.put((self, None))


class _Crew:
    def __init__(self, jobs: Sequence[Job], wanted: dict[str, Any], journal: Journal) -> None:
        self._jobs, self._wanted, self._journal = jobs, wanted, journal
        self._events: Queue[tuple[_Worker, dict[str, Any] | None]] = Queue()
        self._workers: list[_Worker] = []
        self._next = 0
        self._suspects: deque[int] = deque()
        self._tried: set[int] = set()
        self._failed_starts = 0

    def hire(self) -> None:
        worker = _Worker(self._wanted, self._events)
        self._workers.append(worker)
        self._hand_out(worker)

    def end(self) -> None:
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    def outcomes(self) -> Iterator[Outcome]:
        left = len(self._jobs)
        while left:
            worker, message = self._events.get()
            if message is None:
                for outcome in self._bury(worker):
                    left -= 1
                    yield outcome
            elif "fatal" in message:
                raise HarmonizeError(message["fatal"])
            elif "ready" in message:
                worker.ready, self._failed_starts = True, 0
            else:
                outcome = self._taken_back(worker, message)
                left -= 1
                yield outcome

    def _taken_back(self, worker: _Worker, message: dict[str, Any]) -> Outcome:
        index = message["index"]
        worker.has.discard(index)
        done = None if message.get("done") is None else Done(**message["done"])
        if done is not None and message["status"] == "done":
            self._journal.add(self._jobs[index].output, done)
        self._hand_out(worker)
        return Outcome(index, message["status"], done, message.get("error"), tuple(message.get("entries", ())))

    def _bury(self, worker: _Worker) -> Iterator[Outcome]:
        """Replace a worker that died, and see to the pictures that it had."""
        with suppress(subprocess.TimeoutExpired):  # it closes its output before it has ended
            worker.process.wait(1)
        worker.end()
        self._workers.remove(worker)
        code = worker.process.returncode
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts >= _STARTS:
                raise HarmonizeError(
                    f"worker processes end before they can begin ({_ending(code)}). If they said nothing of why, free "
                    "some memory."
                )
        failed = []
        for index in sorted(worker.has):
            if index in self._tried:
                failed.append(index)
            elif worker.ready:
                self._tried.add(index)
                self._suspects.append(index)
            else:
                self._suspects.append(index)
        if self._suspects or self._next < len(self._jobs):
            self.hire()
        for index in failed:
            yield Outcome(index, "failed", error=f"its process died twice ({_ending(code)}): it may need more memory.")

    def _hand_out(self, worker: _Worker) -> None:
        """Give a worker what it can take: a suspect if it has nothing else, and then nothing else."""
        if self._suspects and not worker.has:
            self._give(worker, self._suspects.popleft(), alone=True)
            return
        while not (worker.alone and worker.has) and len(worker.has) < self._share():
            self._next += 1
            self._give(worker, self._next - 1, alone=False)

    def _share(self) -> int:
        """How many jobs a worker may have: fewer towards the end, so that none waits while another worker is idle."""
        return min(AT_ONCE, -(-(len(self._jobs) - self._next) // len(self._workers)))

    def _give(self, worker: _Worker, index: int, *, alone: bool) -> None:
        job = self._jobs[index]
        worker.give(index, job, self._journal.done(job.output), alone=alone)


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return f"killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"killed by signal {-code}"
    return f"exit code {code}"


def make_folders(jobs: Sequence[Job]) -> None:
    """Make the folders that outputs go to.

    Raises
    ------
    OSError
        If one cannot be made.
    """
    for folder in {Path(job.output).parent for job in jobs}:
        folder.mkdir(parents=True, exist_ok=True)

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
from collections.abc import Generator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from accord.batch.crew import Crew, Events, Start
from accord.batch.job import Done, Job, Outcome, Recipe, Telling
from accord.batch.journal import Journal
from accord.io.remote import is_remote

ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "OPENIMAGEIO_THREADS",
    ),
    "1",
)
"""For libraries that would each take all cores, in each worker."""

# The path first, and nothing imported before it: a command's own begins with the current folder.
_START = "import sys; sys.path[:] = sys.argv[1:]; from accord.batch.worker import main; main()"


class Process:
    """A worker process on this machine, as seen from here; a `Worker`."""

    def __init__(self, wanted: dict[str, Any], events: Events) -> None:
        self.has: set[int] = set()
        self.alone = self.ready = False
        # A group of its own: Ctrl-C in a terminal reaches every process of a group, and is for us to deal with.
        windows = sys.platform == "win32"
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **ONE_THREAD},
            start_new_session=not windows,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) if windows else 0,
        )
        self._send(wanted)
        self._listener = threading.Thread(target=self._listen, args=(events,), daemon=True)
        self._listener.start()

    def give(self, index: int, job: Job, known: Done | None) -> None:
        """Hand a job over."""
        self._send({"index": index, "job": job.to_dict(), "known": None if known is None else known.to_dict()})

    def ending(self) -> tuple[str, bool]:
        """Say how it ended."""
        with suppress(subprocess.TimeoutExpired):  # it closes its output before it has ended
            self.process.wait(1)
        self.end()
        return _ending(self.process.returncode), False

    def end(self) -> None:
        """End it at once."""
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

    def _listen(self, events: Events) -> None:
        pipe = self.process.stdout
        assert pipe is not None
        for line in pipe:
            if line.endswith(b"\n"):  # not what a dying worker could not finish
                events.put((self, json.loads(line)))
        events.put((self, None))


def run(
    jobs: Sequence[Job],
    recipe: Recipe,
    *,
    journal: Journal,
    workers: int,
    telling: Telling | None = None,
    start: Start = Process,
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
        How many, at least 1; each uses one core.
    telling
        What to tell of each picture beside making it.
    start
        Starts a worker: by default a process on this machine.

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
    outputs = [job.output for job in jobs if not is_remote(job.output)]
    journal.sweep(outputs)
    crew = Crew(jobs, wanted, journal, start)
    try:
        for _ in range(min(workers, len(jobs))):
            crew.hire()
        yield from crew.outcomes()
    finally:
        crew.end()
        journal.sweep(outputs)


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return f"killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"killed by signal {-code}"
    return f"exit code {code}"


def make_folders(jobs: Sequence[Job]) -> None:
    """Make the folders that outputs go to, on this machine.

    Raises
    ------
    OSError
        If one cannot be made.
    """
    for folder in {Path(job.output).parent for job in jobs if not is_remote(job.output)}:
        folder.mkdir(parents=True, exist_ok=True)

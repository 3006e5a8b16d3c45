"""Methods over a dataset, picture by picture."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TypeAlias

import numpy as np

from accord.core.encoding import Floats
from accord.core.errors import BadInputError, HarmonizeError
from accord.evaluation.dataset import Triplet
from accord.evaluation.figures import Figure, chosen
from accord.evaluation.protocol import Case, Protocol, comparable, read_case
from accord.evaluation.records import FACTS, Record
from accord.methods.card import Method, MethodCard
from accord.metrics.fmse import fmse
from accord.metrics.foreground_ratio import foreground_ratio
from accord.pipeline.harmonizing import harmonize
from accord.transforms import ColourMap

MethodLike: TypeAlias = str | MethodCard | Method | ColourMap


def evaluate(
    triplets: Sequence[Triplet],
    methods: Mapping[str, MethodLike],
    *,
    protocol: Protocol | None = None,
    variants: Sequence[str] = (),
    done: Collection[Record] = (),
    workers: int = 1,
    on_record: Callable[[Record], None] = lambda _: None,
) -> list[Record]:
    """Run methods over a dataset and measure every result.

    Parameters
    ----------
    triplets
        From `read_dataset`.
    methods
        What to run, by the name that records bear: method ids, cards, methods, or colour maps.
    protocol
        Sizes and masks; by default 256 x 256 with soft masks.
    variants
        Which published codes' own figures to add; see `accord.evaluation.figures`.
    done
        Records of an earlier run with the same settings; these are not measured again.
    workers
        Processes; with more than one, methods must pickle. Results do not depend on it.
    on_record
        Called with each new record, in the order of the dataset.

    Returns
    -------
    list of Record
        Of all triplets and methods, those of `done` included, in the order of the dataset.

    Raises
    ------
    BadInputError
        At the first picture that cannot be read or harmonized, naming it: a mean over the others would not be the
        benchmark's.
    MissingExtraError
        If the protocol needs OpenCV and it is not installed.
    """
    protocol = protocol or Protocol()
    protocol.check_installed()
    known = {record.key: record for record in done}
    work = [
        (triplet, [name for name in methods if (triplet.subset, triplet.name, name) not in known])
        for triplet in triplets
    ]
    work = [(triplet, names) for triplet, names in work if names]
    for fresh in _run(work, _Job(methods, protocol, tuple(variants)), workers):
        for record in fresh:
            known[record.key] = record
            on_record(record)
    return [known[triplet.subset, triplet.name, name] for triplet in triplets for name in methods]


def predict(case: Case, method: MethodLike) -> Floats:
    """Harmonize a case: (H, W, 3) display-encoded RGB on 0..255, neither rounded nor clamped."""
    composite = case.composite.astype(np.float32) / np.float32(255)
    image = harmonize(composite, case.mask, method=method, encoding="srgb").image
    return np.asarray(image, np.float32) * np.float32(255)


class _Job:
    """What is done with each triplet."""

    def __init__(self, methods: Mapping[str, MethodLike], protocol: Protocol, variants: tuple[str, ...]) -> None:
        self.methods, self.protocol, self.variants = methods, protocol, variants

    def __call__(self, triplet: Triplet, names: Sequence[str]) -> list[Record]:
        figures = chosen(self.variants)
        case = read_case(triplet, self.protocol)
        composite, real, mask = comparable(case.composite.astype(np.float32), case, self.protocol)
        if not mask.any():
            raise BadInputError(
                f"{triplet.mask} leaves no foreground at the size that is compared. Leave it off the list."
            )
        before, ratio = fmse(composite, real, mask), foreground_ratio(mask)
        return [self._record(triplet, name, case, figures, before, ratio) for name in names]

    def _record(
        self, triplet: Triplet, name: str, case: Case, figures: Sequence[Figure], before: float, ratio: float
    ) -> Record:
        try:
            prediction, real, mask = comparable(predict(case, self.methods[name]), case, self.protocol)
            values = {figure.id: figure.measure(prediction, real, mask) for figure in figures}
        except BadInputError as error:
            raise BadInputError(f"{triplet.composite} by {name}: {error}") from error
        facts = {fact: triplet.facts[fact] for fact in FACTS if fact in triplet.facts}
        return Record(triplet.subset, triplet.name, name, ratio, before, values, facts)


def _run(work: Sequence[tuple[Triplet, list[str]]], job: _Job, workers: int) -> Iterator[list[Record]]:
    if workers == 1 or len(work) < 2:
        yield from (job(*item) for item in work)
        return
    # Forked processes would inherit the locks of threads that run in this one (network runtimes, BLAS).
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(job,))
    try:
        yield from pool.map(_do, work)
    finally:
        pool.shutdown(cancel_futures=True)


_job: _Job | None = None


def _begin(job: _Job) -> None:
    """Keep the job in a worker process, so that methods are sent and loaded once."""
    global _job
    _job = job
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker when whoever started it is gone: it holds its own queue open, and would wait for good."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(item: tuple[Triplet, list[str]]) -> list[Record]:
    if _job is None:
        raise RuntimeError("the worker process was not begun")
    try:
        return _job(*item)
    except BadInputError:
        raise
    except HarmonizeError as error:
        # Errors whose constructors take several arguments do not survive the way back between processes.
        raise HarmonizeError(str(error)) from None

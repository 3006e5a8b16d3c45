"""Workers as Ray actors, on this machine or on many: docs/batch.md.

Each has one core (and a share of a GPU where networks run on one), loads the method once, and takes as many pictures at
a time as a process on one machine does. Files that the settings name (a network, a colour map, weights that were
imported, a segmentation model, protected areas) travel to it; inputs and results lie where every machine reaches them.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from socket import create_connection, gethostname
from threading import Lock
from typing import Any

from accord.batch.crew import AT_ONCE, Events
from accord.batch.job import Done, Job, Recipe, Telling
from accord.batch.run import ONE_THREAD
from accord.core.errors import HarmonizeError, MissingExtraError
from accord.core.resources import available_cores, using
from accord.engine.weights import VARIABLE, is_imported, weights_folder
from accord.io.automask import model_path
from accord.io.remote import is_remote
from accord.version import __version__

_DISCONNECTED = "ActorUnavailableError"
_PATIENCE = 15.0  # seconds


@dataclass(frozen=True)
class Cluster:
    """A Ray cluster that this process is connected to.

    Parameters
    ----------
    ray
        The package.
    alone
        Whether it was started here just now, since there was none.
    """

    ray: Any
    alone: bool

    @property
    def cores(self) -> int:
        """Cores of all its machines, as Ray counts them; at least 1."""
        return max(1, int(self.ray.cluster_resources().get("CPU", 0)))

    def starter(self, jobs: Sequence[Job], recipe: Recipe, telling: Telling, workers: int) -> Starter:
        """Give what starts workers for a run (see `accord.batch.run.run`).

        Raises
        ------
        HarmonizeError
            If a network is to run on a GPU, and the cluster has none.
        """
        return Starter(self.ray, jobs, _carried(recipe, telling, jobs), self._gpu_share(recipe, workers))

    def _gpu_share(self, recipe: Recipe, workers: int) -> float:
        if recipe.device == "cpu":
            return 0
        there = self.ray.cluster_resources().get("GPU", 0)
        if not there:
            raise HarmonizeError(
                f"device is {recipe.device}, and no machine of the Ray cluster has a GPU. Leave device out, or add one."
            )
        # Decoding, applying and encoding stay on cores, so that many workers share a GPU.
        return min(1.0, max(0.001, int(1000 * there / workers) / 1000))


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Connect to the Ray cluster that RAY_ADDRESS names, or that runs on this machine; or start one here.

    Raises
    ------
    MissingExtraError
        If Ray is not installed.
    HarmonizeError
        If no cluster answers.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would tell its makers
    try:
        import ray  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        raise MissingExtraError("running on a cluster", "cluster", "Ray") from None
    if ray.is_initialized():
        yield Cluster(ray, alone=False)
        return
    alone = _connect(ray)
    try:
        yield Cluster(ray, alone)
    finally:
        ray.shutdown()


def _connect(ray: Any) -> bool:
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    named = os.environ.get("RAY_ADDRESS")
    if named:
        _check_answers(named)
    if named != "local":
        try:
            ray.init(address=named or "auto", **quiet)
            return False
        except (ConnectionError, TimeoutError, RuntimeError, ValueError) as error:
            if named:
                said = " ".join(str(error).split())
                raise HarmonizeError(f"no Ray cluster answers at RAY_ADDRESS={named}: {said}") from error
    os.environ.setdefault("RAY_raylet_start_wait_time_s", "180")  # on a busy machine its own 30 are too few
    try:
        ray.init(address="local", num_cpus=available_cores(), include_dashboard=False, **quiet)
    except Exception as error:  # Ray's are of no kind of their own
        said = " ".join(str(error).split())
        raise HarmonizeError(f"Ray does not start here: {said} Start a cluster with `ray start --head`.") from error
    return True


def _check_answers(named: str) -> None:
    """Find out in seconds that nobody is there: Ray would go on trying for many minutes."""
    host, colon, port = named.rpartition("://")[2].partition("/")[0].rpartition(":")
    if not colon or not port.isdigit():
        return
    try:
        create_connection((host.strip("[]"), int(port)), _PATIENCE).close()
    except OSError as error:
        raise HarmonizeError(
            f"no Ray cluster answers at RAY_ADDRESS={named}: {error.strerror or error}. Start one with `ray start "
            "--head`, or give the address that it told."
        ) from error


class Starter:
    """Starts workers: each call gives one more.

    Parameters
    ----------
    ray
        The package.
    jobs
        Of the run.
    carried
        What travels to the workers.
    gpu_share
        Of one GPU, for each.
    """

    def __init__(self, ray: Any, jobs: Sequence[Job], carried: _Carried, gpu_share: float) -> None:
        self._ray, self._gpu_share = ray, gpu_share
        self._carried = ray.put(carried)
        self._folder = next(
            (str(Path(job.output).absolute().parent) for job in jobs if not is_remote(job.output)), None
        )

    def __call__(self, wanted: dict[str, Any], events: Events) -> Actor:
        """Start a worker; it takes jobs when a machine has room for it."""
        probe = None
        if self._folder is not None:  # swept away with what other temporary files there are
            probe = os.path.join(self._folder, f"{wanted['temporary_prefix']}probe")  # noqa: PTH118
            Path(probe).touch()
        actor = (
            self._ray.remote(Station)
            .options(
                num_cpus=1,
                num_gpus=self._gpu_share,
                max_concurrency=AT_ONCE,
                max_restarts=0,  # who hands out jobs replaces it, and knows which pictures it had
                max_task_retries=0,
                runtime_env={"env_vars": ONE_THREAD},
            )
            .remote(wanted, self._carried, probe)
        )
        return Actor(self._ray, actor, events)


class Actor:
    """A worker on the cluster, as seen from here; an `accord.batch.crew.Worker`."""

    def __init__(self, ray: Any, actor: Any, events: Events) -> None:
        self.has: set[int] = set()
        self.alone = self.ready = False
        self._ray, self._actor, self._events = ray, actor, events
        self._node: str | None = None
        self._error: BaseException | None = None
        self._ask(actor.open.remote())

    def give(self, index: int, job: Job, known: Done | None) -> None:
        """Hand a job over, with paths that mean the same on every machine."""
        paths = {what: _absolute(path) for what, path in {**job.sources, "output": job.output}.items()}
        told = replace(job, **paths).to_dict()  # type: ignore[arg-type]
        self._ask(self._actor.work.remote(index, told, None if known is None else known.to_dict()))

    def ending(self) -> tuple[str, bool]:
        """Say how it ended, and whether its machine went with it."""
        kind = type(self._error).__name__
        if kind == _DISCONNECTED:
            return "the connection to it was lost", True
        alive = {node["NodeID"] for node in self._ray.nodes() if node["Alive"]}
        if self._node is not None and self._node not in alive:
            return "its machine was lost", True
        said = [line.strip() for line in str(self._error).splitlines() if line.strip()]
        return f"{kind}: {said[-1]}" if said else kind, False

    def end(self) -> None:
        """End it at once."""
        with suppress(Exception):  # it has ended, or the cluster has
            self._ray.kill(self._actor)

    def _ask(self, reference: Any) -> None:
        reference.future().add_done_callback(self._answered)

    def _answered(self, future: Any) -> None:
        error = future.exception()
        if error is not None:
            self._error = self._error or error
            self._events.put((self, None))
            return
        message = future.result()
        self._node = message.pop("node", self._node)
        self._events.put((self, message))


class Station:
    """The worker itself: an actor whose calls come four at a time, one in each stage and one waiting."""

    def __init__(self, wanted: Mapping[str, Any], carried: _Carried, probe: str | None) -> None:
        self._wanted, self._carried, self._probe = wanted, carried, probe
        self._reading, self._making, self._writing = Lock(), Lock(), Lock()

    def open(self) -> dict[str, Any]:
        """Load the method; say that jobs may come, or why none ever can."""
        import ray

        from accord.batch.stages import Stages

        if self._carried.version != __version__:
            return {"fatal": f"accord is {self._carried.version} here and {__version__} on {gethostname()}."}
        if self._probe is not None and not Path(self._probe).is_file():
            return {
                "fatal": f"{Path(self._probe).parent} is another folder on {gethostname()}: write to a folder that "
                "all machines share, or to an object store."
            }
        self._folder = tempfile.TemporaryDirectory(prefix="accord-")
        recipe, telling = self._carried.unpacked(Path(self._folder.name), self._wanted)
        self._device = recipe.device
        with using(threads=1, device=self._device):
            try:
                self._stages = Stages(recipe, telling, self._wanted["temporary_prefix"])
            except HarmonizeError as error:
                return {"fatal": " ".join(str(error).split())}
        return {"ready": True, "node": ray.get_runtime_context().get_node_id()}

    def work(self, index: int, job: Mapping[str, Any], known: Mapping[str, Any] | None) -> dict[str, Any]:
        """Make a picture; give its outcome."""
        from accord.batch.worker import reason

        with using(threads=1, device=self._device):
            try:
                return {"index": index, **self._made(Job(**job), None if known is None else Done(**known))}
            except Exception as error:
                return {"index": index, "status": "failed", "error": reason(error)}

    def _made(self, job: Job, known: Done | None) -> dict[str, Any]:
        with self._reading:
            found = self._stages.read(job, known)
        if isinstance(found, Done):
            return {"status": "skipped", "done": found.to_dict()}
        with self._making:
            made = self._stages.make(found)
        del found
        with self._writing:
            done = self._stages.write(made)
        return {"status": "done", "done": done.to_dict(), "entries": list(made.entries)}


@dataclass(frozen=True)
class _Carried:
    """Files that the settings name, on their way to workers; and which version sent them."""

    version: str
    files: Mapping[str, Mapping[str, bytes]]
    method_weights: str | None

    def unpacked(self, folder: Path, wanted: Mapping[str, Any]) -> tuple[Recipe, Telling]:
        """Lay the files down; give the settings, naming them there."""
        places = {}
        for number, (path, parts) in enumerate(self.files.items()):
            root = folder / str(number) / Path(path).name
            for name, content in parts.items():
                target = root / name if name else root
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            places[path] = str(root)
        if self.method_weights is not None:
            os.environ[VARIABLE] = str(Path(places[self.method_weights]).parent)
        recipe, telling = Recipe(**wanted["recipe"]), Telling(**wanted["telling"])
        protect = recipe.limits.get("protect")
        limits = (
            dict(recipe.limits)
            if protect is None
            else {**recipe.limits, "protect": [places.get(str(one), one) for one in protect]}
        )
        return (
            replace(
                recipe,
                method=places.get(str(recipe.method), recipe.method),
                mask_model=places.get(str(recipe.mask_model), recipe.mask_model),
                limits=limits,
            ),
            replace(telling, shadow=places.get(str(telling.shadow), telling.shadow)),
        )


def _carried(recipe: Recipe, telling: Telling, jobs: Sequence[Job]) -> _Carried:
    named = [recipe.method, telling.shadow, *recipe.limits.get("protect", ())]
    if any(job.mask == "auto" for job in jobs):
        named.append(str(model_path(recipe.mask_model)))
    imported = None
    if recipe.method is not None and is_imported(recipe.method):
        imported = str(weights_folder() / recipe.method)
        named.append(imported)
    return _Carried(__version__, {str(one): _parts(Path(one)) for one in named if one and Path(one).exists()}, imported)


def _parts(path: Path) -> dict[str, bytes]:
    """Give a file as {"": content}, a folder as its files by their paths within."""
    if path.is_file():
        return {"": path.read_bytes()}
    return {one.relative_to(path).as_posix(): one.read_bytes() for one in sorted(path.rglob("*")) if one.is_file()}


def _absolute(path: str) -> str:
    return path if is_remote(path) else os.path.abspath(path)  # noqa: PTH100 (links stay as they are named)

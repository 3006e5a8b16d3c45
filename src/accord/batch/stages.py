"""One picture's way: read, harmonize, write. Each stage can run while another picture is in the next."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from numpy.typing import NDArray

from accord.batch.identity import key_of
from accord.batch.job import Done, Job, Recipe, Telling
from accord.composite.scene import Scene
from accord.core.errors import BadInputError
from accord.core.picture import Picture
from accord.engine.weights import file_digest
from accord.io import as_picture, stored_mask
from accord.io.formats import format_for_writing
from accord.io.paths import resolved, temporary_names
from accord.io.remote import Shelf, is_remote
from accord.io.windows import display_window
from accord.methods.card import MethodCard
from accord.methods.fingerprint import model_hash
from accord.methods.ready import ready
from accord.pipeline.asked import checked_strength, chosen
from accord.pipeline.default import default_network
from accord.pipeline.harmonizing import harmonize
from accord.staging import compose

if TYPE_CHECKING:
    from accord.monitoring import SignalsLog
    from accord.monitoring.entry import Entry


@dataclass(frozen=True, eq=False)
class Loaded:
    """A job whose pictures are in memory."""

    job: Job
    key: str
    source: Picture | Scene
    mask: NDArray[Any] | str | None


@dataclass(frozen=True, eq=False)
class Made:
    """A job whose result is in memory."""

    job: Job
    key: str
    picture: Picture
    seconds: float
    signals: Mapping[str, Any] | None
    left_alone: bool
    entries: tuple[Mapping[str, Any], ...]


class Stages:
    """The stages, with the method loaded.

    Parameters
    ----------
    recipe
        The settings.
    telling
        What to tell beside the pictures.
    temporary_prefix
        What the names of temporary files begin with.

    Raises
    ------
    HarmonizeError
        If no picture could be made so: an unknown method, missing weights, a strength out of range.
    """

    def __init__(self, recipe: Recipe, telling: Telling, temporary_prefix: str) -> None:
        checked_strength(recipe.strength)
        self._recipe, self._telling, self._prefix = recipe, telling, temporary_prefix
        self._shelf = Shelf()
        self._method = None if recipe.best_of else chosen(recipe.method)
        cards = [self._method] if isinstance(self._method, MethodCard) else []
        if recipe.when_needed or recipe.best_of:
            cards.append(default_network())
        for card in cards:
            ready(card)
        self._method_id = self._method.id if isinstance(self._method, MethodCard) else None
        hashes = [model_hash(card) for card in cards]
        if self._method is not None and self._method_id is None:
            hashes.append(file_digest(Path(str(recipe.method))))  # a colour map: its file is all there is to it
        self._model = " ".join(one for one in hashes if one is not None)

    def read(self, job: Job, known: Done | None) -> Loaded | Done:
        """Read a job's pictures; or give what is known of its output, if that is what would be made.

        Raises
        ------
        HarmonizeError
            If a picture cannot be used.
        """
        format_for_writing(Path(job.output))
        with ExitStack() as stack:
            found: dict[str, Any] = {
                what: stack.enter_context(self._shelf.near(path, what)) for what, path in job.sources.items()
            }
            near = replace(job, **found)
            key = key_of(near, self._recipe, self._method_id, self._model)
            if known is not None and known.key == key and self._tells_enough(known) and self._is_there(job, known):
                return known
            return self._loaded(job, near, key)

    def _loaded(self, job: Job, near: Job, key: str) -> Loaded:
        if near.composite is None:
            return Loaded(job, key, _composed(near, self._recipe), None)
        picture = as_picture(near.composite, encoding=self._recipe.encoding)
        mask = near.mask
        if mask is not None and mask != "auto":
            # In its own depth, which waits in a quarter of the memory; `harmonize` makes coverage of it.
            cover = stored_mask(mask, picture.height, picture.width, display_window(picture))
            return Loaded(job, key, picture, cover)
        return Loaded(job, key, picture, mask)

    def _is_there(self, job: Job, known: Done) -> bool:
        return self._shelf.digest(job.output) == known.digest

    def make(self, loaded: Loaded) -> Made:
        """Harmonize.

        Raises
        ------
        HarmonizeError
            If it cannot be.
        """
        recipe, begun = self._recipe, time.perf_counter()
        result = harmonize(
            loaded.source,
            loaded.mask,
            method=self._method,
            mask_model=recipe.mask_model if isinstance(loaded.mask, str) else None,
            **recipe.settings,
        )
        seconds = time.perf_counter() - begun
        signals = result.signals.to_dict() if self._telling.signals else None
        entries = _Entries()
        if self._telling.log:
            entries.record(loaded.job, result, seconds, self._telling)
        return Made(loaded.job, loaded.key, result.picture, seconds, signals, result.left_alone, entries.taken)

    def write(self, made: Made) -> Done:
        """Write the result, whole or not at all.

        Raises
        ------
        HarmonizeError
            If it cannot be written.
        """
        from accord.io import write_picture

        with self._shelf.bound_for(made.job.output) as output:
            with temporary_names(self._prefix):
                write_picture(made.picture, output, quality=self._recipe.quality)
            digest = file_digest(resolved(Path(output)))
        return Done(made.key, digest, made.seconds, made.signals, made.left_alone)

    def close(self) -> None:
        """Remove what was brought here from elsewhere."""
        self._shelf.close()

    def _tells_enough(self, known: Done) -> bool:
        return known.signals is not None or not self._telling.signals


class _Entries:
    """Lines for the signals log, on their way to the process that writes it."""

    def __init__(self) -> None:
        self.taken: tuple[Mapping[str, Any], ...] = ()

    def append(self, entry: Entry) -> None:
        """Take one, as a log does."""
        self.taken = (*self.taken, entry.to_dict())

    def record(self, job: Job, result: Any, seconds: float, telling: Telling) -> None:
        """Describe a result, and what the candidate in the shadow makes of it."""
        from accord.monitoring.entry import entry_of
        from accord.monitoring.shadow import run_shadow

        paths = {what: _whole_path(path) for what, path in job.sources.items()} if telling.log_paths else {}
        live = entry_of(
            result,
            seconds=seconds,
            front_end=telling.front_end,
            composite=paths.get("composite"),
            mask=paths.get("mask"),
        )
        self.append(live)
        if telling.shadow is not None:
            run_shadow(cast("SignalsLog", self), live, result, telling.shadow)


def _composed(job: Job, recipe: Recipe) -> Scene:
    if job.background is None or job.foreground is None:
        raise BadInputError("a job has neither a composite nor a background and a foreground.")
    background = as_picture(job.background, encoding=recipe.encoding, what="background")
    about = Path(job.foreground).stat()
    foreground = _foreground(job.foreground, about.st_ino, about.st_size, about.st_mtime_ns)
    model = recipe.mask_model if job.mask == "auto" else None
    placement = dict(job.placement)
    if "at" in placement:
        placement["at"] = tuple(placement["at"])
    return compose(background, foreground, mask=job.mask, mask_model=model, **placement)


@lru_cache(maxsize=1)
def _foreground(path: str, *_: int) -> Picture:
    """Read a foreground: one product goes into many scenes, and they often follow one another."""
    return as_picture(path, what="foreground")


def _whole_path(path: str) -> str:
    return path if is_remote(path) else str(Path(path).resolve())

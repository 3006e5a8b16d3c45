"""When a picture that is there is the one that would be made: told by content and settings, never by names."""

from __future__ import annotations

import hashlib
import json
import os
from functools import lru_cache
from pathlib import Path

from accord.batch.job import Job, Recipe
from accord.engine.weights import file_digest
from accord.io.automask import model_path
from accord.io.paths import existing_file
from accord.version import __version__


def key_of(job: Job, recipe: Recipe, method: str | None, model: str) -> str:
    """Give the digest of all that decides on a picture's bytes: inputs, settings, weights, format and version.

    Parameters
    ----------
    job, recipe
        The job, and the settings of its run.
    method, model
        The method's id, and what all weights are told by (`accord.methods.fingerprint`).

    Raises
    ------
    BadInputError
        If an input cannot be read.
    """
    protected = [
        content(one, "protected area") if Path(one).is_file() else one for one in recipe.limits.get("protect", ())
    ]
    limits = {**recipe.limits, "protect": protected}
    settings = recipe.to_dict() | {"method": method, "mask_model": None, "limits": limits}
    decides = {
        "accord": __version__,
        "model": model,
        "settings": settings,
        "inputs": {what: content(path, what) for what, path in job.sources.items()},
        "guess": content(str(model_path(recipe.mask_model)), "segmentation model") if job.mask == "auto" else None,
        "placement": dict(job.placement),
        "format": Path(job.output).suffix.lower(),
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def content(path: str, what: str) -> str:
    """Give the SHA-256 of an input file. One that serves many pictures is read once, for as long as it stays the same.

    Raises
    ------
    BadInputError
        If it cannot be read.
    """
    found = existing_file(path, what)
    about = os.stat(found)  # noqa: PTH116 (one call, on the path as it is)
    return _digest(path, about.st_ino, about.st_size, about.st_mtime_ns)


@lru_cache(maxsize=256)
def _digest(path: str, *_: int) -> str:
    return file_digest(Path(path))

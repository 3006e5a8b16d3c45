"""One picture's way through a worker: headers, then the same functions as the command line's, then what to tell of it.

Nothing here knows of HTTP servers: worker processes import this, and start quickly.
"""

from __future__ import annotations

import base64
import json
import time
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from accord.core.errors import GuardWarning, HarmonizeError, WeightsError
from accord.service.declared import TooLargeError, check_sizes, declared
from accord.service.refusals import DISK_FULL, disk_is_full

if TYPE_CHECKING:
    from accord.composite.scene import Scene
    from accord.monitoring import SignalsLog
    from accord.monitoring.entry import Entry
    from accord.pipeline.result import Result

FORMATS = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "tif": "image/tiff",
    "exr": "image/x-exr",
    "dpx": "image/x-dpx",
    "jxl": "image/jxl",
}
"""Formats that results are written in, by their suffix, and what HTTP calls them."""

OUTPUT, ABOUT = "harmonized", "about.json"
"""What a worker leaves in a request's folder: the picture, with its format's suffix, and what is told of it."""

# Some of OpenImageIO's writers do not say why they failed; in a folder of ours that is never the caller's doing.
_UNWRITTEN = "Check that there is free space"


@dataclass(frozen=True)
class Task:
    """One picture to make, as a value that travels as JSON.

    Parameters
    ----------
    folder
        Where its files are, and its results go.
    files
        Names of its files by what they are: composite, or background and foreground; mask, reference, protect.
    placement
        Settings of `accord.compose`, where there are layers.
    harmonize
        Settings of `accord.harmonize` that hold no pictures.
    suffix
        Of the result's format, without a dot; None for that of the composite or background.
    quality
        For formats with loss.
    tell
        What the caller wants told: "picture", "json", "both".
    signals
        Whether to measure signals, whatever the caller wants.
    log
        Whether to describe the result for the signals log.
    shadow
        A candidate to log beside it.
    """

    folder: str
    files: Mapping[str, str]
    placement: Mapping[str, Any] | None = None
    harmonize: Mapping[str, Any] = field(default_factory=dict)
    suffix: str | None = None
    quality: int | None = None
    tell: str = "picture"
    signals: bool = False
    log: bool = False
    shadow: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give all fields as JSON-ready values."""
        return asdict(self)


def carry_out(task: Task, max_pixels: int) -> dict[str, Any]:
    """Make a picture, and give what is to be told of it, JSON-ready.

    Returns
    -------
    dict
        "output" (its file's name), "seconds", "pixels"; "method", "left_alone", "foreground_ratio", "signals" and
        "entries" (for the log) where the result was looked at.

    Raises
    ------
    HarmonizeError
        If it cannot be made.
    """
    begun = time.perf_counter()
    folder = Path(task.folder)
    paths = {what: folder / name for what, name in task.files.items()}
    first = check_headers(paths, max_pixels)
    suffix = task.suffix or paths.get("composite", paths.get("background", folder)).suffix.removeprefix(".")
    output = folder / f"{OUTPUT}.{suffix}"
    about = _about(task, paths, output)
    return {"output": output.name, "pixels": first, "seconds": time.perf_counter() - begun, **about}


def check_headers(paths: Mapping[str, Path], max_pixels: int) -> int:
    """Refuse pictures by their headers; give the pixels of the one that is recoloured.

    Raises
    ------
    BadInputError
        If a header is damaged or declares too much, or two pictures that belong together are of different sizes.
    """
    headers = {what: declared(path, what, max_pixels) for what, path in paths.items()}
    framed = "composite" if "composite" in headers else "background"
    masked = "composite" if "composite" in headers else "foreground"
    for what, owner in (("mask", masked), ("reference", framed), ("protect", framed)):
        if what in headers:
            check_sizes(headers[owner], headers[what], owner, what)
    return headers[framed].pixels


def _about(task: Task, paths: Mapping[str, Path], output: Path) -> dict[str, Any]:
    settings = dict(task.harmonize)
    plain = task.tell == "picture" and not (task.signals or task.log or task.placement is not None)
    if plain and settings.keys() <= {"method", "strength", "reference", "encoding"} and "protect" not in paths:
        from accord.pipeline.filing import harmonize_file

        # In less memory: nothing has to be told of the result.
        card = harmonize_file(
            paths["composite"],
            paths.get("mask"),
            output,
            quality=task.quality,
            **{**settings, **({"reference": paths["reference"]} if "reference" in paths else {})},
        )
        return {"method": card.id if card else None}

    from accord.pipeline.harmonizing import harmonize

    mask: Any = paths.get("mask")
    if settings.pop("auto_mask", False):
        mask = "auto"
    mask_model = settings.pop("mask_model", None) if mask == "auto" else None
    if "reference" in paths:
        settings["reference"] = paths["reference"]
    if "protect" in paths:
        settings["protect"] = [*settings.get("protect", ()), paths["protect"]]
    begun = time.perf_counter()
    source: Any = paths.get("composite")
    if task.placement is not None:
        source, mask, mask_model = _scene(paths, mask, mask_model, task.placement), None, None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GuardWarning)  # `guards` tells
        result = harmonize(source, mask, mask_model=mask_model, **settings)
    seconds = time.perf_counter() - begun
    result.save(output, quality=task.quality)
    return _told(task, result, seconds, output)


def _scene(paths: Mapping[str, Path], mask: Any, mask_model: str | None, placement: Mapping[str, Any]) -> Scene:
    from accord.staging import compose

    where = {**placement, "at": tuple(placement.get("at", (0.5, 0.5)))}
    return compose(paths["background"], paths["foreground"], mask=mask, mask_model=mask_model, **where)


def _told(task: Task, result: Result, seconds: float, output: Path) -> dict[str, Any]:
    found: dict[str, Any] = {"method": result.method.id if result.method else None, "left_alone": result.left_alone}
    if task.log or task.signals or task.tell != "picture":
        from accord.metrics.foreground_ratio import foreground_ratio

        found |= {"signals": result.signals.to_dict(), "foreground_ratio": foreground_ratio(result.mask)}
    if task.log:
        entries = _Entries()
        entries.record(result, seconds, task.shadow)
        found["entries"] = entries.taken
    if task.tell != "picture":
        text = json.dumps(about_result(result, output if task.tell == "both" else None), allow_nan=False)
        (Path(task.folder) / ABOUT).write_text(text, encoding="utf-8")
    return found


def about_result(result: Result, output: Path | None) -> dict[str, Any]:
    """Describe a result: what `Result.save_sidecar` writes, which `--method FILE.json` applies again, and some more.

    Parameters
    ----------
    result
        What `accord.harmonize` gave.
    output
        Its file, to be held in Base64; None to leave it out.
    """
    from accord.pipeline.edits import edit_of
    from accord.version import __version__

    if result.settings.get("as_published"):
        about: dict[str, Any] = {
            "accord": __version__,
            "method": {"id": result.method.id, "title": result.method.title} if result.method else None,
            "settings": dict(result.settings),
            "signals": result.signals.to_dict(),
            "colour_map": None,  # none makes a published network's own result again
        }
    else:
        about = edit_of(result)
    about["left_alone"] = result.left_alone
    about["need"] = None if result.need is None else result.need.to_dict()
    about["choice"] = None if result.choice is None else result.choice.to_dict()
    about["picture"] = {"width": result.picture.width, "height": result.picture.height}
    if output is not None:
        about["picture"]["media_type"] = FORMATS[output.suffix.removeprefix(".")]
        about["picture"]["base64"] = base64.b64encode(output.read_bytes()).decode("ascii")
    return about


class _Entries:
    """Lines for the signals log, on their way to the process that writes it."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []

    def append(self, entry: Entry) -> None:
        """Take one, as a log does."""
        self.taken.append(entry.to_dict())

    def record(self, result: Result, seconds: float, shadow: str | None) -> None:
        """Describe a result, and what the candidate in the shadow makes of it."""
        from accord.monitoring.entry import entry_of

        live = entry_of(result, seconds=seconds, front_end="serve")
        self.append(live)
        if shadow is not None:
            from accord.monitoring.shadow import run_shadow

            run_shadow(cast("SignalsLog", self), live, result, shadow)


def refusal_of(error: Exception, folder: str) -> tuple[int, str] | None:
    """Give the status and words of an error of a caller's input, or of a full disk; None for those that are ours."""
    if disk_is_full(error) or (isinstance(error, HarmonizeError) and _UNWRITTEN in str(error)):
        return 507, DISK_FULL
    if isinstance(error, TooLargeError):
        return 413, _words(error, folder)
    if isinstance(error, WeightsError):  # its words name this machine's folders
        return 422, "the method, or the model for masks, has no usable weights on this service. Choose another."
    if isinstance(error, HarmonizeError):
        return 422, _words(error, folder)
    if isinstance(error, MemoryError):
        return 413, "there is not enough memory here for this picture. Send a smaller version of it."
    return None


def _words(error: Exception, folder: str) -> str:
    """Give an error's words in one line, without the place where this machine keeps the files."""
    text = " ".join(str(error).split())
    for own in (f"{Path(folder).resolve()}/", f"{folder}/"):
        text = text.replace(own, "")
    return text

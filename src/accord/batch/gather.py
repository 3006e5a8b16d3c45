"""From what people name (folders, globs, files, a manifest) to jobs."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

from accord.batch import manifest
from accord.batch.job import Job
from accord.core.errors import BadInputError
from accord.io.listing import SUFFIXES, list_composites
from accord.io.remote import Shelf, as_local, is_remote, parent

_LAYOUTS = ("composite_images", "composites")
_PARTNERS = ("_mask", "_real")


def gather(
    sources: Sequence[str], output: str | None, *, masks: str | None = None, suffix: str | None = None
) -> tuple[list[Job], list[str]]:
    """Give the jobs that sources mean, and the columns of a manifest that mean nothing.

    Parameters
    ----------
    sources
        One manifest (.csv, .jsonl, .ndjson, .parquet), which may name URLs and be one; or any number of folders, globs
        and pictures. Folders are searched with all that lies in them but for outputs and masks, or have a layout that
        `accord.io.listing.list_composites` knows.
    output
        Folder for the outputs, which keep their names and places within what was named; a URL with a manifest.
    masks
        For all pictures: a folder that holds their masks, under their names in any format; a pattern of where a mask is
        beside its picture, in which {name} stands for the picture's name without its suffix; or "auto". By default
        NAME_mask beside NAME, or else the alpha.
    suffix
        The suffix of outputs, which names their format; by default their composites' own.

    Raises
    ------
    BadInputError
        If there is nothing, a path can be that of no file, two outputs would be one file, or an output would replace
        an input.
    """
    if suffix is not None and not suffix.startswith("."):
        suffix = f".{suffix}"
    sources = [as_local(source) for source in sources]
    output = None if output is None else as_local(output)
    if any(_is_manifest(source) for source in sources):
        if len(sources) > 1 or masks is not None:
            raise BadInputError("a manifest says all of its pictures and masks itself: give it alone, without masks.")
        with Shelf() as shelf, shelf.near(sources[0], "manifest") as near:
            jobs, unused = manifest.read_manifest(Path(near), output, suffix, base=parent(sources[0]))
    else:
        if output is None:
            raise BadInputError("there is no folder for the outputs: give one with -o.")
        for named in (*sources, output):
            if is_remote(named):
                raise BadInputError(f"{named} is not on this machine: name pictures and results there in a manifest.")
        jobs, unused = list(_listed(sources, Path(output), masks, suffix)), []
    _check_outputs(jobs)
    return jobs, unused


def _is_manifest(source: str) -> bool:
    return source.lower().endswith(manifest.SUFFIXES)


def _listed(sources: Sequence[str], folder: Path, masks: str | None, suffix: str | None) -> Iterator[Job]:
    others = [folder, *([Path(masks)] if masks is not None and Path(masks).is_dir() else [])]
    pictures_of = cache(_by_stem)  # each folder is listed once
    for source in sources:
        path = Path(source)
        if path.is_dir() and masks is None and any((path / layout).is_dir() for layout in _LAYOUTS):
            for one in list_composites(path, complete=False):
                yield _job(one.composite, one.mask, folder / one.composite.name, suffix)
            continue
        root, pictures = _pictures(source, others)
        known = {one.with_suffix(""): one for one in pictures}
        for picture in pictures:
            if picture.stem.endswith(_PARTNERS) and any(
                picture.with_name(picture.stem.removesuffix(end)) in known for end in _PARTNERS
            ):
                continue
            place = picture.relative_to(root)
            yield _job(picture, _mask(picture, place, masks, pictures_of), folder / place, suffix)


def _job(composite: Path, mask: Path | str | None, output: Path, suffix: str | None) -> Job:
    return Job(
        output=str(output if suffix is None else output.with_suffix(suffix)),
        composite=str(composite),
        mask=None if mask is None else str(mask),
    )


def _pictures(source: str, others: Sequence[Path]) -> tuple[Path, list[Path]]:
    """Give the folder that names are kept from, and the pictures that do not lie in other folders within it."""
    path = Path(source)
    if path.is_dir():
        found = [Path(where) / name for where, _, names in os.walk(path, followlinks=True) for name in names]
        root, wanted = path, f"{source} holds no pictures ({', '.join(SUFFIXES)})."
    elif path.is_file() or not glob.has_magic(source):
        return path.parent, [path]  # a missing file is reported as any other bad picture
    else:
        found = [Path(one) for one in glob.glob(source, recursive=True)]  # noqa: PTH207 (absolute patterns, too)
        parts = path.parts
        fixed = next(index for index, part in enumerate(parts) if glob.has_magic(part))
        root, wanted = Path(*parts[:fixed]), f"no picture is called {source}."
    passed_over = _within(others, root, {one.parent for one in found})
    pictures = sorted(one for one in found if _is_picture(one) and one.parent not in passed_over)
    if not pictures:
        raise BadInputError(f"there is nothing to harmonize: {wanted}")
    return root, pictures


def _within(others: Sequence[Path], root: Path, folders: set[Path]) -> set[Path]:
    """Give the folders that lie in other folders, where these are a part of the root and not all of it."""
    whole = root.resolve()
    apart = [other for each in others if (other := each.resolve()) != whole and other.is_relative_to(whole)]
    return {folder for folder in folders if any(folder.resolve().is_relative_to(each) for each in apart)}


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


def _by_stem(folder: Path) -> dict[str, Path]:
    """Give the pictures of a folder by their names without suffix; of several the format that comes first counts."""
    found = [path for path in folder.iterdir() if _is_picture(path)] if folder.is_dir() else []
    return {path.stem: path for path in sorted(found, key=lambda one: (-SUFFIXES.index(one.suffix.lower()), one))}


def _mask(
    picture: Path, place: Path, masks: str | None, pictures_of: Callable[[Path], dict[str, Path]]
) -> Path | str | None:
    if masks == "auto":
        return masks
    if masks is None:
        return _any_suffix(picture.with_name(f"{picture.stem}_mask"), pictures_of)
    if "{name}" in masks:
        return picture.parent / masks.replace("{name}", picture.stem)
    if not Path(masks).is_dir():
        raise BadInputError(f"masks is {masks}, which is no folder, no pattern with {{name}} in it, and not auto.")
    found = _any_suffix(Path(masks) / place.with_suffix(""), pictures_of)
    return found or Path(masks) / place.with_suffix(".png")


def _any_suffix(stem: Path, pictures_of: Callable[[Path], dict[str, Path]]) -> Path | None:
    """Give the picture of that name, in whatever format."""
    usual = next((path for suffix in SUFFIXES if (path := stem.with_name(stem.name + suffix)).is_file()), None)
    return usual or pictures_of(stem.parent).get(stem.name)  # .PNG, .Tif: as cameras and scanners write them


def _check_outputs(jobs: Sequence[Job]) -> None:
    """Refuse what a second start could not go on with: an output that is written twice, or is an input."""
    seen: dict[str, Job] = {}
    inputs = {_real(path) for job in jobs for path in job.sources.values()}
    for job in jobs:
        target = _real(job.output)
        if target in seen:
            raise BadInputError(
                f"{job.output} would be written twice, for {seen[target].name} and for {job.name}: name the outputs in "
                "a manifest."
            )
        if target in inputs:
            raise BadInputError(
                f"{job.output} is an input: what is made of it would be taken for it at the next start. Write to "
                "another folder."
            )
        seen[target] = job


def _real(path: str) -> str:
    try:
        return path if is_remote(path) else os.path.realpath(path)
    except ValueError as error:  # a NUL, or half of a character of two
        raise BadInputError(f"{path!r} can be the name of no file: {error}. Correct it in the manifest.") from error

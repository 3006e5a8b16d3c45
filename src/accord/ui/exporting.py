"""Files to take away, and the command line that makes the same."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from accord.core.errors import BadInputError
from accord.core.picture import Picture
from accord.io import write_picture
from accord.io.formats import BY_ID
from accord.pipeline.result import Result
from accord.ui.document import Document, Mask
from accord.ui.store import Store
from accord.ui.workbench import Workbench

PICTURES = {each.suffixes[0] for each in BY_ID.values() if each.writable}
"""What a picture may be written as."""

MAPS = (".cube", ".cdl", ".clf")
"""What the colour map may be written as, for other programs."""

LAYERS = (".psd", ".exr")
"""What layers may be written as."""


@dataclass(frozen=True)
class Made:
    """A file that was made.

    Parameters
    ----------
    path
        Where it lies.
    name
        What to call it.
    note
        How true it is, in a sentence; "" where it is the thing itself.
    """

    path: Path
    name: str
    note: str = ""


def made(workbench: Workbench, store: Store, document: Document, what: str, folder: Path) -> Made:
    """Make a file of a document in an empty folder.

    Parameters
    ----------
    workbench, store, document
        What to make it of.
    what
        "picture" and a suffix ("picture.png"), "composite" likewise, "map.cube", "map.cdl", "map.clf", "layers.psd",
        "layers.exr", "edit.json", or "mask.png".
    folder
        Where to put it.

    Raises
    ------
    BadInputError
        If it is none of these, or the format cannot hold it.
    """
    kind, dot, suffix = what.partition(".")
    suffix = dot + suffix
    stem, masked = stem_of(store, document), Path(store[document.masked].name).stem
    path = folder / f"made{suffix}"
    ways: dict[str, tuple[Callable[[], str | None], Collection[str], str]] = {
        "picture": (lambda: _picture(workbench.result(document).picture, path), PICTURES, f"{stem}-accord"),
        "composite": (lambda: _picture(workbench.stage(document).view.picture, path), PICTURES, f"{stem}-composite"),
        "map": (lambda: _map(workbench.result(document), path), MAPS, f"{stem}-accord"),
        "layers": (lambda: workbench.result(document).save_layers(path), LAYERS, f"{stem}-layers"),
        "edit": (lambda: workbench.result(document).save_sidecar(path), (".json",), f"{stem}-accord"),
        "mask": (
            lambda: _copied(workbench.mask_file(document), path),
            (".png",),
            f"{masked}-mask",
        ),
    }
    if kind not in ways or suffix not in ways[kind][1]:
        raise BadInputError(f"{what!r} cannot be exported; {', '.join(ways)} with a suffix of theirs can.")
    make, _, name = ways[kind]
    return Made(path, name + suffix, make() or "")


def command(store: Store, document: Document) -> str:
    """Give the command line that makes the exported picture, byte for byte, from the files that were dropped."""
    target = f"{stem_of(store, document)}-accord{own_suffix(store, document)}"
    needs_edit = document.edited or document.reference != "background" or bool(document.protect)
    parts = ["accord"]
    if document.composite is not None:
        parts += ["harmonize", store[document.composite].name]
        if document.mask != Mask():
            parts.append(mask_name(store, document))
        needs_edit = document.edited
    else:
        assert document.background is not None
        assert document.foreground is not None
        where = document.placement
        parts += ["compose", store[document.background].name, store[document.foreground].name]
        if document.mask != Mask():
            parts += ["--mask", mask_name(store, document)]
        parts += ["--at", f"{where.x!r},{where.y!r}", "--scale", repr(where.scale)]
        if where.rotation:
            parts += ["--rotation", repr(where.rotation)]
        parts += ["--flip"] * where.flip + ["--harmonize"]
    if needs_edit:
        parts += ["--method", f"{stem_of(store, document)}-accord.json"]
    else:
        parts += ["--method", document.method]
        if document.strength != 1:
            parts += ["--strength", repr(document.strength)]
        if document.composite is not None:
            parts += list(_limits(document))
    return shlex.join([*parts, "-o", target])


def stem_of(store: Store, document: Document) -> str:
    """Give what exports are named after: the picture whose size and depth they have."""
    return Path(store[document.composite or document.background or document.masked].name).stem


def own_suffix(store: Store, document: Document) -> str:
    """Give the suffix that keeps the picture in the format it came in; .png where that is only read."""
    picture = store.picture(document.composite or document.background or document.masked)
    form = BY_ID.get(picture.facts.format if picture.facts else "")
    return form.suffixes[0] if form is not None and form.writable else ".png"


def mask_name(store: Store, document: Document) -> str:
    """Give the name of the mask's file: its own, or that of the one to be exported."""
    base = document.mask.base
    if document.mask.strokes or base in ("alpha", "auto", "none"):
        return f"{Path(store[document.masked].name).stem}-mask.png"
    return store[base].name


def _limits(document: Document) -> Iterator[str]:
    if document.reference != "background":
        yield from ("--reference", document.reference)
    for one in document.protect:
        yield from ("--protect", one)
    if document.protect:
        if document.tolerance != 2:
            yield from ("--tolerance", repr(document.tolerance))
        yield from ("--on-violation", "warn")


def _picture(picture: Picture, path: Path) -> None:
    write_picture(picture, path)


def _map(result: Result, path: Path) -> str:
    done = result.export(path)
    if done.exact:
        return f"Holds the colour map itself ({done.form})."
    return (
        f"The nearest that it can hold ({done.form}): off by {done.residual_mean:.2f} of 255 on average, "
        f"{done.residual_max:.2f} at most, over the foreground's colours."
    )


def _copied(source: Path, path: Path) -> None:
    shutil.copyfile(source, path)

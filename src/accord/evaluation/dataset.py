"""Benchmarks on disk, in the layout of iHarmony4.

A dataset is a folder with `composite_images`, `masks` and `real_images`, or a folder of such sub-datasets. The
composite `<id>_<n>_<m>.jpg` belongs to the mask `<id>_<n>.png` and the real picture `<id>.jpg`; each may be .jpg or
.png whatever the others are. Where a mask or real picture bears the composite's own name, that is taken instead.

A test list (`IHD_test.txt` beside the sub-datasets, `<name>_test.txt` within one) says which composites count; without
one all do. An `index.csv` beside the three folders, with a column `composite`, adds facts such as `family` and
`source`.

ccHarmony has the same layout; its `test_list.txt` names masks, each standing for all composites made with it. RealHM
(Jiang et al. 2021) has another: `NAME_composite.jpg`, `NAME_mask.jpg` and `NAME_gt.jpg` side by side, in any folder.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from accord.core.errors import BadInputError

COMPOSITES, MASKS, REALS = "composite_images", "masks", "real_images"
SUFFIXES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class Triplet:
    """One composite with its mask and the real picture.

    Parameters
    ----------
    subset
        Name of the sub-dataset's folder.
    name
        The composite's file name without its suffix; unique within the subset.
    composite, mask, real
        The files.
    facts
        What an `index.csv` says about this composite, column by column.
    """

    subset: str
    name: str
    composite: Path
    mask: Path
    real: Path
    facts: dict[str, str] = field(default_factory=dict)


def read_dataset(folder: str | os.PathLike[str], *, listed: str | os.PathLike[str] | None = None) -> list[Triplet]:
    """Find the triplets of a dataset, and check that every file is there.

    Parameters
    ----------
    folder
        The dataset, or a folder of sub-datasets.
    listed
        A text file that names the composites to take, one a line, as test lists do; it replaces the dataset's own.

    Returns
    -------
    list of Triplet
        Sorted by sub-dataset; within one as its list says, or by name.

    Raises
    ------
    BadInputError
        If the folder has another layout, a list names what is not there, a mask or real picture is missing, or
        nothing is left.
    """
    root = Path(folder)
    if side_by_side := _realhm(root):
        return side_by_side if listed is None else _listed_of(side_by_side, Path(listed))
    subsets = _subsets(root)
    wanted = _wanted(root, subsets, Path(listed) if listed is not None else None)
    triplets = [triplet for subset in subsets for triplet in _Subset(subset).triplets(wanted.get(subset.name))]
    if not triplets:
        raise BadInputError(f"{root} has no composites: {subsets[0] / COMPOSITES} should hold .jpg or .png files.")
    return triplets


def _realhm(root: Path) -> list[Triplet]:
    """Find the triplets that lie side by side."""
    if any((folder / COMPOSITES).is_dir() for folder in (root, *root.glob("*"))):
        return []
    triplets = []
    for composite in sorted(root.rglob("*_composite.jpg")):
        mask, real = (
            composite.with_name(composite.name.replace("_composite.", f"_{part}.")) for part in ("mask", "gt")
        )
        for path in (mask, real):
            if not path.is_file():
                raise BadInputError(f"composite {composite} has no partner {path.name} beside it, as RealHM has.")
        name = composite.relative_to(root).as_posix().removesuffix("_composite.jpg")
        triplets.append(Triplet("RealHM", name, composite, mask, real))
    return triplets


def _listed_of(triplets: list[Triplet], path: Path) -> list[Triplet]:
    """Give those of triplets side by side that a list names: NAME or `NAME_composite.jpg`, with or without folders."""
    found = []
    for line in _lines(path):
        wanted = line.replace("\\", "/")
        wanted = wanted[: -len(suffix)] if (suffix := os.path.splitext(wanted)[1]).lower() in SUFFIXES else wanted  # noqa: PTH122
        wanted = f"/{wanted.removesuffix('_composite')}"
        of_line = [it for it in triplets if f"/{it.name}".endswith(wanted) or wanted.endswith(f"/{it.name}")]
        if len(of_line) != 1:
            names = " and ".join(it.name for it in of_line) or "no composite of this dataset"
            raise BadInputError(
                f"list {path} names {line!r}, which is {names}; lines should read FOLDER/NAME_composite.jpg."
            )
        found += of_line
    return found


def _subsets(root: Path) -> list[Path]:
    """Give the folders that hold the three folders, the root itself or those in it."""
    if not root.is_dir():
        raise BadInputError(f"{root} is not a folder; a dataset in iHarmony4's layout was wanted.")
    if (root / COMPOSITES).is_dir():
        # Only a resolved path has a name for certain ("." has none).
        return [root.resolve()]
    found = sorted(entry for entry in root.iterdir() if (entry / COMPOSITES).is_dir())
    if not found:
        inside = ", ".join(sorted(entry.name for entry in root.iterdir())[:8]) or "nothing"
        raise BadInputError(
            f"{root} holds no {COMPOSITES} folder, nor does a folder in it (it holds: {inside}). "
            f"A dataset has {COMPOSITES}, {MASKS} and {REALS}, itself or in each sub-dataset."
        )
    return found


def _wanted(root: Path, subsets: list[Path], listed: Path | None) -> dict[str, list[str]]:
    """Give the listed composites of each sub-dataset; a sub-dataset without a list is not in the result."""
    if listed is None and len(subsets) == 1 and subsets[0] == root.resolve():
        return _by_subset(_own_list(root), subsets)
    listed = listed or _own_list(root)
    if listed is not None:
        wanted = _by_subset(listed, subsets)
        return {subset.name: wanted.get(subset.name, []) for subset in subsets}
    return {name: names for subset in subsets for name, names in _by_subset(_own_list(subset), [subset]).items()}


def _own_list(folder: Path) -> Path | None:
    """Give the folder's test list: IHD_test.txt, or else its only *test.txt."""
    if (folder / "IHD_test.txt").is_file():
        return folder / "IHD_test.txt"
    lists = sorted({*folder.glob("*test.txt"), *folder.glob("test_list.txt")})
    if len(lists) > 1:
        names = ", ".join(path.name for path in lists)
        raise BadInputError(f"{folder} has several test lists ({names}); choose one with --list.")
    return lists[0] if lists else None


def _by_subset(path: Path | None, subsets: list[Path]) -> dict[str, list[str]]:
    """Read a list of composites, whose lines are file names, or paths that name the sub-dataset too."""
    if path is None:
        return {}
    known = {subset.name: subset for subset in subsets}
    wanted: dict[str, list[str]] = {}
    for line in _lines(path):
        *folders, name = line.replace("\\", "/").split("/")
        places = [part for part in folders if part in known] or (list(known) if len(known) == 1 else [])
        if not places:
            places = [key for key, subset in known.items() if (subset / COMPOSITES / name).is_file()]
        if len(places) != 1:
            raise BadInputError(
                f"list {path} names {line!r}, which is in {' and '.join(places) or 'no sub-dataset'}; "
                f"lines should read SUBDATASET/{COMPOSITES}/NAME, with one of: {', '.join(known)}."
            )
        wanted.setdefault(places[0], []).append(name)
    return wanted


def _lines(path: Path) -> list[str]:
    """Read the lines of a list, each once."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(
            f"list {path} cannot be read: {error}. A text file with one composite a line was wanted."
        ) from error
    if not lines:
        raise BadInputError(f"list {path} is empty; it should name one composite a line.")
    return list(dict.fromkeys(lines))


class _Subset:
    """One folder with the three folders, listed once (a stat per file would be slow on network disks)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.composites, self.masks, self.reals = (self._files(name) for name in (COMPOSITES, MASKS, REALS))
        self.facts = _facts(folder / "index.csv")

    def triplets(self, names: Iterable[str] | None) -> list[Triplet]:
        """Give the triplets of the named composites, or of all."""
        stems = sorted(self.composites) if names is None else [stem for name in names for stem in self._listed(name)]
        return [self._triplet(stem) for stem in stems]

    def _files(self, name: str) -> dict[str, str]:
        """Give the pictures in one of the three folders by their stem."""
        path = self.folder / name
        if not path.is_dir():
            raise BadInputError(f"{self.folder} has no folder {name}; a dataset has {COMPOSITES}, {MASKS} and {REALS}.")
        files: dict[str, str] = {}
        for entry in sorted(os.listdir(path)):  # noqa: PTH208 (Path objects for 7,404 files would be thrown away)
            stem, suffix = os.path.splitext(entry)  # noqa: PTH122
            if suffix.lower() not in SUFFIXES or stem.startswith("."):
                continue
            if stem in files:
                raise BadInputError(
                    f"{path} has both {files[stem]} and {entry}; remove one, names count without suffix."
                )
            files[stem] = entry
        return files

    def _listed(self, name: str) -> list[str]:
        """Give the composites that a line of a list names: one, or all of a mask."""
        # Lists say .jpg where a copy of the dataset may hold .png; names without a suffix may hold dots.
        stem, suffix = os.path.splitext(name)  # noqa: PTH122
        stem = stem if suffix.lower() in SUFFIXES else name
        if stem in self.composites:
            return [stem]
        of_mask = sorted(other for other in self.composites if other.rsplit("_", 1)[0] == stem)
        if not of_mask:
            raise BadInputError(f"the list names {name}, which is not in {self.folder / COMPOSITES}.")
        return of_mask

    def _triplet(self, stem: str) -> Triplet:
        parts = stem.rsplit("_", 2)
        mask_stem, real_stem = stem.rsplit("_", 1)[0], parts[0]
        mask, real = self._partner(self.masks, stem, mask_stem), self._partner(self.reals, stem, real_stem)
        for found, folder, wanted in ((mask, MASKS, mask_stem), (real, REALS, real_stem)):
            if found is None:
                raise BadInputError(
                    f"composite {self.folder / COMPOSITES / self.composites[stem]} has no partner in {folder}: "
                    f"neither {wanted} nor {stem} with one of {', '.join(SUFFIXES)} is in {self.folder / folder}."
                )
        return Triplet(
            subset=self.folder.name,
            name=stem,
            composite=self.folder / COMPOSITES / self.composites[stem],
            mask=self.folder / MASKS / str(mask),
            real=self.folder / REALS / str(real),
            facts=self.facts.get(stem, {}),
        )

    @staticmethod
    def _partner(files: dict[str, str], *stems: str) -> str | None:
        return next((files[stem] for stem in stems if stem in files), None)


def _facts(index: Path) -> dict[str, dict[str, str]]:
    """Read an index of composites: its columns by composite."""
    if not index.is_file():
        return {}
    try:
        with index.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except UnicodeDecodeError as error:
        raise BadInputError(f"{index} is not UTF-8: {error}. Save it as UTF-8 (in Excel: CSV UTF-8).") from error
    if rows and "composite" not in rows[0]:
        raise BadInputError(f"{index} has no column 'composite'; its columns are: {', '.join(rows[0])}.")
    return {
        os.path.splitext(row["composite"])[0]: {key: row[key] for key in row if key != "composite" and row[key]}  # noqa: PTH122
        for row in rows
    }


def spread(triplets: Sequence[Triplet], count: int) -> list[Triplet]:
    """Give `count` triplets spread evenly over the dataset, always the same ones; all, if there are not more."""
    if count >= len(triplets):
        return list(triplets)
    return [triplets[i * len(triplets) // count] for i in range(count)]

r"""Gather photos with masks to train on from clones of public repositories, in train/'s layout (see docs/training.md).

    python benchmarks/gather_photos.py CLONES OUT --beside ../shared/data/train \
        --leave-out ../shared/data/bench ../shared/data/real BSDS500 --mask-model u2netp.onnx
    python benchmarks/gather_photos.py CLONES OUT --only lspet --limit 40

CLONES holds clones of the repositories that photo_sources.toml names, each as OWNER+NAME or NAME, bare or checked out.
OUT gets images/ID.webp (longest side at most 341 pixels), masks/ID_K.png and index.csv. Left out is what is small,
grey, tinted, framed, drawn or flat; what is there already; and what must not be among them. A photo's masks are its
own, else the salient object that a model on disk is sure of, else two regions of like colour.
"""

from __future__ import annotations

import argparse
import csv
import re
import shutil
import subprocess
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from accord.io.automask import model_path
from photo_checks import Known, Photo, decoded, fault, forms
from photo_masks import Mask, own_mask, regions, salient

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SOURCES = Path(__file__).with_name("photo_sources.toml")
COLUMNS = ("image", "mask", "source", "label", "width", "height", "foreground_ratio")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")


@dataclass(frozen=True)
class Source:
    """An entry of photo_sources.toml, which says what each means."""

    name: str
    repositories: dict[str, str]
    licence: str
    photos: str
    take: int
    label: str = ""
    masks: str = ""
    objects: bool = False
    without: tuple[str, ...] = ()


def sources() -> list[Source]:
    return [Source(name, **values) for name, values in tomllib.loads(SOURCES.read_text(encoding="utf-8")).items()]


class Clone:
    """The files of a git repository, of one commit or, where it is not there, the newest. To be closed."""

    def __init__(self, git: Path, commit: str) -> None:
        self._git = ["git", f"--git-dir={git}"]
        there = subprocess.run([*self._git, "cat-file", "-e", f"{commit}^{{commit}}"], capture_output=True, check=False)
        self.commit = self._said("rev-parse", "HEAD" if there.returncode else commit).strip()
        listed = (line.split("\t", 1) for line in self._said("ls-tree", "-r", "-z", self.commit).split("\0") if line)
        self.blobs = {path: about.split()[2] for about, path in listed}
        self._reader = subprocess.Popen(
            [*self._git, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def _said(self, *words: str) -> str:
        done = subprocess.run([*self._git, *words], capture_output=True, check=True)
        return done.stdout.decode("utf-8", "surrogateescape")

    def read(self, path: str) -> bytes:
        """Give a file's bytes; none where the clone lacks the file, as the largest may be."""
        assert self._reader.stdin
        assert self._reader.stdout
        self._reader.stdin.write(f"{self.blobs[path]}\n".encode())
        self._reader.stdin.flush()
        about = self._reader.stdout.readline().split()
        return self._reader.stdout.read(int(about[2]) + 1)[:-1] if about[1] == b"blob" else b""

    def close(self) -> None:
        """End the reading."""
        self._reader.communicate()


def git_folder(folder: Path) -> Path | None:
    """Give where git keeps a clone: the folder itself if bare, or one in it."""
    named = (folder / inside for inside in (".git", ".", "repo/.git", "repo"))
    return next((path for path in named if (path / "HEAD").is_file() and (path / "objects").is_dir()), None)


def clone_of(repository: str, commit: str, clones: Path) -> Clone:
    owner, name = repository.split("/")
    # Some of the repositories share a name, so one with its owner's comes first.
    for folder in (clones / f"{owner}+{name}", clones / name):
        if git := git_folder(folder):
            return Clone(git, commit)
    sys.exit(f"no clone of https://github.com/{repository} in {clones}: clone it as {owner}+{name}.")


def pictures(place: Path) -> Iterator[Photo]:
    """Give the pictures of a file or a folder with all below it, but for masks."""
    for path in [place] if place.is_file() else sorted(place.rglob("*")):
        if path.suffix.lower() in SUFFIXES and "mask" not in str(path.relative_to(place)).lower():
            photo = decoded(path.read_bytes())
            if photo is not None:
                yield photo


@dataclass(frozen=True)
class Candidate:
    """A photo in a clone, and what its path tells."""

    clone: Clone
    path: str
    id: str
    label: str
    mask: str

    @property
    def draw(self) -> int:
        """A number as good as drawn by lot, always the same."""
        return zlib.crc32(self.id.encode())


def candidates(source: Source, clones: list[Clone]) -> list[Candidate]:
    """Give a source's photos in the order in which they are tried."""
    found: dict[str, Candidate] = {}
    for clone in clones:
        for path in clone.blobs:
            if match := re.fullmatch(source.photos, path):
                parts = match.groupdict()
                if parts["id"] in source.without:
                    continue
                name = source.name + re.sub(r"[^A-Za-z0-9]", "", parts["id"])
                label = source.label or parts["label"].replace("_", " ").lower()
                mask = source.masks.format(name=PurePosixPath(path).stem, **parts)
                found.setdefault(name, Candidate(clone, path, name, label, mask))
    return sorted(found.values(), key=lambda candidate: candidate.draw)


def masks_of(source: Source, candidate: Candidate, photo: Photo, model: Path | None) -> list[tuple[str, Mask]]:
    """Give a photo's masks with what each shows."""
    if source.masks:
        own = candidate.clone.read(candidate.mask) if candidate.mask in candidate.clone.blobs else b""
        return [(candidate.label, mask) for mask in own_mask(own, photo)]
    found = salient(photo, model) if source.objects and model else []
    return [(candidate.label, mask) for mask in found] or [("region", mask) for mask in regions(photo, candidate.draw)]


class Gathering:
    """A folder that fills with photos, and what they must not be."""

    def __init__(self, out: Path, leave_out: Iterable[Path]) -> None:
        self._out = out
        self._rows: list[dict[str, object]] = []
        self._known, self._unwanted = Known(), Known()
        for place in leave_out:
            photos = list(pictures(place))
            if not photos:
                sys.exit(f"{place} holds no picture to leave out.")
            for form in (form for photo in photos for form in (photo, *forms(photo))):
                self._unwanted.add(form)
        for part in ("images", "masks"):
            (out / part).mkdir(parents=True)

    def is_unwanted(self, photo: Photo) -> bool:
        """Tell whether a photo, or a part of it, is among those left out: then rather one too many."""
        return self._unwanted.holds(photo, strict=True) or any(self._unwanted.holds(form) for form in forms(photo))

    def copy(self, train: Path) -> Counter[str]:
        """Take over a folder of this layout, but for what must not be among the photos."""
        with (train / "index.csv").open(newline="", encoding="utf-8") as file:
            rows = sorted(csv.DictReader(file), key=lambda row: row["image"])
        became: Counter[str] = Counter()
        for name, group in groupby(rows, key=lambda row: row["image"]):
            photo = decoded((train / "images" / f"{name}.webp").read_bytes())
            if photo is None or self.is_unwanted(photo):
                became[f"left out: {name}"] += 1
                continue
            self._known.add(photo)
            became["kept"] += 1
            self._rows += (own := list(group))
            for path in (f"images/{name}.webp", *(f"masks/{row['mask']}.png" for row in own)):
                shutil.copyfile(train / path, self._out / path)
        return became

    def gather(self, source: Source, clones: list[Clone], limit: int, model: Path | None) -> Counter[str]:
        """Take photos of a source until there are as many as wanted, and tell what became of those tried."""
        became: Counter[str] = Counter()
        for candidate in candidates(source, clones):
            if became["kept"] == min(source.take, limit):
                break
            became[self._take(source, candidate, model)] += 1
        return became

    def _take(self, source: Source, candidate: Candidate, model: Path | None) -> str:
        photo = decoded(candidate.clone.read(candidate.path))
        if photo is None:
            return "unreadable"
        if why := fault(photo):
            return why
        if self._known.holds(photo) or self.is_unwanted(photo):
            return "duplicate"
        masks = masks_of(source, candidate, photo, model)
        if not masks:
            return "no mask"
        self._known.add(photo)
        height, width = photo.shape[:2]
        cv2.imwrite(str(self._out / "images" / f"{candidate.id}.webp"), photo, [cv2.IMWRITE_WEBP_QUALITY, 92])
        for number, (label, mask) in enumerate(masks, 1):
            name = f"{candidate.id}_{number}"
            cv2.imwrite(str(self._out / "masks" / f"{name}.png"), mask.astype(np.uint8) * 255)
            values = (candidate.id, name, source.name, label, width, height, f"{mask.mean():.4f}")
            self._rows.append(dict(zip(COLUMNS, values, strict=True)))
        return "kept"

    def save(self) -> None:
        """Write the index of what is there."""
        with (self._out / "index.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(sorted(self._rows, key=lambda row: str(row["mask"])))


def main() -> None:
    asked = _asked()
    if asked.out.exists() and any(asked.out.iterdir()):
        sys.exit(f"{asked.out} is not empty: name a new folder.")
    if asked.mask_model:
        model_path(asked.mask_model)  # says now, not after an hour, if it is not there
    chosen = [source for source in sources() if not asked.only or source.name in asked.only]
    with ExitStack() as opened:
        clones = {
            source.name: [
                opened.enter_context(closing(clone_of(name, commit, asked.clones)))
                for name, commit in source.repositories.items()
            ]
            for source in chosen
        }
        gathering = Gathering(asked.out, asked.leave_out)
        if asked.beside:
            print(f"{asked.beside}: {_told(gathering.copy(asked.beside))}", flush=True)
        for source in chosen:
            for clone, (repository, commit) in zip(clones[source.name], source.repositories.items(), strict=True):
                if clone.commit != commit:
                    print(f"{repository} lacks {commit}, which was seen: {clone.commit} is read.")
            became = gathering.gather(source, clones[source.name], asked.limit, asked.mask_model)
            print(f"{source.name}: {_told(became)}", flush=True)
            gathering.save()


def _told(became: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in became.most_common())


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clones", type=Path, metavar="CLONES", help="folder of clones")
    parser.add_argument("out", type=Path, metavar="OUT", help="new folder for photos and masks")
    parser.add_argument("--beside", type=Path, metavar="TRAIN", help="a folder of this layout, copied into OUT first")
    parser.add_argument("--leave-out", type=Path, nargs="+", default=[], help="pictures, or folders of them")
    parser.add_argument("--mask-model", type=Path, help='u2netp.onnx, or another model that mask="auto" takes')
    parser.add_argument("--only", nargs="+", metavar="SOURCE", choices=[source.name for source in sources()])
    parser.add_argument("--limit", type=int, default=10**9, help="photos of a source at most")
    return parser.parse_args()


if __name__ == "__main__":
    main()

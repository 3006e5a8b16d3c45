"""Results with known truth, as features and errors: what `fit_score.py` fits to and `check_score.py` checks on.

Whoever made a result is kept for the tables only; the score never sees it. Everything is cached file by file, so a run
that was stopped goes on from there.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from accord.core.place import Place
from accord.methods import registry
from accord.methods.card import MethodCard
from accord.pipeline.choosing import CLASSICAL, STRENGTHS
from accord.pipeline.harmonizing import read_composite
from accord.pipeline.judging import Judge

POOLED = ("accord", "reinhard", "mkl", "histogram", "idt")
VIEWS = {"whole": "accord", "ring": "ring", "near": "near", "nearer": "nearer"}


@dataclass(frozen=True, eq=False)
class Told:
    """The results of one composite.

    Parameters
    ----------
    names
        (n,) who made each result and at which strength: "mkl 0.5".
    features
        (n, f).
    errors
        (n,) fMSE of each, and of the composite left alone.
    products
        (n, n) mean products of the results' errors over the foreground, squared codes; of unrounded results.
    composite_error
        fMSE of the composite left alone.
    """

    names: list[str]
    features: np.ndarray
    errors: np.ndarray
    products: np.ndarray
    composite_error: float


def tell(composite: np.ndarray, truth: np.ndarray, mask: np.ndarray, network: MethodCard, names: list[str]) -> Told:
    """Make the named results of a composite, and measure them.

    Parameters
    ----------
    composite, truth
        (H, W, 3) uint8.
    mask
        (H, W) in [0, 1] or uint8.
    network
        The learned default.
    names
        Who makes a result and at which strength, as in `Told`.
    """
    view, cover = read_composite(composite, mask, encoding=None, mask_model=None)
    judge = Judge(view, cover, network)
    colours, wanted = (picture.astype(np.float32) / 255 for picture in (composite, truth))
    weights = (cover / cover.sum(dtype=np.float64)).astype(np.float32)
    whole = Place.whole(*cover.shape)
    made = {}
    rows, errors, off = [], [], []
    for name in names:
        maker, strength = name.split()
        if maker not in made:
            made[maker] = _map(judge, maker)
        small = judge.applied(made[maker].at_strength(float(strength)))
        rows.append(judge.describe(judge.small.with_foreground(small)))
        mapped = made[maker].transform(colours, whole)
        result = np.clip(colours + float(strength) * cover[..., None] * (mapped - colours), 0, 1)
        errors.append(_fmse(np.rint(result * 255), truth, cover))
        off.append(((result - wanted) * np.sqrt(weights)[..., None]).ravel())
    moved = np.stack(off) * 255
    return Told(names, np.stack(rows), np.array(errors), moved @ moved.T / 3, _fmse(composite, truth, cover))


def _map(judge: Judge, maker: str):
    if maker in VIEWS.values():
        return judge.maps[next(view for view, name in VIEWS.items() if name == maker)]
    if maker == "mean":
        return judge.mean
    return registry.get(maker).load().fit(judge.small.colours, judge.small.mask, judge.small.rest)


def _fmse(picture: np.ndarray, truth: np.ndarray, mask: np.ndarray) -> float:
    off = np.square(picture.astype(np.float32) - truth.astype(np.float32)).mean(axis=-1, dtype=np.float64)
    return float((mask * off).sum(dtype=np.float64) / mask.sum(dtype=np.float64))


def pooled_names() -> list[str]:
    """Give the results that the score is to be right about."""
    return [f"{maker} {strength:g}" for maker in POOLED for strength in (1, 0.5)]


def candidate_names() -> list[str]:
    """Give the candidates of `best_of`."""
    views = [f"{maker} {strength:g}" for maker in (*VIEWS.values(), "mean") for strength in STRENGTHS]
    return views + [f"{maker} {strength:g}" for maker in CLASSICAL for strength in (1, 0.5)]


def jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    """Give a picture, (h, w, 3) on 0..1, as its JPEG has it, uint8: real composites have been through one."""
    file = io.BytesIO()
    Image.fromarray(np.rint(picture * 255).astype(np.uint8)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def save(path: Path, told: Told, **facts: object) -> None:
    """Write results to a file."""
    np.savez_compressed(
        path, names=np.array(told.names), features=told.features.astype(np.float32), errors=told.errors,
        products=told.products, composite_error=told.composite_error, **facts,
    )  # fmt: skip


def stored(folder: Path) -> Iterator[dict[str, np.ndarray]]:
    """Give what was saved, file by file in the order of their names."""
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as found:
            yield dict(found) | {"file": np.array(path.stem)}

"""From features to a probability and an expected error: a few small networks, averaged, in NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import WeightsError
from accord.diagnose.score.features import NAMES

Doubles = NDArray[np.float64]

FILE = "score.npz"

_ARRAYS = ("centre", "scale", "hidden", "hidden_bias", "out", "out_bias", "calibration", "threshold", "features")
# Beyond this many deviations a feature says no more: nothing like it was seen.
_FURTHEST = 4.0


@dataclass(frozen=True)
class Estimate:
    """What is to be expected of a result, whose truth is not known.

    Parameters
    ----------
    p_better
        Probability that its error over the foreground is less than that of the composite left alone.
    error_ratio
        Its expected squared error over the composite's: below 1 is nearer to the truth.
    """

    p_better: float
    error_ratio: float


@dataclass(frozen=True, eq=False)
class Score:
    """The fitted model, which `benchmarks/fit_score.py` writes.

    Parameters
    ----------
    centre, scale
        (f,) each: a feature counts as (value - centre) / scale, clipped to 4.
    hidden, hidden_bias
        (k, f, h) and (k, h): the first layer of k networks, then max(0, .).
    out, out_bias
        (k, h, 2) and (k, 2): the log odds of being better, and the log of the error's ratio; averaged over k.
    calibration
        (2,) slope and offset of the log odds.
    threshold
        The probability below which a composite is better left alone.
    """

    centre: Doubles
    scale: Doubles
    hidden: Doubles
    hidden_bias: Doubles
    out: Doubles
    out_bias: Doubles
    calibration: Doubles
    threshold: float

    def estimate(self, features: Doubles) -> list[Estimate]:
        """Give an estimate for each row of (n, f) features."""
        put = np.clip((features - self.centre) / self.scale, -_FURTHEST, _FURTHEST)
        raised = np.maximum(0, np.einsum("nf,kfh->knh", put, self.hidden) + self.hidden_bias[:, None])
        odds, ratio = (np.einsum("knh,kho->kno", raised, self.out) + self.out_bias[:, None]).mean(axis=0).T
        slope, offset = self.calibration
        chances = 1 / (1 + np.exp(-np.clip(slope * odds + offset, -30, 30)))
        return [Estimate(float(p), float(np.exp(r))) for p, r in zip(chances, np.clip(ratio, -10, 10), strict=True)]

    def save(self, path: Path) -> None:
        """Write the model."""
        single = {name: np.asarray(getattr(self, name), np.float32) for name in _ARRAYS[:-1]}
        np.savez_compressed(path, allow_pickle=False, features=np.array(NAMES), **single)

    @classmethod
    def load(cls, path: Path) -> Score:
        """Read what `save` wrote.

        Raises
        ------
        WeightsError
            If the file is missing, broken, or was fitted to other features.
        """
        try:
            with np.load(path, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in _ARRAYS}
        except (OSError, ValueError, KeyError) as error:
            raise WeightsError(f"the score {path} cannot be read: {error}. Install accord again.") from error
        if tuple(arrays.pop("features").tolist()) != NAMES:
            raise WeightsError(f"the score {path} was fitted to other features. Run benchmarks/fit_score.py again.")
        threshold = float(arrays.pop("threshold"))
        return cls(**{name: values.astype(np.float64) for name, values in arrays.items()}, threshold=threshold)


@lru_cache(maxsize=1)
def shipped() -> Score:
    """Give the score that comes with the package."""
    with resources.as_file(resources.files("accord.diagnose.score") / FILE) as path:
        return Score.load(path)

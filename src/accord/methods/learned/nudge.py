"""Questions about a foreground whose colours were nudged, and their answers in terms of the foreground as it is.

A network that is asked about a composite stays close to it: what it sees is its first guess. Asked about the same
foreground a little darker, or more cyan, magenta or yellow, it guesses afresh, and errs otherwise; the mean errs less.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from accord.methods.card import Floats

Doubles = NDArray[np.float64]

AMOUNT = 0.2
"""How far each channel goes, as the logarithm of its gain on display-encoded values."""

GAINS = np.exp(AMOUNT * np.array([[-1, -1, -1], [-1, 1, 1], [1, -1, 1], [1, 1, -1]], np.float32))
"""(4, 3): darker, cyan, magenta, yellow; together they lean to no side."""

# Powers of r, g and b in each term of `accord.transforms.Polynomial`.
_POWERS = (
    (0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (2, 0, 0), (0, 2, 0), (0, 0, 2), (1, 1, 0), (1, 0, 1), (0, 1, 1),
    (3, 0, 0), (0, 3, 0), (0, 0, 3),
)  # fmt: skip


def nudged(view: Floats, gain: Floats) -> Floats:
    """Give a view whose foreground's channels are multiplied by gains.

    Parameters
    ----------
    view
        (h, w, 4) display-encoded colours and coverage, as `accord.methods.learned.sharp.sharp` gives them.
    gain
        (3,)
    """
    colours, cover = view[..., :3], view[..., 3:]
    return np.concatenate([np.minimum(colours * (1 + cover * (gain - 1)), 1), cover], axis=-1, dtype=np.float32)


def for_unnudged(coefficients: Floats, gain: Floats) -> Doubles:
    """Give the polynomial that does to colours what one does to them after they are multiplied by gains.

    Parameters
    ----------
    coefficients
        (3, 13), see `accord.transforms.Polynomial`: what is added to each channel, of colours less 0.5.
    gain
        (3,)

    Returns
    -------
    ndarray
        (3, 13), of the same terms: a gain of each channel by itself mixes no channels.
    """
    offset, substitution = _substitution(tuple(gain.tolist()))
    changed = np.asarray(coefficients @ substitution)
    changed[:, 0] += offset
    changed[:, 1:4] += np.diag(gain - 1.0)
    return changed


@lru_cache(maxsize=len(GAINS))
def _substitution(gain: tuple[float, ...]) -> tuple[Doubles, Doubles]:
    """Give what is added to channels less 0.5, (3,), and nudged colours' terms by those of the others, (13, 13)."""
    rise = np.array(gain)
    offset = 0.5 * (rise - 1)
    nudged_channels = [np.polynomial.Polynomial([low, high]) for low, high in zip(offset, rise, strict=True)]
    rows = []
    for powers in _POWERS:
        by_channel = [(channel**power).coef for channel, power in zip(nudged_channels, powers, strict=True)]
        held = [
            [part[at] if at < len(part) else 0.0 for part, at in zip(by_channel, term, strict=True)] for term in _POWERS
        ]
        rows.append(np.prod(held, axis=1))
    return offset, np.stack(rows)

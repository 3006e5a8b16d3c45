"""Fit a handful of parameters to many residuals.

Source: the damped Gauss-Newton method of D. Marquardt, "An Algorithm for Least-Squares Estimation of Nonlinear
Parameters", SIAM Journal 11(2), 1963, doi:10.1137/0111030.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_ROUNDS = 60
# Residuals come from float32 colour conversions: a smaller step would drown in their rounding.
_STEP = 1e-3
_GIVE_UP = 1e9


def least_squares(residuals: Callable[[Doubles], Doubles], start: Doubles, scale: Doubles) -> Doubles:
    """Give the parameters, (k,), near `start` whose residuals, (n,) with n >= k, have the least sum of squares.

    Parameters
    ----------
    residuals
        The residuals of given parameters.
    start
        (k,) where to begin.
    scale
        (k,) > 0: by how much each parameter may be changed for residuals of about equal size.
    """
    here = start.astype(np.float64)
    left = residuals(here)
    damping = 1e-3
    for _ in range(_ROUNDS):
        # Both ways: of a residual that colours' clipping keeps from growing, one way alone would show no slope.
        steps = [residuals(here + move) - residuals(here - move) for move in np.diag(scale * _STEP)]
        slopes = np.stack(steps, axis=-1) / (2 * _STEP)
        normal, gradient = slopes.T @ slopes, slopes.T @ left
        while damping < _GIVE_UP:
            damped = normal + damping * (np.diag(np.diag(normal)) + 1e-9 * np.eye(len(here)))
            move = -scale * np.linalg.solve(damped, gradient)
            there = residuals(here + move)
            if there @ there <= left @ left:
                break
            damping *= 4
        else:
            return here
        gained = left @ left - there @ there
        here, left, damping = here + move, there, max(damping / 4, 1e-9)
        if gained <= 1e-9 * (left @ left) or np.abs(move / scale).max() < 1e-6:
            return here
    return here

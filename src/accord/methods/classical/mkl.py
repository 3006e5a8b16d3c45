"""Give the foreground the reference's mean and full covariance by the linear map that moves colours least.

Source: F. Pitie, A. Kokaram, "The Linear Monge-Kantorovitch Linear Colour Mapping for Example-Based Colour Transfer",
CVMP 2007, doi:10.1049/cp:20070055. Differs from the paper: bounds the map's gain along each of its axes, so that a
foreground without colour (or of one pixel) does not have its noise blown up into the reference's palette.
"""

from __future__ import annotations

import numpy as np

from accord.methods.card import Floats, MethodCard
from accord.methods.statistics import Doubles, foreground_and_reference
from accord.transforms import Affine

MAX_GAIN = 3.0
"""Largest growth in spread along any axis of colour space, and its inverse the largest shrinking."""

FLOOR = 1e-4
"""Share of the mean variance of both regions that is added to every axis, on both sides: 1 % of the spread."""


class MongeKantorovich:
    """Fits one affine map of display-encoded RGB."""

    def fit(self, composite: Floats, mask: Floats, reference: Floats) -> Affine:
        """Fit the map that gives the foreground the reference's mean and covariance; see `Method.fit`."""
        foreground, wanted = foreground_and_reference(composite, mask, reference)
        matrix = transport(foreground.covariance(), wanted.covariance())
        return Affine.about(matrix, foreground.mean(), wanted.mean())


def transport(covariance: Doubles, wanted: Doubles) -> Doubles:
    """Give the symmetric matrix T with T covariance T = wanted, its eigenvalues bounded by MAX_GAIN.

    Parameters
    ----------
    covariance, wanted
        (3, 3), symmetric, any of their eigenvalues may be 0.
    """
    # Relative to the data's own variance, so that brighter light scales everything alike; on both sides, so that equal
    # covariances give the identity.
    floor = FLOOR * (np.trace(covariance) + np.trace(wanted)) / 6
    if floor <= 0:
        return np.eye(3)
    regular, target = covariance + floor * np.eye(3), wanted + floor * np.eye(3)
    root = _power(regular, 0.5)
    inverse_root = _power(regular, -0.5)
    matrix = inverse_root @ _power(root @ target @ root, 0.5) @ inverse_root
    gains, axes = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((axes * gains.clip(1 / MAX_GAIN, MAX_GAIN)) @ axes.T)


def _power(matrix: Doubles, exponent: float) -> Doubles:
    values, axes = np.linalg.eigh(matrix)
    return np.asarray((axes * np.maximum(values, np.finfo(float).tiny) ** exponent) @ axes.T)


CARD = MethodCard(
    id="mkl",
    title="Mean and full covariance, by the linear map that moves colours least",
    source="Pitie and Kokaram, The Linear Monge-Kantorovitch Linear Colour Mapping, CVMP 2007",
    licence="Apache-2.0",
    works_in="srgb",
    load=MongeKantorovich,
    prefer="the same materials under a cast that mixes channels",
)

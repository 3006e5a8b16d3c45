"""Composites and the maps that are applied to them."""

from __future__ import annotations

import numpy as np
import pytest

from accord.transforms import (
    Affine,
    AffineGrid,
    BilateralGrid,
    Blend,
    Chain,
    Curves,
    Lut3D,
    OffsetGrid,
    Polynomial,
    PolynomialGrid,
)
from accord.transforms.curves import Curve

RNG = np.random.default_rng(4)


def _near_identity(shape):
    return np.eye(3, 4) + RNG.normal(0, 0.1, (*shape, 3, 4))


_NODES = Lut3D.nodes(9)
_BENT = _NODES**1.3 + 0.05 * np.sin(5 * _NODES[..., ::-1])
_CURVE = Curve.through([0, 0.3, 1], [0, 0.4, 0.95])
_POLYNOMIAL = Polynomial(RNG.normal(0, 0.08, (3, 13)))

MAPS = {
    "affine": Affine(_near_identity(())),
    "affine grid, bilinear": AffineGrid(_near_identity((4, 5))),
    "affine grid, bicubic and clipped": AffineGrid(
        _near_identity((4, 5)), RNG.random((4, 5)), interpolation="bicubic", clip=True
    ),
    "polynomial": _POLYNOMIAL,
    "polynomial grid": PolynomialGrid(RNG.normal(0.1, 0.1, (3, 4, 3, 10))),
    "bilateral grid": BilateralGrid(_near_identity((3, 4, 5))),
    "offsets": OffsetGrid(RNG.normal(0, 0.1, (3, 4, 3))),
    "curves": Curves(_CURVE, _CURVE, _CURVE),
    "LUT, trilinear": Lut3D(_BENT, interpolation="trilinear"),
    "LUT, tetrahedral": Lut3D(_BENT, interpolation="tetrahedral"),
    "default": Chain((_POLYNOMIAL, AffineGrid(_near_identity((24, 24))))),
    "default at part strength": Blend(Chain((_POLYNOMIAL, AffineGrid(_near_identity((24, 24))))), 0.6),
}


@pytest.fixture(params=MAPS)
def colour_map(request):
    return MAPS[request.param]


@pytest.fixture
def soft_mask():
    rows, columns = np.mgrid[:90, :700]
    distance = np.hypot((rows - 40) / 32, (columns - 330) / 300)
    return np.clip((1 - distance) * 9, 0, 1).astype(np.float32)

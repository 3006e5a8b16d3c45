import numpy as np
import pytest

from accord.colour.photographic import PhotographicEdit
from accord.transforms import (
    Affine,
    AffineGrid,
    BilateralGrid,
    Blend,
    Chain,
    Curve,
    Curves,
    Filters,
    HueLimit,
    Identity,
    InSpace,
    Lut3D,
    Mean,
    OffsetGrid,
    Palette,
    Photographic,
    Polynomial,
    PolynomialGrid,
    Protected,
    Region,
    Skin,
    Tone,
)


def every_map():
    """One map of every kind and option, away from the identity, by name."""
    rng = np.random.default_rng(11)
    near = np.eye(3, 4) + rng.normal(0, 0.05, (3, 4))
    affine = Affine(near)
    curve = Curve([0.1, 0.4, 0.9], [0.05, 0.5, 0.8], [0.7, 1.1])
    table = Lut3D.nodes(5) + rng.normal(0, 0.03, (5, 5, 5, 3))
    grid = np.eye(3, 4) + rng.normal(0, 0.1, (4, 6, 3, 4))
    polynomial = np.zeros((3, 2, 3, 10)) + np.eye(3, 10) + rng.normal(0, 0.05, (3, 2, 3, 10))
    bilateral = BilateralGrid(np.eye(3, 4) + rng.normal(0, 0.1, (3, 4, 5, 3, 4)))
    return {
        "identity": Identity(),
        "affine": affine,
        "gain-offset": Affine.gain_offset([1.1, 0.9, 1.0], 0.02),
        "in-lab": InSpace("lab", Affine.gain_offset([1.1, 0.9, 1.0], [2, -3, 4])),
        "in-oklab": InSpace("oklab", Curves(curve, Curve.through([0.0], [0.01]), Curve.through([0, 1], [0, 0.9]))),
        "in-linear": InSpace("linear", affine),
        "curves": Curves(curve, curve, Curve.through([0, 1], [0.1, 0.9])),
        "filters": Filters([0.3, -0.2, 0.25, -0.4, 0.35, -0.15], [0.5, 0.4, 0.3], 0.38),
        "tetrahedral": Lut3D(table, [[-0.1, 0, 0], [1, 1.2, 1]]),
        "trilinear": Lut3D(table, interpolation="trilinear"),
        "affine-grid": AffineGrid(grid),
        "affine-grid-as-published": AffineGrid(grid, rng.random((4, 6)), "bicubic", clip=True),
        "polynomial": Polynomial(rng.normal(0, 0.1, (3, 13))),
        "polynomial-grid": PolynomialGrid(polynomial),
        "bilateral-grid": bilateral,
        "offset-grid": OffsetGrid(rng.normal(0, 0.1, (5, 7, 3))),
        "photographic": Photographic(PhotographicEdit(0.3, -20.0, 0.004, 12.0, 5.0, -4.0, -15.0)),
        "chain": Chain((affine, bilateral, Curves(curve, curve, curve))),
        "blend": Blend(bilateral, 0.37),
        "mean": Mean((affine, bilateral, Curves(curve, curve, curve)), [0.5, 0.3, 0.2]),
        "tone": Tone(affine, np.eye(3) + rng.normal(0, 0.05, (3, 3))),
        "hue-limit": HueLimit(bilateral, 10.0, clipped=True),
        "protected": Protected(affine, (Palette(rng.random((2, 3))), Skin(), Region(rng.random((4, 5)))), 2.0, True),
    }


MAPS = every_map()


@pytest.fixture(params=MAPS)
def colour_map(request):
    return MAPS[request.param]


@pytest.fixture
def maps():
    return MAPS


@pytest.fixture
def pixels():
    """37 x 53, odd on purpose, with values below 0 and above 1 as scene-linear pictures have."""
    return np.random.default_rng(7).uniform(-0.2, 1.6, (37, 53, 3)).astype(np.float32)

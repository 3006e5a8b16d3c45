"""A plausible solid for an outline: which way its surface faces at each pixel, known at the rim and guessed inside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]

_STEPS = 200
_NEAR_ENOUGH = 1e-8  # of the squared residual at the start


def surface_normals(flags: Flags, cut: tuple[bool, bool, bool, bool]) -> Doubles:
    """Give unit normals of the solid that swells an outline, (n, 3): x to the right, y up, z to the camera.

    At the rim of a smooth solid the surface faces sideways, along the outline's own normal, whatever the solid is
    (Johnson and Farid, "Exposing digital forgeries by detecting inconsistencies in lighting", ACM MM&Sec 2005,
    doi:10.1145/1073170.1073171). Inside, the height is the square root of the solution of Poisson's equation that is 0
    on the outline, which makes spheres of discs and ellipsoids of ellipses.

    Parameters
    ----------
    flags
        (h, w): the object.
    cut
        Whether the frame cuts the object off at the top, bottom, left and right: no rim is there.
    """
    swell = _poisson(flags, cut)
    tall = _stepped(swell, cut[:2], axis=0)
    wide = _stepped(swell, cut[2:], axis=1)
    normals = np.stack([-wide, tall, np.sqrt(swell)], axis=-1)[flags]
    unit: Doubles = normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)
    return unit


def _poisson(flags: Flags, cut: tuple[bool, bool, bool, bool]) -> Doubles:
    """Solve 4 u - (sum of the neighbours' u) = 1 inside, u = 0 outside, by conjugate gradients."""
    neighbours = np.full(flags.shape, 4.0)
    neighbours[0] -= cut[0]
    neighbours[-1] -= cut[1]
    neighbours[:, 0] -= cut[2]
    neighbours[:, -1] -= cut[3]

    def operator(u: Doubles) -> Doubles:
        out = neighbours * u
        out[1:] -= u[:-1]
        out[:-1] -= u[1:]
        out[:, 1:] -= u[:, :-1]
        out[:, :-1] -= u[:, 1:]
        return np.asarray(out * flags)

    residual = flags.astype(np.float64)
    solution, direction = np.zeros(flags.shape), residual.copy()
    energy = start = float((residual**2).sum())
    for _ in range(_STEPS):
        applied = operator(direction)
        curvature = float((direction * applied).sum())
        if energy <= _NEAR_ENOUGH * start or curvature <= 0:
            break
        solution += energy / curvature * direction
        residual -= energy / curvature * applied
        before, energy = energy, float((residual**2).sum())
        direction = residual + energy / before * direction
    return np.maximum(solution, 0)


def _stepped(values: Doubles, cut: tuple[bool, bool], axis: int) -> Doubles:
    """Give central differences; beyond an edge that is cut things go on, beyond another there is nothing."""
    size = values.shape[axis]
    first, last = values.take([0], axis) * cut[0], values.take([size - 1], axis) * cut[1]
    padded = np.concatenate([first, values, last], axis)
    return np.asarray((padded.take(range(2, size + 2), axis) - padded.take(range(size), axis)) / 2)

"""The colour transforms that PCT-Net's paper compares: what the numbers of a place do to its colour.

Source: Guerreiro, Nakazawa, Stenger, CVPR 2023. `linear` is the one that the authors' checkpoints have. The published
code of the polynomial reads red where its text has green; here it reads red, green and blue. Its quadratic, cubic, HSV
and YUV forms cannot run, and are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from accord.core.errors import BadInputError

_SYMMETRIC = (0, 3, 5, 3, 1, 4, 5, 4, 2)


@dataclass(frozen=True)
class Transform:
    """A colour transform.

    Parameters
    ----------
    channels
        How many numbers it takes for each place.
    apply
        Gives colours (N, 3, H, W) for numbers (N, channels, H, W) and normalised colours (N, 3, H, W).
    affine
        Gives the numbers of the linear transform that does the same, (N, 12, H, W); None where there is none.
    clipped
        Whether the colours are clipped to [0, 1].
    """

    channels: int
    apply: Callable[[Tensor, Tensor], Tensor]
    affine: Callable[[Tensor], Tensor] | None
    clipped: bool = True


def _products(matrix: Tensor, terms: Tensor) -> Tensor:
    """Multiply (N, 3 k, H, W), row by row, with (N, k, H, W)."""
    return torch.cat([(row * terms).sum(1, keepdim=True) for row in matrix.chunk(3, dim=1)], dim=1)


def _linear(theta: Tensor, image: Tensor) -> Tensor:
    return _products(theta[:, :9], image) + theta[:, 9:]


def _polynomial(theta: Tensor, image: Tensor) -> Tensor:
    red, green, blue = image.chunk(3, dim=1)
    return _products(theta, torch.cat([image, red * green, red * blue, green * blue, image * image], dim=1))


def _symmetric(theta: Tensor) -> Tensor:
    """Spread six numbers over a symmetric matrix; the shift follows, if there is one."""
    matrix = theta[:, list(_SYMMETRIC)]
    return torch.cat([matrix, theta[:, 6:] if theta.shape[1] > 6 else torch.zeros_like(theta[:, :3])], dim=1)


def _shift(theta: Tensor) -> Tensor:
    return torch.cat([torch.zeros_like(theta).repeat(1, 3, 1, 1), theta], dim=1)


def _sum(theta: Tensor) -> Tensor:
    identity = torch.eye(3, dtype=theta.dtype, device=theta.device).reshape(1, 9, 1, 1)
    return torch.cat([identity.expand(len(theta), -1, *theta.shape[2:]), theta], dim=1)


def _product(theta: Tensor) -> Tensor:
    none = torch.zeros_like(theta[:, :1])
    red, green, blue = theta.chunk(3, dim=1)
    return torch.cat([red, none, none, none, green, none, none, none, blue, none, none, none], dim=1)


def _as_affine(channels: int, affine: Callable[[Tensor], Tensor], *, clipped: bool) -> Transform:
    return Transform(channels, lambda theta, image: _linear(affine(theta), image), affine, clipped)


def transform_of(name: str, *, cnn: bool) -> Transform:
    """Give a transform of the paper, as its CNN or its transformer has it.

    Parameters
    ----------
    name
        linear: a matrix and a shift. linear_sym: a symmetric matrix, for the CNN with a shift. polynomial: a matrix on
        all products of up to two colours. identity: the numbers are the colour. mul, add: they scale the colour, or add
        to it.

    Raises
    ------
    BadInputError
        If there is none of that name.
    """
    known: dict[str, Transform] = {
        "linear": Transform(12, _linear, lambda theta: theta),
        "linear_sym": _as_affine(9 if cnn else 6, _symmetric, clipped=True),
        "polynomial": Transform(27, _polynomial, None),
        "identity": _as_affine(3, _shift, clipped=False),
        "mul": _as_affine(3, _product, clipped=not cnn),
        "add": _as_affine(3, _sum, clipped=not cnn),
    }
    if name not in known:
        raise BadInputError(f"transform is {name!r}, wanted one of {', '.join(known)}.")
    return known[name]

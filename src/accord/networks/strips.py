"""Full-resolution work in strips of rows, so that memory does not grow with the picture."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

_CUBIC = -0.75  # PyTorch's (and OpenCV's) parameter of the cubic


def strips(height: int, width: int, pixels: int) -> Iterator[range]:
    """Split the rows of a picture into strips of about that many pixels."""
    step = max(pixels // width, 1)
    for top in range(0, height, step):
        yield range(top, min(top + step, height))


def resized_rows(coarse: Tensor, rows: range, height: int, width: int, mode: str) -> Tensor:
    """Give some rows of `F.interpolate(coarse, (height, width), mode=mode, align_corners=False)`.

    Parameters
    ----------
    coarse
        (N, C, h, w), of any other size.
    rows
        Which rows of the resized picture.
    height, width
        Size of the whole resized picture.
    mode
        "bilinear" or "bicubic".

    Returns
    -------
    Tensor
        (N, C, len(rows), width).
    """
    if len(rows) < height:
        count = coarse.shape[2]
        position = (torch.arange(rows.start, rows.stop, dtype=torch.float64) + 0.5) * (count / height) - 0.5
        if mode == "bilinear":
            position = position.clamp(min=0)
        first = position.floor()
        taps = _TAPS[mode](position - first)
        offset = 1 - len(taps) // 2
        picked = torch.zeros((), device=coarse.device)
        for i, weights in enumerate(taps):
            index = (first.long() + offset + i).clamp(0, count - 1).to(coarse.device)
            picked = picked + coarse[:, :, index] * weights.to(coarse)[:, None]
        coarse = picked
    return F.interpolate(coarse, (len(rows), width), mode=mode, align_corners=False)


def _linear_taps(t: Tensor) -> list[Tensor]:
    return [1 - t, t]


def _cubic_taps(t: Tensor) -> list[Tensor]:
    """Give the cubic convolution's weights for the pixels at -1, 0, 1, 2 (Keys, IEEE TASSP 1981)."""

    def near(d: Tensor) -> Tensor:
        return ((_CUBIC + 2) * d - (_CUBIC + 3)) * d * d + 1

    def far(d: Tensor) -> Tensor:
        return ((d - 5) * d + 8) * d * _CUBIC - 4 * _CUBIC

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


_TAPS = {"bilinear": _linear_taps, "bicubic": _cubic_taps}

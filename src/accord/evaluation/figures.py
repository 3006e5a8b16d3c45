"""The figures that an evaluation reports, as data: what each is called, its unit, which way is better."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from accord.core.errors import BadInputError
from accord.metrics.ciede2000 import ciede2000
from accord.metrics.fmse import fmse, fmse_harmonizer
from accord.metrics.fpsnr import fpsnr, fpsnr_cdtnet
from accord.metrics.fssim import fssim_cdtnet
from accord.metrics.mse import mse, mse_pct_net, se_pct_net
from accord.metrics.psnr import psnr, psnr_harmonizer, psnr_idih, psnr_pct_net
from accord.metrics.ssim import ssim, ssim_cdtnet, ssim_harmonizer

Measure = Callable[[NDArray[Any], NDArray[Any], NDArray[Any]], float]
"""Of a prediction and the truth, (H, W, 3) on 0..255, and the mask (H, W) in [0, 1]."""


@dataclass(frozen=True)
class Figure:
    """A figure of quality.

    Parameters
    ----------
    id
        Its name in files; variants read FIGURE:CODE.
    title
        Its name in tables.
    unit
        What it is counted in.
    lower_is_better
        Which way is better.
    digits
        Decimals that tables show.
    measure
        The function.
    """

    id: str
    title: str
    unit: str
    lower_is_better: bool
    digits: int
    measure: Measure


def _whole(measure: Callable[[NDArray[Any], NDArray[Any]], float]) -> Measure:
    """Let a figure of the whole picture ignore the mask."""
    return lambda prediction, truth, _mask: measure(prediction, truth)


STANDARD: tuple[Figure, ...] = (
    Figure("mse", "MSE", "squared code values", True, 2, _whole(mse)),
    Figure("fmse", "fMSE", "squared code values", True, 1, fmse),
    Figure("psnr", "PSNR", "dB", False, 2, _whole(psnr)),
    Figure("fpsnr", "fPSNR", "dB", False, 2, fpsnr),
    Figure("ssim", "SSIM", "1", False, 4, ssim),
    Figure("ciede2000", "CIEDE2000", "CIEDE2000 units", True, 2, ciede2000),
)

VARIANTS: dict[str, tuple[Figure, ...]] = {
    "idih": (Figure("psnr:idih", "PSNR (iDIH)", "dB", False, 2, _whole(psnr_idih)),),
    "pct-net": (
        Figure("mse:pct-net", "MSE (PCT-Net)", "squared code values", True, 2, mse_pct_net),
        Figure("psnr:pct-net", "PSNR (PCT-Net)", "dB", False, 2, psnr_pct_net),
        Figure("se:pct-net", "SE (PCT-Net)", "millions of squared code values", True, 2, se_pct_net),
    ),
    "cdtnet": (
        Figure("psnr:cdtnet", "PSNR (CDTNet)", "dB", False, 2, _whole(psnr_idih)),
        Figure("fpsnr:cdtnet", "fPSNR (CDTNet)", "dB", False, 2, fpsnr_cdtnet),
        Figure("ssim:cdtnet", "SSIM (CDTNet)", "1", False, 4, _whole(ssim_cdtnet)),
        Figure("fssim:cdtnet", "fSSIM (CDTNet)", "1", False, 4, fssim_cdtnet),
    ),
    "harmonizer": (
        Figure("fmse:harmonizer", "fMSE (Harmonizer)", "squared code values", True, 1, fmse_harmonizer),
        Figure("psnr:harmonizer", "PSNR (Harmonizer)", "dB", False, 2, _whole(psnr_harmonizer)),
        Figure("ssim:harmonizer", "SSIM (Harmonizer)", "1", False, 4, _whole(ssim_harmonizer)),
    ),
}
"""Figures as published codes define them, where they differ from the standard ones."""


def chosen(variants: Iterable[str] = ()) -> tuple[Figure, ...]:
    """Give the standard figures and those of the named variants.

    Raises
    ------
    BadInputError
        If there is no variant of that name.
    """
    figures = STANDARD
    for name in dict.fromkeys(variants):
        if name not in VARIANTS:
            raise BadInputError(f"no variant named {name!r}; there are: {', '.join(VARIANTS)}.")
        figures += VARIANTS[name]
    return figures

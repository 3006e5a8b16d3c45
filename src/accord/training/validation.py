"""How good a network is on composites made of held-out photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from accord.data.synthesis import FAMILIES, Batch
from accord.training.loss import foreground_errors


@torch.no_grad()
def validate(colours: Callable[[Batch], Tensor], batches: Sequence[Batch], *, at_once: int = 64) -> dict[str, float]:
    """Measure a network on composites of known truth.

    Parameters
    ----------
    colours
        Gives the network's foreground colours for a batch, not clipped (see `accord.training.recipes.recipe.Recipe`).
    batches
        The composites.
    at_once
        How many the network sees at a time, which bounds memory.

    Returns
    -------
    dict
        fmse (0..255 scale), noop_fmse, ratio of the two, gain in foreground PSNR (dB, mean over composites), improved
        (share with a lower error than the composite's own, of those that do not match already), match_psnr (median
        foreground PSNR of composites that matched already against themselves), and ratio_FAMILY for each kind of
        recolouring.
    """
    before, after, family = [], [], []
    for batch in batches:
        predicted = torch.cat([colours(part) for part in batch.parts(at_once)]).clamp(0, 1)
        after.append(foreground_errors(predicted, batch.real, batch.mask)[0].cpu())
        before.append(foreground_errors(batch.composite, batch.real, batch.mask)[0].cpu())
        family.append(batch.family.cpu())
    b, a, kinds = torch.cat(before) * 255**2, torch.cat(after) * 255**2, torch.cat(family)
    changed = kinds != FAMILIES.index("match")
    figures = {
        "fmse": float(a[changed].mean()),
        "noop_fmse": float(b[changed].mean()),
        "ratio": float(a[changed].mean() / b[changed].mean()),
        "gain": float((10 * torch.log10(b[changed] / a[changed].clamp_min(1e-3))).mean()),
        "improved": float((a[changed] < b[changed]).float().mean()),
    }
    if (~changed).any():
        figures["match_psnr"] = float((10 * torch.log10(255**2 / a[~changed].clamp_min(1e-3))).median())
    for number, name in enumerate(FAMILIES):
        rows = kinds == number
        if name != "match" and rows.any():
            figures[f"ratio_{name}"] = float(a[rows].mean() / b[rows].mean())
    return figures

"""A picture grid of what a network does, for the eye."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from accord.data.synthesis import Batch

_SHOWN = 16


@torch.no_grad()
def write_samples(path: Path, colours: Callable[[Batch], Tensor], batch: Batch) -> None:
    """Write a PNG: a column a composite; rows are composite, mask, harmonized, real."""
    shown = batch.parts(_SHOWN)[0]
    composite, mask, real = shown.composite, shown.mask, shown.real
    changed = colours(shown).clamp(0, 1)
    harmonized = mask * changed + (1 - mask) * composite
    rows = [composite, mask.expand(-1, 3, -1, -1), harmonized, real]
    picture = torch.cat([torch.cat(list(row), 2) for row in rows], 1)
    Image.fromarray((picture.permute(1, 2, 0) * 255).round().byte().cpu().numpy()).save(path)

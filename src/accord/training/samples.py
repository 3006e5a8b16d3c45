"""A picture grid of what a network does, for the eye."""

from __future__ import annotations

from pathlib import Path

import torch
from PIL import Image
from torch import nn

from accord.data.synthesis import Batch
from accord.networks.accord_net.model import apply_map

_SHOWN = 16


@torch.no_grad()
def write_samples(path: Path, network: nn.Module, batch: Batch) -> None:
    """Write a PNG: a column a composite; rows are composite, mask, harmonized, real."""
    composite, mask, real = batch.composite[:_SHOWN], batch.mask[:_SHOWN], batch.real[:_SHOWN]
    coefficients, grid = network(composite, mask)
    changed = apply_map(composite, coefficients, grid).clamp(0, 1)
    harmonized = mask * changed + (1 - mask) * composite
    rows = [composite, mask.expand(-1, 3, -1, -1), harmonized, real]
    picture = torch.cat([torch.cat(list(row), 2) for row in rows], 1)
    Image.fromarray((picture.permute(1, 2, 0) * 255).round().byte().cpu().numpy()).save(path)

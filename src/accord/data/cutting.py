"""Photos whose foreground is cut out and laid over again, so that its edge tells nothing of what was there before.

In a photo, lens, sensor and file mix what lies on both sides of an object's edge. Where the object is recoloured inside
of its mask, what it has shed outside keeps the true colours, and a network learns to read those. Foregrounds that come
from another photo, as users' do, have shed nothing.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own convention
from torch import Tensor

_WIDEST = 6 / 320  # of the picture's side: how far an edge reaches to either side at most
_CORE = 0.3  # of the foreground that has to be left inside of its edge
_COARSE, _STEPS = 4, 2  # colours are carried on in pixels so large, so many of them


def cut_out(photos: Tensor, cover: Tensor, generator: torch.Generator) -> Tensor:
    """Give photos as composites of their foreground and their background, neither with a trace of the other.

    Each side's colours near the edge, up to a width drawn for it, are replaced by what that side has farther off, with
    grain from elsewhere in the photo. Foregrounds that are all edge stay as they are.

    Parameters
    ----------
    photos
        (b, 3, s, s) display-encoded sRGB in [0, 1].
    cover
        (b, 1, s, s) coverage in [0, 1].
    """
    count, side = len(photos), photos.shape[-1]
    if count == 0:
        return photos
    inside = (cover > 0.5).float()
    widest = max(1, round(side * _WIDEST / 2))
    widths = torch.randint(1, widest + 1, (2, count), generator=generator, device=photos.device)
    core, far = (_shrunk(region, width) for region, width in zip((inside, 1 - inside), widths, strict=True))
    across, down = (int(shift) for shift in torch.randint(5, 40, (2,), generator=generator, device=photos.device))
    elsewhere = photos.roll((down, across), (2, 3))
    grain = (elsewhere - elsewhere.roll((1, 1), (2, 3))) / 2
    front, back = (_filled(photos, known, grain) for known in (core, far))
    laid = (cover * front + (1 - cover) * back).clamp(0, 1)
    # By 0 and 1, lerp picks as where does, here and below, in a fraction of the time on a CPU.
    enough = (core.sum((1, 2, 3)) > _CORE * inside.sum((1, 2, 3))) & (far.sum((1, 2, 3)) > 0)
    return torch.lerp(photos, laid, enough.float()[:, None, None, None])


def _shrunk(region: Tensor, width: Tensor) -> Tensor:
    """Take from (b, 1, s, s) regions of 0 and 1 what lies within (b,) times two pixels of their border."""
    small = (halved(region) == 1).float()
    for step in range(int(width.max())):
        smaller = (F.avg_pool2d(small, 3, 1, 1, count_include_pad=False) > 0.999).float()
        small = torch.where((width > step)[:, None, None, None], smaller, small)
    return F.interpolate(small, region.shape[-2:], mode="nearest")


def _filled(photos: Tensor, known: Tensor, grain: Tensor) -> Tensor:
    """Give photos that go on beyond where they are known (b, 1, s, s), as far as an edge reaches."""
    weights = F.avg_pool2d(known, _COARSE)
    values = F.avg_pool2d(photos * known, _COARSE) / weights.clamp_min(1e-6)
    have = (weights > 0).float()
    values = values * have
    for _ in range(_STEPS):
        near = F.avg_pool2d(have, 3, 1, 1)
        fresh = F.avg_pool2d(values, 3, 1, 1) / near.clamp_min(1e-6)
        values = torch.where(have > 0, values, torch.where(near > 0, fresh, 0))
        have = torch.maximum(have, (near > 0).float())
    smooth, there = (
        F.interpolate(each, photos.shape[-2:], mode="bilinear", align_corners=False) for each in (values, have)
    )
    beyond = torch.lerp(photos, smooth + grain, (there > 0.999).float())
    return torch.lerp(beyond, photos, known)


def halved(values: Tensor) -> Tensor:
    """Give the means of 2 x 2 pixels, (b, c, h / 2, w / 2): `avg_pool2d` takes twice the time for it on a CPU."""
    return F.interpolate(values, scale_factor=0.5, mode="bilinear", align_corners=False)

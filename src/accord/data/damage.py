"""What a picture picks up on its way to the person who sends it: noise, and the traces of JPEG.

Pictures are (b, 3, h, w) display-encoded sRGB in [0, 1].
"""

from __future__ import annotations

import io

import numpy as np
import torch
from PIL import Image
from torch import Tensor

_QUALITY = (60, 98)
_SUBSAMPLING = (0, 2)  # Pillow's words for 4:4:4 and 4:2:0
_NOISE = 0.02  # the largest deviation, of full scale


def damaged(pictures: Tensor, noisy: Tensor, packed: Tensor, generator: torch.Generator) -> Tensor:
    """Give pictures as 8-bit files hold them, with noise or compressed as JPEG or both.

    Parameters
    ----------
    noisy
        (b,) which get Gaussian noise, of a deviation drawn up to 0.02 of full scale.
    packed
        (b,) which are compressed, after that: quality 60 to 98, with colour at half size or at full size.
    """
    count, device = len(pictures), pictures.device
    some = pictures[noisy]
    deviation = _NOISE * torch.rand(len(some), 1, 1, 1, generator=generator, device=device)
    pictures = pictures.clone()
    pictures[noisy] = some + deviation * torch.randn(some.shape, generator=generator, device=device)
    low, high = _QUALITY
    quality = torch.randint(low, high + 1, (count,), generator=generator, device=device).tolist()
    halved = torch.randint(len(_SUBSAMPLING), (count,), generator=generator, device=device).tolist()
    codes = (pictures.clamp(0, 1) * 255).round().byte()
    for row in packed.nonzero()[:, 0].tolist():
        codes[row] = _unpacked(codes[row], quality[row], _SUBSAMPLING[halved[row]])
    return codes / 255


def _unpacked(codes: Tensor, quality: int, subsampling: int) -> Tensor:
    """Compress a (3, h, w) picture of 8-bit codes, and read it back."""
    file = io.BytesIO()
    Image.fromarray(codes.permute(1, 2, 0).cpu().numpy()).save(file, "JPEG", quality=quality, subsampling=subsampling)
    with Image.open(file) as picture:
        return torch.from_numpy(np.array(picture)).permute(2, 0, 1).to(codes.device)

"""ComfyUI's tensors as accord's pictures and masks, and back.

IMAGE is (B, H, W, C), floats, display-encoded sRGB in [0, 1], C 3 (or 4, straight alpha last, or 1, grey). MASK is
(B, H, W), floats in [0, 1]. A batch of one goes with any number of the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
import torch

from accord import BadInputError
from accord.core.picture import Picture
from accord.io import as_picture, to_array

Item = TypeVar("Item")

_FROM_LOAD_IMAGE = (64, 64)  # what Load Image gives as mask of a picture without alpha: black, of this size


def pictures(image: torch.Tensor, encoding: str, what: str = "image") -> list[Picture]:
    """Give the pictures of a batch; they share its memory where it is float32 on the CPU.

    Parameters
    ----------
    image
        (B, H, W, 1, 3 or 4).
    encoding
        "srgb" for display-encoded values, "linear" for scene-linear ones.
    what
        The input's name, for messages.
    """
    if image.ndim != 4 or image.shape[-1] not in (1, 3, 4):
        raise BadInputError(
            f"{what} has the shape {tuple(image.shape)}, (batch, height, width, 1, 3 or 4) was wanted: connect an "
            "IMAGE."
        )
    return [as_picture(array, encoding=encoding) for array in _arrays(image)]


def masks(mask: torch.Tensor, sizes: Sequence[tuple[int, int]], what: str = "mask") -> list[np.ndarray]:
    """Give the masks of a batch, (H, W) float32 each, and refuse those of another size than their pictures'.

    Parameters
    ----------
    mask
        (B, H, W), (H, W) or (B, 1, H, W).
    sizes
        Height and width of the pictures that they are for.
    what
        The input's name, for messages.
    """
    if mask.ndim == 2:
        mask = mask[None]
    if mask.ndim == 4 and 1 in (mask.shape[1], mask.shape[3]):
        mask = mask[:, 0] if mask.shape[1] == 1 else mask[..., 0]
    if mask.ndim != 3:
        raise BadInputError(f"{what} has the shape {tuple(mask.shape)}, (batch, height, width) was wanted.")
    for size in sizes:
        if tuple(mask.shape[1:]) != size:
            raise BadInputError(_other_size(mask, size, what))
    return _arrays(mask)


def tensor(done: Sequence[Picture], like: torch.Tensor, *, clip: bool) -> torch.Tensor:
    """Stack pictures of one size to an IMAGE of the dtype and on the device of another, clipped to [0, 1] if asked."""
    stacked = np.stack([np.atleast_3d(to_array(picture)) for picture in done]).astype(np.float32, copy=False)
    result = torch.from_numpy(np.clip(stacked, 0, 1) if clip else stacked)
    return result.to(device=like.device, dtype=like.dtype)


def mask_tensor(covers: Sequence[np.ndarray], like: torch.Tensor) -> torch.Tensor:
    """Stack masks to a MASK."""
    return torch.from_numpy(np.stack(covers)).to(device=like.device, dtype=like.dtype)


def is_display_referred(image: torch.Tensor, encoding: str) -> bool:
    """Tell whether an image keeps to [0, 1], so that its result should."""
    return encoding == "srgb" and bool(image.min() >= 0) and bool(image.max() <= 1)


def together(**batches: Sequence[Item]) -> int:
    """Give the length that batches come to, each of them of that length or of one.

    Raises
    ------
    BadInputError
        If they go not together.
    """
    most = max(len(batch) for batch in batches.values())
    if any(len(batch) not in (1, most) for batch in batches.values()):
        lengths = ", ".join(f"{name} {len(batch)}" for name, batch in batches.items())
        raise BadInputError(f"the batches go not together ({lengths}): each has to be of one, or all of one length.")
    return most


def at(batch: Sequence[Item], index: int) -> Item:
    """Give an item of a batch, or the only one."""
    return batch[index if len(batch) > 1 else 0]


def numbered(count: int) -> Iterator[int]:
    """Count through a batch: moves ComfyUI's progress bar, and stops where the user cancels."""
    try:
        from comfy.model_management import throw_exception_if_processing_interrupted
        from comfy.utils import ProgressBar
    except ImportError:  # outside ComfyUI
        yield from range(count)
        return
    bar = ProgressBar(count)
    for index in range(count):
        throw_exception_if_processing_interrupted()
        yield index
        bar.update(1)


def _arrays(batch: torch.Tensor) -> list[np.ndarray]:
    return list(batch.detach().to(device="cpu", dtype=torch.float32).contiguous().numpy())


def _other_size(mask: torch.Tensor, size: tuple[int, int], what: str) -> str:
    height, width = mask.shape[1:]
    message = f"{what} is {width} x {height}, its image is {size[1]} x {size[0]} (width x height)"
    if (height, width) == _FROM_LOAD_IMAGE and not bool(mask.any()):
        return (
            f"{message}, and all black: that is what Load Image gives where a file has no transparency. Load the mask "
            "from a file of its own with Load Image (as Mask)."
        )
    if (width, height) == size:
        return f"{message}: it looks transposed."
    return f"{message}. Resize one of them to the other, or use the mask that belongs to this image."

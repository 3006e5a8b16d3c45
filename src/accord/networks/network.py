"""What every network is and can do: load its authors' checkpoint, and harmonize one picture."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from accord.core.errors import BadInputError, WeightsError

KeyRules = tuple[tuple[str, str], ...]
"""Regular expressions and their replacements, applied in order, from one of our parameter names to the official key."""

Floats = NDArray[np.float32]

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

# A constant Gaussian and a counter that inference ignores: checkpoints may leave them out.
_OPTIONAL_KEYS = ("mask_blurring.weight", "num_batches_tracked")
_MOST_KEYS_NAMED = 8


class Network(nn.Module, ABC):
    """A published harmonization network.

    Its official keys are a function of our own parameter names: `official_rules` lists the replacements.
    """

    official_rules: ClassVar[KeyRules] = ()
    name: str = "the network"
    """The name that `accord.networks.build` made it by."""

    def official_tensors(self) -> dict[str, Tensor]:
        """Give our parameters and buffers under their official keys; the tensors are the network's own, not copies."""
        return {official_key(name, self.official_rules): tensor for name, tensor in self.state_dict().items()}

    def load_official(self, state_dict: Mapping[str, Any]) -> None:
        """Load the authors' checkpoint.

        Parameters
        ----------
        state_dict
            Official keys to NumPy arrays or tensors of any real dtype. `mask_blurring.weight` (a constant) and
            `num_batches_tracked` may be left out.

        Raises
        ------
        WeightsError
            If a key is missing, unexpected or misshaped: it names them all, and nothing has been loaded.
        """
        own = self.official_tensors()
        given = {key: _tensor(key, value) for key, value in state_dict.items()}
        complaint = _complaint(
            missing=[key for key in own if key not in given and not key.endswith(_OPTIONAL_KEYS)],
            unexpected=[key for key in given if key not in own],
            misshaped=[
                f"{key} is {tuple(value.shape)} instead of {tuple(own[key].shape)}"
                for key, value in given.items()
                if key in own and value.shape != own[key].shape
            ],
        )
        if complaint:
            raise WeightsError(f"the checkpoint does not fit {self.name}: {complaint}. Is it another variant's?")
        with torch.no_grad():
            for key, value in given.items():
                own[key].copy_(value)

    def predict(self, image: NDArray[Any], mask: NDArray[Any]) -> Floats:
        """Harmonize one picture as the authors' own predictor does, without its rounding or truncation.

        Parameters
        ----------
        image
            (H, W, 3) uint8, the composite in display-encoded sRGB.
        mask
            (H, W) in [0, 1], 1 on the foreground; soft values are used as they are.

        Returns
        -------
        ndarray
            (H, W, 3) float32, 0 to 255, not rounded. Whether background pixels change is the network's own choice.

        Raises
        ------
        BadInputError
            If image or mask has another shape, dtype or range.
        """
        _check(image, mask)
        device = next(self.parameters()).device
        was_training = self.training
        self.eval()
        try:
            with torch.no_grad():
                result = self._predict(image, mask, device)
        finally:
            self.train(was_training)
        return np.ascontiguousarray(result.mul(255).clamp(0, 255)[0].permute(1, 2, 0).cpu().numpy())

    @abstractmethod
    def _predict(self, image: NDArray[np.uint8], mask: NDArray[Any], device: torch.device) -> Tensor:
        """Give the harmonized picture, (1, 3, H, W), 0 to 1 and beyond."""


def official_key(name: str, rules: KeyRules) -> str:
    """Turn one of our parameter names into the official key."""
    for pattern, replacement in rules:
        name = re.sub(pattern, replacement, name)
    return name


def image_tensor(image: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Turn (H, W, 3) uint8 into (1, 3, H, W) float32, 0 to 1."""
    return torch.from_numpy(np.array(image)).to(device).permute(2, 0, 1)[None].float().div(255)


def mask_tensor(mask: NDArray[Any], device: torch.device) -> Tensor:
    """Turn (H, W) into (1, 1, H, W) float32."""
    return torch.from_numpy(np.array(mask, dtype=np.float32)).to(device)[None, None]


class Normalise(nn.Module):
    """Shift and scale of the channels to a network's input range; the constants are not part of the state dict."""

    mean: Tensor
    std: Tensor

    def __init__(
        self, mean: tuple[float, float, float] = IMAGENET_MEAN, std: tuple[float, float, float] = IMAGENET_STD
    ) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        """Normalise (N, 3, H, W), 0 to 1."""
        return (image - self.mean) / self.std

    def undo(self, image: Tensor) -> Tensor:
        """Turn a normalised image back to 0 to 1."""
        return image * self.std + self.mean


def _tensor(key: str, value: object) -> Tensor:
    try:
        return torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise WeightsError(
            f"the checkpoint holds {type(value).__name__} under {key}, wanted an array or a tensor."
        ) from error


def _complaint(**faults: list[str]) -> str:
    parts = []
    for fault, keys in faults.items():
        if keys:
            more = f" and {len(keys) - _MOST_KEYS_NAMED} more" if len(keys) > _MOST_KEYS_NAMED else ""
            parts.append(f"{fault} {', '.join(keys[:_MOST_KEYS_NAMED])}{more}")
    return "; ".join(parts)


def _check(image: NDArray[Any], mask: NDArray[Any]) -> None:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise BadInputError(f"image is {image.shape} {image.dtype}, wanted (height, width, 3) uint8.")
    if mask.shape != image.shape[:2]:
        raise BadInputError(f"mask is {mask.shape}, image is {image.shape[:2]} (height, width): they must match.")
    if not (mask.min() >= 0 and mask.max() <= 1):  # false for NaN, too
        raise BadInputError(f"mask holds {mask.min()} to {mask.max()}, wanted 0 to 1: divide 8-bit masks by 255.")

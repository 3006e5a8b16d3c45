"""Networks as ONNX files, for use without PyTorch.

What a file holds is the part that works at low resolution; what it gives is a picture (iDIH) or the parameters of a
colour map (the others), which is applied at full resolution outside. Every file reads `image`, (1, 3, h, w) float32,
display-encoded sRGB, 0 to 1, and `mask`, (1, 1, h, w) float32, 0 to 1:

* iDIH, at the size that it was trained at: `harmonized`, (1, 3, h, w), 0 to 1 and beyond.
* Harmonizer, at any size: `arguments`, (1, 6), of temperature, brightness, contrast, saturation, highlight and shadow,
  not yet limited to [-1, 1].
* PCT-Net, at 256: `theta`, (1, 12, h, w), a matrix M row by row and a shift s so that a colour c, 0 to 1, becomes
  M c + s, then clipped; for the CNN also `blend`, (1, 1, h, w), the part of the result that is taken (the ViT's is the
  mask).
* CDTNet, at any size: `weights`, (1, 4), and `table`, (1, 3, 33, 33, 33), channel, then blue, green and red position;
  with the refiner also `base`, (1, 3, s, s), normalised, and `features`, (1, 32, s, s), for the refiner's own file.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from accord.core.errors import BadInputError
from accord.engine.onnx import OnnxModel
from accord.networks import FACTS
from accord.networks.cdtnet.model import CdtNet
from accord.networks.half import halve
from accord.networks.harmonizer.model import Harmonizer
from accord.networks.idih.model import ImageNetwork
from accord.networks.network import Network
from accord.networks.pctnet.model import PctCnn, PctNet

_OPSET = 17
_REFINER_CHANNELS = {"image": 3, "mask": 1, "table_image": 3, "base": 3, "features": 32}


class _Harmonized(nn.Module):
    def __init__(self, network: ImageNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        normalise = self.network.normalise
        return normalise.undo(self.network(normalise(image), mask))


class _Arguments(nn.Module):
    def __init__(self, network: Harmonizer) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        return self.network.arguments(image, mask)


class _Theta(nn.Module):
    def __init__(self, network: PctNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor, mask: Tensor) -> tuple[Tensor, ...]:
        theta, blend = self.network.parameter_maps(self.network.normalise(image), mask)
        theta = self.network.theta_of_colours(theta)
        return (theta, blend) if isinstance(self.network, PctCnn) else (theta,)


class _Table(nn.Module):
    def __init__(self, network: CdtNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor, mask: Tensor) -> tuple[Tensor, ...]:
        return tuple(part for part in self.network.coarse(image, mask) if part is not None)


class _Refined(nn.Module):
    def __init__(self, network: CdtNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor, mask: Tensor, table_image: Tensor, base: Tensor, features: Tensor) -> Tensor:
        size = image.shape[2:]
        base, features = (F.interpolate(x, size, mode="bilinear", align_corners=False) for x in (base, features))
        normalise = self.network.normalise
        refined: Tensor = self.network.refine(base, normalise(table_image), mask, features, normalise(image))
        return normalise.undo(refined)


def export_checked(
    network: Network, folder: Path, *, size: int | None = None, half: bool = False
) -> tuple[dict[str, str], float]:
    """Write all of a network's ONNX files, and compare them with PyTorch on noise.

    Parameters
    ----------
    network
        One that `accord.networks.build` made.
    folder
        An existing folder to write them into.
    size
        Side of the square that the network reads, in pixels; by default its authors'.
    half
        Whether to store the weights in half precision.

    Returns
    -------
    dict, float
        File names by role, "network" and for CDTNet's full form "refiner"; and the largest difference, relative to an
        output's largest value where that exceeds 1.
    """
    size = size or FACTS[network.name].fit_size
    export_onnx(network, folder / "network.onnx", size)
    if half:
        _halve(folder / "network.onnx")
    module, outputs, _ = _graph(network)
    channels = {"image": 3, "mask": 1}
    differences = [_difference(module, folder / "network.onnx", outputs, channels, size, size)]
    files = {"network": "network.onnx"}
    if isinstance(network, CdtNet) and network.refined:
        files["refiner"] = "refiner.onnx"
        export_refiner(network, folder / "refiner.onnx")
        if half:
            _halve(folder / "refiner.onnx")
        refined = _Refined(network)
        differences.append(_difference(refined, folder / "refiner.onnx", ["harmonized"], _REFINER_CHANNELS, 40, 64))
    return files, float(np.max(differences))  # NaN, too


def _difference(
    module: nn.Module, path: Path, outputs: Sequence[str], channels: Mapping[str, int], height: int, width: int
) -> float:
    noise = torch.Generator().manual_seed(0)
    inputs = {name: torch.rand(1, count, height, width, generator=noise) for name, count in channels.items()}
    with torch.no_grad():
        expected = module.eval()(**inputs)
    expected = expected if isinstance(expected, tuple) else (expected,)
    found = OnnxModel(path).run({name: tensor.numpy() for name, tensor in inputs.items()})
    with np.errstate(invalid="ignore"):  # weights that make infinite values are told by the NaN of their difference
        parts = [
            np.abs(found[name] - value.numpy()).max() / max(1.0, float(value.abs().max()))
            for name, value in zip(outputs, expected, strict=True)
        ]
    return float(np.max(parts))


def _halve(path: Path) -> None:
    import onnx

    model = onnx.load(path)
    halve(model)
    onnx.save(model, path)


def export_onnx(network: Network, path: str | os.PathLike[str], size: int | None = None) -> None:
    """Write a network's low-resolution part as ONNX (see this module for its inputs and outputs).

    Parameters
    ----------
    network
        One that `accord.networks.build` made.
    path
        Where to; the file appears whole or not at all.
    size
        Side of the square that the network reads, in pixels; by default its authors'.
    """
    size = size or FACTS[network.name].fit_size
    module, outputs, any_size = _graph(network)
    inputs = {"image": torch.full((1, 3, size, size), 0.5), "mask": torch.full((1, 1, size, size), 0.5)}
    _write(module, inputs, outputs, dict.fromkeys(inputs, ("height", "width")) if any_size else {}, path)


def export_refiner(network: CdtNet, path: str | os.PathLike[str]) -> None:
    """Write CDTNet's full-resolution refiner as ONNX.

    It reads rows of a picture, so that memory stays bounded: `image` (1, 3, h, W), `mask` (1, 1, h, W) and
    `table_image`, the look-up table's result composited with the mask, (1, 3, h, W); and `base` and `features` for the
    same rows, of any height and width (they are resized to the image's). It gives `harmonized`, (1, 3, h, W), of which
    the two rows at either end are right only where the picture itself ends.
    """
    wide = ("image", "mask", "table_image")
    inputs = {
        name: torch.full((1, count, 32, 48 if name in wide else 16), 0.5) for name, count in _REFINER_CHANNELS.items()
    }
    sizes = {name: ("height", "width") if name in wide else ("low_height", "low_width") for name in inputs}
    _write(_Refined(network), inputs, ["harmonized"], sizes, path)


def _graph(network: Network) -> tuple[nn.Module, list[str], bool]:
    """Give what to export, the names of its outputs, and whether it takes pictures of any size."""
    if isinstance(network, ImageNetwork):
        return _Harmonized(network), ["harmonized"], False
    if isinstance(network, Harmonizer):
        return _Arguments(network), ["arguments"], True
    if isinstance(network, PctNet):
        return _Theta(network), ["theta", "blend"] if isinstance(network, PctCnn) else ["theta"], False
    if isinstance(network, CdtNet):
        return _Table(network), ["weights", "table", *(["base", "features"] if network.refined else [])], True
    raise BadInputError(f"network is a {type(network).__name__}, wanted one that accord.networks.build made.")


def _write(
    module: nn.Module,
    inputs: Mapping[str, Tensor],
    outputs: Sequence[str],
    free_sizes: Mapping[str, tuple[str, str]],
    path: str | os.PathLike[str],
) -> None:
    target = Path(path)
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        _trace(module.eval(), inputs, outputs, free_sizes, partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _trace(
    module: nn.Module,
    inputs: Mapping[str, Tensor],
    outputs: Sequence[str],
    free_sizes: Mapping[str, tuple[str, str]],
    path: Path,
) -> None:
    with warnings.catch_warnings(), torch.no_grad():
        # The tracing exporter warns of its successor, which takes ten times as long for the same graph, and of sizes
        # that it takes for constants, as they are.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            tuple(inputs.values()),
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={name: {2: height, 3: width} for name, (height, width) in free_sizes.items()},
            # Not merged into the convolutions, whose weights would no longer be those that half precision holds; ONNX
            # Runtime merges them when it loads the file.
            training=torch.onnx.TrainingMode.PRESERVE,
            opset_version=_OPSET,
            dynamo=False,
        )

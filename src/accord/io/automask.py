"""Masks made by a segmentation model from a file on disk. Nothing is ever downloaded.

Runs the salient-object networks that rembg distributes as ONNX, with the preparation that each was trained with:
U-2-Net (Qin et al., Pattern Recognition 2020, doi:10.1016/j.patcog.2020.107404), IS-Net (Qin et al., "Highly Accurate
Dichotomous Image Segmentation", ECCV 2022, doi:10.1007/978-3-031-19797-0_3) and BiRefNet (Zheng et al., CAAI AIR 2024,
doi:10.26599/AIR.2024.9150038). Why not through rembg: docs/decisions/0007-automatic-masks.md.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.composite.codes import to_unit
from accord.core.errors import BadInputError, WeightsError
from accord.core.picture import Picture
from accord.core.resources import threads
from accord.io.resample import resized

Floats = NDArray[np.float32]

MODEL_VARIABLE = "ACCORD_MASK_MODEL"

_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
# Less than this counts as none, and as little short of 1 as whole: a faint haze over the background would have it
# recoloured. Fixed numbers, where the networks' own codes stretch each picture to its extremes.
_DOUBT = 0.05


@dataclass(frozen=True)
class _Family:
    """How a family of networks wants its pictures and gives its answers."""

    side: int
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]
    gives_logits: bool = False


_FAMILIES = {
    "u2net": _Family(320, _IMAGENET_MEAN, _IMAGENET_DEVIATION),
    "silueta": _Family(320, _IMAGENET_MEAN, _IMAGENET_DEVIATION),
    "isnet-general": _Family(1024, (0.5, 0.5, 0.5), (1.0, 1.0, 1.0)),
    "isnet-anime": _Family(1024, _IMAGENET_MEAN, (1.0, 1.0, 1.0)),
    "birefnet": _Family(1024, _IMAGENET_MEAN, _IMAGENET_DEVIATION, gives_logits=True),
}


def auto_mask(picture: Picture, model: str | os.PathLike[str] | None = None) -> Floats:
    """Guess the foreground of a picture.

    Parameters
    ----------
    picture
        Any picture; the network sees it in display-encoded sRGB, cut to [0, 1], at its own small size.
    model
        Path of an ONNX file. Its name begins with that of its family: u2net (u2netp, u2net_human_seg), silueta,
        isnet-general, isnet-anime, birefnet. By default the environment variable ACCORD_MASK_MODEL names it.

    Returns
    -------
    ndarray
        (H, W), float32 in [0, 1], soft at edges, as sharp as the network's 320 or 1024 pixels a side allow.

    Raises
    ------
    WeightsError
        If no model is named, or it is missing, unreadable, or of no known family.
    BadInputError
        If the model finds no foreground.
    """
    path = model_path(model)
    family = _family(path)
    answer = _answer(path, family, _prepared(picture, family))
    height, width = picture.height, picture.width
    full = resized(answer[..., None], (0, 0), answer.shape, (height, width), (0, 0, height, width))[..., 0]
    mask = np.clip((full - np.float32(_DOUBT)) / np.float32(1 - 2 * _DOUBT), 0, 1)
    if not mask.any():
        raise BadInputError(f"{path.name} finds no foreground in the picture. Give a mask of your own.")
    return np.ascontiguousarray(mask, dtype=np.float32)


def model_path(model: str | os.PathLike[str] | None) -> Path:
    """Give the model's file: the one named, or that of ACCORD_MASK_MODEL; `WeightsError` if there is none."""
    named = model if model is not None else os.environ.get(MODEL_VARIABLE)
    if not named:
        raise WeightsError(
            "an automatic mask needs a segmentation model on disk, and none is named. Download one of rembg's ONNX "
            "files (u2net.onnx, isnet-general-use.onnx) and give its path as mask_model, as --mask-model, or in the "
            f"environment variable {MODEL_VARIABLE}."
        )
    path = Path(named)
    if not path.is_file():
        raise WeightsError(f"mask model {path} is not a file that is there. Nothing is downloaded: check the path.")
    return path


def _family(path: Path) -> _Family:
    for name, family in _FAMILIES.items():
        if path.name.lower().startswith(name):
            return family
    raise WeightsError(
        f"mask model {path.name} is of no known family: its file name has to begin with {', '.join(_FAMILIES)}. "
        "Rename it if it is one of them."
    )


def _prepared(picture: Picture, family: _Family) -> Floats:
    """Give the network's input, (1, 3, side, side)."""
    small = resized(
        _display_values(picture),
        (0, 0),
        (picture.height, picture.width),
        (family.side, family.side),
        (0, 0, family.side, family.side),
    )
    small = np.clip(small, 0, 1)
    normal = (small - np.array(family.mean, np.float32)) / np.array(family.deviation, np.float32)
    return np.ascontiguousarray(normal.transpose(2, 0, 1)[None], dtype=np.float32)


def _display_values(picture: Picture) -> Floats:
    values = to_unit(picture.pixels)
    return np.clip(picture.encoding.to_working(np.broadcast_to(values, (*values.shape[:2], 3))), 0, 1)


def _answer(path: Path, family: _Family, prepared: Floats) -> Floats:
    """Run the network: (side, side) in [0, 1]."""
    # ONNX Runtime's exceptions share no base but Exception, and all of them mean here that the file will not do.
    try:
        session = _session(path, path.stat().st_mtime_ns)
        first: Any = session.run([session.get_outputs()[0].name], {session.get_inputs()[0].name: prepared})[0]
    except Exception as error:
        raise WeightsError(
            f"mask model {path} cannot be run: {' '.join(str(error).split())}. Download it anew."
        ) from error
    if first.shape != (1, 1, family.side, family.side):
        raise WeightsError(
            f"mask model {path.name} gives {first.shape}, (1, 1, {family.side}, {family.side}) was wanted: it is of "
            "another family than its name says, or parts pictures into several classes."
        )
    values: Floats = first[0, 0].astype(np.float32)
    if family.gives_logits:
        values = (1 / (1 + np.exp(-values))).astype(np.float32)
    return values


@lru_cache(maxsize=1)
def _session(path: Path, changed: int) -> Any:  # noqa: ARG001 - a file written anew is another network
    """Load the network once, not once for each picture of a set."""
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

"""Checks and serialised forms of the numbers that colour maps hold.

Small parameters (a matrix, a few knots) are written as plain lists, which people can read; grids and tables as base64
of little-endian float32, which is exact and a fifth of the size.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from accord.core.errors import BadInputError

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


def doubles(name: str, values: ArrayLike, shape: tuple[int | None, ...]) -> Doubles:
    """Give `values` as a read-only float64 array of `shape`, where None stands for any length of at least one.

    Raises
    ------
    BadInputError
        If the values are no numbers, have another shape, or are not finite.
    """
    return _checked(name, values, shape, np.dtype(np.float64))


def floats(name: str, values: ArrayLike, shape: tuple[int | None, ...]) -> Floats:
    """Give `values` as a read-only float32 array of `shape`; see `doubles`."""
    return _checked(name, values, shape, np.dtype(np.float32))


def number(name: str, value: Any, low: float = -math.inf, high: float = math.inf) -> float:
    """Give `value` as a finite float in [low, high], or raise BadInputError."""
    try:
        result = float(value)
    except (TypeError, ValueError):
        raise BadInputError(f"{name} is {value!r}, but a number is wanted.") from None
    if not math.isfinite(result) or not low <= result <= high:
        raise BadInputError(f"{name} is {value!r}, but a finite number in [{low:g}, {high:g}] is wanted.")
    return result


def choice(name: str, value: Any, known: tuple[str, ...]) -> str:
    """Give `value` if it is one of `known`, or raise BadInputError."""
    if value not in known:
        raise BadInputError(f"{name} is {value!r}, but one of {', '.join(known)} is wanted.")
    return str(value)


def entry(data: Mapping[str, Any], key: str) -> Any:
    """Give `data[key]`, or raise BadInputError that names the map and the missing entry."""
    try:
        return data[key]
    except KeyError:
        raise BadInputError(f"a serialised {data.get('kind', 'colour')} map lacks its entry {key!r}.") from None


def pack(values: Floats) -> dict[str, Any]:
    """Describe a float32 array in JSON-ready values, exactly."""
    raw = np.ascontiguousarray(values, dtype="<f4").tobytes()
    return {"shape": list(values.shape), "float32": base64.b64encode(raw).decode("ascii")}


def unpack(name: str, data: Any) -> Floats:
    """Read what `pack` wrote.

    Raises
    ------
    BadInputError
        If the data is not of that form, or its size does not fit its shape.
    """
    try:
        shape = tuple(int(size) for size in data["shape"])
        values = np.frombuffer(base64.b64decode(data["float32"], validate=True), dtype="<f4").reshape(shape)
    except (TypeError, KeyError, ValueError, binascii.Error) as error:
        raise BadInputError(f"{name} of a serialised colour map cannot be read ({error}); write it again.") from None
    return values.astype(np.float32)


def _checked(name: str, values: ArrayLike, shape: tuple[int | None, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    try:
        array = np.array(values, dtype=dtype)
    except (TypeError, ValueError):
        raise BadInputError(f"{name} holds something other than numbers, or rows of unequal length.") from None
    fits = array.ndim == len(shape) and all(
        got > 0 if wanted is None else got == wanted for got, wanted in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted_text = ", ".join("any" if size is None else str(size) for size in shape)
        raise BadInputError(f"{name} has shape {array.shape}, but ({wanted_text}) is wanted.")
    if not np.isfinite(array).all():
        raise BadInputError(f"{name} holds NaN or infinite values, but a colour map needs finite ones.")
    array.setflags(write=False)
    return array

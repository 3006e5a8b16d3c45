"""Colour maps as vectors, so that they can be averaged over time.

Maps of one build (the same kinds, nested alike, tables of the same sizes) differ only in their numbers, and the mean of
those numbers is a map of that build. Some numbers only mean something beside others: a curve's knots and a table's
domain follow the picture. Those maps are first rewritten over knots and nodes that are the same for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.place import Place
from accord.transforms import Blend, Chain, ColourMap, Curve, Curves, Filters, InSpace, Lut3D

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

KNOTS = 257
"""Knots of a curve, evenly from -0.25 to 1.25 of a channel in [0, 1]: one every 1.5 of 255 code values."""

NODES = 33
"""Nodes along each axis of a table, over [0, 1]; with 17 the tables that methods fit would lose detail."""

_KNOTS = np.linspace(-0.25, 1.25, KNOTS)


@dataclass(frozen=True)
class Build:
    """All of a map but its numbers; maps with equal builds can be averaged.

    Parameters
    ----------
    sketch
        Kinds, settings and sizes, nested as in the map.
    """

    sketch: tuple[Any, ...]

    @property
    def kind(self) -> str:
        """What to call it in messages."""
        return str(self.sketch[0])


def vector_of(colour_map: ColourMap) -> tuple[Build, Floats]:
    """Give a map's build and its numbers, float32 (n,)."""
    common = _common(colour_map)
    parts = list(_numbers(common))
    flat = np.concatenate([part.ravel() for part in parts]) if parts else np.zeros(0)
    return Build(_sketch(common)), flat.astype(np.float32)


def map_of(like: ColourMap, vector: Floats) -> ColourMap:
    """Give the map of `like`'s build with other numbers, (n,) as from `vector_of`."""
    common = _common(like)
    made, used = _filled(common, vector.astype(np.float64), 0)
    if used != len(vector) or not isinstance(made, ColourMap):
        raise ValueError(f"a vector of {len(vector)} numbers came for a map of {used}")
    return made


def _common(value: ColourMap) -> ColourMap:
    """Rewrite a map so that its numbers can be compared with those of others."""
    if isinstance(value, Curves):
        return Curves(*(_on_knots(curve) for curve in (value.first, value.second, value.third)))
    if isinstance(value, Lut3D) and not _unit_domain(value):
        nodes = Lut3D.nodes(NODES).astype(np.float32)
        tile = nodes.reshape(NODES * NODES, NODES, 3)
        table = value.transform(tile, Place.whole(*tile.shape[:2])).reshape(nodes.shape)
        return Lut3D(table, interpolation=value.interpolation)
    if isinstance(value, Chain):
        return Chain(tuple(_common(link) for link in value.maps))
    if isinstance(value, Blend | InSpace):
        return replace(value, inner=_common(value.inner))
    return value


def _on_knots(curve: Curve) -> Curve:
    values = np.interp(_KNOTS, curve.inputs, curve.outputs)
    values += curve.slopes[0] * np.minimum(_KNOTS - curve.inputs[0], 0)
    values += curve.slopes[1] * np.maximum(_KNOTS - curve.inputs[-1], 0)
    return Curve(_KNOTS, np.maximum.accumulate(values), curve.slopes)


def _unit_domain(table: Lut3D) -> bool:
    return bool((table.domain[0] == 0).all() and (table.domain[1] == 1).all())


def _members(value: Any) -> list[tuple[str, Any]]:
    return [(each.name, getattr(value, each.name)) for each in fields(value)]


def _fixed(value: Any, name: str) -> bool:
    """Whether a number belongs to the build: knots and domains, which are the same for all by now."""
    return (isinstance(value, Curve) and name == "inputs") or (isinstance(value, Lut3D) and name == "domain")


def _sketch(value: Any) -> tuple[Any, ...]:
    if isinstance(value, np.ndarray):
        return ("numbers", value.shape)
    if isinstance(value, float):
        return ("number",)
    if isinstance(value, tuple):
        return ("several", *(_sketch(each) for each in value))
    if is_dataclass(value):
        name = str(getattr(value, "kind", type(value).__name__))
        inner = ((key, ("fixed",) if _fixed(value, key) else _sketch(each)) for key, each in _members(value))
        return (name, *inner)
    return ("setting", value)


def _numbers(value: Any) -> Iterator[Doubles]:
    if isinstance(value, np.ndarray):
        yield value.astype(np.float64)
    elif isinstance(value, float):
        yield np.array([value])
    elif isinstance(value, tuple):
        for each in value:
            yield from _numbers(each)
    elif is_dataclass(value):
        for key, each in _members(value):
            if not _fixed(value, key):
                yield from _numbers(each)


def _filled(value: Any, vector: Doubles, used: int) -> tuple[Any, int]:
    if isinstance(value, np.ndarray):
        part = vector[used : used + value.size].reshape(value.shape).astype(value.dtype)
        return part, used + value.size
    if isinstance(value, float):
        return float(vector[used]), used + 1
    if isinstance(value, tuple):
        made = []
        for each in value:
            other, used = _filled(each, vector, used)
            made.append(other)
        return tuple(made), used
    if not is_dataclass(value) or isinstance(value, type):
        return value, used
    changes = {}
    for key, each in _members(value):
        if not _fixed(value, key):
            changes[key], used = _filled(each, vector, used)
    if isinstance(value, Curve):
        # Means with small negative weights, at a shot's ends, could make a curve fall by a hair.
        changes["outputs"] = np.maximum.accumulate(changes["outputs"])
        changes["slopes"] = np.maximum(changes["slopes"], 0)
    if isinstance(value, Filters):
        changes["arguments"] = np.clip(changes["arguments"], -1, 1)
    if isinstance(value, Blend):
        changes["strength"] = float(np.clip(changes["strength"], 0, 2))
    return replace(value, **changes), used

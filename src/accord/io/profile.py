"""Embedded ICC profiles as encodings.

Matrix and curve profiles (sRGB, Display P3, Adobe RGB, ProPhoto, grey gammas and dot gains) are three curves and a
matrix, so they
are computed here, in floats: a colour management module would quantise to 8 bit (Pillow's littlecms) or be one more
dependency. Profiles that have only a lookup table are refused; docs/decisions/0006-icc-profiles.md says why.

Source: ICC.1:2022; littlecms' choices where the specification leaves room (relative colorimetric, no black point
compensation).
"""

from __future__ import annotations

import struct
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import LINEAR_SRGB, SRGB, Curve, Encoding, LinearCurve, SrgbCurve
from accord.core.errors import BadInputError
from accord.io.curves import ParametricCurve, TableCurve

SAY_SRGB = "encoding='srgb' (--encoding srgb)"
"""How to have values taken as sRGB, in messages; of a foreground, `accord.compose` knows it by another name."""

_WAY_OUT = (
    f"Convert the picture to sRGB, Display P3 or Adobe RGB, or say {SAY_SRGB} to take its values as sRGB (the profile "
    "is then still written back)."
)
_CURVE_TOLERANCE = 5e-4  # in code values: an eighth of an 8-bit step
_MATRIX_TOLERANCE = 2e-3

# Bradford's cone responses, and what they make of sRGB's primaries (IEC 61966-2-1) under the connection space's D50.
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_D50 = np.array([0.9642, 1.0, 0.8249])


def rgb_to_xyz(primaries: NDArray[np.float64], white: tuple[float, float]) -> NDArray[np.float64]:
    """Give the (3, 3) matrix from linear RGB to XYZ (white at Y = 1) of primaries' (3, 2) and white's x and y."""
    columns = np.stack([_xyz(*primary) for primary in primaries], axis=1)
    return np.asarray(columns * np.linalg.solve(columns, _xyz(*white)))


def adapted(
    matrix: NDArray[np.float64], source: NDArray[np.float64], target: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give an RGB to XYZ matrix adapted (Bradford) from the XYZ of one white to that of another."""
    scale = (_BRADFORD @ target) / (_BRADFORD @ source)
    return np.asarray(np.linalg.solve(_BRADFORD, scale[:, np.newaxis] * (_BRADFORD @ matrix)))


def _xyz(x: float, y: float) -> NDArray[np.float64]:
    return np.array([x / y, 1.0, (1 - x - y) / y])


_SRGB_PRIMARIES = np.array([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]])
_D65 = (0.3127, 0.3290)
_P3_PRIMARIES = np.array([[0.680, 0.320], [0.265, 0.690], [0.150, 0.060]])


@lru_cache(maxsize=1)
def _srgb_at_d50() -> NDArray[np.float64]:
    """Give the matrix from linear sRGB to the connection space (not at import: it starts threads)."""
    return adapted(rgb_to_xyz(_SRGB_PRIMARIES, _D65), _xyz(*_D65), _D50)


@lru_cache(maxsize=32)
def encoding_of_profile(icc: bytes, channels: int) -> Encoding:
    """Read an ICC profile as the encoding of pixels with 1 or 3 channels.

    A grey picture with an RGB profile takes the green curve. A profile whose curves and primaries are those of sRGB
    gives the working encoding itself, so such pictures enter by a division.

    Raises
    ------
    BadInputError
        If the profile is broken, of other channels than the picture, or has no curves and matrix.
    """
    tags, space, connection = _tags(icc)
    name = _description(tags) or "embedded profile"
    if space == b"GRAY":
        if channels != 1:
            raise BadInputError(f"the picture is RGB but its ICC profile ({name}) is for grey. {_WAY_OUT}")
        if connection != b"XYZ ":
            raise BadInputError(f"the grey ICC profile ({name}) leads to Lab; only XYZ is read. {_WAY_OUT}")
        return _named(name, (_curve(tags, b"kTRC"),) * 3, None)
    if space != b"RGB ":
        kind = space.decode("latin-1").strip()
        raise BadInputError(f"the ICC profile ({name}) is for {kind!r}, RGB or grey was wanted. {_WAY_OUT}")
    if b"rXYZ" not in tags and (b"A2B0" in tags or b"D2B0" in tags):
        raise BadInputError(
            f"the ICC profile ({name}) is a lookup table; matrix and curve profiles are read. {_WAY_OUT}"
        )
    red, green, blue = (_curve(tags, tag) for tag in (b"rTRC", b"gTRC", b"bTRC"))
    if channels == 1:
        return _named(name, (green,) * 3, None)
    colorants = np.stack([_colorant(tags, tag) for tag in (b"rXYZ", b"gXYZ", b"bXYZ")], axis=1)
    to_srgb = np.asarray(np.linalg.solve(_srgb_at_d50(), colorants), np.float64)
    if not np.isfinite(to_srgb).all() or abs(np.linalg.det(to_srgb)) < 1e-6:
        raise _broken("its primaries lie on a line")
    return _named(name, (red, green, blue), to_srgb)


def encoding_of_chromaticities(values: tuple[float, ...]) -> Encoding:
    """Give the scene-linear encoding of OpenEXR's eight chromaticities (red, green, blue, white; x and y each)."""
    xy = np.array(values, np.float64).reshape(4, 2)
    if not np.isfinite(xy).all() or (np.abs(xy[:, 1]) < 1e-6).any():
        raise BadInputError(
            f"the chromaticities {values} are no primaries. Remove the attribute, or write it correctly."
        )
    to_srgb = _to_srgb(xy[:3], (xy[3, 0], xy[3, 1]))
    return _named("linear RGB", LINEAR_SRGB.curves, to_srgb)


def encoding_of_png(chunks: list[tuple[bytes, bytes]], channels: int) -> Encoding:
    """Give the encoding that a PNG without ICC profile states: cICP before sRGB before gAMA and cHRM, sRGB without any.

    Raises
    ------
    BadInputError
        If it states a video encoding that is none of sRGB and Display P3.
    """
    said = dict(chunks)
    if len(coded := said.get(b"cICP", b"")) == 4:
        known = {1: None, 12: _P3_PRIMARIES}
        if coded[0] not in known or coded[1] != 13 or coded[2] != 0 or coded[3] != 1:
            raise BadInputError(
                f"its cICP says {tuple(coded)}, sRGB (1, 13, 0, 1) or Display P3 (12, 13, 0, 1) was wanted. {_WAY_OUT}"
            )
        primaries = known[coded[0]]
        return _named("Display P3", SRGB.curves, None if primaries is None else _to_srgb(primaries, _D65))
    if b"sRGB" in said or len(said.get(b"gAMA", b"")) != 4:
        return SRGB
    gamma = struct.unpack(">I", said[b"gAMA"])[0] / 100000
    if gamma == 0.45455 or not 0.1 <= gamma <= 10:  # the first is how sRGB is commonly spelt; the others are no gamma
        curve: Curve = SRGB.curves[0]
    else:
        curve = ParametricCurve(g=1 / gamma)
    matrix = None
    if len(said.get(b"cHRM", b"")) == 32 and channels == 3:
        white, *rest = (np.frombuffer(said[b"cHRM"], ">u4") / 100000).reshape(4, 2)
        if (np.stack([white, *rest])[:, 1] > 0).all():
            matrix = _to_srgb(np.stack(rest), (white[0], white[1]))
    return _named("PNG gamma", (curve,) * 3, matrix)


def _to_srgb(primaries: NDArray[np.float64], white: tuple[float, float]) -> NDArray[np.float64]:
    """Give the matrix from linear RGB of these chromaticities to linear sRGB."""
    try:
        matrix = adapted(rgb_to_xyz(primaries, white), _xyz(*white), _xyz(*_D65))
    except np.linalg.LinAlgError as error:
        raise BadInputError(
            "its primaries lie on a line. Remove them from the file, or write them correctly."
        ) from error
    to_srgb = np.asarray(np.linalg.solve(rgb_to_xyz(_SRGB_PRIMARIES, _D65), matrix), np.float64)
    if not np.isfinite(to_srgb).all() or abs(np.linalg.det(to_srgb)) < 1e-6:
        raise BadInputError("its primaries lie on a line. Remove them from the file, or write them correctly.")
    return to_srgb


def _named(name: str, curves: tuple[Curve, Curve, Curve], to_srgb: NDArray[np.float64] | None) -> Encoding:
    """Give the encoding, or the known one that it equals."""
    if to_srgb is not None and np.abs(to_srgb - np.eye(3)).max() < _MATRIX_TOLERANCE:
        to_srgb = None
    exact = tuple(_known_curve(curve) for curve in curves)
    if to_srgb is None and all(isinstance(curve, SrgbCurve) for curve in exact):
        return SRGB
    if to_srgb is None and all(isinstance(curve, LinearCurve) for curve in exact):
        return LINEAR_SRGB
    return Encoding(name, (exact[0], exact[1], exact[2]), to_srgb)


def _known_curve(curve: Curve) -> Curve:
    """Give the sRGB or the straight curve where this one cannot be told from it."""
    codes = np.linspace(0, 1, 4096, dtype=np.float32)
    light = curve.decode(codes)
    for known in (SRGB.curves[0], LINEAR_SRGB.curves[0]):
        if np.abs(known.encode(light) - codes).max() < _CURVE_TOLERANCE:
            return known
    return curve


def _broken(why: str) -> BadInputError:
    return BadInputError(f"the embedded ICC profile is broken: {why}. {_WAY_OUT}")


def _tags(icc: bytes) -> tuple[dict[bytes, bytes], bytes, bytes]:
    """Split a profile into its tags' data, its colour space and its connection space."""
    if len(icc) < 132 or icc[36:40] != b"acsp":
        raise _broken("it has no profile header")
    count = struct.unpack_from(">I", icc, 128)[0]
    if count > 1000 or 132 + 12 * count > len(icc):
        raise _broken("its tag table is cut off")
    tags = {}
    for entry in range(132, 132 + 12 * count, 12):
        name, start, size = struct.unpack_from(">4sII", icc, entry)
        if start + size > len(icc):
            raise _broken(f"its tag {name.decode('latin-1')!r} is cut off")
        tags[name] = icc[start : start + size]
    return tags, icc[16:20], icc[20:24]


def _tag(tags: dict[bytes, bytes], name: bytes) -> bytes:
    data = tags.get(name)
    if data is None or len(data) < 12:
        raise _broken(f"its tag {name.decode()!r} is missing or empty")
    return data


def _colorant(tags: dict[bytes, bytes], name: bytes) -> NDArray[np.float64]:
    data = _tag(tags, name)
    if data[:4] != b"XYZ " or len(data) < 20:
        raise _broken(f"its tag {name.decode()!r} is no XYZ value")
    return np.frombuffer(data, ">i4", 3, 8) / 65536


def _curve(tags: dict[bytes, bytes], name: bytes) -> Curve:
    data = _tag(tags, name)
    if data[:4] == b"curv":
        return _table_curve(data, name)
    if data[:4] == b"para":
        return _parametric_curve(data, name)
    raise _broken(f"its tag {name.decode()!r} is no curve")


def _table_curve(data: bytes, name: bytes) -> Curve:
    count = struct.unpack_from(">I", data, 8)[0]
    if len(data) < 12 + 2 * count:
        raise _broken(f"its curve {name.decode()!r} is cut off")
    if count == 0:
        return LINEAR_SRGB.curves[0]
    values = np.frombuffer(data, ">u2", count, 12)
    if count == 1:
        if values[0] == 0:
            raise _broken(f"its curve {name.decode()!r} has gamma 0")
        return ParametricCurve(g=float(values[0]) / 256)
    table = values / 65535
    if (np.diff(table) < 0).any() or table[-1] <= table[0]:
        raise _broken(f"its curve {name.decode()!r} falls or is flat")
    return TableCurve(table)


def _parametric_curve(data: bytes, name: bytes) -> Curve:
    kind = struct.unpack_from(">H", data, 8)[0]
    wanted = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}.get(kind)
    if wanted is None or len(data) < 12 + 4 * wanted:
        raise _broken(f"its curve {name.decode()!r} is cut off or of an unknown kind")
    given = [float(value) for value in np.frombuffer(data, ">i4", wanted, 12) / 65536]
    if kind in (1, 2):  # a line below, at 0 or at the constant, up to where the power's base becomes 0
        g, a, b, *constant = given
        level = constant[0] if constant else 0.0
        given = [g, a, b, 0.0, -b / a if a else 0.0, level, level]
    curve = ParametricCurve(*given)
    if not curve.never_falls():
        raise _broken(f"its curve {name.decode()!r} falls")
    return curve


def _description(tags: dict[bytes, bytes]) -> str:
    """Give the profile's name for messages, in its first language; empty where it cannot be read."""
    data = tags.get(b"desc", b"")
    if data[:4] == b"desc" and len(data) >= 12:
        length = struct.unpack_from(">I", data, 8)[0]
        return data[12 : 12 + length].split(b"\0")[0].decode("latin-1")[:80]
    if data[:4] == b"mluc" and len(data) >= 28:
        length, start = struct.unpack_from(">II", data, 20)
        return data[start : start + length].decode("utf-16-be", "replace").split("\0")[0][:80]
    return ""

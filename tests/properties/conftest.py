"""Small composites of every kind, for the promises of the product."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from accord.methods import registry

settings.register_profile(
    "accord",
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("accord")

CLASSICAL = [card.id for card in registry.cards() if card.kind == "classical"]

# RGB to XYZ of D50, the columns that profiles hold (sRGB's adapted by Bradford, IEC 61966-2-1; Display P3, Apple; Adobe
# RGB 1998).
COLORANTS = {
    "srgb": ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410)),
    "p3": ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)),
    "adobe": ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)),
}


@pytest.fixture(params=CLASSICAL)
def method(request):
    return request.param


@pytest.fixture(scope="session")
def make_profile():
    """Build a matrix ICC profile: `make_profile("p3")`."""

    def build(name):
        if name == "adobe":
            curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(563 / 256 * 256)) + bytes(2)
        else:
            numbers = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
            curve = (
                b"para" + bytes(4) + struct.pack(">HH", 3, 0) + struct.pack(">5i", *(round(n * 65536) for n in numbers))
            )
        tags = {b"wtpt": xyz((0.9642, 1.0, 0.8249))}
        tags |= {
            channel + b"XYZ": xyz(column) for channel, column in zip((b"r", b"g", b"b"), COLORANTS[name], strict=True)
        }
        tags |= {channel + b"TRC": curve for channel in (b"r", b"g", b"b")}
        offset, table, data = 128 + 4 + 12 * len(tags), b"", b""
        for tag, content in tags.items():
            table += tag + struct.pack(">II", offset + len(data), len(content))
            data += content
        size = offset + len(data)
        head = (
            struct.pack(">I4sI4s4s4s", size, bytes(4), 0x04200000, b"mntr", b"RGB ", b"XYZ ").ljust(36, b"\0") + b"acsp"
        )
        head = head.ljust(68, b"\0") + struct.pack(">3i", *(round(n * 65536) for n in (0.9642, 1.0, 0.8249)))
        return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + data

    return build


def xyz(values):
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in values))


@pytest.fixture(scope="session")
def light():
    """A scene's linear sRGB light (48, 64, 3), all inside sRGB and within [0.02, 0.8], and a soft mask (48, 64)."""
    rng = np.random.default_rng(11)
    rows, columns = np.mgrid[0:48, 0:64] / 48
    waves = [0.3 + 0.15 * np.sin(4 * columns + 3 * rows + 0.4 * i) + 0.08 * np.cos(9 * rows - i) for i in range(3)]
    scene = np.stack(waves, axis=-1) * rng.uniform(0.95, 1.05, (48, 64, 1)) * [1.1, 1.0, 0.85]
    mask = np.clip((14 - np.hypot(rows * 48 - 24, columns * 48 - 36)) / 3, 0, 1).astype(np.float32)
    pasted = scene * 0.55 * [0.8, 0.95, 1.25]
    return np.clip(scene + mask[..., None] * (pasted - scene), 0.02, 0.8).astype(np.float32), mask

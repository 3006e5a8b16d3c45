import struct

import numpy as np
import pytest
from PIL import ImageCms


def ramp(height, width, channels, dtype, peak=1.0):
    """Seeded noise over a slope, over the whole range of integers, up to `peak` for floats."""
    rng = np.random.default_rng(height * 1000 + width * 10 + channels)
    values = 0.7 * np.linspace(0, 1, height * width * channels).reshape(height, width, channels)
    values += 0.3 * rng.random((height, width, channels))
    scale = {"uint8": 255, "uint16": 65535}.get(dtype, peak)
    return (values * scale).astype(dtype)


@pytest.fixture
def picture_of():
    return ramp


@pytest.fixture(scope="session")
def srgb_profile():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def profile(curve: bytes, colorants=None, space=b"RGB ") -> bytes:
    """Make a version 2 display profile by hand: one curve for all channels, and D50 colorants (3, 3), one per row."""
    white = struct.pack(">4s4x3i", b"XYZ ", *(round(value * 65536) for value in (0.9642, 1.0, 0.8249)))
    text = b"desc" + bytes(4) + struct.pack(">I", 5) + b"Test\0" + bytes(78)
    tags = {b"desc": text, b"wtpt": white, b"cprt": b"text" + bytes(4) + b"none\0"}
    if space == b"GRAY":
        tags[b"kTRC"] = curve
    else:
        for name, row in zip((b"rXYZ", b"gXYZ", b"bXYZ"), colorants, strict=True):
            tags[name] = struct.pack(">4s4x3i", b"XYZ ", *(round(value * 65536) for value in row))
        tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    table, body, start = b"", b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = start + len(body)
    header = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x02400000, b"mntr", space, b"XYZ ")
    header += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    header += struct.pack(">3i", 63190, 65536, 54061) + bytes(48)
    return header + struct.pack(">I", len(tags)) + table + body


def gamma_curve(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))


def table_curve(values) -> bytes:
    codes = [round(float(value) * 65535) for value in values]
    return b"curv" + bytes(4) + struct.pack(f">I{len(codes)}H", len(codes), *codes)


def parametric_curve(kind: int, *values: float) -> bytes:
    return b"para" + bytes(4) + struct.pack(f">HH{len(values)}i", kind, 0, *(round(value * 65536) for value in values))


# D50 colorants, one per row: published in the profiles of Apple (Display P3) and Adobe (Adobe RGB 1998), and sRGB's.
P3 = ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407))
ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.7141))
SRGB_PARAMETERS = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


@pytest.fixture(scope="session")
def profiles():
    """Profiles by name."""
    dots = np.linspace(0, 1, 256) ** 1.75  # as a dot gain of about 20 % is given
    codes = np.linspace(0, 1, 1024)
    srgb = np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)
    return {
        "P3": profile(parametric_curve(3, *SRGB_PARAMETERS), P3),
        "Adobe RGB": profile(gamma_curve(2.19921875), ADOBE),
        "sRGB as table": profile(table_curve(srgb), SRGB),
        "gamma 1.8": profile(gamma_curve(1.8), SRGB),
        "linear": profile(b"curv" + bytes(8), SRGB),
        "grey gamma 2.2": profile(gamma_curve(2.2), space=b"GRAY"),
        "grey table": profile(table_curve(dots), space=b"GRAY"),
        "type 0": profile(parametric_curve(0, 2.2), P3),
        "type 1": profile(parametric_curve(1, 2.2, 0.9, 0.1), P3),
        "type 2": profile(parametric_curve(2, 2.2, 0.9, -0.05, 0.02), P3),
        "type 4": profile(parametric_curve(4, 2.4, 0.94, 0.05, 0.07, 0.04, 0.001, 0.0), P3),
        "falling": profile(table_curve([0, 0.5, 0.4, 1]), SRGB),
    }

"""A photo with a foreground, and OpenColorIO to apply files with."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data, draw


@pytest.fixture(scope="session")
def photo():
    """Give (h, w, 3), display-encoded sRGB in [0, 1]."""
    return np.ascontiguousarray(data.astronaut()[::4, ::4]).astype(np.float32) / 255


@pytest.fixture(scope="session")
def mask(photo):
    cover = np.zeros(photo.shape[:2], np.float32)
    cover[draw.disk((64, 60), 40)] = 1
    return cover


@pytest.fixture
def open_colour_io():
    ocio = pytest.importorskip("PyOpenColorIO", reason="the package opencolorio is not installed")

    def applied(path, colours):
        ocio.ClearAllCaches()
        transform = ocio.FileTransform(str(path), interpolation=ocio.INTERP_LINEAR)
        pixels = np.array(colours, np.float32, order="C")
        ocio.Config.CreateRaw().getProcessor(transform).getDefaultCPUProcessor().applyRGB(pixels)
        return pixels

    return applied

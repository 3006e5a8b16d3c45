"""Memory that the command takes, measured in processes of its own."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from accord.core.encoding import SRGB
from accord.core.picture import Picture
from accord.io import write_picture

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is told in other units elsewhere"),
]


def peak(*arguments):
    """Give the peak of resident memory, in bytes, of the command with these arguments."""
    code = """
from accord.cli.main import main
from accord.evaluation.speed import peak_memory
try:
    main()
except SystemExit as done:
    assert not done.code
print(peak_memory())
"""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


def files(folder, size, suffix, dtype=np.uint8):
    rows, columns = np.mgrid[: size[0], : size[1]]
    codes = np.stack([rows % 251, columns % 241, (rows + columns) % 239], axis=-1).astype(dtype)
    if dtype == np.uint16:
        codes *= np.uint16(257)
    mask = np.zeros(size, np.uint8)
    mask[size[0] // 4 : size[0] // 4 * 3, size[1] // 4 : size[1] // 3 * 2] = 255
    picture, cover = folder / f"{size[1]}{suffix}", folder / f"{size[1]}-mask.png"
    write_picture(Picture(codes, SRGB), picture)
    Image.fromarray(mask).save(cover)
    return picture, cover, codes.nbytes, mask.nbytes


@pytest.mark.parametrize(
    ("suffix", "dtype"), [(".jpg", np.uint8), (".png", np.uint8), (".tif", np.uint8), (".tif", np.uint16)]
)
def test_half_a_picture_more_than_the_picture_is_enough(tmp_path, suffix, dtype):
    small, large = files(tmp_path, (256, 256), suffix, dtype), files(tmp_path, (4000, 6000), suffix, dtype)
    used = [peak("harmonize", picture, mask, "-o", tmp_path / f"out{suffix}") for picture, mask, *_ in (small, large)]
    picture_bytes, mask_bytes = large[2:]
    assert used[1] - used[0] - picture_bytes - mask_bytes < 0.5 * picture_bytes


def test_400_megapixels_fit_into_a_gigabyte_and_a_half(tmp_path, monkeypatch):
    oiio = pytest.importorskip("OpenImageIO")
    spec = oiio.ImageSpec(20000, 20000, 3, "uint8")
    spec.attribute("compression", "lzw")
    writer = oiio.ImageOutput.create("tiff")
    writer.open(str(tmp_path / "a.tif"), spec)
    band = np.random.default_rng(0).integers(0, 256, (16, 20000, 3), dtype=np.uint8).repeat(10, axis=0)
    for top in range(0, 20000, len(band)):
        writer.write_scanlines(top, top + len(band), 0, band)
    writer.close()
    mask = np.zeros((20000, 20000), np.uint8)
    mask[6000:16000, 5000:13000] = 255
    Image.fromarray(mask).save(tmp_path / "m.png", compress_level=1)
    del mask
    monkeypatch.setenv("ACCORD_MAX_PIXELS", "1000000000")
    used = peak("harmonize", tmp_path / "a.tif", tmp_path / "m.png", "-o", tmp_path / "o.tif", "--method", "mkl")
    assert used < 1.5e9


def test_a_thousand_pictures_take_no_more_memory_than_fifty():
    code = """
import resource, numpy as np, accord
from accord.methods import registry
rng = np.random.default_rng(0)
composite = rng.integers(0, 256, (1000, 1000, 3), dtype=np.uint8)
mask = np.zeros((1000, 1000), np.uint8)
mask[200:600, 200:700] = 255
method = registry.get("mkl").load()
for number in range(1000):
    accord.harmonize(composite, mask, method=method).image
    if number in (49, 999):
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    after_50, after_1000 = map(int, done.stdout.split())
    assert after_1000 - after_50 <= 1024  # kilobytes: what an allocator may do on its own

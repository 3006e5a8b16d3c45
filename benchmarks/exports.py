"""How far OpenColorIO, given our files, is from our own result on the demo's astronaut: the figures in docs/signals.md.

    python benchmarks/exports.py [METHOD ...]

Needs the package opencolorio. Every pixel that the mask covers in full counts.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import PyOpenColorIO as ocio  # noqa: N813
from PIL import Image

import accord
from accord.core.place import Place

DEMO = Path(__file__).parent.parent / "examples" / "astronaut"
METHODS = sys.argv[1:] or ("mkl", "reinhard", "reinhard-oklab", "histogram", "idt", "xue")


def applied(path: Path, colours: np.ndarray) -> np.ndarray:
    transform = ocio.FileTransform(str(path), interpolation=ocio.INTERP_LINEAR)
    pixels = np.array(colours, np.float32, order="C")
    ocio.Config.CreateRaw().getProcessor(transform).getDefaultCPUProcessor().applyRGB(pixels)
    return np.clip(pixels, 0, 1)


def main() -> None:
    picture = np.asarray(Image.open(DEMO / "composite.png").convert("RGB"))
    mask = np.asarray(Image.open(DEMO / "mask.png").convert("L"))
    inside, colours = mask == 255, picture.astype(np.float32) / 255
    print("method          strength  file   form                            mean   most  stated")
    for method in METHODS:
        for strength in (1.0, 0.5):
            result = accord.harmonize(picture, mask, method=method, strength=strength)
            wanted = np.clip(result.colour_map.transform(colours, Place.whole(*mask.shape))[inside], 0, 1)
            with tempfile.TemporaryDirectory() as folder:
                for suffix in (".cube", ".clf"):
                    done = result.export(Path(folder) / f"map{suffix}")
                    ocio.ClearAllCaches()
                    off = 255 * np.abs(applied(done.path, colours[inside]) - wanted).max(axis=-1)
                    file = f"{method:<15} {strength:<8g}  {suffix:<6} {done.form:<30}"
                    print(f"{file} {off.mean():5.2f}  {off.max():5.2f}  {done.residual_max:.2f}", flush=True)


if __name__ == "__main__":
    main()

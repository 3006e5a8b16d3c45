"""How far OpenColorIO is from accord along each path into Nuke and Resolve: docs/nuke-resolve.md's table.

    python benchmarks/ocio_paths.py [METHOD ...]

Takes the demo's composite to ACEScg, applies what examples/nuke_resolve.py makes of each method there, and compares
with accord's own map over the pixels that the mask covers in full: code values of 255 of display-encoded sRGB, the
worst channel. Needs the package opencolorio.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import PyOpenColorIO as ocio  # noqa: N813
from PIL import Image

import accord
from accord.core.place import Place

HOME = Path(__file__).parent.parent
DEMO = HOME / "examples" / "astronaut"
METHODS = ("mkl", "reinhard", "xue", "histogram", "accord")
WORKING = "sRGB - Texture"


def main() -> None:
    picture = np.asarray(Image.open(DEMO / "composite.png").convert("RGB")).astype(np.float32) / 255
    mask = np.asarray(Image.open(DEMO / "mask.png").convert("L"))
    inside = mask == 255
    print("| method | look, or .clf | .cube | .cube in ACEScct | ASC CDL |\n|---|---|---|---|---|")
    for method in sys.argv[1:] or METHODS:
        result = accord.harmonize(DEMO / "composite.png", DEMO / "mask.png", method=method)
        wanted = np.clip(result.colour_map.transform(picture, Place.whole(*mask.shape))[inside], 0, 1)
        with tempfile.TemporaryDirectory() as folder:
            make = [sys.executable, str(HOME / "examples" / "nuke_resolve.py"), str(DEMO / "composite.png")]
            made = [*make, str(DEMO / "mask.png"), folder, "--method", method]
            subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
            cells = [_cell(given, wanted) for given in given_by_paths(Path(folder), picture[inside])]
        print(f"| `{method}` | {' | '.join(cells)} |", flush=True)


def given_by_paths(folder: Path, colours: np.ndarray) -> list[np.ndarray]:
    """Give what the look, the .cube, the .cube in ACEScct and the decision make of display-encoded colours."""
    config = ocio.Config.CreateFromFile(str(folder / "config.ocio"))

    def applied(transform: ocio.Transform, values: np.ndarray) -> np.ndarray:
        ocio.ClearAllCaches()
        pixels = np.array(values, np.float32, order="C")
        config.getProcessor(transform).getDefaultCPUProcessor().applyRGB(pixels)
        return pixels

    def between(space: str, name: str) -> ocio.GroupTransform:
        file = ocio.FileTransform(str(folder / name), interpolation=ocio.INTERP_TETRAHEDRAL)
        there, back = ocio.ColorSpaceTransform("ACEScg", space), ocio.ColorSpaceTransform(space, "ACEScg")
        return ocio.GroupTransform([there, file, back])

    paths = [
        ocio.LookTransform("ACEScg", "ACEScg", "accord"),
        between(WORKING, "map.cube"),
        between("ACEScct", "map_acescct.cube"),
        between(WORKING, "map.cc"),
    ]
    plate = applied(ocio.ColorSpaceTransform(WORKING, "ACEScg"), colours)
    return [applied(ocio.ColorSpaceTransform("ACEScg", WORKING), applied(path, plate)) for path in paths]


def _cell(given: np.ndarray, wanted: np.ndarray) -> str:
    off = 255 * np.abs(np.clip(given, 0, 1) - wanted).max(axis=-1)
    return f"{off.mean():.2f}, {off.max():.2f}"


if __name__ == "__main__":
    main()

"""Harmonize the shipped composite, and put before and after side by side: `make demo`.

The method is `mkl`, which matches the colours' mean and covariance to the background's. It needs no training, and
stands in until accord's own learned method ships. At strength 0.7 skin keeps some of its own colour under the evening
sky.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

import accord

HERE = Path(__file__).parent / "astronaut"
METHOD, STRENGTH = "mkl", 0.7


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    result = accord.harmonize(HERE / "composite.png", HERE / "mask.png", method=METHOD, strength=STRENGTH)
    result.save(folder / "harmonized.png")
    before, after = Image.open(HERE / "composite.png"), Image.fromarray(result.image)
    pair = Image.new("RGB", (2 * before.width, before.height))
    pair.paste(before, (0, 0))
    pair.paste(after, (before.width, 0))
    pair.save(folder / "before_after.jpg", quality=92, subsampling=0)
    print(f"Harmonized with {METHOD} at strength {STRENGTH} (the learned default is still to come):")
    print(f"  result            {folder / 'harmonized.png'}")
    print(f"  before and after  {folder / 'before_after.jpg'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("demo"))

"""Harmonize the shipped composite, and put before and after side by side: `make demo`."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

import accord

HERE = Path(__file__).parent / "sailboats"


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    result = accord.harmonize(HERE / "composite.png", HERE / "mask.png")
    result.save(folder / "harmonized.png")
    before, after = Image.open(HERE / "composite.png"), Image.fromarray(result.image)
    pair = Image.new("RGB", (2 * before.width, before.height))
    pair.paste(before, (0, 0))
    pair.paste(after, (before.width, 0))
    pair.save(folder / "before_after.jpg", quality=92, subsampling=0)
    print("Harmonized with accord's learned method, the default:")
    print(f"  result            {folder / 'harmonized.png'}")
    print(f"  before and after  {folder / 'before_after.jpg'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("demo"))

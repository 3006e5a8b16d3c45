"""Small photo sets made of seeded noise, and a configuration that trains in seconds."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch", reason="needs PyTorch (extra train)")


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """A folder of 30 smooth colourful photos, 80x64, each with an ellipse for a mask."""
    folder = tmp_path_factory.mktemp("photos")
    (folder / "images").mkdir()
    (folder / "masks").mkdir()
    generator = np.random.default_rng(5)
    y, x = np.mgrid[0:64, 0:80] / 64
    for number in range(30):
        waves = generator.uniform(1, 6, (3, 2)), generator.uniform(0, 6, 3)
        picture = np.stack([np.sin(a * x + b * y + c) for (a, b), c in zip(*waves, strict=True)], -1) * 0.3 + 0.5
        picture += generator.normal(0, 0.05, picture.shape)
        centre = generator.uniform(0.3, 0.7, 2)
        mask = ((x / 1.25 - centre[0]) / 0.25) ** 2 + ((y - centre[1]) / 0.3) ** 2 < 1
        Image.fromarray((picture.clip(0, 1) * 255).astype(np.uint8)).save(folder / "images" / f"p{number}.png")
        Image.fromarray((mask * 255).astype(np.uint8)).save(folder / "masks" / f"p{number}_1.png")
    return folder


@pytest.fixture
def config_file(photos: Path, tmp_path: Path) -> Path:
    path = tmp_path / "run.toml"
    path.write_text(
        f"""size = 64
bank_size = 64
steps = 6
validate_every = 3
validation_composites = 8
[data]
photos = "{photos.as_posix()}"
[optimizer]
batch = 4
warmup = 2
""",
        encoding="utf-8",
    )
    return path

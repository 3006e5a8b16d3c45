"""The real composites of the shared data run through every method from the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import accord

REAL = Path(__file__).parents[3] / "shared" / "data" / "real"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not REAL.is_dir(), reason=f"no shared data at {REAL}"),
]


def composites():
    return sorted(path for path in REAL.glob("*.jpg") if not path.stem.endswith("_mask"))


@pytest.mark.parametrize("name", [path.stem for path in composites()])
@pytest.mark.parametrize("method", [card.id for card in accord.list_methods() if card.kind == "classical"])
def test_runs(accord_cli, tmp_path, method, name):
    mask = next(REAL.glob(f"{name}_mask.*"))
    code, _, err = accord_cli("harmonize", REAL / f"{name}.jpg", mask, "-o", tmp_path / "out.png", "--method", method)
    assert (code, err) == (0, "")
    before, after = (
        np.asarray(Image.open(REAL / f"{name}.jpg").convert("RGB")),
        np.asarray(Image.open(tmp_path / "out.png")),
    )
    outside = np.asarray(Image.open(mask).convert("L")) == 0
    np.testing.assert_array_equal(after[outside], before[outside])


def test_there_are_fourteen():
    assert len(composites()) == 14

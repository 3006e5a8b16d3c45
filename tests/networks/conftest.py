"""Parity material from the folder beside the repository: synthetic weights, inputs, the published code's results."""

from __future__ import annotations

import importlib.util
import json
import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra train")

from accord.networks import build  # noqa: E402
from accord.networks.network import Network  # noqa: E402

_FOLDER = Path(__file__).resolve().parents[3] / "shared" / "parity"


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    torch.set_num_threads(1)


def from_json(name: str) -> dict[str, Any]:
    return json.loads((_FOLDER / f"{name}.json").read_text())


@lru_cache(maxsize=1)
def _fill() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fill", _FOLDER / "fill.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@lru_cache(maxsize=2)
def _filled(name: str) -> Network:
    network = build(name)
    network.load_official(_fill().fill_state_dict((k, s) for k, s, _ in from_json(name)["keys"]))
    return network


@dataclass(frozen=True)
class Parity:
    """One network's goldens, and the network with the weights that made them."""

    name: str

    @cached_property
    def facts(self) -> dict[str, Any]:
        return from_json(self.name)

    @cached_property
    def arrays(self) -> dict[str, Any]:
        with np.load(_FOLDER / f"{self.name}.npz") as arrays:
            return dict(arrays)

    @property
    def network(self) -> Network:
        return _filled(self.name)

    @property
    def official_shapes(self) -> dict[str, tuple[int, ...]]:
        return {key: tuple(shape) for key, shape, _ in self.facts["keys"]}

    def uint8(self, height: int, width: int):
        """Composite (H, W, 3) and mask (H, W)."""
        return _fill().make_input_u8(height, width)

    def tensors(self, height: int, width: int):
        """Composite (1, 3, H, W), 0 to 1, and mask (1, 1, H, W)."""
        return tuple(torch.from_numpy(array)[None] for array in _fill().make_input(height, width))

    def check(self, key: str, value, tolerance: float = 1e-4, relative: float = 1e-4) -> None:
        """Compare a whole array with its golden: every stored element, and the statistics of all elements."""
        value = np.asarray(value)
        golden, facts = self.arrays[key], self.facts["golden"].get(key)
        if isinstance(facts, dict) and "subsample" in facts:
            assert list(value.shape) == facts["shape"]
            for statistic in ("mean", "std", "min", "max"):
                found = getattr(np, statistic)(value.astype(np.float64))
                assert found == pytest.approx(facts[statistic], abs=tolerance, rel=relative), statistic
            step = math.ceil(value.shape[-1] / golden.shape[-1])
            value = value[..., ::step, ::step]
        assert value.shape == golden.shape
        np.testing.assert_allclose(value, golden, atol=tolerance, rtol=relative)


@pytest.fixture(scope="session")
def parity():
    """Give a network's goldens by name; skips where the folder is absent."""
    if not _FOLDER.is_dir():
        pytest.skip("needs ../shared/parity, the folder of goldens beside the repository")
    return Parity


@pytest.fixture
def picture():
    """Seeded noise of an awkward size, and a soft mask of its left half."""
    rng = np.random.default_rng(7)
    image = rng.integers(0, 256, (41, 67, 3), dtype=np.uint8)
    mask = np.broadcast_to(np.linspace(2, -1, 67, dtype=np.float32).clip(0, 1), (41, 67)).copy()
    return image, mask

from functools import lru_cache

import numpy as np
import pytest

from accord.core.errors import MissingExtraError, WeightsError
from accord.methods.registry import cards

# Of the published networks one per way of making a map, on random weights; those that are quick to run in every test.
QUICK = ("harmonizer", "idih-improved-dih")
SLOW = ("pct-net", "pct-net-vit", "cdtnet", "cdtnet-sim", "idih-hrnet18s")


def methods():
    for card in cards():
        if card.network is None or card.id in QUICK:
            yield pytest.param(card, id=card.id)
        elif card.id in SLOW:
            yield pytest.param(card, id=card.id, marks=pytest.mark.slow)


@pytest.fixture(params=methods())
def card(request):
    return request.param


@lru_cache(maxsize=2)
def loaded(card):
    return card.load()


@pytest.fixture
def method(card, random_weights):
    if card.network is not None:
        random_weights(card.id)
    try:
        return loaded(card)
    except (MissingExtraError, WeightsError) as missing:
        pytest.skip(f"{card.id} cannot be loaded here: {missing}")


@pytest.fixture
def scene():
    """Smooth colours with grain, and a soft-edged disc of other colours: composite (96, 128, 3) and mask (96, 128)."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[0:96, 0:128] / 96.0
    waves = [
        0.5 + 0.2 * np.sin(3 * x + 2 * y + phase) + 0.1 * np.cos(7 * y - 4 * x + 2 * phase) for phase in (0, 0.7, 1.3)
    ]
    picture = np.stack(waves, -1) + rng.normal(0, 0.02, (96, 128, 3))
    distance = np.hypot(x - 0.6, y - 0.5) * 96
    mask = np.clip((32 - distance) / 3, 0, 1)
    foreground = picture * [0.8, 0.65, 0.5] + [0.02, 0.05, 0.1]
    composite = picture + mask[..., None] * (foreground - picture)
    return composite.astype(np.float32), mask.astype(np.float32)

"""A real log, made by benchmarks/make_signals_log.py: 400 photos, 120 as at night, 120 as from another camera."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from accord.monitoring import Entry

LOG = Path(__file__).parent / "signals.jsonl.gz"


@pytest.fixture(scope="session")
def real_log():
    """Give the entries of the real log by the kind of their pictures: day, night, camera."""
    entries = [Entry.from_dict(json.loads(line)) for line in gzip.decompress(LOG.read_bytes()).splitlines()]
    return {
        kind: [entry for entry in entries if entry.front_end == kind]
        for kind in dict.fromkeys(e.front_end for e in entries)
    }


@pytest.fixture
def synthetic():
    """Give entries with two signals from a seed: `sharp` within `shift` of 0, `p_better` about `score`."""

    def made(count, seed, *, shift=0.0, score=0.7, model="sha256:1", brightness=-2.0, ratio=0.2):
        rng = np.random.default_rng(seed)
        return [
            Entry(
                kind="result",
                id=f"{seed:04d}{number:028d}",
                time=f"2026-11-24T10:{number // 60 % 60:02d}:{number % 60:02d}.000Z",
                accord="0.1.0",
                method="mkl",
                model=model,
                composite_hash=f"sha256:{seed}-{number}",
                height=100,
                width=100,
                foreground_ratio=float(ratio * rng.uniform(0.6, 1.4)),
                scene_brightness=float(brightness + rng.normal(0, 0.8)),
                strength=1.0,
                signals={
                    "sharp": float(rng.normal(shift)),
                    "p_better": float(np.clip(rng.normal(score, 0.15), 0, 1)),
                    "schema_version": 1,
                },
            )
            for number in range(count)
        ]

    return made

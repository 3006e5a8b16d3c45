"""The default gives the same bits on any number of cores: what a batch's worker makes is what `harmonize` makes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import accord

EXAMPLE = Path(__file__).parents[2] / "examples" / "astronaut"


def test_the_number_of_threads_changes_nothing():
    made = [
        accord.harmonize(EXAMPLE / "composite.png", EXAMPLE / "mask.png", threads=count).image for count in (1, 2, 3, 4)
    ]
    for other in made[1:]:
        np.testing.assert_array_equal(other, made[0])

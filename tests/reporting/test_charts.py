from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from accord.reporting.charts import histogram, vectorscope


def flat(*colour):
    return np.full((8, 8, 3), colour, np.float32), np.ones((8, 8), np.float32)


def label(svg):
    return ElementTree.fromstring(svg).attrib["aria-label"]


def test_a_histogram_stands_where_its_values_are():
    colours, weights = flat(0.5, 0.5, 0.5)
    colours[:4] = 0.25
    svg = histogram(colours, weights, "it")
    steps = re.search(r'class="red"[^>]*d="M0 80(.*?)V80z"', svg)[1].split("h2")
    filled = [number for number, step in enumerate(steps) if step and step != "V80.0"]
    assert filled == [16, 32]
    assert "from 25 % to 50 %, median 25 %; 0 % of pixels at an end" in label(svg)


def test_what_is_beyond_the_range_counts_at_its_ends():
    assert "100 % of pixels at an end" in label(histogram(*flat(1.7, -0.2, 0.5), "it"))


@pytest.mark.parametrize(
    ("colour", "word"),
    [((0.8, 0.2, 0.2), "red"), ((0.2, 0.2, 0.8), "blue"), ((0.7, 0.7, 0.2), "yellow"), ((0.2, 0.7, 0.7), "cyan")],
)
def test_a_vectorscope_names_the_hue(colour, word):
    assert label(vectorscope(*flat(*colour), "it")).endswith(word)


def test_grey_is_in_the_middle_of_the_vectorscope():
    svg = vectorscope(*flat(0.4, 0.4, 0.4), "it")
    assert label(svg).endswith("neutral")
    assert 'd="M32 31h1v1h-1z"' in svg


def test_red_is_up_and_blue_is_right():
    places = {}
    for name, colour in {"red": (0.9, 0.3, 0.3), "blue": (0.3, 0.3, 0.9)}.items():
        places[name] = [
            int(part) for part in re.search(r'd="M(\d+) (\d+)h1', vectorscope(*flat(*colour), "it")).groups()
        ]
    assert places["red"][1] < 20 < places["red"][0] < 32
    assert places["blue"][0] > 45

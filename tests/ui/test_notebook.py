"""A result shows itself in a notebook."""

from __future__ import annotations

import base64
import re
from io import BytesIO

import numpy as np
from PIL import Image

import accord


def result_of(files, **options):
    return accord.harmonize(files / "composite.png", files / "mask.png", method="reinhard", **options)


def pictures(html):
    found = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', html)
    return [np.asarray(Image.open(BytesIO(base64.b64decode(text)))).astype(float) for text in found]


def test_before_and_after_are_in_the_html(files):
    result = result_of(files, strength=0.8)
    html = result._repr_html_()
    after, before = pictures(html)
    composite = np.asarray(Image.open(files / "composite.png")).astype(float)
    inside = np.asarray(Image.open(files / "mask.png")) > 0
    np.testing.assert_allclose(before[inside].mean(0), composite[inside].mean(0), atol=2)
    np.testing.assert_allclose(after[inside].mean(0), result.image[inside].mean(0), atol=2)
    assert "reinhard, strength 0.8. 120 x 90 pixels" in html
    assert "signals" not in result.__dict__, "showing a result measures nothing"


def test_large_and_transparent_pictures_are_shown_small(files):
    rng = np.random.default_rng(3)
    composite = rng.integers(0, 65536, (40, 3000, 4)).astype(np.uint16)
    mask = np.zeros((40, 3000), bool)
    mask[10:30, 100:900] = True
    after, before = pictures(accord.harmonize(composite, mask, method="reinhard")._repr_html_())
    assert after.shape == before.shape == (13, 960, 3)


def test_the_slider_slides(files, browser):
    page = browser.new_page(viewport={"width": 700, "height": 500})
    page.set_content(result_of(files)._repr_html_())
    slider = page.get_by_role("slider", name="Where before ends and after begins")
    slider.focus()
    page.keyboard.press("Home")
    assert page.evaluate("document.querySelector('.accord-result div').style.getPropertyValue('--at')") == "0%"
    page.close()

"""The report in real Chromium: the slider, the views, light and dark, a narrow screen; nothing is fetched."""

from __future__ import annotations

import pytest

from accord.reporting import case_of, write_single


@pytest.fixture
def page(browser, tmp_path, local_result):
    write_single(tmp_path / "r.html", case_of("it", local_result))
    context = browser.new_context(viewport={"width": 1200, "height": 900}, offline=True)
    opened = context.new_page()
    said, asked = [], []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto((tmp_path / "r.html").as_uri())
    yield opened
    assert not said
    assert [url for url in asked if not url.startswith("data:")] == [(tmp_path / "r.html").as_uri()]
    context.close()


def shown(page):
    return page.eval_on_selector(".before", "image => getComputedStyle(image).clipPath")


def test_the_slider_answers_to_keys_and_pointer(page):
    slider = page.get_by_role("slider")
    assert slider.get_attribute("aria-valuetext") == "50 % before, 50 % after"
    before = shown(page)
    page.keyboard.press("Tab")  # to the views
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "51 % before, 49 % after"
    assert shown(page) != before
    page.keyboard.press("End")
    assert slider.get_attribute("aria-valuetext") == "100 % before, 0 % after"
    box = page.locator(".stage.compare").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + box["height"] / 2)
    assert slider.get_attribute("aria-valuetext").startswith("25 %")
    bar = page.locator(".bar").bounding_box()
    assert bar["x"] + 1 == pytest.approx(box["x"] + box["width"] * 0.25, abs=box["width"] * 0.01)


def test_views_are_chosen_by_keyboard(page):
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert page.get_by_alt_text("Mask of it").is_visible()
    assert not page.get_by_role("slider").is_visible()
    page.keyboard.press("ArrowRight")
    assert page.get_by_alt_text("Where the colour map").is_visible()


def test_every_picture_has_loaded(page):
    sizes = page.eval_on_selector_all("img", "images => images.map(image => image.naturalWidth)")
    assert len(sizes) == 4
    assert min(sizes) == 80


def test_scopes_have_text_for_who_cannot_see_them(page):
    labels = page.eval_on_selector_all("svg[role=img]", "all => all.map(svg => svg.getAttribute('aria-label'))")
    assert len(labels) == 6
    assert all(labels)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_the_page(page, scheme):
    page.emulate_media(color_scheme=scheme)
    luminance = """element => {
      const [r, g, b] = getComputedStyle(element)[PROPERTY].match(/[\\d.]+/g).map(value => {
        const part = value / 255; return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b; }"""
    paper = page.eval_on_selector("body", luminance.replace("PROPERTY", "'backgroundColor'"))
    for selector in ("body", "header p", ".note", "figcaption"):
        ink = page.eval_on_selector(selector, luminance.replace("PROPERTY", "'color'"))
        assert (max(paper, ink) + 0.05) / (min(paper, ink) + 0.05) >= 4.5, selector


def test_a_narrow_screen_scrolls_one_way_only(page):
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

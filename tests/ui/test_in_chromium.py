"""The workbench in a real browser: drop, place, harmonize, slide, export.

ACCORD_SHOTS=docs/images has it write the pictures of docs/workbench.md.
"""

from __future__ import annotations

import base64
import os
import shlex
import shutil
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from accord.cli.main import main

EXAMPLE = Path(__file__).parents[2] / "examples" / "astronaut"


@pytest.fixture
def page(served, browser):
    opened = browser.new_page(viewport={"width": 1280, "height": 800})
    wrong = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
    opened.goto(served.address)
    opened.wait_for_selector("body[data-ready=yes]", state="attached")
    yield opened
    opened.close()
    assert wrong == []


def settled(page):
    """Wait until the server's own picture is shown."""
    page.wait_for_timeout(150)  # a change is sent after a moment without another
    page.wait_for_selector("body[data-settled=yes]", state="attached", timeout=60_000)


def heard_from_now_on(page):
    """Keep all that the status says from now on, what is replaced at once, too; gives what there is so far."""
    page.evaluate(
        """() => {
            const status = document.querySelector("#status");
            window.heard = [];
            const take = changes =>
                window.heard.push(...changes.flatMap(one => [...one.addedNodes].map(node => node.textContent)));
            new MutationObserver(take).observe(status, { childList: true });
        }"""
    )
    return lambda: page.evaluate("window.heard")


def drop(page, target, *paths):
    """Drop files on an element, as a file manager does."""
    told = [(path.name, base64.b64encode(path.read_bytes()).decode()) for path in paths]
    transfer = page.evaluate_handle(
        """files => {
            const transfer = new DataTransfer();
            for (const [name, text] of files)
                transfer.items.add(new File([Uint8Array.from(atob(text), c => c.charCodeAt(0))], name));
            return transfer;
        }""",
        told,
    )
    page.dispatch_event(target, "dragover", {"dataTransfer": transfer})
    page.dispatch_event(target, "drop", {"dataTransfer": transfer})


def shot(page, name):
    folder = os.environ.get("ACCORD_SHOTS")
    if folder:
        codes = np.asarray(Image.open(BytesIO(page.screenshot())).convert("RGB"))
        # 64 levels each: PNG's size, and nobody's eye, notices.
        Image.fromarray(np.minimum(255, (codes.astype(int) + 2) // 4 * 4).astype(np.uint8)).save(
            Path(folder) / f"workbench-{name}.png", optimize=True
        )


def canvas(page):
    """Give what the picture shows, (h, w, 3)."""
    frames = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    text = page.evaluate(f"{frames}.then(() => document.getElementById('canvas').toDataURL('image/png'))").split(",")[1]
    return np.asarray(Image.open(BytesIO(base64.b64decode(text))).convert("RGB")).astype(int)


def same(shown, wanted):
    """Compare, but for a value in ten thousand that is rounded the other way."""
    different = np.abs(shown - wanted)
    assert different.max() <= 1
    assert (different > 0).mean() < 1e-4


def slide(page, name, value):
    page.locator(f"[data-name={name}] input[type=range]").fill(str(value))


def saved(page, what, folder):
    with page.expect_download() as download:
        page.locator(f"button[data-what={what}]").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def example(folder, *names):
    """Give the example's files under the names that a person would have given them."""
    folder.mkdir(exist_ok=True)
    given = {
        "astronaut.png": "astronaut.png",
        "rocket.jpg": "launch pad.jpg",
        "composite.png": "composite.png",
        "mask.png": "mask.png",
    }
    return [Path(shutil.copy(EXAMPLE / name, folder / given[name])) for name in names]


def run(command, folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        done = CliRunner().invoke(main, shlex.split(command)[1:])
    assert done.exit_code == 0, done.output
    return (folder / shlex.split(command)[-1]).read_bytes()


def test_drop_place_harmonize_slide_export(page, tmp_path):
    there = tmp_path / "there"
    background, foreground = example(there, "rocket.jpg", "astronaut.png")
    shot(page, "start")
    drop(page, ".drop[data-slot=background]", background)
    page.wait_for_selector(".drop.full img")
    drop(page, "#stage", foreground)  # where something is missing
    settled(page)

    # place: what is seen while it moves is what the server makes of the new place
    box = page.locator("#placer").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 60, steps=3)
    page.mouse.move(x + 110, y + 108, steps=3)
    shot(page, "place")
    page.mouse.up()
    settled(page)
    assert float(page.locator("#place-fields input").nth(0).input_value()) == pytest.approx(65, abs=3)

    # harmonize: without sliders the export is `accord compose --harmonize`
    before = canvas(page)
    page.locator("#export-open").click()
    plain = saved(page, "picture", tmp_path).read_bytes()
    command = page.locator("#export-command").inner_text()
    assert "--harmonize --method accord" in command
    assert plain == run(command, there)
    page.keyboard.press("Escape")

    # slide: what is seen at once is what the server makes of it, to a code value
    for name, value in {
        "exposure": -0.5,
        "temperature": -20,
        "tint": 6,
        "contrast": 12,
        "saturation": -12,
        "strength": 70,
    }.items():
        slide(page, name, value)
    live = canvas(page)
    assert np.abs(live - before).max() > 10
    settled(page)
    exact = canvas(page)
    assert np.abs(live - exact).max() <= 2
    page.wait_for_selector("#signals:not(.stale) .chance", timeout=60_000)
    page.locator("[name=view][value=split]").check(force=True)
    shot(page, "adjust")
    divided = canvas(page)
    middle = divided.shape[1] // 2
    np.testing.assert_array_equal(divided[:, middle + 1 :], exact[:, middle + 1 :])

    # export: the edit beside it, and the command that makes the same file of both
    page.keyboard.press("Control+e")
    picture = saved(page, "picture", tmp_path)
    saved(page, "edit", there)
    saved(page, "map", tmp_path)
    shot(page, "export")
    assert picture.read_bytes() == run(page.locator("#export-command").inner_text(), there)
    assert picture.read_bytes() != plain
    page.keyboard.press("Escape")

    # undo: all of it, and again
    steps = 0
    while page.locator("#undo").is_enabled():
        page.locator("#undo").click()
        steps += 1
        assert steps < 30
    assert page.locator("#drops").is_visible()
    for _ in range(steps):
        page.locator("#redo").click()
    settled(page)
    page.locator("[name=view][value=after]").check(force=True)
    np.testing.assert_array_equal(canvas(page), exact)


def test_methods_are_seen_side_by_side(page, tmp_path):
    background, foreground = example(tmp_path, "rocket.jpg", "astronaut.png")
    drop(page, "#stage", background, foreground)
    settled(page)
    page.locator("[aria-label^='Foreground,']").press("c")
    page.wait_for_selector("#tiles[data-settled=yes]", timeout=120_000)
    assert page.evaluate("document.activeElement.dataset.method") == "accord"
    shot(page, "methods")
    page.keyboard.press("ArrowRight")
    chosen = page.evaluate("document.activeElement.dataset.method")
    page.keyboard.press("Enter")
    settled(page)
    assert page.locator("#method").input_value() == chosen != "accord"


def test_a_mask_is_painted_and_colours_are_protected(page, tmp_path):
    there = tmp_path / "there"
    composite, mask = example(there, "composite.png", "mask.png")
    page.locator("[name=kind][value=flat]").check(force=True)
    drop(page, ".drop[data-slot=composite]", composite)
    page.wait_for_selector("#paper:not([hidden])")
    assert "Where is the pasted part?" in page.locator("#status").inner_text()
    page.locator("#mask-paint").click()
    box = page.locator("#ruby").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.7, steps=8)
    page.mouse.up()
    settled_mask(page, "1 stroke")
    page.keyboard.press("Control+z")
    page.wait_for_selector("#mask-is:not(:has-text('stroke'))")
    drop(page, "#stage", mask)
    settled(page)
    page.locator("#mask-paint").click()
    page.wait_for_timeout(400)
    page.locator("[name=brush][value=add]").check(force=True)
    box = page.locator("#ruby").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.503, box["y"] + box["height"] * 0.33)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.503, box["y"] + box["height"] * 0.7, steps=12)
    page.mouse.up()
    settled_mask(page, "1 stroke")
    shot(page, "mask")
    page.locator("#mask-done").click()
    settled(page)
    page.locator("#export-open").click()
    picture = saved(page, "picture", tmp_path)
    (there / "composite-mask.png").write_bytes(saved(page, "mask", tmp_path).read_bytes())
    command = page.locator("#export-command").inner_text()
    assert "composite-mask.png" in command
    assert picture.read_bytes() == run(command, there)
    page.keyboard.press("Escape")
    page.locator("#undo").click()
    settled(page)
    page.locator("#pick").click()
    frame = page.locator("#frame").bounding_box()
    spot = (frame["x"] + frame["width"] * 0.55, frame["y"] + frame["height"] * 0.75)
    page.mouse.move(*spot)
    page.mouse.click(*spot)
    page.locator("#skin").check()
    settled(page)
    assert page.locator("#swatches li").count() == 1

    # what is protected is protected at once, not only when the server's own picture is there
    for name, value in {"temperature": -60, "tint": 20, "saturation": 40}.items():
        slide(page, name, value)
    live = canvas(page)
    settled(page)
    assert np.abs(live - canvas(page)).max() <= 2
    page.locator("#skin").uncheck()
    assert np.abs(canvas(page) - live).max() > 20
    page.locator("#skin").check()
    page.locator("#adjust-reset").click()
    settled(page)
    page.wait_for_selector("#signals:not(.stale) .concerns", timeout=60_000)
    page.locator("#signals summary").scroll_into_view_if_needed()
    shot(page, "protect")
    command = page.locator("#command-text").inner_text()
    assert "--protect skin" in command


def settled_mask(page, text):
    page.wait_for_selector(f"#mask-is:has-text('{text}')")
    page.wait_for_timeout(700)  # the server's mask takes the place of what was drawn


def test_all_of_it_works_without_a_mouse(page, tmp_path):
    background, foreground = example(tmp_path, "rocket.jpg", "astronaut.png")
    for slot, path in (("background", background), ("foreground", foreground)):
        with page.expect_file_chooser() as chooser:
            page.locator(f".slot[data-slot={slot}]").press("Enter")
        chooser.value.set_files(path)
        page.wait_for_selector(f".slot[data-slot={slot}] img", state="attached")
        assert page.evaluate("document.activeElement.dataset.slot") == slot, "the focus stays where it was"
    settled(page)
    place = page.locator("#placer")
    place.focus()
    told = place.get_attribute("aria-label")
    for key in ("ArrowRight", "Shift+ArrowDown", "+", ","):
        page.keyboard.press(key)
    assert place.get_attribute("aria-label") != told
    page.keyboard.press("s")
    divider = page.locator("#divider")
    divider.focus()
    page.keyboard.press("End")
    assert divider.get_attribute("aria-valuenow") == "100"
    page.keyboard.press("Control+z")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    shot(page, "keys")
    page.keyboard.press("Escape")

    # the eyedropper: each colour is told, in words too
    place.focus()
    page.keyboard.press("i")
    assert page.evaluate("document.activeElement.id") == "aim"
    told = set()
    for key in ("ArrowDown", "Shift+ArrowDown", "Shift+ArrowLeft"):
        page.keyboard.press(key)
        told.add(page.locator("#status").inner_text())
    assert len(told) == 3
    name, colour = page.locator("#status").inner_text().split(", ")[:2]
    page.keyboard.press("Control+z")  # the picture changes under the eyedropper, not what it told
    settled(page)
    heard = heard_from_now_on(page)
    page.keyboard.press("Enter")
    page.wait_for_selector("#swatches button")
    assert f"{name}, {colour}, is protected." in heard()
    assert page.locator("#swatches button").get_attribute("aria-label") == f"Protect {colour} no longer"
    assert page.evaluate("document.activeElement.id") == "placer", "the focus goes back"
    page.keyboard.press("i")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "placer"
    assert page.locator("#aim").is_hidden()

    page.keyboard.press("p")
    assert page.evaluate("document.activeElement.id") == "ruby"
    page.keyboard.press("Space")
    settled_mask(page, "1 stroke")
    page.keyboard.press("Escape")
    settled(page)
    assert page.evaluate("document.activeElement.id") == "placer"


def test_at_100_percent_it_is_the_export_pixel_for_pixel(page, tmp_path):
    """Moved about by keys, mouse, wheel and touch."""
    there = tmp_path / "there"
    background, foreground = example(there, "rocket.jpg", "astronaut.png")
    for path, times in ((background, 2.5), (foreground, 3)):
        small = Image.open(path)
        background = path.with_suffix(".png") if path is background else background
        small.resize([int(side * times) for side in small.size], Image.Resampling.LANCZOS).save(
            path.with_suffix(".png")
        )
    drop(page, "#stage", background, foreground)
    settled(page)
    page.locator("#zoom").click()
    settled(page)
    page.locator("[name=view][value=split]").check(force=True)
    page.wait_for_selector("#signals:not(.stale) .chance", timeout=60_000)
    shot(page, "zoom")
    page.locator("[name=view][value=after]").check(force=True)
    page.locator("#export-open").click()
    whole = np.asarray(Image.open(saved(page, "picture", tmp_path)).convert("RGB")).astype(int)
    page.keyboard.press("Escape")

    def part():
        asked = "performance.getEntriesByType('resource').map(e => e.name).filter(n => n.includes('/api/shown?')).pop()"
        left, top, width, height = map(int, page.evaluate(asked).split("=")[1].split(","))
        return whole[top : top + height, left : left + width], (left, top)

    def moved(action):
        _, before = part()
        action()
        live = canvas(page)
        settled(page)
        wanted, after = part()
        same(canvas(page), wanted)
        across, down = after[0] - before[0], after[1] - before[1]
        # what was there already moves at once; the rest is fetched
        there = np.s_[
            max(0, -down) : wanted.shape[0] - max(0, down), max(0, -across) : wanted.shape[1] - max(0, across)
        ]
        same(live[there], wanted[there])
        return across, down

    wanted, _ = part()
    assert wanted.shape[0] < whole.shape[0]
    same(canvas(page), wanted)
    page.locator("#pan").focus()
    heard = heard_from_now_on(page)
    assert moved(lambda: page.keyboard.press("ArrowRight"))[0] > 20
    assert any("100 %: across" in text for text in heard())
    box = page.locator("#pan").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag():
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 60, y + 30, steps=3)
        page.mouse.up()

    def touch():
        session = page.context.new_cdp_session(page)
        for kind, far in (("touchStart", 0), ("touchMove", 20), ("touchMove", 45), ("touchEnd", None)):
            points = [] if far is None else [{"x": x - far, "y": y - far}]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    assert moved(drag) == (-60, -30)
    assert moved(touch) == (45, 45)
    assert moved(lambda: page.mouse.wheel(0, 40)) == (0, 40)

    # sliders move it at once, at full size too
    slide(page, "temperature", -40)
    live = canvas(page)
    settled(page)
    exact = canvas(page)
    assert np.abs(exact - part()[0]).max() > 10
    assert np.abs(live - exact).max() <= 2
    page.locator("#pan").focus()
    page.keyboard.press("z")
    settled(page)
    assert page.evaluate("document.activeElement.id") == "placer"
    assert page.locator("#pan").is_hidden()


def test_every_control_has_a_name(page, tmp_path):
    """Chromium's own accessibility tree, as a screen reader gets it."""
    background, foreground = example(tmp_path, "rocket.jpg", "astronaut.png")
    drop(page, "#stage", background, foreground)
    settled(page)
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    roles = {
        "button",
        "checkbox",
        "radio",
        "slider",
        "spinbutton",
        "combobox",
        "textbox",
        "application",
        "image",
        "dialog",
    }
    nameless = [
        node
        for node in nodes
        if not node["ignored"] and node["role"]["value"] in roles and not node.get("name", {}).get("value")
    ]
    assert nameless == []
    assert {node["role"]["value"] for node in nodes} >= {"main", "banner", "contentinfo", "status", "slider", "alert"}

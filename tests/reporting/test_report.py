from __future__ import annotations

import base64
import json
import os
import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import accord
from accord.diagnose.concerns import MEANINGS
from accord.reporting import case_of, write_single
from accord.reporting.case import badness

DOCS = Path(__file__).parents[2] / "docs" / "report.md"


class Page(HTMLParser):
    """What a page asks for and says."""

    def __init__(self, text):
        super().__init__()
        self.asks, self.without_alt, self.headings, self.open = [], [], [], []
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        self.asks += [told[name] for name in ("src", "href", "poster", "data") if name in told]
        if tag == "img" and not told.get("alt"):
            self.without_alt.append(told)
        if tag not in ("img", "meta", "input", "br", "path", "rect", "circle"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def pictures(text):
    return [
        np.asarray(Image.open(BytesIO(base64.b64decode(found))))
        for found in re.findall(r'<img[^>]*src="data:image/\w+;base64,([^"]+)"', text)
    ]


def test_a_report_needs_nothing_else(run, files):
    code, out, err = run(
        "report", files / "composite.png", files / "mask.png", "-o", files / "r.html", "--method", "mkl"
    )
    assert (code, err) == (0, "")
    assert str(files / "r.html") in out
    text = (files / "r.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.asks
    assert all(asked.startswith(("data:", "#")) for asked in page.asks)
    assert not page.without_alt
    assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")
    assert "default-src 'none'" in text


def test_before_after_and_mask_are_the_pictures(files, picture):
    result = accord.harmonize(*picture, method="mkl", strength=0.7)
    write_single(files / "r.html", case_of("it", result))
    after, before, mask = pictures((files / "r.html").read_text())
    assert np.abs(before.astype(int) - picture[0]).mean() < 8  # JPEG, of noise
    assert np.abs(after.astype(int) - result.image).mean() < 8
    np.testing.assert_array_equal(mask, picture[1])


def test_a_report_says_what_was_measured(files, picture):
    result = accord.harmonize(*picture, method="mkl")
    write_single(files / "r.html", case_of("it", result))
    text = re.sub(r"<[^>]+>", " ", (files / "r.html").read_text())
    assert f"{result.signals.move_mean:.3g} CIEDE2000" in text
    assert f"{result.explanation.edit.exposure:+.2f} stops" in text
    assert "there is no local part to show" in text
    for name in result.signals.to_dict():
        if name != "schema_version":
            assert name in text


def test_the_local_part_is_drawn_where_it_acts(files, local_result):
    case = case_of("it", local_result)
    assert case.heat is not None
    write_single(files / "r.html", case)
    heat = pictures((files / "r.html").read_text())[3].astype(int)
    redness = heat[..., 0] - heat[..., 2]
    assert redness[20:40, 22:26].mean() > redness[:10].mean() + 20


def test_what_drove_the_map_is_shown_if_asked_for(run, files):
    run("report", files / "composite.png", files / "mask.png", "-o", files / "r.html", "--method", "mkl", "--drivers")
    assert len(pictures((files / "r.html").read_text())) == 4


def test_the_same_result_makes_the_same_file(files, picture):
    result = accord.harmonize(*picture, method="mkl")
    for name in ("a.html", "b.html"):
        write_single(files / name, case_of("it", result))
    assert (files / "a.html").read_bytes() == (files / "b.html").read_bytes()


def test_a_hostile_name_is_only_a_name(files, picture):
    name = '<script>alert(1)</script>" onload="x'
    write_single(files / "r.html", case_of(name, accord.harmonize(*picture, method="mkl")))
    text = (files / "r.html").read_text()
    Page(text)
    assert "<script>alert" not in text
    assert '" onload="x' not in text


def test_transparent_and_linear_pictures_can_be_shown(files, picture):
    linear = (picture[0] / np.float32(100)).astype(np.float32)
    case = case_of("it", accord.harmonize(linear, picture[1], method="reinhard"))
    assert case.clipped
    rgba = np.dstack([picture[0], np.full((60, 80), 255, np.uint8)])
    rgba[:5, :, 3] = 0
    case = case_of("it", accord.harmonize(rgba, picture[1], method="reinhard"))
    write_single(files / "r.html", case)
    assert np.abs(pictures((files / "r.html").read_text())[0][:4].astype(int) - 128).mean() < 8


def batch_of(folder, picture, count):
    folder.mkdir()
    for number in range(count):
        made = picture[0].copy()
        made[picture[1] > 0] = np.clip(made[picture[1] > 0] * (1 - 0.2 * number), 0, 255)
        Image.fromarray(made).save(folder / f"p{number}.png")
        Image.fromarray(picture[1]).save(folder / f"p{number}_mask.png")
    return folder


def test_a_batch_comes_worst_first(run, tmp_path, picture):
    folder = batch_of(tmp_path / "batch", picture, 4)
    code, out, _ = run("report", folder, "-o", tmp_path / "b.html", "--method", "mkl", "--worst", "2")
    assert code == 0
    assert "4 pictures" in out
    expected = sorted(
        (f"p{number}" for number in range(4)),
        key=lambda name: (
            -badness(
                accord.harmonize(folder / f"{name}.png", folder / f"{name}_mask.png", method="mkl").signals.to_dict()
            )
        ),
    )
    text = (tmp_path / "b.html").read_text()
    Page(text)
    assert re.findall(r"<td>\d+\. (?:<a[^>]*>)?(p\d)", text) == expected
    assert re.findall(r"<h2>\d+\. (p\d)</h2>", text) == expected[:2]
    assert re.findall(r'<a href="#case-(\d)">(p\d)', text) == [("1", expected[0]), ("2", expected[1])]


def test_p_better_decides_the_order_where_there_is_one():
    assert badness({"p_better": 0.9, "move_mean": 3.0, "noise_gain": 9.0}) == pytest.approx(0.1)
    assert badness({"p_better": 0.0, "move_mean": 0.0}) == 0.5  # left alone
    assert badness({"p_better": None, "noise_gain": 4.6}) == pytest.approx(2)


def test_a_bad_picture_does_not_stop_the_others(run, tmp_path, picture):
    folder = batch_of(tmp_path / "batch", picture, 2)
    (folder / "p0.png").write_bytes(b"none")
    code, out, err = run("report", folder, "-o", tmp_path / "b.html", "--method", "mkl")
    assert code == 1
    assert "1 pictures" in out
    assert err.startswith("Error: p0: ")
    assert "Failed" in (tmp_path / "b.html").read_text()


def test_a_log_with_paths_is_shown_as_it_was_made(run, files):
    base = ["harmonize", files / "composite.png", files / "mask.png", "-o", files / "o.png"]
    log = files / "log.jsonl"
    run(*base, "--method", "reinhard", "--strength", "0.25", "--log", log, "--log-paths")
    assert run("report", log, "-o", files / "r.html")[0] == 0
    assert "Harmonized with reinhard, strength 0.25." in (files / "r.html").read_text()
    log.write_text('{"kind":"result","id":"abc\n' + log.read_text())
    code, _, err = run("report", log, "-o", files / "r.html")
    assert code == 0
    assert err.startswith(f"Warning: {log}: passed over line 1:"), "what was torn is told in a line"
    (files / "log.jsonl").unlink()
    run(*base, "--method", "reinhard", "--log", log)
    code, _, err = run("report", log, "-o", files / "r.html")
    assert code == 1
    assert "--log-paths" in err


def test_another_method_is_not_shown_in_place_of_one_that_a_log_cannot_name(run, files):
    log, page = files / "log.jsonl", files / "r.html"
    base = ["harmonize", files / "composite.png", files / "mask.png", "-o", files / "o.png", "--method", "mkl"]
    run(*base, "--log", log, "--log-paths")
    row = log.read_text()
    of_a_map, of_a_file = (row.replace('"method":"mkl"', f'"method":{other}') for other in ("null", '"mine.onnx"'))
    log.write_text(of_a_map)
    code, out, err = run("report", log, "-o", page)
    assert (code, out, err.count("\n"), page.exists()) == (1, "", 1, False)
    assert "--method" in err
    log.write_text(of_a_map + of_a_file + row)
    code, out, err = run("report", log, "-o", page)
    assert code == 1
    assert "1 pictures" in out
    first, second = err.splitlines()
    assert first.startswith("Error: composite.png: it was harmonized with a colour map")
    assert second.startswith("Error: composite.png: it was harmonized with mine.onnx")
    code, out, _ = run("report", log, "-o", page, "--method", "mkl")
    assert code == 0
    assert "3 pictures" in out


def test_layers_that_a_log_does_not_name_are_told_of(run, files, picture):
    Image.fromarray(np.dstack(picture)).save(files / "cutout.png")
    row = {"background": "composite.png", "foreground": "cutout.png", "at": [0.4, 0.4], "output": "a.png"}
    (files / "jobs.jsonl").write_text(json.dumps(row) + "\n")
    log = files / "log.jsonl"
    logged = ["--method", "mkl", "--log", log, "--log-paths"]
    assert run("batch", files / "jobs.jsonl", "-o", files, "--workers", "1", *logged)[0] == 0
    code, _, err = run("report", log, "-o", files / "r.html")
    assert code == 1
    assert "layers were composed" in err
    run("harmonize", files / "composite.png", files / "mask.png", "-o", files / "o.png", *logged)
    code, out, err = run("report", log, "-o", files / "r.html")
    assert code == 0
    assert "1 pictures" in out
    assert "1 results of" in err
    assert "are left out" in err


def test_a_missing_file_of_a_manifest_or_a_set_does_not_stop_the_others(run, files):
    rows = ["composite,mask", "composite.png,mask.png", "gone.png,mask.png", "composite.png,gone.png", ".,mask.png"]
    (files / "m.csv").write_text("\n".join(rows) + "\n")
    code, out, err = run("report", files / "m.csv", "-o", files / "r.html", "--method", "mkl")
    assert code == 1
    assert "1 pictures" in out
    assert [line.split(": ")[1] for line in err.splitlines()] == ["gone", "composite", "."]
    for name in ("composites/a.png", "composites/b.png", "masks/a.png"):
        (files / "set" / name).parent.mkdir(parents=True, exist_ok=True)
        (files / "set" / name).write_bytes((files / f"{name.partition('s/')[0]}.png").read_bytes())
    code, out, err = run("report", files / "set", "-o", files / "r.html", "--method", "mkl")
    assert code == 1
    assert "1 pictures" in out
    assert err.startswith("Error: b: mask ")


def test_a_name_that_is_no_utf_8_does_not_stop_the_others(run, tmp_path, picture):
    folder = batch_of(tmp_path / "batch", picture, 2)
    try:
        (folder / "p1.png").rename(folder / os.fsdecode(b"p\xff.png"))
        (folder / "p1_mask.png").rename(folder / os.fsdecode(b"p\xff_mask.png"))
    except (OSError, UnicodeError):
        pytest.skip("no such names here")
    code, out, err = run("report", folder, "-o", tmp_path / "b.html", "--method", "mkl")
    assert code == 1
    assert "1 pictures" in out
    assert "is no UTF-8" in err
    assert "<strong>p\\udcff</strong>" in (tmp_path / "b.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_manifest_may_say_how(run, files, kind):
    rows = [{"composite": "composite.png", "mask": "mask.png", "method": "reinhard", "strength": 0.5}]
    text = "composite,mask,method,strength\ncomposite.png,mask.png,reinhard,0.5\n"
    (files / f"m.{kind}").write_text(text if kind == "csv" else "\n".join(map(json.dumps, rows)) + "\n")
    assert run("report", files / f"m.{kind}", "-o", files / "r.html")[0] == 0
    assert "Harmonized with reinhard, strength 0.5." in (files / "r.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["composite.png", "mask.png", "-o", "r.txt"], ".html"),
        (["composite.png", "mask.png", "-o", "none/r.html"], "none"),
        (["none", "-o", "r.html"], "none"),
        ([".", "mask.png", "-o", "r.html"], "batch"),
        (["empty.csv", "-o", "r.html"], "no composites"),
        (["wrong.csv", "-o", "r.html"], "line 2, names no composite"),
        (["broken.jsonl", "-o", "r.html"], "line 1, is no JSON"),
    ],
)
def test_errors_are_one_line(run, files, monkeypatch, arguments, word):
    monkeypatch.chdir(files)
    (files / "empty.csv").write_text("composite,mask\n")
    (files / "wrong.csv").write_text("picture,mask\na,b\n")
    (files / "broken.jsonl").write_text("{\n")
    code, out, err = run("report", *arguments, "--method", "mkl")
    assert (code, out) == (1, "")
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert word in err


def test_the_limits_are_documented():
    told = {}
    for line in DOCS.read_text().split("## What to look at")[1].splitlines():
        if line.startswith("| `"):
            names, limit = line.split("|")[1:3]
            told |= dict.fromkeys(names.split("`")[1::2], limit)
    limited = {name: meaning for name, meaning in MEANINGS.items() if meaning.limit is not None}
    assert set(told) == set(limited)
    for name, meaning in limited.items():
        if name != "background_untouched":
            side = "above" if meaning.limit > meaning.good else "below"
            assert told[name].strip().startswith(f"{side} {meaning.limit:g}")

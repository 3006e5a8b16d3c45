"""benchmarks/gather_photos.py: what it leaves out, which masks it makes, and a whole run on small clones."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from accord.data.photos import PhotoBank, list_photos

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
import gather_photos  # noqa: E402
import photo_masks  # noqa: E402
from photo_checks import Known, decoded, fault, forms  # noqa: E402

PHOTO = ROOT / "examples" / "astronaut" / "composite.png"


@pytest.fixture(scope="module")
def photo():
    return decoded(PHOTO.read_bytes())


def framed(photo, colour):
    return cv2.copyMakeBorder(photo, 12, 12, 12, 12, cv2.BORDER_CONSTANT, value=colour)


def tinted(photo):
    grey = cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY)[..., None]
    return np.clip(grey.astype(np.float32) * 0.6 + [40, 60, 85], 0, 255).astype(np.uint8)


FAULTS = {
    "": lambda photo: photo,
    "size": lambda photo: photo[:90],
    "grey": lambda photo: np.repeat(cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY)[..., None], 3, axis=2),
    "tinted": tinted,
    "flat or dark": lambda photo: photo // 8 + np.array([0, 0, 30], np.uint8),
    "white or black border": lambda photo: framed(photo, (255, 255, 255)),
    "frame": lambda photo: framed(photo, (60, 90, 120)),
    "drawing": lambda photo: photo // 64 * 64 + np.uint8(20),
}


@pytest.mark.parametrize("why", FAULTS)
def test_what_is_no_photo_to_learn_from_is_named(photo, why):
    assert fault(FAULTS[why](photo)) == why


def test_a_picture_is_known_again_when_scaled_compressed_mirrored_or_cut(photo):
    known = Known()
    known.add(photo)
    small = cv2.resize(photo, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    assert known.holds(decoded(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 40])[1].tobytes()))
    assert not known.holds(photo[:, ::-1].copy())
    for form in forms(photo):
        known.add(form)
    height, width = photo.shape[:2]
    assert known.holds(photo[:, ::-1].copy())
    assert known.holds(photo[height // 10 : -(height // 10), width // 10 : -(width // 10)])
    assert not known.holds(np.random.default_rng(0).integers(0, 256, photo.shape, np.uint8), strict=True)


def test_thousands_of_pictures_stay_known():
    known, rng = Known(), np.random.default_rng(0)
    pictures = rng.integers(0, 256, (1100, 16, 16, 3), np.uint8)
    for picture in pictures:
        known.add(picture)
    assert known.holds(pictures[0])
    assert known.holds(pictures[-1])


def test_regions_are_apart_neither_small_nor_large_and_the_same_again(photo):
    first, second = photo_masks.regions(photo, seed=0)
    assert not (first & second).any()
    assert all(0.03 <= mask.mean() <= 0.4 for mask in (first, second))
    np.testing.assert_array_equal(first, photo_masks.regions(photo, seed=0)[0])


def test_an_own_mask_counts_whole_numbers_or_codes(photo):
    mask = np.zeros(photo.shape[:2], np.uint8)
    mask[60:200, 80:220] = 1
    for codes in (mask, mask * 255):
        (read,) = photo_masks.own_mask(cv2.imencode(".png", codes)[1].tobytes(), photo)
        np.testing.assert_array_equal(read, mask == 1)
    assert photo_masks.own_mask(cv2.imencode(".png", mask[:100])[1].tobytes(), photo) == []
    assert photo_masks.own_mask(cv2.imencode(".png", np.ones_like(mask))[1].tobytes(), photo) == []
    assert photo_masks.own_mask(b"", photo) == []


def test_crumbs_go_and_pinholes_are_filled():
    mask = np.zeros((100, 100), bool)
    mask[20:60, 20:60] = True
    whole = mask.copy()
    mask[30:32, 30:32] = False
    mask[90:95, 90:95] = True
    np.testing.assert_array_equal(photo_masks.tidy(mask), whole)


@pytest.mark.parametrize(("doubt", "count"), [(0.05, 1), (0.4, 0)])
def test_a_salient_object_counts_where_the_model_is_sure(photo, monkeypatch, doubt, count):
    cover = np.zeros(photo.shape[:2], np.float32)
    cover[60:200, 80:220] = 1 - doubt
    monkeypatch.setattr(photo_masks, "auto_mask", lambda *_: cover)
    assert len(photo_masks.salient(photo, Path("u2netp.onnx"))) == count


def test_every_source_is_whole_and_in_the_docs():
    page = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    sources = gather_photos.sources()
    assert len(sources) == 22
    for source in sources:
        assert all(re.fullmatch("[0-9a-f]{40}", commit) for commit in source.repositories.values())
        groups = re.compile(source.photos).groupindex
        assert "id" in groups
        assert source.label or "label" in groups
        (row,) = (line for line in page.splitlines() if line.startswith(f"| {source.name} |"))
        assert f"| {source.licence} | {source.take:,} |" in row
        assert all(f"https://github.com/{repository})" in row for repository in source.repositories)


@pytest.fixture
def clones(photo, tmp_path):
    """Give a folder with a bare clone of a text and four pictures: a photo twice, a half of it, and a strip of it."""
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    checkout = tmp_path / "checkout"
    (checkout / "images").mkdir(parents=True)
    pictures = {"im00001": photo, "im00002": photo, "im00003": photo[:, 150:], "im00004": photo[:90]}
    for name, picture in pictures.items():
        cv2.imwrite(str(checkout / "images" / f"{name}.jpg"), picture)
    (checkout / "README.txt").write_text("photos", encoding="utf-8")
    by = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    for words in (["init", "-q"], ["add", "."], [*by, "commit", "-qm", "photos"]):
        subprocess.run(["git", *words], cwd=checkout, check=True)
    folder = tmp_path / "clones"
    subprocess.run(["git", "clone", "-q", "--bare", checkout, folder / "axelcarlier+lsp"], check=True)
    return folder


def run(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["gather_photos.py", *map(str, words)])
    gather_photos.main()


def test_a_run_gives_a_folder_to_train_on(clones, photo, tmp_path, monkeypatch, capsys):
    run(monkeypatch, clones, tmp_path / "first", "--only", "lspet")
    assert "lspet: 2 kept, 1 size, 1 duplicate" in capsys.readouterr().out
    listed = list_photos(tmp_path / "first")
    assert [found.source for found in listed] == ["lspet", "lspet"]
    PhotoBank.load(listed, 32)  # which refuses a mask of another size
    # Beside these, from a checkout, nothing is new; and what is left out is left out of them, too.
    cv2.imwrite(str(tmp_path / "held.png"), photo[:, ::-1])
    (clones / "axelcarlier+lsp").rename(tmp_path / "bare")
    (tmp_path / "checkout").rename(clones / "lsp")
    run(monkeypatch, clones, tmp_path / "second", "--only", "lspet", "--beside", tmp_path / "first",
        "--leave-out", tmp_path / "held.png")  # fmt: skip
    (kept,) = list_photos(tmp_path / "second")
    assert kept.id == "lspet00003"


def test_photos_that_a_source_is_without_are_not_tried(clones, tmp_path, monkeypatch, capsys):
    (lspet,) = (source for source in gather_photos.sources() if source.name == "lspet")
    monkeypatch.setattr(gather_photos, "sources", lambda: [replace(lspet, without=("00001", "00004"))])
    run(monkeypatch, clones, tmp_path / "out")
    assert "lspet: 2 kept\n" in capsys.readouterr().out
    assert [found.id for found in list_photos(tmp_path / "out")] == ["lspet00002", "lspet00003"]


def test_the_commit_that_was_seen_is_read_though_later_ones_lack_it(clones, tmp_path, monkeypatch, capsys):
    checkout, bare = tmp_path / "checkout", clones / "axelcarlier+lsp"
    seen = subprocess.run(["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, check=True, text=True).stdout
    by = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    for words in (["rm", "-rq", "images"], [*by, "commit", "-qm", "none"], ["push", "-q", bare, "HEAD"]):
        subprocess.run(["git", *words], cwd=checkout, check=True)
    (lspet,) = (source for source in gather_photos.sources() if source.name == "lspet")
    of = replace(lspet, repositories={"axelcarlier/lsp": seen.strip()})
    monkeypatch.setattr(gather_photos, "sources", lambda: [of])
    run(monkeypatch, clones, tmp_path / "out")
    assert capsys.readouterr().out == "lspet: 2 kept, 1 size, 1 duplicate\n"
    monkeypatch.setattr(gather_photos, "sources", lambda: [lspet])
    run(monkeypatch, clones, tmp_path / "none")
    assert "which was seen" in capsys.readouterr().out


def test_what_is_not_there_is_told_at_once(clones, tmp_path, monkeypatch):
    with pytest.raises(SystemExit, match="experiencor/kangaroo"):
        run(monkeypatch, clones, tmp_path / "out", "--only", "lspet", "kangaroo")
    with pytest.raises(SystemExit, match="no picture to leave out"):
        run(monkeypatch, clones, tmp_path / "out", "--only", "lspet", "--leave-out", tmp_path / "nothing")
    with pytest.raises(SystemExit, match="not empty"):
        run(monkeypatch, clones, clones, "--only", "lspet")

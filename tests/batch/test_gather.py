from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from accord.batch.gather import gather
from accord.core.errors import BadInputError


def names(jobs):
    return [(Path(job.composite).name, Path(job.mask).name if job.mask else None) for job in jobs]


def test_a_folder_has_masks_beside_their_composites(pictures, tmp_path):
    jobs, _ = gather([str(pictures)], str(tmp_path / "out"))
    assert names(jobs) == [(f"p{n}.png", f"p{n}_mask.png") for n in range(6)]
    assert jobs[0].output == str(tmp_path / "out" / "p0.png")


def test_folders_within_keep_their_places_and_outputs_are_no_inputs(pictures):
    inner = pictures / "shots" / "a"
    inner.mkdir(parents=True)
    shutil.move(pictures / "p5.png", inner / "p0.png")
    shutil.move(pictures / "p5_mask.png", inner / "p0_mask.png")
    out = pictures / "out"
    out.mkdir()
    shutil.copy(pictures / "p0.png", out / "p0.png")
    jobs, _ = gather([str(pictures)], str(out))
    assert sorted(Path(job.output).relative_to(out).as_posix() for job in jobs) == sorted(
        ["p0.png", "p1.png", "p2.png", "p3.png", "p4.png", "shots/a/p0.png"]
    )


def test_globs_and_files(pictures, tmp_path):
    out = str(tmp_path / "out")
    jobs, _ = gather([str(pictures / "p[01].png"), str(pictures / "p3.png"), str(pictures / "gone.png")], out)
    assert names(jobs) == [
        ("p0.png", "p0_mask.png"),
        ("p1.png", "p1_mask.png"),
        ("p3.png", "p3_mask.png"),
        ("gone.png", None),
    ]
    deep, _ = gather([str(tmp_path / "**" / "p2.png")], out)
    assert Path(deep[0].output).relative_to(out) == Path("in/p2.png")


def test_masks_in_a_folder_of_their_own_by_a_pattern_or_guessed(pictures, tmp_path):
    masks = tmp_path / "masks"
    masks.mkdir()
    for path in list(pictures.glob("*_mask.png")):
        shutil.move(path, masks / path.name.replace("_mask", "").replace(".png", ".tif"))
    found, _ = gather([str(pictures)], str(tmp_path / "out"), masks=str(masks))
    assert names(found)[0] == ("p0.png", "p0.tif")
    patterned, _ = gather([str(pictures)], str(tmp_path / "out"), masks="mattes/{name}_m.exr")
    assert patterned[0].mask == str(pictures / "mattes" / "p0_m.exr")
    guessed, _ = gather([str(pictures)], str(tmp_path / "out"), masks="auto")
    assert {job.mask for job in guessed} == {"auto"}


def test_suffixes_of_masks_may_be_spelled_in_capitals(pictures, tmp_path):
    for number, suffix in enumerate((".PNG", ".Png")):
        (pictures / f"p{number}_mask.png").rename(pictures / f"p{number}_mask{suffix}")
    jobs, _ = gather([str(pictures)], str(tmp_path / "out"))
    assert [Path(job.mask).stem for job in jobs] == [f"p{n}_mask" for n in range(6)]
    masks = tmp_path / "masks"
    masks.mkdir()
    shutil.copy(pictures / "p2_mask.png", masks / "p2.TIF")
    (found,), _ = gather([str(pictures / "p2.png")], str(tmp_path / "out"), masks=str(masks))
    assert Path(found.mask).name.lower() == "p2.tif"


@pytest.mark.parametrize("source", ["in", "in/**/*.png"])
def test_masks_in_a_folder_within_are_no_composites(pictures, tmp_path, monkeypatch, source):
    monkeypatch.chdir(tmp_path)
    (pictures / "masks").mkdir()
    for path in list(pictures.glob("*_mask.png")):
        path.rename(pictures / "masks" / path.name.replace("_mask", ""))
    jobs, _ = gather([source], "out", masks="in/masks")
    assert [(job.composite, job.mask) for job in jobs] == [
        (str(Path(f"in/p{n}.png")), str(Path(f"in/masks/p{n}.png"))) for n in range(6)
    ]


def test_a_mask_that_is_missing_in_the_layout_of_benchmarks_is_left_to_its_picture(pictures, tmp_path):
    for folder, picked in (("composites", "p?.png"), ("masks", "*_mask.png")):
        (tmp_path / "set" / folder).mkdir(parents=True)
        for path in pictures.glob(picked):
            shutil.copy(path, tmp_path / "set" / folder / path.name.replace("_mask", ""))
    (tmp_path / "set" / "masks" / "p3.png").unlink()
    jobs, _ = gather([str(tmp_path / "set")], str(tmp_path / "out"))
    assert [Path(job.mask).name for job in jobs] == [f"p{n}.png" for n in range(6)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows finds out later, and reports such pictures")
@pytest.mark.parametrize("named", ["p\\u0000.png", "p\\ud800.png"])
def test_a_path_that_can_be_that_of_no_file_is_refused(tmp_path, named):
    (tmp_path / "jobs.jsonl").write_text(f'{{"composite": "{named}", "mask": "m.png"}}\n')
    with pytest.raises(BadInputError, match="can be the name of no file"):
        gather([str(tmp_path / "jobs.jsonl")], str(tmp_path / "out"))


def test_the_layout_of_benchmarks(pictures, tmp_path):
    for folder, picked in (("composite_images", "p?.png"), ("masks", "*_mask.png")):
        (tmp_path / "set" / folder).mkdir(parents=True)
        for path in pictures.glob(picked):
            shutil.copy(path, tmp_path / "set" / folder / path.name.replace("_mask", ""))
    jobs, _ = gather([str(tmp_path / "set")], str(tmp_path / "out"))
    assert len(jobs) == 6
    assert jobs[0].mask == str(tmp_path / "set" / "masks" / "p0.png")


def test_another_format_for_all(pictures, tmp_path):
    jobs, _ = gather([str(pictures)], str(tmp_path / "out"), suffix="tif")
    assert {Path(job.output).suffix for job in jobs} == {".tif"}


@pytest.mark.parametrize(
    ("sources", "options", "words"),
    [
        (["in"], {"output": None}, "-o"),
        (["in"], {"output": "in"}, "is an input"),
        (["in/p0.png", "in/p0.png"], {}, "written twice"),
        (["empty"], {}, "holds no pictures"),
        (["in/x*.png"], {}, "x\\*.png"),
        (["in"], {"masks": "nowhere"}, "no folder, no pattern"),
        (["a.csv", "b.csv"], {}, "alone"),
        (["a.csv"], {"masks": "auto"}, "alone"),
    ],
)
def test_what_cannot_be_is_refused(pictures, tmp_path, monkeypatch, sources, options, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInputError, match=words):
        gather(sources, **{"output": "out", **options})

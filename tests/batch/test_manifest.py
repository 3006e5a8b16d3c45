from __future__ import annotations

import json

import pytest

from accord.batch.manifest import read_manifest
from accord.core.errors import BadInputError

PLACED = {"at": [0.3, 0.4], "scale": 0.4, "flip": True, "rotation": 10.0}


def test_csv(tmp_path):
    path = tmp_path / "jobs.csv"
    path.write_text(
        "composite,mask,output,background,foreground,at,scale,flip,sku\n"
        "a.png,masks/a.png,out/a.tif,,,,,,17\n"
        'c.png,auto,,,,,,,"18, 19"\n'
        ',,,room.png,sofa.png,"0.3,0.4",0.4,yes,\n'
    )
    jobs, unused = read_manifest(path, str(tmp_path / "made"), ".png")
    assert unused == ["sku"]
    assert [job.output for job in jobs] == [
        str(tmp_path / "made" / name) for name in ("out/a.tif", "c.png", "sofa-on-room.png")
    ]
    assert (jobs[0].composite, jobs[0].mask) == (str(tmp_path / "a.png"), str(tmp_path / "masks/a.png"))
    assert jobs[1].mask == "auto"
    assert jobs[2].placement == {"at": (0.3, 0.4), "unit": "fraction", "scale": 0.4, "flip": True}


def test_json_lines_and_parquet_say_the_same(tmp_path):
    rows = [
        {"composite": "a.png", "mask": "m.png", "output": "out/a.png"},
        {"background": "room.png", "foreground": "sofa.png", "output": "b.png", "placement": PLACED},
    ]
    (tmp_path / "jobs.jsonl").write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")
    jobs, unused = read_manifest(tmp_path / "jobs.jsonl", None, None)
    assert unused == []
    assert jobs[0].output == str(tmp_path / "out" / "a.png")
    assert dict(jobs[1].placement) == PLACED
    pyarrow = pytest.importorskip("pyarrow", reason="needs the extra parquet")
    from pyarrow import parquet

    columns = ("composite", "mask", "output", "background", "foreground", "placement")
    parquet.write_table(
        pyarrow.table({name: [row.get(name) for row in rows] for name in columns}), tmp_path / "jobs.parquet"
    )
    assert read_manifest(tmp_path / "jobs.parquet", None, None)[0] == jobs


def test_placement_as_text_in_a_csv(tmp_path):
    path = tmp_path / "jobs.csv"
    path.write_text('background,foreground,output,placement\nb.png,f.png,o.png,"{""at"": ""10px,20px""}"\n')
    assert read_manifest(path, None, None)[0][0].placement == {"at": (10.0, 20.0), "unit": "pixels"}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"mask": "m.png", "output": "o.png"}, "a composite was wanted"),
        ({"composite": "a.png", "background": "b.png", "foreground": "f.png", "output": "o.png"}, "was wanted"),
        ({"background": "b.png", "output": "o.png"}, "a background and a foreground"),
        ({"composite": "a.png"}, "names no output"),
        ({"composite": "a.png", "output": "o.png", "scale": 0.5}, "scale"),
        ({"composite": 3, "output": "o.png"}, "a path was wanted"),
        ({"background": "b", "foreground": "f", "output": "o.png", "placement": {"size": 3}}, "size.*knows: at"),
        ({"background": "b", "foreground": "f", "output": "o.png", "placement": "[1"}, "no JSON"),
        ({"background": "b", "foreground": "f", "output": "o.png", "placement": [1]}, "an object"),
        ({"background": "b", "foreground": "f", "output": "o.png", "scale": "big"}, "'big'.*number"),
        ({"background": "b", "foreground": "f", "output": "o.png", "flip": "perhaps"}, "true or false"),
        ({"background": "b", "foreground": "f", "output": "o.png", "at": [1]}, "two numbers"),
        ({"background": "b", "foreground": "f", "output": "o.png", "at": "1"}, "X,Y"),
    ],
)
def test_a_bad_row_is_named(tmp_path, row, words):
    path = tmp_path / "jobs.jsonl"
    path.write_text('{"composite": "fine.png", "output": "fine.png"}\n' + json.dumps(row) + "\n")
    with pytest.raises(BadInputError, match=f"line 2.*{words}"):
        read_manifest(path, None, None)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("jobs.jsonl", "{", "line 1, is no JSON"),
        ("jobs.jsonl", "[]", "no JSON object"),
        ("jobs.csv", "composite,output\n", "no rows"),
        ("jobs.csv", "composite,output\na,b,c\n", "more values"),
        ("jobs.parquet", "no parquet", "cannot be read"),
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path, name, text, words):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow", reason="needs the extra parquet")
    (tmp_path / name).write_text(text)
    with pytest.raises(BadInputError, match=words):
        read_manifest(tmp_path / name, None, None)


def test_a_missing_manifest_is_one_error(tmp_path):
    with pytest.raises(BadInputError, match=r"gone\.csv cannot be read: No such file"):
        read_manifest(tmp_path / "gone.csv", None, None)

"""CSV files of records, and going on with them."""

import pytest

from accord.core.errors import BadInputError
from accord.evaluation.dataset import read_dataset
from accord.evaluation.figures import STANDARD, chosen
from accord.evaluation.protocol import Protocol
from accord.evaluation.records import CsvForm, Record, check_of_dataset

FORM = CsvForm(Protocol("full"), STANDARD)


def record(name, subset="little"):
    values = {figure.id: 1 / 3 for figure in STANDARD}
    return Record(subset, name, "identity", 0.1, 2 / 3, values, {"family": "illum"})


def write(path, *records):
    with FORM.open(path) as add:
        for item in records:
            add(item)


def test_reads_back_every_digit(tmp_path):
    write(tmp_path / "x.csv", record("a"), record("b"))
    assert FORM.read(tmp_path / "x.csv") == [record("a"), record("b")]


def test_each_record_is_on_disk_before_the_next(tmp_path):
    path = tmp_path / "x.csv"
    with FORM.open(path) as add:
        add(record("a"))
        assert FORM.read(path) == [record("a")]


def test_going_on_keeps_what_was_there(tmp_path):
    path = tmp_path / "x.csv"
    write(path, record("a"))
    with FORM.open(path, FORM.read(path)) as add:
        add(record("b"))
    assert FORM.read(path) == [record("a"), record("b")]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["x.csv"]


def test_half_a_line_is_left_out(tmp_path):
    path = tmp_path / "x.csv"
    write(path, record("a"), record("b"))
    path.write_text(path.read_text()[:-9])
    assert FORM.read(path) == [record("a")]


def test_an_empty_file_holds_nothing(tmp_path):
    (tmp_path / "x.csv").touch()
    assert FORM.read(tmp_path / "x.csv") == []


def test_other_settings_are_refused(tmp_path):
    write(tmp_path / "x.csv", record("a"))
    with pytest.raises(BadInputError, match="size 'full', this run has '256'"):
        CsvForm(Protocol("256"), STANDARD).read(tmp_path / "x.csv")
    with pytest.raises(BadInputError, match="other columns"):
        CsvForm(Protocol("full"), chosen(["idih"])).read(tmp_path / "x.csv")


def test_what_is_no_such_file_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("1,2\n3,4\n")
    with pytest.raises(BadInputError, match="other columns"):
        FORM.read(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInputError, match="cannot be read"):
        FORM.read(path)
    write(path, record("a"))
    path.write_text(path.read_text().replace(",0.1,", ",zero,"))
    with pytest.raises(BadInputError, match="broken row for a"):
        FORM.read(path)


def test_records_of_another_dataset_are_refused(dataset, tmp_path):
    triplets = read_dataset(dataset)
    check_of_dataset([record("a1_1_1")], triplets, tmp_path / "x.csv")
    with pytest.raises(BadInputError, match="little/elsewhere"):
        check_of_dataset([record("elsewhere")], triplets, tmp_path / "x.csv")

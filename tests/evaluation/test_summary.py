"""Means, medians, intervals and shares."""

import numpy as np
import pytest

from accord.evaluation.figures import STANDARD
from accord.evaluation.records import Record
from accord.evaluation.summary import bootstrap_means, doubled, harmed, improved, summarise
from accord.evaluation.tables import breakdowns, comparison, intervals


def record(name, fmse, *, before=100.0, method="m", subset="s", ratio=0.1, **facts):
    values = {figure.id: 1.0 for figure in STANDARD} | {"fmse": fmse}
    return Record(subset, name, method, ratio, before, values, facts)


@pytest.mark.parametrize(
    ("fmse", "verdicts"),
    [
        (98.9, (True, False, False)),
        (99.1, (False, False, False)),
        (100.9, (False, False, False)),
        (101.1, (False, True, False)),
        (200.0, (False, True, False)),
        (200.1, (False, True, True)),
    ],
)
def test_improved_harmed_and_doubled(fmse, verdicts):
    it = record("a", fmse)
    assert (improved(it), harmed(it), doubled(it)) == verdicts


def test_rounding_does_not_harm_a_composite_that_equals_the_truth():
    assert not harmed(record("a", 1e-9, before=0.0))
    assert doubled(record("a", 1.0, before=0.0))


def test_overall_mean_median_and_shares():
    summary = summarise([record("a", 10.0), record("b", 100.0), record("c", 400.0)], STANDARD)[0]
    assert summary.by == "overall"
    assert summary.pictures == 3
    assert summary.figures["fmse"].mean == 170
    assert summary.figures["fmse"].median == 100
    assert summary.figures["fmse"].low == 10
    assert summary.figures["fmse"].high == 400
    assert [share.mean for share in (summary.improved, summary.harmed, summary.doubled)] == [1 / 3] * 3


def test_intervals_cover_the_mean_as_often_as_they_say():
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(100):
        sample = rng.normal(5, 2, (60, 1))
        low, high = np.percentile(bootstrap_means(sample, 0), [2.5, 97.5])
        covered += low <= 5 <= high
        assert high - low == pytest.approx(2 * 1.96 * sample.std() / np.sqrt(60), rel=0.15)
    assert 88 <= covered <= 99


def test_the_same_records_give_the_same_intervals():
    records = [record(str(i), float(i)) for i in range(50)]
    assert summarise(records, STANDARD) == summarise(records, STANDARD)
    assert summarise(records, STANDARD, seed=1)[0].figures["fmse"] != summarise(records, STANDARD)[0].figures["fmse"]


def test_groups_are_those_that_tell_pictures_apart():
    records = [
        record("a", 1.0, subset="HCOCO", ratio=0.01, family="illum"),
        record("b", 3.0, subset="Hday2night", ratio=0.5, family="xiao"),
        record("c", 5.0, subset="Hday2night", ratio=0.06, family="xiao"),
    ]
    means = {(item.by, item.group): item.figures["fmse"].mean for item in summarise(records, STANDARD)}
    assert means == {
        ("overall", "all"): 3,
        ("subset", "HCOCO"): 1,
        ("subset", "Hday2night"): 4,
        ("family", "illum"): 1,
        ("family", "xiao"): 4,
        ("foreground ratio", "0-5 %"): 1,
        ("foreground ratio", "5-15 %"): 5,
        ("foreground ratio", "15-100 %"): 3,
    }
    assert list(means)[-3:] == [("foreground ratio", name) for name in ("0-5 %", "5-15 %", "15-100 %")]


def test_tables_hold_every_method_and_group():
    records = [
        record(name, fmse, method=method) for method in ("one", "two") for name, fmse in (("a", 1.0), ("b", 2.0))
    ]
    summaries = summarise(records, STANDARD)
    text = comparison(summaries, STANDARD).text()
    assert text.splitlines()[0] == "Means over 2 composites"
    assert len({len(line.split("  ")[0]) for line in text.splitlines()[2:]}) == 1
    assert "100.0 %" in text
    assert len(intervals(summaries, STANDARD).rows) == 2 * len(STANDARD)
    assert [table.title for table in breakdowns(summaries)] == ["By foreground ratio"]
    markdown = comparison(summaries, STANDARD).markdown().splitlines()
    assert markdown[1].startswith("| --- | --: |")
    assert len(markdown) == 4

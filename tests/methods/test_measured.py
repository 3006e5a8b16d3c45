"""What `accord methods` shows of methods was measured, and stands in the docs."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from accord.cli.main import main
from accord.methods import registry
from accord.methods.measured import measured

ROOT = Path(__file__).parents[2]


def _methods(*arguments):
    done = CliRunner().invoke(main, ["methods", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_scores_are_those_of_the_docs():
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    table = page.split("<!-- begin bench-256 -->")[1].split("95 % intervals")[0]
    rows = {row[0]: row for row in re.findall(r"^\| (\S+) \|[^|]*\| (\S+) \|.*\| (\S+) % \|.*\|.*\|$", table, re.M)}
    assert len(rows) >= 8
    for name, fmse, improved in rows.values():
        figures = measured(registry.get(name))
        assert figures.fmse == pytest.approx(float(fmse), abs=0.06), name
        assert figures.improved == pytest.approx(float(improved) / 100, abs=6e-4), name
        assert figures.fmse_composite == pytest.approx(1967.7)


@pytest.mark.parametrize(("method", "gmac"), [("idih-dih", 1.655), ("harmonizer", 0.507), ("pct-net", 14.9)])
def test_operations_are_the_architectures(method, gmac):
    assert measured(registry.get(method)).gmac == pytest.approx(gmac, rel=0.01)


def test_every_method_says_when_to_prefer_it():
    assert all(card.prefer for card in registry.cards())


def test_one_method_in_full_says_how_to_get_its_weights():
    text = _methods("pct-net-vit")
    assert "accord weights import PCTNet_ViT.pth --method pct-net-vit" in text
    assert re.search(r"^parameters +4809896$", text, re.M)
    assert re.search(r"^prefer +\S", text, re.M)
    known = json.loads(_methods("mkl", "--json"))
    assert known["needs"] == "nothing"
    assert known["fmse"] > known["fmse_composite"]


def test_the_table_as_json_has_what_was_measured():
    rows = {row["id"]: row for row in json.loads(_methods("--json"))}
    assert rows["identity"]["improved"] == 0
    assert rows["harmonizer"]["parameters"] == 4726882
    assert rows["pct-net-vit"]["get"].startswith("get PCTNet_ViT.pth from ")

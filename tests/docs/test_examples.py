"""The examples of README and docs run as they stand, in a folder that holds the files they name."""

from __future__ import annotations

import doctest
import re
import shlex
import shutil
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner

import accord
from accord.cli.main import main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = [
    pytest.param(language, code, id=f"{page.relative_to(ROOT)}:{page.read_text()[: found.start()].count(chr(10)) + 1}")
    for page in PAGES
    for found in BLOCK.finditer(page.read_text())
    for language, code in [found.groups()]
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    source = ROOT / "examples" / "astronaut"
    for name, here in {
        "composite.png": "composite.png",
        "mask.png": "mask.png",
        "astronaut.png": "foreground.png",
        "rocket.jpg": "background.jpg",
    }.items():
        shutil.copy(source / name, tmp_path / here)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("language", "code"), EXAMPLES)
def test_example(folder, language, code):
    if language == "python":
        exec(compile(code, "example", "exec"), {"__name__": "__main__"})
        return
    for command in (line.removeprefix("$ ") for line in code.splitlines() if line.startswith("$ accord ")):
        done = CliRunner().invoke(main, shlex.split(command, comments=True)[1:])
        assert done.exit_code == 0, done.output


def test_the_readme_s_example_makes_its_picture(folder):
    page = PAGES[0].read_text().splitlines()
    assert page.index("```python") < 30
    assert any(line.startswith("![") for line in page[:10])


def test_the_table_of_methods_is_that_of_the_cards():  # that of the published networks is in tests/published
    table = [line for line in PAGES[0].read_text().splitlines() if line.startswith("| `")]
    assert table == [
        f"| `{card.id}` | {card.title} | {card.works_in} | colour{' and place' * card.local} | {card.source} |"
        for card in accord.list_methods()
        if card.network is None
    ]


def test_links_lead_somewhere():
    for page in [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def sources():
    """Give the modules whose docstrings hold examples."""
    for path in sorted((ROOT / "src").rglob("*.py")):
        if ">>> " in path.read_text():
            yield ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("name", list(sources()))
def test_docstring_examples(folder, name):
    assert doctest.testmod(import_module(name)).failed == 0

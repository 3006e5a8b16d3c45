"""Every example of README and docs runs as it stands, where the files lie that it names, or not_run.toml says why."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from blocks import DATA, RUN, blocks, indented
from click.testing import CliRunner
from PIL import Image
from stage import set_up

import accord
from accord.cli.main import main

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
LEFT_OUT = tomllib.loads((HERE / "not_run.toml").read_text(encoding="utf-8"))["entry"]
# What these say besides 0 is an answer, not a failure.
ANSWERS = {"accord monitor": {3, 4, 5, 6}}
_SHELL = re.compile(r"[|&;<>$`*?]|^(?!accord )")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def left_out(page: str, kind: str, text: str) -> set[int]:
    """Give the numbers of the entries that leave this out."""
    return {
        number
        for number, entry in enumerate(LEFT_OUT)
        if entry.get("page", page) == page
        and kind in entry
        and (text.startswith(entry[kind]) if kind == "command" else entry[kind] in text)
    }


def with_examples():
    return [page for page in PAGES if any(block.language in RUN for block in blocks(page))]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    set_up(tmp_path, "composite.png mask.png foreground.png background.jpg")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", with_examples(), ids=name)
def test_examples_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    if page.name != "first.md":  # followed in a clone, where nothing but the examples is
        set_up(tmp_path, page.read_text(encoding="utf-8"))
    wrong = []
    for block in blocks(page):
        if block.language == "python" and not left_out(name(page), "python", block.code):
            exec(compile("\n" * block.line + block.code, page.name, "exec"), {"__name__": "__main__"})
        if block.language in ("console", "sh"):
            for command in block.commands():
                if not left_out(name(page), "command", command):
                    code, said = run(command)
                    if code not in {0} | next(
                        (ok for start, ok in ANSWERS.items() if command.startswith(start)), set()
                    ):
                        wrong.append(f"{page.name}:{block.line}: {command}\nexit code {code}: {said[-600:]}")
    assert not wrong, "\n\n".join(wrong)


def test_a_newcomer_who_follows_the_first_page_gets_a_picture(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for block in blocks(ROOT / "docs" / "first.md"):
        for command in block.commands() if block.language == "console" else ():
            if command.startswith(("cp ", "accord ")):
                code, said = run(command)
                assert code == 0, said
        if (tmp_path / "harmonized.png").exists():
            break
    before, after, mask = (np.asarray(Image.open(f"{one}.png")) for one in ("composite", "harmonized", "mask"))
    assert (before[mask == 0] == after[mask == 0]).all()
    assert np.abs(before.astype(int) - after)[mask == 255].mean() > 5


def run(command: str) -> tuple[int, str]:
    """Run a command: ours in this process, where it is one alone; all else in a shell."""
    if not _SHELL.search(command.replace("'", "")):
        done = CliRunner().invoke(main, shlex.split(command)[1:])
        return done.exit_code, done.output + (repr(done.exception) if done.exception else "")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shell = subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return shell.returncode, shell.stdout + shell.stderr


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_example_hides(page):
    odd = [f"line {block.line}: {block.language!r}" for block in blocks(page) if block.language not in RUN + DATA]
    assert not odd, f"blocks need a language that says whether they run ({', '.join(RUN)}) or not ({', '.join(DATA)})"
    assert not indented(page), "put commands into fenced blocks"


def test_what_is_left_out_exists_and_says_why():
    used = set()
    for page in PAGES:
        for block in blocks(page):
            if block.language == "python":
                used |= left_out(name(page), "python", block.code)
            if block.language in ("console", "sh"):
                used |= set().union(*(left_out(name(page), "command", command) for command in block.commands()))
    for number, entry in enumerate(LEFT_OUT):
        assert len(entry["why"]) > 20
        assert number in used, f"not_run.toml leaves out what no page has: {entry}"


def test_the_readme_s_example_makes_its_picture():
    page = PAGES[0].read_text(encoding="utf-8").splitlines()
    assert page.index("```console") < 30
    assert any(line.startswith("![") for line in page[:10])
    assert len(page) <= 45, "one screen"


def test_the_table_of_methods_is_that_of_the_cards():  # that of the published networks is in tests/published
    table = [
        line
        for line in (ROOT / "docs" / "methods.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| `") and line.count("|") == 6
    ]
    assert table == [
        f"| `{card.id}` | {card.title} | {card.works_in} | colour{' and place' * card.local} | {card.source} |"
        for card in accord.list_methods()
        if card.network is None
    ]


def test_links_lead_somewhere():  # as files; the site's own, with their anchors, are checked by `make docs`
    for page in [*PAGES, ROOT / "CHANGELOG.md"]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_public_name_is_in_the_reference():
    reference = (ROOT / "docs" / "api.md").read_text(encoding="utf-8") + (ROOT / "docs" / "api-maps.md").read_text(
        encoding="utf-8"
    )
    from accord import _WHERE

    missing = [public for public, (module, inner) in _WHERE.items() if f"::: {module}.{inner}\n" not in reference]
    assert not missing


def sources():
    """Give the modules whose docstrings hold examples."""
    for path in sorted((ROOT / "src").rglob("*.py")):
        if ">>> " in path.read_text(encoding="utf-8"):
            yield ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("name", list(sources()))
def test_docstring_examples(folder, name):
    assert doctest.testmod(import_module(name)).failed == 0

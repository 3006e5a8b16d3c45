from __future__ import annotations

import json
import subprocess
import sys

import pytest

import accord
from accord.cli import main as module


def test_version(accord_cli):
    assert accord_cli("--version") == (0, f"accord, version {accord.__version__}\n", "")


def test_help_lists_every_command(accord_cli):
    code, out, _ = accord_cli("--help")
    assert code == 0
    for name in module._COMMANDS:
        assert f"  {name} " in out


@pytest.mark.parametrize("name", module._COMMANDS)
def test_every_command_has_help(accord_cli, name):
    code, out, _ = accord_cli(name, "--help")
    assert code == 0
    assert out.startswith("Usage: ")


def test_unknown_command_is_one_line(accord_cli):
    code, out, err = accord_cli("harmonise")
    assert (code, out) == (1, "")
    assert err.startswith("Error: No such command 'harmonise'")
    assert err.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["weights"]])
def test_without_a_command_comes_help(accord_cli, arguments):
    assert accord_cli(*arguments) == accord_cli(*arguments, "--help")


def test_runs_as_a_module():
    done = subprocess.run([sys.executable, "-m", "accord", "--help"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: python -m accord ")


def test_json_that_cannot_be_written_is_one_line(accord_cli, tmp_path):
    code, _, err = accord_cli("methods", "--json", tmp_path / "none" / "methods.json")
    assert code == 1
    assert "none/methods.json cannot be written" in err
    assert "Make it first" in err
    assert err.count("\n") == 1
    assert "is a folder" in accord_cli("methods", "--json", tmp_path)[2]


def test_methods_as_table(accord_cli):
    code, out, _ = accord_cli("methods")
    assert code == 0
    assert len(out.splitlines()) == 1 + len(accord.list_methods())
    for line, card in zip(out.splitlines()[1:], accord.list_methods(), strict=True):
        assert line.split()[0] == card.id


def test_methods_as_json(accord_cli, tmp_path):
    code, out, _ = accord_cli("methods", "--json")
    assert code == 0
    assert [row["id"] for row in json.loads(out)] == [card.id for card in accord.list_methods()]
    code, table, _ = accord_cli("methods", "--json", tmp_path / "methods.json")
    assert code == 0
    assert "id" in table
    assert (tmp_path / "methods.json").read_text() == out


def test_json_to_nowhere_is_one_line(accord_cli, tmp_path):
    code, out, err = accord_cli("methods", "--json", tmp_path / "no" / "methods.json")
    assert (code, out) == (1, "")
    assert err.startswith("Error: ")
    assert err.count("\n") == 1


def test_runs_as_a_program():
    done = subprocess.run([sys.executable, "-m", "accord.cli.main", "nonsense"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")

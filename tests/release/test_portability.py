"""Windows and macOS, thought through: what only some systems have is asked for behind a check, and simulated here."""

from __future__ import annotations

import ast
import builtins
import os
import sys
import types
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
# Modules that Windows lacks (or has alone), and names of `os` and `signal` that it lacks.
MODULES = {"fcntl", "grp", "msvcrt", "pwd", "resource", "termios", "winreg"}
NAMES = {
    "os": {"fork", "getuid", "geteuid", "kill", "killpg", "mkfifo", "nice", "sched_getaffinity", "setsid", "uname"},
    "signal": {"SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2", "alarm", "setitimer"},
}


def trees():
    for path in sorted(SOURCE.rglob("*.py")):
        yield path.relative_to(SOURCE), ast.parse(path.read_text(encoding="utf-8"))


def test_modules_that_some_systems_lack_are_imported_where_they_are_used():
    for path, tree in trees():
        for node in tree.body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
                assert not MODULES & set(names), f"{path}:{node.lineno}"


def test_names_that_some_systems_lack_are_used_behind_a_check():
    for path, tree in trees():
        for function in ast.walk(tree):
            if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            text = ast.unparse(function)
            for node in ast.walk(function):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    lacking = node.attr in NAMES.get(node.value.id, ())
                    checked = f"hasattr({node.value.id}, '{node.attr}')" in text or "sys.platform" in text
                    assert not lacking or checked, f"{path}:{node.lineno}: {node.value.id}.{node.attr}"


def test_text_is_read_and_written_in_a_stated_encoding():
    for path, tree in trees():
        for call in ast.walk(tree):
            name = call.func.attr if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) else ""
            if name == "write_text" or (name == "read_text" and not call.args):
                assert "encoding" in {keyword.arg for keyword in call.keywords}, f"{path}:{call.lineno}"


@pytest.fixture
def without(monkeypatch):
    """Have modules not be there."""
    real = builtins.__import__

    def hide(*names):
        def importing(name, *rest, **how):
            if name in names:
                raise ImportError(name)
            return real(name, *rest, **how)

        monkeypatch.setattr(builtins, "__import__", importing)

    return hide


def test_cores_are_counted_where_there_is_no_affinity_and_no_control_group(monkeypatch, tmp_path):
    from accord.core import resources

    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    monkeypatch.setattr(resources, "_CGROUP", tmp_path)
    resources._container_share.cache_clear()
    assert resources.available_cores() == 6
    resources._container_share.cache_clear()


@pytest.mark.parametrize("platform", ["darwin", "linux"])
def test_peak_memory_is_told_without_proc(monkeypatch, platform):
    from accord.evaluation import speed

    usage = types.SimpleNamespace(ru_maxrss=5000)
    fake = types.SimpleNamespace(getrusage=lambda _: usage, RUSAGE_SELF=0)
    monkeypatch.setitem(sys.modules, "resource", fake)
    monkeypatch.setattr(speed, "_STATUS", Path("/no/such/file"))
    monkeypatch.setattr(sys, "platform", platform)
    assert speed.peak_memory() == 5000 * (1 if platform == "darwin" else 1024)


def test_peak_memory_is_told_on_windows(monkeypatch, without):
    import ctypes

    from accord.evaluation import speed

    def told(process, counters, size):
        counters._obj.PeakWorkingSetSize = 123456789
        assert counters._obj.cb == size
        return 1

    kernel = types.SimpleNamespace(
        GetCurrentProcess=lambda: -1, K32GetProcessMemoryInfo=lambda p, c, s: told(p, c, s.value)
    )
    monkeypatch.setattr(ctypes, "windll", types.SimpleNamespace(kernel32=kernel), raising=False)
    monkeypatch.setattr(speed, "_STATUS", Path("/no/such/file"))
    monkeypatch.setattr(sys, "platform", "win32")
    without("resource")
    assert speed.peak_memory() == 123456789


def test_a_target_that_another_program_holds_open_is_told_as_an_error(monkeypatch, tmp_path):
    from accord.core.errors import BadInputError
    from accord.io.paths import whole_or_nothing

    target = tmp_path / "picture.png"
    target.write_bytes(b"old")

    def held(source, destination):  # what Windows says of a file that somebody has open
        raise PermissionError(13, "The process cannot access the file because it is being used by another process")

    monkeypatch.setattr(os, "replace", held)
    with pytest.raises(BadInputError, match=r"picture\.png cannot be written: .*another process"):  # noqa: SIM117
        with whole_or_nothing(target) as temporary:
            temporary.write_bytes(b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("win32", {"LOCALAPPDATA": "C:/Users/me/AppData/Local"}, "AppData/Local/accord/weights"),
        ("darwin", {}, "Library/Application Support/accord/weights"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/accord/weights"),
    ],
)
def test_weights_lie_where_each_system_keeps_such_things(monkeypatch, platform, variables, expected):
    from accord.engine.weights import VARIABLE, weights_folder

    for name in (VARIABLE, "LOCALAPPDATA", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert weights_folder().as_posix().endswith(expected)


def test_the_sources_are_of_the_oldest_python_and_of_the_newest():
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for version in ((3, 10), sys.version_info[:2]):
            ast.parse(text, str(path), feature_version=version)

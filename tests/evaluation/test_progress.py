"""How far long work has come, on standard error."""

import sys

from accord.cli import progress as module
from accord.cli.progress import Progress


class Clock:
    """A clock that moves when it is told to."""

    now = 0.0

    def __call__(self):
        return self.now


def lines_of(monkeypatch, capsys, *, terminal, seconds_each):
    clock = Clock()
    monkeypatch.setattr(module.time, "monotonic", clock)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    with Progress(4, "pictures") as progress:
        for _ in range(4):
            clock.now += seconds_each
            progress.step()
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def test_a_log_gets_a_line_every_half_minute(monkeypatch, capsys):
    said = lines_of(monkeypatch, capsys, terminal=False, seconds_each=20)
    assert said == "2 of 4 pictures, 3 a minute, 0:00:40 left\n4 of 4 pictures, 3 a minute, 0:00:00 left\n"


def test_quick_work_leaves_logs_alone(monkeypatch, capsys):
    assert lines_of(monkeypatch, capsys, terminal=False, seconds_each=1) == ""


def test_a_terminal_gets_one_line_that_is_rewritten(monkeypatch, capsys):
    said = lines_of(monkeypatch, capsys, terminal=True, seconds_each=20)
    assert said.count("\n") == 1
    assert "\r1 of 4 pictures, 3 a minute, 0:01:00 left" in said
    assert said.rstrip().endswith("4 of 4 pictures, 3 a minute, 0:00:00 left")


def test_what_was_there_already_tells_nothing_of_the_time_left(monkeypatch, capsys):
    clock = Clock()
    monkeypatch.setattr(module.time, "monotonic", clock)
    with Progress(100, "pictures") as progress:
        for _ in range(90):
            progress.step(found=True)
        clock.now += 40
        progress.step()
    assert capsys.readouterr().err == "91 of 100 pictures, 1.5 a minute, 0:06:00 left\n"

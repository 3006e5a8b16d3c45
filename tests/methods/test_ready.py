from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from accord.core.errors import WeightsError
from accord.core.resources import threads, using
from accord.methods import registry
from accord.methods.ready import get_ready, ready


def card(load):
    return replace(registry.get("identity"), load=load)


def wait_for_others():
    for thread in threading.enumerate():
        kept = thread.name.startswith("accord")  # those that help with tiles stay (accord.core.tiles)
        if not kept and thread is not threading.current_thread():
            thread.join()


def test_a_method_that_is_being_loaded_is_not_loaded_twice():
    begun, told, loads = threading.Event(), threading.Event(), []

    def load():
        loads.append(threads())
        begun.set()
        assert told.wait(30)
        return object()

    wanted = card(load)
    with using(threads=3):
        get_ready(wanted)
    assert begun.wait(30)
    threading.Timer(0.05, told.set).start()
    assert ready(wanted) is ready(wanted)
    assert loads == [3]
    wait_for_others()


def test_what_keeps_it_from_loading_is_told_to_who_asks_for_it():
    def load():
        raise WeightsError("they are gone")

    wanted = card(load)
    get_ready(wanted)
    with pytest.raises(WeightsError, match="they are gone"):
        ready(wanted)
    wait_for_others()

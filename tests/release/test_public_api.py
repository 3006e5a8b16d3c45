"""The public API is what the checked-in list says; whoever changes it does so on purpose."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import public_api


def test_the_list_is_the_api():
    kept = public_api.LIST.read_text(encoding="utf-8")
    assert kept == public_api.listed(), "the public API changed: run `make api`, and tell users in CHANGELOG.md"


def test_the_list_tells_what_users_call():
    text = public_api.listed()
    for line in ("harmonize(composite:", "compose(background:", "class BadInputError(HarmonizeError, ValueError)"):
        assert line in text
    assert "0x" not in text

"""What is known of one request on its way through, beside what HTTP says."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.requests import Request

VISIT = "accord"
"""Where ASGI's scope of a request holds its visit."""


@dataclass
class Visit:
    """A request.

    Parameters
    ----------
    owner
        The name of the key that it showed; None where none is asked for.
    folders
        Folders that are removed once it is answered.
    facts
        What the log tells of it; no pictures, names of files or addresses.
    """

    owner: str | None = None
    folders: list[Path] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


def visit_of(request: Request) -> Visit:
    """Give a request's visit."""
    found: Visit = request.scope[VISIT]
    return found

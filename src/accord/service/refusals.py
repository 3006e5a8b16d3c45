"""Why a request is not met, and the form that says so: RFC 9457, application/problem+json."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

PROBLEM = "application/problem+json"

DISK_FULL = "the service's disk is full: ask again later."

_FULL = (errno.ENOSPC, errno.EDQUOT)


class RefusedError(Exception):
    """A request that is not met, for a reason that its caller is told.

    Parameters
    ----------
    status
        HTTP's status code.
    detail
        What came, what was wanted, and a way out; nothing of this machine's own paths.
    headers
        Further headers of the answer.
    """

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})


def problem(status: int, detail: str) -> dict[str, Any]:
    """Give the body of a refusal."""
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}


def busy(seconds: int, what: str = "requests") -> RefusedError:
    """Give the refusal of what there is no room for now."""
    return RefusedError(
        429,
        f"as many {what} as this service takes are waiting already: ask again in {seconds} s.",
        {"Retry-After": str(seconds)},
    )


def disk_is_full(error: BaseException | None) -> bool:
    """Tell whether an error, or what caused it, is that of a full disk."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        error = error.__cause__
    return False

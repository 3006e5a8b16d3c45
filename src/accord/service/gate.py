"""What every request passes before any of its body is read: its host, its key; and after: log, metrics, tidying up."""

from __future__ import annotations

import logging
import shutil
import time
import uuid
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from accord.service.keys import owner_of
from accord.service.logs import LOG
from accord.service.refusals import DISK_FULL, PROBLEM, RefusedError, disk_is_full, problem
from accord.service.running import Running
from accord.service.visits import VISIT, Visit

OPEN = ("/health", "/ready", "/metrics", "/openapi.json")
"""Paths that need no key."""

_LEFT = 499  # what nginx logs for a caller that has left


class Gate:
    """The outermost part of the application.

    Parameters
    ----------
    app
        What it lets requests through to.
    running
        The service.
    """

    def __init__(self, app: ASGIApp, running: Running) -> None:
        self._app, self._running = app, running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, and answer for whatever goes wrong."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = scope[VISIT] = Visit()
        seen = _Seen(send, uuid.uuid4().hex)
        try:
            visit.owner = self._admitted(scope)
            await self._app(scope, receive, seen.send)
        except RefusedError as refused:
            await seen.answer(scope, receive, refused.status, refused.detail, refused.headers)
        except ClientDisconnect:
            seen.status = seen.status or _LEFT
        except Exception as error:
            if disk_is_full(error):
                await seen.answer(scope, receive, 507, DISK_FULL, {})
                LOG.error("the disk is full", extra={"facts": {"id": seen.id}})
            else:
                LOG.exception("a bug", extra={"facts": {"id": seen.id}})
                await seen.answer(scope, receive, 500, f"that is our fault, and logged as {seen.id}.", {})
        finally:
            for folder in visit.folders:
                shutil.rmtree(folder, ignore_errors=True)
            self._tell(scope, seen, {"owner": visit.owner, **visit.facts})

    def _admitted(self, scope: Scope) -> str | None:
        """Give the name of whoever asks; None where no keys are asked for."""
        headers, settings = Headers(scope=scope), self._running.settings
        if settings.hosts and _name(headers.get("host", "")) not in settings.hosts:
            raise RefusedError(421, f"this service is addressed as {', '.join(settings.hosts)}, not by another name.")
        if settings.hosts and not settings.keys and _is_foreign(headers):
            raise RefusedError(
                403,
                "a web page of another origin asks, and this service asks for no keys: ask from its own origin, or "
                "have it started with --keys.",
            )
        if not settings.keys or scope["path"] in OPEN:
            return None
        kind, _, shown = headers.get("authorization", "").partition(" ")
        owner = owner_of(shown.strip() if kind.lower() == "bearer" else headers.get("x-api-key"), settings.keys)
        if owner is None:
            raise RefusedError(
                401, "a key was wanted: Authorization: Bearer KEY, or X-API-Key: KEY.", {"WWW-Authenticate": "Bearer"}
            )
        return owner

    def _tell(self, scope: Scope, seen: _Seen, facts: Mapping[str, Any]) -> None:
        route = getattr(scope.get("route"), "path", "other")
        seconds = time.perf_counter() - seen.begun
        self._running.metrics.answered(route, scope["method"], seen.status or 500, seconds)
        # Those who watch ask every few seconds.
        LOG.log(
            logging.DEBUG if route in OPEN and seen.status == 200 else logging.INFO,
            "request",
            extra={
                "facts": {
                    "id": seen.id,
                    "method": scope["method"],
                    "route": route,
                    "status": seen.status,
                    "seconds": round(seconds, 4),
                    "bytes_out": seen.bytes,
                    **{name: value for name, value in facts.items() if value is not None},
                }
            },
        )


class _Seen:
    """An answer on its way out."""

    def __init__(self, send: Send, identity: str) -> None:
        self._send, self.id, self.begun = send, identity, time.perf_counter()
        self.status: int | None = None
        self.bytes = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self.id
            headers["X-Content-Type-Options"] = "nosniff"
            headers.setdefault("Cache-Control", "no-store")
        elif message["type"] == "http.response.body":
            self.bytes += len(message.get("body", b""))
        await self._send(message)

    async def answer(
        self, scope: Scope, receive: Receive, status: int, detail: str, headers: Mapping[str, str]
    ) -> None:
        """Answer with a problem, unless an answer has begun."""
        if self.status is None:
            body = JSONResponse(problem(status, detail), status, headers, media_type=PROBLEM)
            await body(scope, receive, self.send)


def _is_foreign(headers: Headers) -> bool:
    """Tell whether a browser asks for a page of another origin; callers that are no browsers send no Origin."""
    # Behind a proxy, Host may not be what the browser calls the service: but the browser knows, and no page can say so.
    if "origin" not in headers or headers.get("sec-fetch-site") == "same-origin":
        return False
    return headers["origin"].partition("://")[2].lower() != headers.get("host", "").lower()


def _name(host: str) -> str:
    """Give a Host header's name, without its port."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].lower()

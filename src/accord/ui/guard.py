"""What keeps pages from elsewhere out of a workbench on this machine."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from accord.service.refusals import PROBLEM, problem

_HEADERS = {
    # Nothing is fetched from anywhere else, so the page works offline, and shows nothing to anybody.
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Refuses requests that a page from elsewhere makes in the browser of whoever has the workbench open.

    Parameters
    ----------
    app
        The application behind it.
    hosts
        Names that a request may address it by; empty for any. Others are how a page's own name is made to mean this
        machine.
    """

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...]) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        reason = self._reason(Headers(scope=scope))
        if reason:
            refusal = JSONResponse(problem(403, reason), 403, media_type=PROBLEM)
            await refusal(scope, receive, with_headers)
            return
        await self._app(scope, receive, with_headers)

    def _reason(self, headers: Headers) -> str | None:
        host, origin = headers.get("host", ""), headers.get("origin")
        try:
            name, whence = urlsplit(f"//{host}").hostname, None if origin is None else urlsplit(origin).netloc
        except ValueError:
            return "the host or origin of the request cannot be read."
        if self._hosts and name not in self._hosts:
            return f"this workbench answers as {' or '.join(self._hosts)} only."
        if whence is not None and whence != host:
            return "this workbench answers its own page only."
        return None

"""The application: what can be asked of the service over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from accord.methods import registry
from accord.methods.card import MethodCard
from accord.service.documents import json_answer, refusals, with_security
from accord.service.gate import Gate
from accord.service.harmonizing import router as harmonizing
from accord.service.job_routes import router as jobs
from accord.service.metrics import CONTENT_TYPE
from accord.service.refusals import PROBLEM, RefusedError, problem
from accord.service.running import Running
from accord.service.settings import Settings
from accord.version import __version__


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the service.

    Parameters
    ----------
    settings
        How it runs; by default for callers on this machine, with a temporary folder.

    Returns
    -------
    FastAPI
        With the running service as ``app.state.running``. Its lifespan starts and ends the workers: run it as it is, or
        add routes to it; an application that mounts it has to run its lifespan.
    """
    running = Running(settings or Settings())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await running.start()
        try:
            yield
        finally:
            await running.end()

    app = FastAPI(
        title="accord",
        version=__version__,
        summary="Recolours the foreground of a composite so that it belongs, and touches nothing else.",
        lifespan=lifespan,
        docs_url=None,  # its pages load their scripts from elsewhere
        redoc_url=None,
    )
    app.state.running = running
    app.add_middleware(Gate, running=running)
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(HTTPException, _failed)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.include_router(harmonizing)
    app.include_router(jobs)
    _add_methods(app)
    _add_watching(app, running)
    described = app.openapi
    app.openapi = lambda: with_security(described())  # type: ignore[method-assign]
    return app


def _add_methods(app: FastAPI) -> None:
    listed = {"type": "array", "items": {"type": "object", "required": ["id", "title", "usable"]}}

    @app.get(
        "/v1/methods",
        tags=["harmonizing"],
        summary="What `method` may name",
        responses={200: json_answer("The methods' cards.", listed), **refusals()},
    )
    async def methods() -> JSONResponse:
        """List the methods, and whether they can be used here: those of others need their weights."""
        return JSONResponse([_facts(card) for card in registry.cards()])


def _facts(card: MethodCard) -> dict[str, Any]:
    named = ("id", "title", "source", "licence", "works_in", "kind", "local", "prefer")
    usable = card.kind != "network" or any(path.is_file() for path in card.files())
    return {**{name: getattr(card, name) for name in named}, "usable": usable}


def _add_watching(app: FastAPI, running: Running) -> None:
    @app.get("/health", tags=["watching"], summary="Whether the service is alive", responses=refusals())
    async def health() -> dict[str, str]:
        return {"status": "alive"}

    @app.get(
        "/ready",
        tags=["watching"],
        summary="Whether it can take work",
        responses={503: {"description": "Not yet, or not any more."}, **refusals()},
    )
    async def ready() -> JSONResponse:
        able = running.ready
        return JSONResponse({"status": "ready" if able else "not ready"}, 200 if able else 503)

    @app.get(
        "/metrics",
        tags=["watching"],
        summary="Figures for Prometheus",
        response_class=Response,
        responses={200: {"content": {CONTENT_TYPE: {"schema": {"type": "string"}}}}, **refusals()},
    )
    async def metrics() -> Response:
        return Response(running.metrics.text(), media_type=CONTENT_TYPE)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return _answer(error.status, error.detail, error.headers)


async def _failed(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _answer(error.status_code, str(error.detail), error.headers)


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    told = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()[:5]]
    return _answer(422, "; ".join(told)[:1000])


def _answer(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse(problem(status, detail), status, dict(headers or {}), media_type=PROBLEM)

"""The workbench behind HTTP, for one person on this machine."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from numpy.typing import NDArray
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.staticfiles import StaticFiles

from accord.colour.photographic import WHITE
from accord.core.errors import HarmonizeError
from accord.io.automask import MODEL_VARIABLE
from accord.methods import registry
from accord.methods.card import MethodCard
from accord.methods.measured import measured
from accord.pipeline.default import DEFAULT_METHOD
from accord.service.refusals import PROBLEM, RefusedError, problem
from accord.service.uploads import receive, too_large
from accord.ui.document import Document
from accord.ui.exporting import PICTURES, command, made, own_suffix
from accord.ui.guard import Guard
from accord.ui.packing import packed, with_alpha
from accord.ui.settings import Settings
from accord.ui.store import Store
from accord.ui.workbench import Window, Workbench
from accord.version import __version__

_STATIC = Path(__file__).with_name("static")
_MOST_DOCUMENT = 2**23  # bytes; thousands of strokes
_SECONDS_TO_ARRIVE = 3600.0
_WINDOW = re.compile(r"(\d{1,6}),(\d{1,6}),(\d{1,6}),(\d{1,6})", re.ASCII)
_WIDEST = 8192

Answer = Callable[[Request], Awaitable[Response]]


def create_app(settings: Settings) -> FastAPI:
    """Make the workbench.

    Parameters
    ----------
    settings
        How it runs.

    Returns
    -------
    FastAPI
        An application for one process: pictures are held in its memory, and in its folder.
    """
    app = FastAPI(title="accord workbench", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard, hosts=settings.hosts)
    for kind in (HarmonizeError, RefusedError, ValidationError, MemoryError):
        app.add_exception_handler(kind, _told)
    bench = _Bench(settings)
    for path, answer in bench.posts().items():
        app.add_api_route(path, answer, methods=["POST"])
    app.add_api_route("/api/about", bench.about, methods=["GET"])
    app.add_api_route("/api/pictures/{picture_id}/screen.png", bench.screen, methods=["GET"])
    app.add_api_route("/api/exports/{export_id}", bench.export, methods=["GET"])
    app.mount("/", StaticFiles(directory=_STATIC, html=True))
    return app


class _Bench:
    """What requests are answered with."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store = Store(settings.max_pixels)
        self._bench = Workbench(settings, self._store)
        # What is shown does not wait for what takes long.
        self._quick, self._slow = asyncio.Lock(), asyncio.Lock()
        self._exports: dict[str, tuple[Path, str]] = {}

    def posts(self) -> dict[str, Answer]:
        """Give what can be asked, by path."""
        return {
            "/api/pictures": self.upload,
            "/api/stage": self._quickly(self._stage),
            "/api/mapped": self._quickly(self._mapped),
            "/api/shown": self._quickly(self._shown),
            "/api/tile": self._quickly(self._tile),
            "/api/mask": self._quickly(self._mask),
            "/api/signals": self._slowly(lambda document, _: JSONResponse(self._bench.measured(document))),
            "/api/exports": self._slowly(self._export),
        }

    async def about(self) -> JSONResponse:
        """Say what this workbench can do."""
        return JSONResponse(
            {
                "version": __version__,
                "default_method": DEFAULT_METHOD,
                "methods": [_method(card) for card in registry.cards()],
                "automask": bool(self._settings.mask_model or os.environ.get(MODEL_VARIABLE)),
                "picture_suffixes": sorted(PICTURES),
                "psd": _has("psd_tools"),
                "white": list(WHITE),
                "longest": self._settings.longest,
            }
        )

    async def upload(self, request: Request) -> JSONResponse:
        """Take a picture in."""
        picture_id = secrets.token_hex(16)
        folder = self._settings.folder / picture_id
        folder.mkdir(mode=0o700)
        form = await receive(
            request,
            folder,
            {"picture": 1},
            max_bytes=self._settings.max_bytes,
            seconds=_SECONDS_TO_ARRIVE,
        )
        if "picture" not in form.files:
            raise RefusedError(422, "the form has no picture: give one as the field picture.")
        name = form.texts.get("name", ["picture"])[0]
        kept = self._store.add(picture_id, form.files["picture"][0], name)
        try:
            codes, size, depth, alpha = await run_in_threadpool(self._bench.thumbnail, picture_id)
        except HarmonizeError:
            self._store.forget(picture_id)
            raise
        return JSONResponse(
            {
                "id": picture_id,
                "name": kept.name,
                "height": size[0],
                "width": size[1],
                "shown": list(codes.shape[:2]),
                "depth": depth,
                "alpha": alpha,
            }
        )

    async def screen(self, picture_id: str, longest: int = 4096) -> Response:
        """Show a picture as it came, at the size of the screen or smaller."""
        codes, *_ = await run_in_threadpool(self._bench.thumbnail, picture_id)
        png = await run_in_threadpool(_png, codes, max(16, longest))
        # What an id stands for never changes.
        return Response(png, media_type="image/png", headers={"Cache-Control": "private, max-age=86400, immutable"})

    async def export(self, export_id: str) -> FileResponse:
        """Give a file that was made."""
        if export_id not in self._exports:
            raise RefusedError(404, "this file is no longer there: export it again.")
        path, name = self._exports[export_id]
        return FileResponse(path, filename=name, media_type="application/octet-stream")

    def _quickly(self, work: Callable[[Document, dict[str, str]], Response]) -> Answer:
        return self._in_turn(self._quick, work)

    def _slowly(self, work: Callable[[Document, dict[str, str]], Response]) -> Answer:
        return self._in_turn(self._slow, work)

    @staticmethod
    def _in_turn(lock: asyncio.Lock, work: Callable[[Document, dict[str, str]], Response]) -> Answer:
        async def answer(request: Request) -> Response:
            document = Document.model_validate_json(await _body(request))
            async with lock:
                # The page asks anew when a slider moves on; what it no longer waits for is not worked out.
                if await request.is_disconnected():
                    return Response(status_code=204)
                return await run_in_threadpool(work, document, dict(request.query_params))

        return answer

    def _stage(self, document: Document, asked: dict[str, str]) -> Response:
        stage = self._bench.stage(document)
        screen, picture = self._bench.screen(document, _window(asked)), stage.view.picture
        about = {
            "height": picture.height,
            "width": picture.width,
            "top": screen.top,
            "left": screen.left,
            "light": screen.light,
            "clipped": picture.pixels.dtype.kind != "f",
            "share": float(stage.mask.mean()),
            "suffix": own_suffix(self._store, document),
            "command": command(self._store, document),
        }
        arrays = {"ground": with_alpha(screen.ground), "layer": with_alpha(screen.colour, screen.cover)}
        return _binary(packed(about, arrays))

    def _mapped(self, document: Document, asked: dict[str, str]) -> Response:
        return _binary(packed({}, {"mapped": with_alpha(self._bench.mapped(document, _window(asked)))}))

    def _shown(self, document: Document, asked: dict[str, str]) -> Response:
        picture = self._bench.shown(document, _window(asked))
        whole = np.full((*picture.shape[:2], 4), 255, np.uint8)
        whole[..., :3] = picture
        return _binary(packed({"command": command(self._store, document)}, {"shown": whole}))

    def _tile(self, document: Document, asked: dict[str, str]) -> Response:
        longest = min(1024, max(64, int(asked["longest"]))) if asked.get("longest", "").isdecimal() else 640
        return Response(_png(self._bench.shown(document), longest), media_type="image/png")

    def _mask(self, document: Document, _: dict[str, str]) -> Response:
        mask = self._bench.small_mask(document)
        return _binary(packed({"share": float(mask.mean() / 255)}, {"mask": mask}))

    def _export(self, document: Document, asked: dict[str, str]) -> Response:
        export_id = secrets.token_hex(16)
        folder = self._settings.folder / export_id
        folder.mkdir(mode=0o700)
        done = made(self._bench, self._store, document, asked.get("what", ""), folder)
        self._exports[export_id] = (done.path, done.name)
        return JSONResponse(
            {
                "url": f"/api/exports/{export_id}",
                "name": done.name,
                "bytes": done.path.stat().st_size,
                "note": done.note,
                "command": command(self._store, document),
            }
        )


def _window(asked: dict[str, str]) -> Window | None:
    """Read what part of a picture is asked for: left, top, width and height, in its own pixels."""
    text = asked.get("window")
    if text is None:
        return None
    found = _WINDOW.fullmatch(text)
    left, top, width, height = (int(one) for one in found.groups()) if found else (0, 0, 0, 0)
    if not (0 < width <= _WIDEST and 0 < height <= _WIDEST):
        raise RefusedError(422, f"window is left,top,width,height in whole pixels, 1 to {_WIDEST} wide and high.")
    return left, top, width, height


async def _told(_: Request, error: Exception) -> JSONResponse:
    """Give an error as a person may read it."""
    if isinstance(error, RefusedError):
        status, detail = error.status, error.detail
    elif isinstance(error, ValidationError):
        first = error.errors()[0]
        status, detail = 422, f"{'.'.join(str(part) for part in first['loc']) or 'the document'}: {first['msg']}"
    elif isinstance(error, MemoryError):
        status, detail = 507, "there is not enough memory for this picture. Make it smaller, or free some memory."
    else:
        status, detail = 422, str(error)
    return JSONResponse(problem(status, detail), status, media_type=PROBLEM)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_DOCUMENT:
            raise too_large(_MOST_DOCUMENT)
    return bytes(body)


def _method(card: MethodCard) -> dict[str, Any]:
    from accord.engine.weights import is_stored

    known = measured(card)
    return {
        "id": card.id,
        "title": card.title,
        "prefer": card.prefer,
        "local": card.local,
        "ready": card.network is None or is_stored(card.id),
        "fmse": known.fmse,
        "improved": known.improved,
    }


def _has(package: str) -> bool:
    from importlib.util import find_spec

    return find_spec(package) is not None


def _binary(body: bytes) -> Response:
    return Response(body, media_type="application/octet-stream")


def _png(codes: NDArray[np.uint8], longest: int | None = None) -> bytes:
    from PIL import Image

    image = Image.fromarray(codes)
    if longest is not None:
        image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    file = BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()

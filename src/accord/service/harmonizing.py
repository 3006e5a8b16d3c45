"""POST /v1/harmonize: one picture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from accord.service.documents import pictures, refusals, single_form
from accord.service.options import Options, Placement, SingleOptions, parsed
from accord.service.refusals import RefusedError
from accord.service.running import Running, while_there
from accord.service.settings import Settings
from accord.service.uploads import Form, check_length, receive
from accord.service.visits import visit_of
from accord.service.work import ABOUT, FORMATS, Task

PARTS = {"composite": 1, "mask": 1, "background": 1, "foreground": 1, "reference_mask": 1, "protect_mask": 1}
"""The fields of a form that hold pictures."""

_NAMES = {"reference_mask": "reference", "protect_mask": "protect"}
_CHUNK = 2**18

router = APIRouter()


@router.post(
    "/v1/harmonize",
    tags=["harmonizing"],
    summary="Harmonize one picture",
    response_class=Response,
    responses={
        200: pictures("The picture, or JSON.", or_json=True),
        **refusals(400, 406, 408, 413, 415, 422, 429, 507),
    },
    openapi_extra=single_form(),
)
async def harmonize(request: Request) -> Response:
    """Recolour the foreground of a composite so that it belongs to its background.

    Send a composite, and a mask that is white where the foreground is (or a composite with alpha); or a background, a
    foreground and where it goes. The answer is the picture, the same bytes as `accord harmonize` writes; or JSON.
    """
    running: Running = request.app.state.running
    visit = visit_of(request)
    settings = running.settings
    check_length(request.headers.get("content-length"), settings.max_bytes)
    with running.place():
        folder = running.folders.new()
        visit.folders.append(folder)
        form = await receive(request, folder, PARTS, max_bytes=settings.max_bytes, seconds=settings.receive_seconds)
        placed = check_parts(form)
        options, placement = parsed(SingleOptions, form.texts, placed=placed)
        tell = options.answer or _accepted(request.headers.get("accept", "*/*"), options)
        task = task_of(form, folder, options, placement, settings, tell=tell)
        done = await while_there(request, running.crew.do(task))
    running.note(done)
    visit.facts |= {
        "bytes_in": form.size,
        "pixels": done.reply["pixels"],
        "waited": round(done.waited, 4),
        "worked": round(done.worked, 4),
        "used": done.reply.get("method"),
    }
    output = folder / done.reply["output"]
    headers = {"X-Accord-Method": quote(str(done.reply.get("method")))}
    if tell != "picture":
        return answer_file(folder / ABOUT, "application/json", headers)
    headers["X-Accord-Left-Alone"] = str(bool(done.reply.get("left_alone"))).lower()
    headers["Content-Disposition"] = f'inline; filename="{output.name}"'
    return answer_file(output, FORMATS[output.suffix.removeprefix(".")], headers)


def check_parts(form: Form) -> bool:
    """Tell whether a form brought layers, and not a composite.

    Raises
    ------
    RefusedError
        422, if it brought neither, or some of both.
    """
    came = form.files.keys()
    if "composite" in came and not came & {"background", "foreground"}:
        return False
    if came >= {"background", "foreground"} and "composite" not in came:
        return True
    raise RefusedError(
        422,
        "a composite was wanted, or a background and a foreground, as files of a form: "
        f"{', '.join(sorted(came)) or 'none'} came.",
    )


def task_of(
    form: Form,
    folder: Path,
    options: Options,
    placement: Placement | None,
    settings: Settings,
    *,
    tell: str = "picture",
) -> Task:
    """Make a worker's task of what was asked for.

    Raises
    ------
    RefusedError
        422, if it asks for what this service has not, or for two things at once.
    """
    files = {_NAMES.get(name, name): paths[0].name for name, paths in form.files.items()}
    wanted: dict[str, Any] = {"method": options.method, "strength": options.strength, **options.limits}
    if not options.best_of:
        wanted["method"] = options.method or settings.method
    wanted |= {
        name: getattr(options, name) for name in ("as_published", "when_needed", "best_of") if getattr(options, name)
    }
    if placement is None and options.encoding is not None:
        wanted["encoding"] = options.encoding
    elif options.encoding is not None:
        raise RefusedError(422, "encoding is a composite's; layers are read by their own profiles and depths.")
    if "reference" in files and options.reference != "background":
        raise RefusedError(422, "the reference came twice, as reference and as reference_mask: send one of them.")
    if options.reference != "background":
        wanted["reference"] = options.reference
    if options.auto_mask:
        if settings.mask_model is None:
            raise RefusedError(422, "this service has no model that could guess a mask: send one.")
        if "mask" in files:
            raise RefusedError(422, "the mask came twice, as mask and as auto_mask: send one of them.")
        wanted |= {"auto_mask": True, "mask_model": settings.mask_model}
    if options.tolerance is not None and not options.protect and "protect" not in files:
        raise RefusedError(422, "tolerance says how far what is protected may move: send protect, too.")
    return Task(
        folder=str(folder),
        files=files,
        placement=None if placement is None else placement.model_dump(),
        harmonize=wanted,
        suffix=options.format,
        quality=options.quality,
        tell=tell,
        signals=settings.measure,
        log=settings.log is not None,
        shadow=settings.shadow,
    )


def _accepted(accept: str, options: SingleOptions) -> str:
    """Give what an Accept header asks for; an image's type also says the format, where no field does.

    Raises
    ------
    RefusedError
        406, if that is nothing that can be had.
    """
    kinds: dict[str, Any] = {kind: suffix for suffix, kind in FORMATS.items()}
    weighed: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept.split(",")):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = next((value[2:] for value in parameters if value.startswith("q=")), "1")
        try:
            weighed.append((-float(weight), place, kind))
        except ValueError:
            continue
    for rank, _, kind in sorted(weighed):
        if rank == 0:
            continue
        if kind in ("application/json", "application/*"):
            return "json"
        if kind in ("*/*", "image/*", ""):
            return "picture"
        if kind in kinds:
            if options.format is None:
                options.format = kinds[kind]
            return "picture"
    raise RefusedError(406, f"answers are {', '.join(kinds)} or application/json: ask for one of them in Accept.")


def answer_file(path: Path, kind: str, headers: dict[str, str]) -> Response:
    """Answer with a file of a request's folder, which is removed once it is sent."""
    return StreamingResponse(
        _chunks(path), media_type=kind, headers={"Content-Length": str(path.stat().st_size), **headers}
    )


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:  # just written, so it is read from memory
        while chunk := file.read(_CHUNK):
            yield chunk

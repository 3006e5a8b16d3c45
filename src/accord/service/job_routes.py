"""/v1/jobs: many pictures, fetched when they are done."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from accord.batch.job import Recipe, Telling
from accord.service.documents import JOB, JOBS, job_form, json_answer, pictures, refusals
from accord.service.harmonizing import answer_file
from accord.service.jobs import paired, suffix_of
from accord.service.options import JobOptions, parsed
from accord.service.refusals import RefusedError
from accord.service.running import Running, while_there
from accord.service.settings import Settings
from accord.service.uploads import check_length, receive
from accord.service.visits import visit_of
from accord.service.work import FORMATS, Task

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.post(
    "",
    status_code=202,
    summary="Harmonize many pictures",
    response_class=JSONResponse,
    responses={
        202: json_answer("The job, accepted.", JOB),
        **refusals(400, 408, 413, 415, 422, 429, 507),
    },
    openapi_extra=job_form(),
)
async def post(request: Request) -> JSONResponse:
    """Accept pictures to be harmonized with the same settings, and answer with the job that will.

    Send composites, each with its mask (or alpha), in the same order; or backgrounds and foregrounds, of which either
    may be one for all. Once the answer is 202, the job is on disk: it is finished even if the service is killed.
    """
    running: Running = request.app.state.running
    visit = visit_of(request)
    settings = running.settings
    check_length(request.headers.get("content-length"), settings.max_job_bytes)
    running.jobs.check_room()
    with running.place():
        folder = running.folders.new()
        visit.folders.append(folder)
        most = dict.fromkeys(("composite", "mask", "background", "foreground"), settings.max_job_pictures)
        form = await receive(request, folder, most, max_bytes=settings.max_job_bytes, seconds=settings.receive_seconds)
        if not form.files:
            raise RefusedError(422, "composites were wanted, or backgrounds and foregrounds: no file came.")
        pictures = paired(form.files)
        options, placement = parsed(JobOptions, form.texts, placed="background" in form.files)
        if options.auto_mask:
            _check_auto_mask(settings, masked="mask" in form.files)
            pictures = [one | {"mask": "auto"} for one in pictures]
        await while_there(request, _check(running, folder, pictures))
        running.jobs.check_room()
        suffixes = [suffix_of(one, options.format) for one in pictures]
        if not FORMATS.keys() >= set(suffixes):
            raise RefusedError(422, "PSD is read but not written: ask for a format.")
        record = {
            "owner": visit.owner,
            "recipe": _recipe(options, settings).to_dict(),
            "telling": Telling(
                signals=options.signals or settings.measure,
                log=settings.log is not None,
                shadow=settings.shadow,
                front_end="serve",
            ).to_dict(),
            "placement": {} if placement is None else placement.model_dump(),
            "pictures": pictures,
            "suffixes": suffixes,
        }
        batch = await to_thread.run_sync(partial(running.jobs.accept, folder, record))
    visit.facts |= {"bytes_in": form.size, "job": batch.id, "pictures": len(pictures)}
    return JSONResponse(batch.to_dict(), 202, {"Location": f"/v1/jobs/{batch.id}"})


@router.get(
    "", summary="The jobs of whoever asks", responses={200: json_answer("Without their pictures.", JOBS), **refusals()}
)
async def listed(request: Request) -> JSONResponse:
    """Give all jobs that were posted with this key, without their pictures."""
    running: Running = request.app.state.running
    jobs = running.jobs.of(visit_of(request).owner)
    told = [{name: value for name, value in batch.to_dict().items() if name != "pictures"} for batch in jobs]
    return JSONResponse(told)


@router.get(
    "/{job}", summary="What became of a job", responses={200: json_answer("The job.", JOB), **refusals(404, 422)}
)
async def get(job: str, request: Request) -> JSONResponse:
    """Give a job's status, and each picture's."""
    running: Running = request.app.state.running
    return JSONResponse(running.jobs.get(job, visit_of(request).owner).to_dict())


@router.get(
    "/{job}/pictures/{index}",
    summary="A picture of a job",
    response_class=Response,
    responses={200: pictures("The picture."), **refusals(404, 409, 422)},
)
async def picture(job: str, index: int, request: Request) -> Response:
    """Give a picture that is done."""
    running: Running = request.app.state.running
    batch = running.jobs.get(job, visit_of(request).owner)
    if not 0 <= index < len(batch.pictures):
        raise RefusedError(404, f"the job has {len(batch.pictures)} pictures, numbered from 0.")
    one = batch.pictures[index]
    if one["status"] != "done":
        raise RefusedError(409, f"the picture is {one['status']}: {one['error'] or 'ask again later.'}")
    path = batch.output(index)
    if not path.is_file():
        raise RefusedError(404, "the picture has been removed from the service's disk: send it once more.")
    return answer_file(
        path,
        FORMATS[path.suffix.removeprefix(".")],
        {"Content-Disposition": f'inline; filename="{index:04}{path.suffix}"'},
    )


@router.delete(
    "/{job}",
    status_code=204,
    summary="Stop and forget a job",
    response_class=Response,
    responses=refusals(404, 422),
)
async def delete(job: str, request: Request) -> Response:
    """Forget a job and its pictures; one that runs is stopped."""
    running: Running = request.app.state.running
    batch = running.jobs.get(job, visit_of(request).owner)
    await to_thread.run_sync(running.jobs.remove, batch)
    return Response(status_code=204)


async def _check(running: Running, folder: Path, pictures: list[dict[str, str]]) -> None:
    """Have a worker look at all headers: what is refused is told now, and not by a job that fails."""
    for index, one in enumerate(pictures):
        files = {what: name for what, name in one.items() if name != "auto"}
        try:
            await running.crew.do(Task(folder=str(folder), files=files), only_headers=True)
        except RefusedError as error:
            raise RefusedError(error.status, f"picture {index}: {error.detail}") from None


def _check_auto_mask(settings: Settings, *, masked: bool) -> None:
    if settings.mask_model is None:
        raise RefusedError(422, "this service has no model that could guess a mask: send masks.")
    if masked:
        raise RefusedError(422, "masks came twice, as mask and as auto_mask: send one of them.")


def _recipe(options: JobOptions, settings: Settings) -> Recipe:
    return Recipe(
        method=options.method or (None if options.best_of else settings.method),
        strength=options.strength,
        reference=options.reference,
        encoding=options.encoding,
        mask_model=settings.mask_model if options.auto_mask else None,
        as_published=options.as_published,
        quality=options.quality,
        when_needed=options.when_needed,
        best_of=options.best_of,
        limits=options.limits,
    )

"""`accord serve`: harmonizing over HTTP."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from accord.core.errors import BadInputError, HarmonizeError, MissingExtraError

if TYPE_CHECKING:
    from accord.service.running import Running
    from accord.service.settings import Settings


@click.command("serve")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Where to listen; others than loopback ask for --keys.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 for any that is free.")
@click.option(
    "--keys",
    type=click.Path(),
    metavar="FILE",
    help="Ask callers for a key: a line NAME KEY each, or NAME sha256:DIGEST of the key.",
)
@click.option("--open", "open_to_all", is_flag=True, help="Listen beyond loopback without keys.")
@click.option(
    "--folder",
    type=click.Path(),
    metavar="FOLDER",
    help="Where requests and jobs lie while they are needed.  [default: serve, beside imported weights]",
)
@click.option("--method", metavar="ID", help="The method where a request names none; an id, or an .onnx of yours.")
@click.option(
    "--mask-model",
    type=click.Path(),
    metavar="FILE",
    help="A segmentation model on disk, for requests that ask for a guess of the mask; or set ACCORD_MASK_MODEL.",
)
@click.option(
    "--workers", type=click.IntRange(1), metavar="N", help="Processes, each on one core.  [default: as many as cores]"
)
@click.option(
    "--batch-workers",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    metavar="N",
    help="Processes for jobs, beside these.",
)
@click.option(
    "--queue",
    type=click.IntRange(0),
    default=16,
    show_default=True,
    metavar="N",
    help="Requests that may wait; more are told to come back (429).",
)
@click.option(
    "--max-megabytes", type=click.FloatRange(0, min_open=True), default=256.0, show_default=True, help="Of a request."
)
@click.option(
    "--max-megapixels",
    type=click.FloatRange(0, min_open=True),
    default=34.0,
    show_default=True,
    help="Of a picture, as its header declares them.",
)
@click.option(
    "--work-seconds",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    show_default=True,
    help="What one picture may take of a worker.",
)
@click.option(
    "--receive-seconds",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    show_default=True,
    help="What a request may take to arrive.",
)
@click.option(
    "--stop-seconds",
    type=click.FloatRange(0, min_open=True),
    default=30.0,
    show_default=True,
    help="How long a stop waits for requests, and then for jobs; what is left of jobs goes on at the next start.",
)
@click.option(
    "--keep-hours",
    type=click.FloatRange(0, min_open=True),
    default=24.0,
    show_default=True,
    help="How long finished jobs are kept.",
)
@click.option(
    "--log",
    type=click.Path(),
    metavar="FILE",
    help="Append each result's signals to a log for `accord monitor`: JSON lines (.jsonl), or a folder of Parquet "
    "files (.parquet). Pictures are named by a hash of their content.",
)
@click.option(
    "--shadow",
    metavar="ID",
    help="Also harmonize with this candidate, an id or an .onnx, and log it beside each result; callers get nothing "
    "of it.",
)
@click.option(
    "--measure",
    is_flag=True,
    help="Measure the signals of every result for /metrics, and not only where they are asked for or logged.",
)
def command(
    host: str,
    port: int,
    keys: str | None,
    open_to_all: bool,
    folder: str | None,
    max_megabytes: float,
    max_megapixels: float,
    **settings: Any,
) -> None:
    """Harmonize over HTTP: POST a composite and its mask to /v1/harmonize, and get the picture.

    GET /openapi.json tells all that can be asked for. It listens on loopback, and takes requests from this machine
    only, unless --host and --keys say otherwise. SIGTERM and Ctrl-C have it finish what it has accepted.
    """
    try:
        import uvicorn

        from accord.service.app import create_app
    except ModuleNotFoundError as error:
        raise MissingExtraError("accord serve", "serve", str(error.name)) from None
    from accord.core.resources import available_cores
    from accord.io.automask import MODEL_VARIABLE
    from accord.service.folders import default_folder
    from accord.service.keys import read_keys
    from accord.service.logs import log_to
    from accord.service.settings import Settings

    loopback = _is_loopback(host)
    if not loopback and keys is None and not open_to_all:
        raise BadInputError(
            f"{host} lets other machines in, and there are no keys to tell callers by: give --keys FILE, or --open if "
            "something before this service sees to that."
        )
    known = {} if keys is None else read_keys(Path(keys))
    made = Settings(
        folder=default_folder() if folder is None else Path(folder),
        keys=known,
        hosts=("localhost", "127.0.0.1", "[::1]", host) if loopback and not known else (),
        max_bytes=round(max_megabytes * 1e6),
        max_pixels=round(max_megapixels * 1e6),
        workers=settings.pop("workers") or available_cores(),
        mask_model=settings.pop("mask_model") or os.environ.get(MODEL_VARIABLE),
        log=_path(settings.pop("log")),
        **settings,
    )
    _check(made)
    app = create_app(made)
    running: Running = app.state.running
    running.prepare()
    try:
        listening = _listening(host, port)
    except BadInputError:
        running.close()
        raise
    where = listening.getsockname()[:2]
    log_to()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=round(made.stop_seconds),
        h11_max_incomplete_event_size=2**15,
        http="h11",
    )
    click.echo(f"accord listens on http://{f'[{where[0]}]' if ':' in where[0] else where[0]}:{where[1]}")
    server = uvicorn.Server(config)
    running.crew.when_fatal = lambda: setattr(server, "should_exit", True)
    # The server listens to signals itself only once it runs, and passes them on when all is finished.
    for sent in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sent, lambda *_: setattr(server, "should_exit", True))
    server.run(sockets=[listening])
    if running.crew.fatal is not None:
        raise HarmonizeError(running.crew.fatal)


def _check(settings: Settings) -> None:
    """Find out before a first request that a method, a candidate or a model is not there."""
    from accord.io.paths import existing_file
    from accord.methods import registry

    for method in (settings.method, settings.shadow):
        if method is not None:
            registry.get(method)
    if settings.mask_model is not None:
        existing_file(settings.mask_model, "segmentation model")


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _listening(host: str, port: int) -> socket.socket:
    """Give a socket that listens, so that one that cannot be had is one line, and port 0 is known by its number."""
    listening = None
    try:
        family, _, _, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(2048)  # from here on a caller waits, where it would be turned away
    except OSError as error:
        if listening is not None:
            listening.close()
        raise BadInputError(
            f"{host}, port {port}, cannot be listened on: {error.strerror or error}. Choose another with --port."
        ) from error
    return listening

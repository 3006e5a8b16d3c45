"""`accord ui`: a workbench in the browser."""

from __future__ import annotations

import ipaddress
import signal
import socket
import tempfile
import webbrowser
from collections.abc import Callable
from pathlib import Path
from threading import Event, Timer

import click


@click.command("ui")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="Where to listen; 0 picks."
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on. Others than the default let everybody who reaches it use this workbench.",
)
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open it in the browser.")
@click.option(
    "--mask-model",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="Segmentation model for automatic masks, on disk; or set ACCORD_MASK_MODEL.",
)
@click.option(
    "--longest",
    type=click.IntRange(256, 4096),
    default=1600,
    show_default=True,
    metavar="PX",
    help="Longest side of what is shown. Exports have the full size.",
)
def command(port: int, host: str, browser: bool, mask_model: str | None, longest: int) -> None:
    """Open a workbench in the browser: place, mask, harmonize, adjust, compare, export.

    Pictures stay on this machine: in memory, and in a temporary folder that is removed when the workbench is stopped,
    with Ctrl+C. Nothing is fetched from anywhere.
    """
    from accord.core.errors import BadInputError, MissingExtraError

    try:
        import fastapi  # noqa: F401 - told before anything starts
        import python_multipart  # noqa: F401 - likewise
        import uvicorn
    except ImportError as error:
        raise MissingExtraError("the workbench", "ui", error.name or "FastAPI") from None

    from accord.ui.app import create_app
    from accord.ui.settings import HOSTS, Settings

    try:
        listening = socket.create_server((host, port), family=_family(host))
    except OSError as error:
        raise BadInputError(
            f"the workbench cannot listen on {host}, port {port}: {error.strerror or error}. Choose another --port; "
            "0 picks a free one."
        ) from None
    # From here on the folder is to be removed, whenever a signal comes: none may end the process where it stands.
    asked = Event()
    _on_stop(lambda *_: asked.set())
    with tempfile.TemporaryDirectory(prefix="accord-ui-") as folder, listening:
        local = _is_loopback(host)
        settings = Settings(Path(folder), mask_model, longest, hosts=HOSTS if local else ())
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listening.getsockname()[1]}/"
        click.echo(f"The workbench is at {address} (Ctrl+C stops it)")
        if not local:
            click.echo("Warning: everybody who reaches this address can use it.", err=True)
        if browser:
            opening = Timer(0.5, webbrowser.open, [address])
            opening.daemon = True
            opening.start()
        config = uvicorn.Config(create_app(settings), log_level="warning", timeout_graceful_shutdown=5)
        server = uvicorn.Server(config)
        # It listens to signals itself only once it runs, and passes them on when it has ended.
        _on_stop(lambda *_: setattr(server, "should_exit", True))
        server.should_exit = server.should_exit or asked.is_set()
        server.run(sockets=[listening])


def _on_stop(handler: Callable[..., None]) -> None:
    for sent in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sent, handler)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

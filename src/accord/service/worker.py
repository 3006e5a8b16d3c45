"""A worker process: tasks come in as JSON lines, replies go out as JSON lines, one at a time.

Decoders run here and not in the process that talks to callers, so that a picture which crashes one, or takes too long,
costs its own request. When its input ends, whoever started it is gone, and it ends at once.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from queue import Queue
from typing import Any


def main() -> None:
    """Work until the input ends."""
    # What a library prints must not get between the replies.
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def tell(message: dict[str, Any]) -> None:
        channel.write(json.dumps(message, allow_nan=False).encode() + b"\n")
        channel.flush()

    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):
        return
    wanted = json.loads(line)
    with suppress(OSError):  # Linux: where memory ends, end a worker and not the service
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
    os.environ["ACCORD_MAX_PIXELS"] = str(wanted["max_pixels"])

    from accord.core.errors import HarmonizeError
    from accord.core.resources import using

    with using(threads=1):
        try:
            _prepare(wanted)
        except HarmonizeError as error:
            tell({"fatal": " ".join(str(error).split())})
            return
        tell({"ready": True})
        arriving: Queue[dict[str, Any]] = Queue()
        threading.Thread(target=_take, args=(arriving,), daemon=True).start()
        while True:
            tell(_reply(arriving.get(), wanted["max_pixels"]))


def _prepare(wanted: dict[str, Any]) -> None:
    """Load what every task needs, so that the first caller does not wait for it."""
    import OpenImageIO as oiio  # noqa: N813

    import accord.pipeline.filing
    import accord.pipeline.harmonizing  # noqa: F401
    from accord.methods.ready import ready
    from accord.pipeline.asked import chosen

    # A file is read by the decoder of its format, which its suffix here says, and offered to no other.
    oiio.attribute("try_all_readers", 0)
    oiio.attribute("threads", 1)
    ready(chosen(wanted["method"]))  # type: ignore[arg-type]


def _reply(message: dict[str, Any], max_pixels: int) -> dict[str, Any]:
    from accord.service.work import Task, carry_out, check_headers, refusal_of

    task = Task(**message["task"])
    try:
        if message["only_headers"]:
            folder = Path(task.folder)
            return {"pixels": check_headers({what: folder / name for what, name in task.files.items()}, max_pixels)}
        return carry_out(task, max_pixels)
    except Exception as error:
        refusal = refusal_of(error, task.folder)
        if refusal is None:
            return {"bug": "".join(traceback.format_exception(error))}
        return {"refused": refusal}


def _take(arriving: Queue[dict[str, Any]]) -> None:
    for line in sys.stdin.buffer:
        arriving.put(json.loads(line))
    os._exit(0)

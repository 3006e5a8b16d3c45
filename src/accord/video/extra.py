"""The optional package that decodes and encodes video."""

from __future__ import annotations

from typing import Any

from accord.core.errors import MissingExtraError


def pyav() -> Any:
    """Give PyAV, imported only when a clip is opened.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        import av
    except ImportError:
        raise MissingExtraError("reading and writing video files", "video", "PyAV") from None
    av.logging.set_level(None)  # what goes wrong is raised; FFmpeg's chatter would garble progress
    return av

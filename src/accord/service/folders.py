"""Where a service keeps what it is sent, while it needs it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import uuid
from contextlib import suppress
from pathlib import Path

from accord.core.errors import BadInputError
from accord.engine.weights import weights_folder


def default_folder() -> Path:
    """Give where the system keeps a user's data, beside imported weights."""
    return weights_folder().parent / "serve"


class Folders:
    """A service's folder, locked: one service at a time.

    Parameters
    ----------
    root
        The folder, made if it is not there; None for a temporary one, which is removed at the end.

    Raises
    ------
    BadInputError
        If another service uses it, or it cannot be written.
    """

    def __init__(self, root: Path | None) -> None:
        self._temporary = root is None
        self.root = Path(tempfile.mkdtemp(prefix="accord-serve-")) if root is None else root.absolute()
        self.requests, self.jobs = self.root / "requests", self.root / "jobs"
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            self._take_lock()
            shutil.rmtree(self.requests, ignore_errors=True)  # what a killed service left: nobody waits for it
            for folder in (self.requests, self.jobs):
                folder.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise BadInputError(
                f"the service's folder {self.root} cannot be used: {error.strerror or error}. Choose another."
            ) from error

    def new(self) -> Path:
        """Make a folder for one request."""
        folder = self.requests / uuid.uuid4().hex
        folder.mkdir(mode=0o700)
        return folder

    def close(self) -> None:
        """Unlock it; a temporary one is removed."""
        os.close(self._lock)
        if self._temporary:
            shutil.rmtree(self.root, ignore_errors=True)

    def _take_lock(self) -> None:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(self._lock, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            with suppress(OSError):
                os.close(self._lock)
            raise BadInputError(
                f"another accord serve uses the folder {self.root}: stop it, or choose another folder."
            ) from error

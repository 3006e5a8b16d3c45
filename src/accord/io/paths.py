"""Files that must be there before they are read, and whole once they are written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from accord.core.errors import BadInputError

_prefix: ContextVar[str] = ContextVar("prefix", default=".accord-")


def existing_file(path: str | os.PathLike[str], what: str = "picture") -> Path:
    """Give the path of a file that can be opened and has content.

    Raises
    ------
    BadInputError
        If it is missing, a folder, not a regular file, unreadable or empty.
    """
    found = Path(path)
    try:
        if found.is_dir():
            raise BadInputError(f"{found} is a folder, a {what} file was wanted.")
        if not found.is_file():
            reason = "is not a regular file" if found.exists() else "does not exist"
            raise BadInputError(f"{what} {found} {reason}. Check the path; it is taken relative to {Path.cwd()}.")
        if found.stat().st_size == 0:
            raise BadInputError(f"{what} {found} is empty (0 bytes): it was probably not written or copied completely.")
        with found.open("rb"):
            pass
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        if isinstance(error, BadInputError):
            raise
        raise BadInputError(
            f"{what} {str(found)!r} cannot be read: {error}. Check the path and its permissions."
        ) from error
    return found


def as_unicode(path: Path) -> str:
    """Give a picture's path as OpenImageIO takes it.

    Raises
    ------
    BadInputError
        If the file's name, or that of a folder on the way to it, is of bytes that are no UTF-8.
    """
    for place in (*reversed(path.parents), path):
        if not is_unicode(str(place)):
            raise BadInputError(
                f"the name of {str(place)!r} is no UTF-8, so that no picture can be opened by it. Rename it."
            )
    return str(path)


def is_unicode(text: str) -> bool:
    """Tell whether text is Unicode, and does not hold bytes that are no UTF-8, which Python keeps as surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def temporary_names(prefix: str) -> Iterator[None]:
    """Have `whole_or_nothing` begin its temporary names so: whoever gave it finds what a killed process left."""
    before = _prefix.set(prefix)
    try:
        yield
    finally:
        _prefix.reset(before)


@contextmanager
def whole_or_nothing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that takes its place when the block ends well, and is removed otherwise.

    Raises
    ------
    BadInputError
        If the name is none, the folder is missing or cannot be written, or the disk is full.
    """
    target = resolved(path)
    # The suffix stays last since some writers look at it. A long name would exceed the file system's limit.
    temporary = target.with_name(f"{_prefix.get()}{os.urandom(6).hex()}{target.suffix}")
    try:
        try:
            temporary.touch(exist_ok=False)  # says why it cannot be written better than most writers do
            yield temporary
            if target.exists():
                temporary.chmod(target.stat().st_mode & 0o777)
            os.replace(temporary, target)  # noqa: PTH105 (says what it does better than Path.replace)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInputError(
            f"{path} cannot be written: {reason}. Check the folder's permissions and free space."
        ) from error


def resolved(path: Path) -> Path:
    """Give where a file is to be written: a symbolic link stays one, and the file it points to is replaced.

    Raises
    ------
    BadInputError
        If it is a folder, its folder is missing, or there can be no file of that name.
    """
    try:
        target = path.resolve()
        if target.is_dir():
            raise BadInputError(f"{path} is a folder, the name of a file was wanted.")
        if not target.parent.is_dir():
            raise BadInputError(f"{path} cannot be written: the folder {target.parent} does not exist. Make it first.")
        with suppress(FileNotFoundError):
            target.stat()  # raises for a circle of links, where resolve() did not, and for a name that is too long
    except (OSError, ValueError, RuntimeError) as error:  # a NUL character; links that lead in a circle
        if isinstance(error, BadInputError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInputError(f"{str(path)!r} cannot be written: {reason}. Choose another name.") from error
    return target

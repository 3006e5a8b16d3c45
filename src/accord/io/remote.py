"""Files that do not lie on this machine: named by URLs (s3://bucket/a.png), reached through fsspec.

A `Shelf` brings inputs here, as files, and takes results there, whole or not at all. What is local stays as it is.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from accord.core.errors import BadInputError, HarmonizeError, MissingExtraError

T = TypeVar("T")

# Two letters or more: one would be a drive.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(://|::)")

# Stores of objects that appear whole once they are written. Elsewhere a file is written beside its place and moved.
_OBJECTS = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oci", "oss", "r2"}

_WAITS = (0.2, 1.0, 4.0)  # seconds, between tries
_KEPT = 16
"""Inputs that are kept here after they were used: one product goes into many scenes."""


def is_remote(path: str) -> bool:
    """Tell a URL from a path on this machine; file:// is none (see `as_local`)."""
    return _URL.match(path) is not None


def as_local(path: str) -> str:
    """Give a file:// or local:// URL as a path; everything else as it is."""
    parts = urlsplit(path) if path.startswith(("file://", "local://")) else None
    return path if parts is None else url2pathname(unquote(parts.path))


def joined(base: str, path: str) -> str:
    """Give a path that is relative to a folder, either of which may be a URL."""
    path, base = as_local(path), as_local(base)
    if is_remote(path) or not is_remote(base):
        return path if is_remote(path) else str(Path(base) / path)
    if path.startswith("/"):
        raise BadInputError(f"{path} lies on a machine, and {base} does not: give its URL, or a relative path.")
    return f"{base.rstrip('/')}/{path}"


def parent(path: str) -> str:
    """Give the folder that something is in."""
    return path.rpartition("/")[0] if is_remote(path) else str(Path(path).parent)


def name_of(path: str) -> str:
    """Give the last part of a path or a URL."""
    return path.rpartition("/")[2] if is_remote(path) else Path(path).name


class Shelf:
    """A folder of this machine, for files from elsewhere and for results on their way there.

    May be used from several threads. Close it to remove the folder.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._lock = Lock()
        self._there: OrderedDict[tuple[str, str], Path] = OrderedDict()
        self._used: dict[Path, int] = {}

    def __enter__(self) -> Shelf:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove what is there."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    @contextmanager
    def near(self, path: str, what: str = "file") -> Iterator[str]:
        """Give the path of a file here, brought here if it is not; for as long as the block lasts.

        Raises
        ------
        BadInputError
            If it is not there, or cannot be reached.
        MissingExtraError
            If fsspec, or what it needs for that kind of place, is not installed.
        """
        if not is_remote(path):
            yield path
            return
        found = self._brought(path, what)
        try:
            yield str(found)
        finally:
            self._let_go(found)

    @contextmanager
    def bound_for(self, path: str) -> Iterator[str]:
        """Give where to write what is to lie at `path`, and take it there when the block ends well: whole, or not.

        Raises
        ------
        BadInputError
            If it cannot be written there.
        """
        if not is_remote(path):
            yield path
            return
        folder = Path(mkdtemp(dir=self._place()))
        try:
            made = folder / name_of(path)
            yield str(made)
            with _explained(path, "written"):
                _again(lambda: _put(made, path))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def digest(self, path: str) -> str | None:
        """Give the SHA-256 of a file as hexadecimal digits; None where there is none."""

        def read() -> str:
            digest = hashlib.sha256()
            if is_remote(path):
                files, place = _filesystem(path)
                file = files.open(place, "rb")
            else:
                file = Path(path).open("rb")  # noqa: SIM115 (closed below)
            with file:
                while block := file.read(1 << 20):
                    digest.update(block)
            return digest.hexdigest()

        try:
            return _again(read)
        except OSError:
            return None

    def _brought(self, path: str, what: str) -> Path:
        with _explained(path, "read", what):
            files, place = _filesystem(path)
            version = _again(lambda: str(files.ukey(place)))  # another one as soon as the content changes
            with self._lock:
                found = self._there.get((path, version))
                if found is not None:
                    self._there.move_to_end((path, version))
                    self._used[found] = self._used.get(found, 0) + 1
                    return found
            folder = Path(mkdtemp(dir=self._place()))
            found = folder / name_of(path)
            _again(lambda: files.get_file(place, str(found)))
        with self._lock:
            self._there[(path, version)] = found
            self._used[found] = self._used.get(found, 0) + 1
        return found

    def _let_go(self, found: Path) -> None:
        with self._lock:
            self._used[found] -= 1
            for key in list(self._there)[: max(0, len(self._there) - _KEPT)]:
                old = self._there[key]
                if self._used.get(old, 0) == 0:
                    del self._there[key]
                    self._used.pop(old, None)
                    shutil.rmtree(old.parent, ignore_errors=True)

    def _place(self) -> Path:
        with self._lock:
            if self._folder is None:
                self._folder = Path(mkdtemp(prefix="accord-"))
            return self._folder


def _filesystem(path: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs  # type: ignore[import-untyped]
    except ImportError:
        raise MissingExtraError("reading and writing object stores", "cluster", "fsspec") from None
    try:
        files, place = url_to_fs(path)
    except ImportError as error:  # fsspec names the package that it wants
        raise BadInputError(f"{path} cannot be reached: {error}.") from error
    except ValueError as error:
        raise BadInputError(f"{path} is of no kind that fsspec knows: {error}.") from error
    return files, place


def _put(made: Path, path: str) -> None:
    files, place = _filesystem(path)
    protocols = {files.protocol} if isinstance(files.protocol, str) else set(files.protocol)
    if protocols & _OBJECTS:
        files.put_file(str(made), place)
        return
    folder, _, name = place.rpartition("/")
    with suppress(NotImplementedError):
        files.makedirs(folder, exist_ok=True)
    beside = f"{folder}/.accord-{os.urandom(6).hex()}{PurePosixPath(name).suffix}"
    try:
        files.put_file(str(made), beside)
        files.mv(beside, place)
    except BaseException:
        with suppress(Exception):
            files.rm_file(beside)
        raise


def _again(act: Callable[[], T]) -> T:
    """Do something over a network that may fail, and try again a little later."""
    for wait in _WAITS:
        try:
            return act()
        except (FileNotFoundError, PermissionError, IsADirectoryError, HarmonizeError):  # noqa: PERF203 (each try has to have one; these errors stay)
            raise
        except Exception:
            time.sleep(wait)
    return act()


@contextmanager
def _explained(path: str, done: str, what: str = "file") -> Iterator[None]:
    """Have what a store says as one of our errors."""
    try:
        yield
    except HarmonizeError:
        raise
    except FileNotFoundError as error:
        missing = f"{what} {path} does not exist." if done == "read" else f"{path} cannot be written: no such folder."
        raise BadInputError(f"{missing} Check the URL.") from error
    except Exception as error:  # each kind of store has errors of its own
        said = " ".join(str(error).split()) or type(error).__name__
        raise BadInputError(f"{path} cannot be {done}: {said}. Check the URL and your credentials for it.") from error

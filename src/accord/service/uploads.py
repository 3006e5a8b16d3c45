"""Receiving a form's pictures into files, with limits that hold while they arrive: nothing is decoded here.

The names of files are ours. What a caller calls a file, or says its type is, is not even looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from anyio import fail_after
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from accord.io.formats import readable_titles, sniff
from accord.service.refusals import RefusedError

_MOST_HEADER = 4096  # bytes of one part's headers
_MOST_TEXT = 2**16  # bytes of all texts of a form

# What the files of a format are called here. Decoders are chosen by it, and no other is tried.
_SUFFIXES = {"jpeg": ".jpg", "tiff": ".tif", "openexr": ".exr", "jpegxl": ".jxl"}


@dataclass
class Form:
    """What a form held.

    Parameters
    ----------
    files
        Its pictures by the names of their fields, in the order in which they came.
    texts
        Its other fields.
    size
        Bytes of the whole body.
    """

    files: dict[str, list[Path]] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    size: int = 0


async def receive(
    request: Request,
    folder: Path,
    files: Mapping[str, int],
    *,
    max_bytes: int,
    seconds: float,
) -> Form:
    """Receive a multipart form, its pictures into files of a folder.

    Parameters
    ----------
    request
        Of which the body has not been read.
    folder
        An existing folder, for this request alone; the caller removes it.
    files
        The fields that hold pictures, and how many each may hold. All others are texts.
    max_bytes
        Of the whole body.
    seconds
        For the whole body.

    Raises
    ------
    RefusedError
        400 if the form is damaged, 408 if it takes too long, 413 if it is too large, 415 if it is no such form, or a
        picture is of no format that accord reads; 422 if a field holds too much.
    """
    boundary = _boundary(request)
    check_length(request.headers.get("content-length"), max_bytes)
    parts = _Parts(boundary, folder, files)
    try:
        with fail_after(seconds):
            async for chunk in request.stream():
                parts.form.size += len(chunk)
                if parts.form.size > max_bytes:
                    raise too_large(max_bytes)
                parts.write(chunk)
        parts.finish()
    except TimeoutError:
        raise RefusedError(
            408, f"the request did not arrive within {seconds:g} s. Send less, or over a faster line."
        ) from None
    finally:
        parts.close()
    return parts.form


def check_length(declared: str | None, max_bytes: int) -> None:
    """Refuse a body by what its header says of its length."""
    if declared is not None and (not declared.isdecimal() or int(declared) > max_bytes):
        raise too_large(max_bytes)


def too_large(max_bytes: int) -> RefusedError:
    """Give the refusal of a body of too many bytes."""
    return RefusedError(413, f"a request may have {max_bytes} bytes here. Send smaller pictures, or one at a time.")


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise RefusedError(415, "a form was wanted: Content-Type multipart/form-data, with a boundary.")
    return boundary


class _Parts:
    """A form's parts as they arrive."""

    def __init__(self, boundary: bytes, folder: Path, files: Mapping[str, int]) -> None:
        self.form = Form()
        self._folder, self._files = folder, files
        self._header: bytearray = bytearray()
        self._value: bytearray = bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._header_bytes = self._text_bytes = 0
        self._name = ""
        self._text: bytearray | None = None
        self._file: BinaryIO | None = None
        self._path = folder
        self._ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._on_part_begin,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": self._on_part_data,
                    "on_part_end": self._on_part_end,
                    "on_end": self._on_end,
                },
            )
        except FormParserError as error:
            raise _damaged(error) from None

    def write(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise _damaged(error) from None

    def finish(self) -> None:
        if not self._ended:
            raise RefusedError(400, "the form is cut off: its last boundary is missing. Send it again.")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _on_part_begin(self) -> None:
        self._headers, self._header_bytes = {}, 0
        self._header, self._value = bytearray(), bytearray()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[bytes(self._header).lower()] = bytes(self._value)
        self._header, self._value = bytearray(), bytearray()

    def _count(self, more: int) -> None:
        self._header_bytes += more
        if self._header_bytes > _MOST_HEADER:
            raise RefusedError(400, f"a part of the form has more than {_MOST_HEADER} bytes of headers.")

    def _on_headers_finished(self) -> None:
        kind, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        if kind != b"form-data" or not self._name:
            raise RefusedError(400, "a part of the form has no name.")
        if self._name not in self._files:
            self._text = bytearray()
            self._add_text(len(self._name))
            return
        held = self.form.files.setdefault(self._name, [])
        if len(held) >= self._files[self._name]:
            raise RefusedError(422, f"the form has more than {self._files[self._name]} of {self._name}.")
        self._path = self._folder / (f"{self._name}-{len(held):04}" if self._files[self._name] > 1 else self._name)
        self._file = self._path.open("xb")

    def _add_text(self, more: int) -> None:
        self._text_bytes += more
        if self._text_bytes > _MOST_TEXT:
            raise RefusedError(413, f"the texts of the form have more than {_MOST_TEXT} bytes together.")

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(memoryview(data)[start:end])
        elif self._text is not None:
            self._add_text(end - start)
            self._text += data[start:end]

    def _on_part_end(self) -> None:
        if self._file is not None:
            self.close()
            self._take_file()
        elif self._text is not None:
            try:
                self.form.texts.setdefault(self._name, []).append(self._text.decode("utf-8"))
            except UnicodeDecodeError:
                raise RefusedError(422, f"the field {self._name!r:.60} is no UTF-8 text.") from None
        self._text = None

    def _take_file(self) -> None:
        with self._path.open("rb") as file:
            head = file.read(16)
        if not head:  # what a browser sends for a field that was left empty
            with suppress(OSError):
                self._path.unlink()
            if not self.form.files[self._name]:
                del self.form.files[self._name]
            return
        form = sniff(head)
        if form is None:
            raise RefusedError(
                415, f"{self._name} is no picture that accord reads. Convert it to one of: {readable_titles()}."
            )
        named = self._path.with_name(self._path.name + _SUFFIXES.get(form.id, f".{form.id}"))
        self._path.rename(named)
        self.form.files[self._name].append(named)

    def _on_end(self) -> None:
        self._ended = True


def _damaged(error: FormParserError) -> RefusedError:
    return RefusedError(400, f"the form cannot be read: {' '.join(str(error).split())[:200]}")

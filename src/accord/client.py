"""A client of `accord serve`, which needs nothing but accord's core.

from accord.client import Client

client = Client("http://127.0.0.1:8765")
client.harmonize("composite.png", "mask.png", strength=0.8).save("harmonized.png")
job = client.submit([("a.png", "a_mask.png"), ("b.png", "b_mask.png")])
job.wait().save("out")
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from accord.core.errors import BadInputError, HarmonizeError
from accord.io.paths import existing_file, whole_or_nothing

Source: TypeAlias = "str | PathLike[str] | bytes"
"""A picture file's path, or its bytes."""

_CHUNK = 2**18
_SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/tiff": ".tif",
    "image/x-exr": ".exr",
    "image/x-dpx": ".dpx",
    "image/jxl": ".jxl",
}


class ServiceError(HarmonizeError):
    """The service did not do what it was asked for.

    Parameters
    ----------
    status
        HTTP's status code; None where there was no answer, or none that accord serve gives.
    detail
        What the service said.
    """

    def __init__(self, status: int | None, detail: str) -> None:
        super().__init__(detail if status is None else f"the service answered {status}: {detail}")
        self.status, self.detail = status, detail


@dataclass(frozen=True)
class Harmonized:
    """A picture that came back.

    Parameters
    ----------
    content
        Its file.
    media_type
        What HTTP calls its format.
    method
        Id of the method; None for a network of the service's own.
    about
        Signals, colour map and more, where they were asked for: what `accord harmonize --sidecar` writes.
    """

    content: bytes
    media_type: str
    method: str | None
    about: dict[str, Any] | None = None

    @property
    def suffix(self) -> str:
        """The suffix that files of its format have."""
        return _SUFFIXES.get(self.media_type, "")

    def save(self, path: str | PathLike[str]) -> None:
        """Write the file, whole or not at all; it is not converted, so the suffix should be its own."""
        with whole_or_nothing(Path(path)) as temporary:
            temporary.write_bytes(self.content)


@dataclass
class SubmittedJob:
    """A job at the service.

    Parameters
    ----------
    client
        Who submitted it.
    id
        Its name there.
    status
        What was last heard of it.
    """

    client: Client
    id: str
    status: dict[str, Any] = field(default_factory=dict)

    def refresh(self) -> dict[str, Any]:
        """Ask what became of it."""
        self.status = self.client._json("GET", f"/v1/jobs/{self.id}")
        return self.status

    def wait(self, seconds: float | None = None) -> SubmittedJob:
        """Wait until it is finished.

        Raises
        ------
        ServiceError
            If it is not, after so many seconds; or none of it could be made.
        """
        begun, pause = time.monotonic(), 0.1
        while self.refresh()["status"] in ("queued", "running"):
            if seconds is not None and time.monotonic() - begun > seconds:
                raise ServiceError(None, f"the job {self.id} is not finished after {seconds:g} s: wait for longer.")
            time.sleep(pause)
            pause = min(2.0, pause * 1.5)
        if self.status["status"] == "failed":
            raise ServiceError(None, f"the job {self.id} failed: {self.status['error']}")
        return self

    def picture(self, index: int) -> Harmonized:
        """Fetch a picture, by its place among those that were submitted."""
        content, headers = self.client._ask("GET", f"/v1/jobs/{self.id}/pictures/{index}")
        return Harmonized(content, self.client._picture_type(headers), None)

    def save(self, folder: str | PathLike[str]) -> list[Path | None]:
        """Write all pictures that are done as 0000.png and so on; give their paths, None for those that failed."""
        Path(folder).mkdir(parents=True, exist_ok=True)
        paths: list[Path | None] = []
        for one in self.refresh()["pictures"]:
            if one["status"] != "done":
                paths.append(None)
                continue
            picture = self.picture(one["index"])
            path = Path(folder) / f"{one['index']:04}{picture.suffix}"
            picture.save(path)
            paths.append(path)
        return paths

    def remove(self) -> None:
        """Have the service stop and forget it."""
        self.client._ask("DELETE", f"/v1/jobs/{self.id}")


class Client:
    """Talks to a service; may be shared by threads.

    Parameters
    ----------
    url
        Where it is.
    key
        A key, where it asks for one.
    timeout
        Seconds without a byte after which a request is given up.
    patience
        Seconds for which a request is asked again while the service's queue is full.

    Raises
    ------
    BadInputError
        If the URL is none of HTTP.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8765",
        *,
        key: str | None = None,
        timeout: float = 300.0,
        patience: float = 60.0,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadInputError(f"url is {url!r}; http://HOST:PORT or https://HOST was wanted.")
        self.url = url.rstrip("/")
        self._parts, self._key, self._timeout, self._patience = parts, key, timeout, patience

    def harmonize(
        self, composite: Source, mask: Source | None = None, *, about: bool = False, **options: Any
    ) -> Harmonized:
        """Harmonize a composite.

        Parameters
        ----------
        composite, mask
            Picture files, by their paths or bytes; without a mask, the composite's alpha is it.
        about
            Whether to be told signals, colour map and more beside the picture.
        options
            The texts and further pictures (`reference_mask`, `protect_mask`) of POST /v1/harmonize, as docs/service.md
            lists them: method, strength, format and so on.

        Raises
        ------
        ServiceError
            If it cannot be, or the service cannot be reached.
        BadInputError
            If a file cannot be read here.
        """
        return self._harmonized({"composite": composite, "mask": mask}, about, options)

    def compose(
        self, background: Source, foreground: Source, mask: Source | None = None, *, about: bool = False, **options: Any
    ) -> Harmonized:
        """Put a foreground on a background and harmonize it; `options` may say where: at=(0.5, 0.8), scale=0.4."""
        return self._harmonized({"background": background, "foreground": foreground, "mask": mask}, about, options)

    def submit(self, pictures: Sequence[tuple[Source, Source] | Source], **options: Any) -> SubmittedJob:
        """Have many composites harmonized, and fetch them later.

        Parameters
        ----------
        pictures
            Composites with their masks; or composites alone, all of which have alpha.
        options
            The texts of POST /v1/jobs: method, strength, signals and so on.
        """
        pairs = [one if isinstance(one, tuple) else (one, None) for one in pictures]
        files = {
            "composite": [composite for composite, _ in pairs],
            "mask": [mask for _, mask in pairs if mask is not None],
        }
        found = self._json("POST", "/v1/jobs", _Body(files, options))
        return SubmittedJob(self, found["id"], found)

    def jobs(self) -> list[SubmittedJob]:
        """Give all jobs that were submitted with this key."""
        return [SubmittedJob(self, one["id"], one) for one in self._json("GET", "/v1/jobs")]

    def methods(self) -> list[dict[str, Any]]:
        """Give the methods' cards, and whether each is usable there."""
        found: list[dict[str, Any]] = self._json("GET", "/v1/methods")
        return found

    def is_ready(self) -> bool:
        """Tell whether the service can take work."""
        try:
            self._ask("GET", "/ready")
        except ServiceError:
            return False
        return True

    def _harmonized(self, files: Mapping[str, Source | None], about: bool, options: dict[str, Any]) -> Harmonized:
        for name in ("reference_mask", "protect_mask"):
            files = {**files, name: options.pop(name, None)}
        given = {name: [one] for name, one in files.items() if one is not None}
        body = _Body(given, {**options, **({"answer": "both"} if about else {"answer": "picture"})})
        content, headers = self._ask("POST", "/v1/harmonize", body)
        method = headers.get("x-accord-method")
        if not about:
            return Harmonized(content, self._picture_type(headers), method)
        try:
            told = json.loads(content)
            picture = told["picture"]
            return Harmonized(base64.b64decode(picture.pop("base64")), picture["media_type"], method, told)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._stranger("JSON that holds the picture", headers) from error

    def _json(self, verb: str, path: str, body: _Body | None = None) -> Any:
        content, headers = self._ask(verb, path, body)
        try:
            return json.loads(content)
        except ValueError as error:
            raise self._stranger("JSON", headers) from error

    def _picture_type(self, headers: Mapping[str, str]) -> str:
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in _SUFFIXES:
            raise self._stranger("a picture", headers)
        return kind

    def _stranger(self, wanted: str, headers: Mapping[str, str]) -> ServiceError:
        came = headers.get("content-type", "something without a type")
        return ServiceError(None, f"{self.url} sent {came}, {wanted} was wanted. Is accord serve running there?")

    def _ask(self, verb: str, path: str, body: _Body | None = None) -> tuple[bytes, dict[str, str]]:
        """Send a request, again for as long as the queue is full and patience lasts."""
        begun = time.monotonic()
        while True:
            status, headers, content = self._once(verb, path, body)
            if 200 <= status < 300:
                return content, headers
            if "location" in headers and status < 400:
                raise ServiceError(
                    status,
                    f"what was asked for is at {headers['location']}, and the client follows no redirects: give it the "
                    "URL of the service there.",
                )
            pause = float(headers.get("retry-after", "1") if headers.get("retry-after", "1").isdecimal() else 1)
            if status != 429 or time.monotonic() - begun + pause > self._patience:
                raise ServiceError(status, _detail(content))
            time.sleep(pause)

    def _once(self, verb: str, path: str, body: _Body | None) -> tuple[int, dict[str, str], bytes]:
        secure = self._parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(self._parts.hostname or "", self._parts.port, timeout=self._timeout)
        headers = {"Accept": "*/*"} | ({} if self._key is None else {"Authorization": f"Bearer {self._key}"})
        if body is not None:
            headers |= {"Content-Type": body.content_type, "Content-Length": str(body.size)}
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # it may answer before it has read all
                connection.request(verb, self._parts.path.rstrip("/") + path, body and iter(body), headers)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, found, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ServiceError(
                None, f"{self.url} cannot be reached: {error or type(error).__name__}. Is accord serve running there?"
            ) from error
        finally:
            connection.close()


class _Body:
    """A form, sent piece by piece: files are never whole in memory."""

    def __init__(self, files: Mapping[str, Iterable[Source]], texts: Mapping[str, Any]) -> None:
        boundary = f"accord-{uuid.uuid4().hex}"
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._pieces: list[bytes | Path] = []
        for name, value in texts.items():
            for one in value if isinstance(value, list) else [value]:
                if one is not None:
                    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
                    self._pieces.append(f"{head}{_text(one)}\r\n".encode())
        for name, sources in files.items():
            for source in sources:
                head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'
                piece = source if isinstance(source, bytes) else existing_file(source, name)
                self._pieces += [head.encode(), piece, b"\r\n"]
        self._pieces.append(f"--{boundary}--\r\n".encode())

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(os.path.getsize(one) if isinstance(one, Path) else len(one) for one in self._pieces)  # noqa: PTH202

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, bytes):
                yield piece
                continue
            with piece.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    yield chunk


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(_text(one) for one in value)
    return str(value)


def _detail(content: bytes) -> str:
    try:
        return str(json.loads(content)["detail"])
    except (ValueError, KeyError, TypeError):
        return content[:200].decode("utf-8", "replace") or "without a word"

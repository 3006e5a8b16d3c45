"""Uploads that mean harm: each is refused with a reason, quickly, in little memory, and the service goes on."""

from __future__ import annotations

import json
import struct
import sys
import time
import zlib
from contextlib import suppress

import numpy as np
import pytest
from serving import as_file, awaited, pair, picture_and_mask

from accord.service.crew import _Worker

EXTRA = 300e6
"""Bytes that all of it together may make the service's processes grow by."""


def png(width: int, height: int, rows: bytes, *, depth: int = 8, colour: int = 2, extra: bytes = b"") -> bytes:
    """Make a PNG with sound checksums of any rows, compressed."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )  # fmt: skip


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def zeros(megabytes: int) -> bytes:
    """Compress so many megabytes of zeros without ever holding them."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(2**20)) for _ in range(megabytes)) + packer.flush()


def within_a_bomb(width: int, height: int, depth: int, colour: int, megabytes: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zeros(megabytes)) + chunk(b"IEND", b"")
    )  # fmt: skip


def many_scans(scans: int) -> bytes:
    """Repeat a progressive JPEG's last scan: each costs a walk over all of its blocks."""
    plain = as_file(picture_and_mask()[0], "JPEG", progressive=True)
    last = plain.rindex(b"\xff\xda")
    return plain[:-2] + plain[last:-2] * scans + b"\xff\xd9"


def tiff(width: int, height: int, *more: tuple[int, int, int, int]) -> bytes:
    """Make a little-endian TIFF whose directory says what it likes."""
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8),
               (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, width * height & 0xFFFFFFFF), *more]  # fmt: skip
    packed = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(entries)) + packed + struct.pack("<I", 0)


GOOD = pair(seed=3)
COMPOSITE, MASK = GOOD["composite"], GOOD["mask"]
JPEG = as_file(picture_and_mask(seed=3)[0], "JPEG")
NAMED = b"--x\r\nContent-Disposition: form-data; name=strength\r\n\r\n"
SCRIPT = b"<html><script>alert(1)</script></html>"

CORPUS: dict[str, bytes] = {
    "one byte": b"\x89",
    "a signature alone": b"\x89PNG\r\n\x1a\n",
    "cut in the header": COMPOSITE[:20],
    "cut in the middle": COMPOSITE[: len(COMPOSITE) // 2],
    "cut before the end": COMPOSITE[:-12],
    "a jpeg cut in the middle": JPEG[: len(JPEG) // 2],
    "a flipped bit": COMPOSITE[:200] + bytes([COMPOSITE[200] ^ 1]) + COMPOSITE[201:],
    "text": b"just some words",
    "html": SCRIPT,
    "svg that reads a file": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "xml with entities": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "postscript": b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file",
    "pdf": b"%PDF-1.7\n1 0 obj",
    "mvg of imagemagick": b"push graphic-context\nimage over 0,0 0,0 'url(http://127.0.0.1/)'\npop graphic-context",
    "a pickle": b"\x80\x04\x95\x1c" + bytes(7) + b"\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R.",
    "a numpy file": b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
    "a zip": b"PK\x03\x04" + bytes(40),
    "an elf": b"\x7fELF" + bytes(60),
    "a gif": b"GIF89a" + bytes(40),
    "a bmp": b"BM" + bytes(60),
    "a null of openimageio": b"null.null?RES=100000x100000",
    "a png of no width": png(0, 10, b""),
    "a png of sixty thousand squared": png(60000, 60000, b"\0"),
    "a png that declares the most": png(2**31 - 1, 2**31 - 1, b"\0"),
    "a png that unpacks to gigabytes": within_a_bomb(50000, 50000, 8, 2, 200),
    "a png of much within the pixels": within_a_bomb(2800, 2800, 16, 6, 60),
    "a profile that unpacks to gigabytes": png(
        80, 60, b"".join(b"\0" + bytes(240) for _ in range(60)), extra=chunk(b"iCCP", b"x\0\0" + zeros(200))
    ),
    "a png with a chunk of gigabytes": b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**31 - 1) + b"IHDR" + bytes(20),
    "a png whose rows are too few": png(80, 60, b"\0" * 100),
    "a png of wrong depth": png(80, 60, b"\0" * 20000, depth=7),
    "a jpeg of a thousand scans": many_scans(1000),
    "a jpeg of no size": JPEG.replace(b"\xff\xc0\x00\x11\x08\x00\x3c\x00\x50", b"\xff\xc0\x00\x11\x08\x00\x00\x00\x00"),
    "a jpeg of the largest size": JPEG.replace(
        b"\xff\xc0\x00\x11\x08\x00\x3c\x00\x50", b"\xff\xc0\x00\x11\x08\xff\xdc\xff\xdc"
    ),
    "a tiff of gigapixels": tiff(100000, 100000),
    "a tiff that lies outside itself": tiff(80, 60, (34675, 7, 2**31, 2**31 - 1)),
    "a tiff that leads in a circle": tiff(80, 60)[:-4] + struct.pack("<I", 8),
    "a tiff of many samples": tiff(8, 8).replace(
        struct.pack("<HHII", 277, 3, 1, 1), struct.pack("<HHII", 277, 3, 1, 65535)
    ),
    "an exr of noise": b"\x76\x2f\x31\x01" + bytes(range(256)) * 4,
    "a dpx of noise": b"SDPX" + bytes(range(256)) * 8,
    "a psd of noise": b"8BPS\0\1" + bytes(range(256)) * 8,
    "a psd of gigapixels": b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 30000, 30000, 8, 3) + bytes(12),
    "a webp of noise": b"RIFF\x40\0\0\0WEBPVP8 " + bytes(range(64)),
    "a webp of the largest size": b"RIFF\x1e\0\0\0WEBPVP8X\n\0\0\0\0\0\0\0" + b"\xff\xff\xff\xff\xff\xff",
    "a jpeg xl of noise": b"\xff\x0a" + bytes(range(256)),
    "a png and a script in one": COMPOSITE[:-12] + SCRIPT,
    "a jpeg that is a png within": b"\xff\xd8\xff\xe0" + COMPOSITE,
    "a tiff that is a zip": tiff(80, 60) + b"PK\x05\x06" + bytes(18),
    "another size": as_file(picture_and_mask(30, 30)[0]),
}  # fmt: skip


@pytest.fixture(scope="module")
def target(service):
    """Give the service, warm, with what its processes have held at most."""
    assert service.post(files=GOOD)[0] == 200
    assert service.post(files=GOOD, texts={"answer": "json"})[0] == 200
    return service


@pytest.fixture(scope="module")
def before(target):
    return target.memory("VmHWM") if sys.platform == "linux" else 0


@pytest.mark.parametrize("name", CORPUS)
def test_a_hostile_composite_is_refused_with_a_reason(target, before, name):
    _refused(target, {"composite": CORPUS[name], "mask": MASK})


@pytest.mark.parametrize("name", ["cut in the middle", "svg that reads a file", "a png of sixty thousand squared",
                                  "a png of much within the pixels", "an exr of noise", "another size"])  # fmt: skip
def test_a_hostile_mask_is_refused_with_a_reason(target, before, name):
    _refused(target, {"composite": COMPOSITE, "mask": CORPUS[name]})


def test_a_flat_mask_of_the_largest_size_is_refused(target, before):
    rows = b"".join(b"\0" + bytes(2800) for _ in range(2800))
    _refused(target, {"composite": COMPOSITE, "mask": png(2800, 2800, rows, colour=0)})


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: form-data; name=composite\r\n\r\nabc", "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--x--\r\n", "multipart/form-data; boundary=x"),
        (b"--x\r\n" + b"A: " + b"b" * 2**20 + b"\r\n\r\n", "multipart/form-data; boundary=x"),
        (b"--x\r\n" + b"A: b\r\n" * 2**16 + b"\r\n", "multipart/form-data; boundary=x"),
        (NAMED + b"1" * 2**20, "multipart/form-data; boundary=x"),
        (NAMED + b"\xff\xfe\r\n--x--\r\n", "multipart/form-data; boundary=x"),
        (b"--x--\r\n", "multipart/form-data; boundary=" + "x" * 3000),
        (b"{}", "application/json"),
        (b"composite=%2Fetc%2Fpasswd", "application/x-www-form-urlencoded"),
        (b"\x80\x04N.", "application/octet-stream"),
    ],
)  # fmt: skip
def test_a_hostile_form_is_refused_with_a_reason(target, before, body, kind):
    _is_refusal(target.send("POST", "/v1/harmonize", body, {"Content-Type": kind}))


def test_names_of_files_and_fields_are_never_paths(target, before, tmp_path):
    for name, file in (("../../../tmp/x", "a.png"), ("composite", "../../../../tmp/accord-was-here.png"),
                       ("composite\0", "x"), ("composite/../mask", "x"), ("mask", "/etc/passwd")):  # fmt: skip
        body = (
            f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'.encode() + COMPOSITE
            + b"\r\n--x--\r\n"
        )  # fmt: skip
        _is_refusal(target.send("POST", "/v1/harmonize", body, {"Content-Type": "multipart/form-data; boundary=x"}))
    for path in ("/v1/jobs/..%2f..%2fetc", "/v1/jobs/%2e%2e", f"/v1/jobs/{'a' * 5000}", "/v1/jobs/x/pictures/-1"):
        _is_refusal(target.get(path))
    assert [one.name for one in target.folder.iterdir() if one.name not in ("requests", "jobs", "lock")] == []


def test_a_body_that_is_too_long_is_refused_by_what_it_declares_and_by_what_comes(target, before):
    declared = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(10**12)}
    assert target.send("POST", "/v1/harmonize", b"--x", declared)[0] == 413
    assert target.send("POST", "/v1/harmonize", b"--x", {**declared, "Content-Length": "9" * 40})[0] in (400, 413)


def test_huge_headers_are_refused(target, before):
    with suppress(ConnectionError):  # it need not read all of them
        status = target.send("GET", "/health", None, {"X-Much": "a" * 2**20})[0]
        assert 400 <= status < 500
    assert target.get("/health")[0] == 200


def test_made_up_verbs_are_one_series_of_the_metrics(target, before):
    for verb in ("M1", "M2", "get"):
        _is_refusal(target.send(verb, "/health", None, {}))
    text = target.get("/metrics")[2].decode()
    assert 'method="other"' in text
    assert 'method="M' not in text
    assert 'method="get"' not in text


def test_nothing_in_the_current_folder_is_run_by_a_worker(tmp_path, monkeypatch):
    for name in ("json", "accord", "os"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('this was run')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [one for one in sys.path if one])

    async def code() -> int:
        worker = await _Worker.started()
        worker.process.stdin.close()
        return await worker.process.wait()

    assert awaited(code()) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_all_of_it_took_little_memory_and_the_service_is_well(target, before):
    grown = target.memory("VmHWM") - before
    assert grown < EXTRA, f"{grown / 1e6:.0f} MB"
    assert target.metric("accord_workers_replaced") == 0
    assert target.post(files=GOOD)[0] == 200


def _refused(service, files):
    begun = time.monotonic()
    _is_refusal(service.post(files=files))
    assert time.monotonic() - begun < 30  # 2 s on a machine that has nothing else to do: docs/service.md


def _is_refusal(answer):
    status, headers, content = answer
    assert 400 <= status < 500, content[:500]
    if headers["content-type"] == "application/problem+json":
        detail = json.loads(content)["detail"]
        assert detail
        assert "accord-serve" not in detail
        assert "requests/" not in detail


def test_the_corpus_holds_what_it_says():
    assert len(CORPUS["a png that unpacks to gigabytes"]) < 1e6
    assert np.frombuffer(CORPUS["a tiff of gigapixels"][:2], np.uint8).tolist() == [73, 73]
    assert CORPUS["a jpeg of the largest size"] != JPEG != CORPUS["a jpeg of no size"]

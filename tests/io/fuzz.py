"""Feeds mutated picture files to `read_picture` and says what came of them, in a process that may die.

    python fuzz.py FOLDER SEED COUNT

Prints one line for each file: its name, then "picture", "refused" or the exception that should not have come. The file
being read is left in FOLDER as "current", so that a crash or a hang can be looked at.
"""

import random
import sys
import time
from pathlib import Path

import numpy as np

from accord.core.encoding import LINEAR_SRGB, SRGB
from accord.core.errors import HarmonizeError
from accord.core.picture import FileFacts, Picture
from accord.io import read_picture, write_picture


def seeds(folder: Path) -> dict[str, bytes]:
    """Write a small picture of each kind and give their bytes."""
    rng = np.random.default_rng(7)
    smooth = np.linspace(0, 1, 33 * 25 * 4).reshape(25, 33, 4) * 0.8 + rng.random((25, 33, 4)) * 0.2
    found = {}
    for suffix, dtype in (
        (".png", "uint8"),
        (".png", "uint16"),
        (".jpg", "uint8"),
        (".webp", "uint8"),
        (".tif", "uint8"),
        (".tif", "uint16"),
        (".tif", "float32"),
        (".exr", "float16"),
        (".exr", "float32"),
        (".dpx", "uint16"),
        (".jxl", "uint8"),
    ):
        scale = {"uint8": 255, "uint16": 65535}.get(dtype, 1)
        samples = (smooth * scale).astype(dtype)
        facts = FileFacts(
            format="memory",
            exif=b"II*\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x05\0\0\0\x26\0\0\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0Acme\0",
            xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
            resolution=(300.0, 300.0),
        )
        alpha = None if suffix == ".jpg" else samples[..., 3]
        encoding = SRGB if scale > 1 else LINEAR_SRGB
        path = folder / f"seed_{dtype}{suffix}"
        write_picture(Picture(samples[..., :3], encoding, alpha, facts=facts), path)
        found[path.name] = path.read_bytes()
    found["seed.psd"] = psd(np.ascontiguousarray((smooth[..., :3] * 255).astype(np.uint8)))
    return found


def psd(samples: np.ndarray) -> bytes:
    """Make a flat 8-bit RGB PSD by hand: header, empty sections, planes without compression."""
    height, width, channels = samples.shape
    header = b"8BPS" + (1).to_bytes(2, "big") + bytes(6) + channels.to_bytes(2, "big")
    header += height.to_bytes(4, "big") + width.to_bytes(4, "big") + (8).to_bytes(2, "big") + (3).to_bytes(2, "big")
    return header + bytes(12) + bytes(2) + samples.transpose(2, 0, 1).tobytes()


def mutate(data: bytes, rng: random.Random) -> bytes:
    """Flip, overwrite, cut, repeat or remove a few bytes; half the time near the start, where headers are."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        if not changed:
            break
        reach = len(changed) if rng.random() < 0.5 else min(len(changed), 256)
        place = rng.randrange(reach)
        match rng.randrange(6):
            case 0:
                changed[place] ^= 1 << rng.randrange(8)
            case 1:
                changed[place] = rng.choice((0, 1, 0x7F, 0x80, 0xFF))
            case 2:
                changed[place : place + 4] = rng.choice(
                    (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\0\1\0\0")
                )
            case 3:
                del changed[place : place + rng.randrange(1, 64)]
            case 4:
                changed[place:place] = changed[place : place + rng.randrange(1, 64)]
            case 5:
                del changed[rng.randrange(max(1, len(changed) // 2), len(changed) + 1) :]
    return bytes(changed)


def main(folder: Path, seed: int, count: int) -> None:
    """Read `count` mutations of every seed file."""
    for name, data in seeds(folder).items():
        rng = random.Random(f"{seed} {name}")
        for number in range(count):
            path = folder / f"current{Path(name).suffix}"
            changed = mutate(data, rng)
            if name.endswith(".png") and rng.random() < 0.5:
                changed = with_right_checksums(changed)
            path.write_bytes(changed)
            start = time.perf_counter()
            try:
                read_picture(path)
                outcome = "picture"
            except HarmonizeError as error:
                outcome = "refused" if "\n" not in str(error) else f"message of several lines: {error!r}"
            except Exception as error:  # what the test looks for
                outcome = f"{type(error).__name__}: {error}"
            spent = time.perf_counter() - start
            print(name, number, outcome if spent < 10 else f"took {spent:.0f} s", flush=True)  # noqa: T201


def with_right_checksums(data: bytes) -> bytes:
    """Mend a PNG's checksums, so that its damage reaches the decoder."""
    import zlib

    mended, place = bytearray(data), 8
    while place + 12 <= len(mended):
        length = int.from_bytes(mended[place : place + 4], "big")
        end = place + 8 + length
        if end + 4 > len(mended):
            break
        mended[end : end + 4] = zlib.crc32(mended[place + 4 : end]).to_bytes(4, "big")
        place = end + 4
    return bytes(mended)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

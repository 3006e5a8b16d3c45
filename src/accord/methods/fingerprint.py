"""Which weights a method runs on, told by their content."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from accord.engine.weights import file_digest
from accord.methods.card import MethodCard


def model_hash(card: MethodCard | None) -> str | None:
    """Give the SHA-256 of a method's weights as "sha256:" and hexadecimal digits; None for methods without weights.

    Of several files it is that of their digests, one after the other in order of their names. A file is read once for
    as long as it is the same.
    """
    files = sorted(card.files()) if card is not None else []
    if not files:
        return None
    digests = [_digest(path, path.stat().st_mtime_ns) for path in files]
    whole = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    return f"sha256:{whole}"


@lru_cache(maxsize=16)
def _digest(path: Path, changed: int) -> str:  # noqa: ARG001 - a file written anew has another content
    return file_digest(path)

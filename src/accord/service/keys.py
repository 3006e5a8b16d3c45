"""Keys that callers show, kept as digests."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path

from accord.core.errors import BadInputError
from accord.io.paths import existing_file

_SHORTEST = 16


def read_keys(path: Path) -> dict[str, str]:
    """Read a file of keys: a line ``NAME KEY`` each, or ``NAME sha256:DIGEST``; empty lines and those with # count not.

    Returns
    -------
    dict
        SHA-256, hexadecimal, of each key, by name.

    Raises
    ------
    BadInputError
        If there is none, a line is something else, a name comes twice, or a key has fewer than 16 characters.
    """
    found: dict[str, str] = {}
    try:
        lines = existing_file(path, "keys").read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise BadInputError(f"{path} is no text of keys, a line NAME KEY each.") from None
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parts = line.split()
        if len(parts) != 2 or parts[0] in found:
            raise BadInputError(f"{path}, line {number}: a name that is there once, and a key, were wanted: NAME KEY.")
        name, key = parts
        if key.startswith("sha256:"):
            found[name] = key.removeprefix("sha256:").lower()
            if len(found[name]) != 64 or set(found[name]) - set("0123456789abcdef"):
                raise BadInputError(f"{path}, line {number}: 64 hexadecimal digits were wanted after sha256:.")
            continue
        if len(key) < _SHORTEST:
            raise BadInputError(
                f"{path}, line {number}: the key of {name} has {len(key)} characters, {_SHORTEST} at least were "
                "wanted. Make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
            )
        found[name] = digest(key)
    if not found:
        raise BadInputError(f"{path} holds no keys: a line NAME KEY each was wanted.")
    return found


def digest(key: str) -> str:
    """Give what a key is told by."""
    return hashlib.sha256(key.encode()).hexdigest()


def owner_of(key: str | None, keys: Mapping[str, str]) -> str | None:
    """Give the name that a key belongs to, in a time that does not depend on how much of it is right; None for none."""
    if key is None:
        return None
    shown, found = digest(key), None
    for name, known in keys.items():
        if hmac.compare_digest(shown, known):
            found = name
    return found

"""Edits as files beside a picture: how it was harmonized, and the colour map that does it again at any size."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape, unescape
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accord.core.errors import BadInputError
from accord.io.paths import existing_file, whole_or_nothing
from accord.methods.fingerprint import model_hash
from accord.transforms.base import ColourMap
from accord.transforms.reading import from_dict
from accord.version import __version__

if TYPE_CHECKING:
    from accord.pipeline.result import Result

EDITS = (".json", ".xmp")
"""What files of edits are named."""

SCHEMA_VERSION = 1

_NAMESPACE = "urn:accord:edit:1"
_BEGIN, _END = "<accord:edit>", "</accord:edit>"


def edit_of(result: Result) -> dict[str, Any]:
    """Give all that is known of a result's edit as JSON-ready values: its colour map, and how that came about.

    Raises
    ------
    BadInputError
        If the result is a published network's own, which no colour map makes again.
    """
    if result.settings.get("as_published"):
        raise BadInputError("a result as published is no colour map's, so no sidecar could make it again.")
    card = result.method
    return {
        "accord": __version__,
        "schema_version": SCHEMA_VERSION,
        "method": None if card is None else {"id": card.id, "title": card.title, "licence": card.licence},
        "model_hash": model_hash(card),
        "settings": dict(result.settings),
        "signals": result.signals.to_dict(),
        "explanation": result.explanation.to_dict(),
        "guards": [guard.to_dict() for guard in result.guards],
        "colour_map": result.colour_map.to_dict(),
    }


def write_edit(result: Result, path: str | PathLike[str]) -> None:
    """Write a result's edit as .json, or as .xmp: the same text as one property of an XMP packet.

    Raises
    ------
    BadInputError
        If the name is another, the file cannot be written, or the result is not a colour map's.
    """
    target = Path(path)
    check_edit_name(target)
    text = json.dumps(edit_of(result), indent=2, allow_nan=False)
    if target.suffix.lower() == ".xmp":
        text = _packet(text, result)
    with whole_or_nothing(target) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def check_edit_name(path: Path) -> None:
    """Refuse names that end otherwise than `EDITS`."""
    if path.suffix.lower() not in EDITS:
        raise BadInputError(f"{path}: a sidecar is written as {' or '.join(EDITS)}; use one of these suffixes.")


def read_edit(path: str | PathLike[str]) -> ColourMap:
    """Give the colour map of a file from `write_edit`, or of one that holds a serialised map alone.

    Raises
    ------
    BadInputError
        If the file is missing, no such file, or of a later schema.
    """
    source = existing_file(path, "sidecar")
    text = source.read_bytes().decode("utf-8", errors="replace")
    if source.suffix.lower() == ".xmp":
        if _BEGIN not in text or _END not in text:
            raise BadInputError(f"{source} holds no edit of accord's: it was made by another program, or cut off.")
        text = unescape(text[text.index(_BEGIN) + len(_BEGIN) : text.index(_END)])
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"{source} is no sidecar: its text is no JSON ({error}).") from None
    if not isinstance(data, Mapping):
        raise BadInputError(f"{source} is no sidecar: an object with an entry colour_map was wanted.")
    version = data.get("schema_version", SCHEMA_VERSION)
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        raise BadInputError(
            f"{source} is a sidecar of schema {version!r}, from accord {data.get('accord', '?')}; this "
            f"version reads up to {SCHEMA_VERSION}. Update accord."
        )
    try:
        return from_dict(data.get("colour_map", data))
    except BadInputError as error:
        raise BadInputError(f"{source}: {error}") from None


def _packet(text: str, result: Result) -> str:
    tool = escape(f"accord {__version__}{f', {result.method.id}' if result.method else ''}")
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        f'xmlns:accord="{_NAMESPACE}">\n'
        f"   <xmp:CreatorTool>{tool}</xmp:CreatorTool>\n"
        f"   {_BEGIN}{escape(text, quote=False)}{_END}\n"
        "  </rdf:Description>\n"
        " </rdf:RDF>\n"
        "</x:xmpmeta>\n"
        '<?xpacket end="w"?>'
    )

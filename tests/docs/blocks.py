"""Fenced blocks of a Markdown page, and the commands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

RUN = ("python", "console", "sh")
DATA = ("csv", "dockerfile", "html", "ini", "json", "text", "toml", "xml", "yaml")
"""Languages of blocks that hold no command; pages may not use others, so that no example hides under an odd name."""

_FENCE = re.compile(r"^( *)(`{3,})([^\n`]*)\n(.*?)^\1\2 *$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, as it is written, and the line of its fence."""

    language: str
    code: str
    line: int

    def commands(self) -> Iterator[str]:
        """Give what is typed at a prompt: lines after $ of console, all lines of sh; without comments, joined at \\."""
        lines = self.code.replace("\\\n", " ").splitlines()
        if self.language == "console":
            lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        for line in lines:
            bare = re.sub(r"(^|\s+)#\s.*$", "", line.removeprefix("$ ")).strip()
            if bare:
                yield re.sub(r"\s+", " ", bare)


def blocks(page: Path) -> list[Block]:
    """Give the fenced blocks of a page, those within lists and tabs included."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            found[3].strip(),
            "\n".join(line.removeprefix(found[1]) for line in found[4].splitlines()) + "\n",
            text[: found.start()].count("\n") + 1,
        )
        for found in _FENCE.finditer(text)
    ]


def indented(page: Path) -> list[str]:
    """Give lines that look like commands, but stand indented instead of fenced."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return re.findall(r"^ {4,}((?:\$ |accord |python |pip |make |curl ).*)$", text, re.MULTILINE)

"""What the site makes while it is built: the decisions' place in the navigation, and tables from the cards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError

DOCS = Path(__file__).parent


def on_config(config: Any) -> Any:
    """Put the decision records into the navigation, and pages that it does not place at its end."""
    records = ["decisions/index.md", *(f"decisions/{path.name}" for path in sorted((DOCS / "decisions").glob("0*.md")))]
    for section in config.nav:
        for entries in section.values():
            for entry in entries if isinstance(entries, list) else []:
                for title, target in entry.items():
                    if target == "decisions/":
                        entry[title] = records
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md") if path.parent.name != "experiments"}
    rest = sorted(pages - set(_targets(config.nav)))
    if rest:
        config.nav.append({"More": rest})
    return config


def _targets(nav: Any) -> Iterator[str]:
    """Give the pages that a navigation leads to."""
    if isinstance(nav, str):
        yield nav
    for entry in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else ():
        yield from _targets(entry)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill in what is written from the code, where a page has its marker."""
    for marker, made in MADE.items():
        if marker in markdown:
            markdown = markdown.replace(marker, made())
    return markdown


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Refuse a page that needs anything from elsewhere to be shown."""
    foreign = re.search(
        r'<(?:script|img|iframe|link rel="(?:stylesheet|preconnect)")[^>]*(?:src|href)="https?:[^"]*', output
    )
    if foreign:
        raise PluginError(f"{page.file.src_uri} loads {foreign[0]}: the site has to be readable offline")
    return output


def cards() -> str:
    """Give a table for each method's card."""
    import accord

    shown = []
    for card in accord.list_methods():
        facts = {
            "what it matches": card.title,
            "source": card.source,
            "licence": card.licence,
            "when to prefer it": card.prefer,
            "works in": card.works_in,
            "colour map depends on": "colour and place" if card.local else "colour",
            "network": f"`accord.networks.build({card.network!r})`" if card.network else "",
        }
        rows = "\n".join(f"| {name} | {fact} |" for name, fact in facts.items() if fact)
        shown.append(f"### {card.id}\n\n| | |\n|---|---|\n{rows}")
    return "\n\n".join(shown)


def decisions() -> str:
    """Give a link to each decision record."""
    records = sorted((DOCS / "decisions").glob("0*.md"))
    return "\n".join(
        f"- [{record.read_text(encoding='utf-8').splitlines()[0].removeprefix('# ')}]({record.name})"
        for record in records
    )


def shipped_card() -> str:
    """Give the table of the card that lies beside the weights."""
    card = (DOCS.parent / "src" / "accord" / "methods" / "learned" / "accord.md").read_text(encoding="utf-8")
    return card.partition("\n\n")[2].strip()


MADE = {
    "<!-- made: cards -->": cards,
    "<!-- made: decisions -->": decisions,
    "<!-- made: shipped card -->": shipped_card,
}

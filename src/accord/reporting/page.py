"""From cases to one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from os import PathLike
from pathlib import Path
from string import Template

from accord.diagnose.concerns import Reading, score
from accord.diagnose.explanation import Explanation
from accord.io.paths import whole_or_nothing
from accord.pipeline.explaining import HOTTEST
from accord.reporting.case import Case
from accord.reporting.pictures import DRIVEN
from accord.version import __version__

_CONTROLS = (
    # field, name, unit, digits, reach of the bar, word for more, word for less
    ("exposure", "Exposure", "stops", 2, 3.0, "brighter", "darker"),
    ("temperature", "Temperature", "mired", 0, 150.0, "warmer", "cooler"),
    ("tint", "Tint", "Duv", 4, 0.03, "greener", "more magenta"),
    ("contrast", "Contrast", "%", 0, 60.0, "more", "less"),
    ("highlights", "Highlights", "points", 0, 30.0, "lifted", "lowered"),
    ("shadows", "Shadows", "points", 0, 30.0, "lifted", "lowered"),
    ("saturation", "Saturation", "%", 0, 80.0, "more", "less"),
)
_KEPT = 0.9  # share of a move that an edit must explain to be called the whole of it


@dataclass(frozen=True)
class Line:
    """One picture of a batch in the table.

    Parameters
    ----------
    name
        What to call it.
    badness
        What it is put in order by.
    score
        `p_better`, or None.
    move
        `move_mean`, CIEDE2000.
    gap_closed
        The signal.
    concerns
        The signals beyond their limits, worst first.
    """

    name: str
    badness: float
    score: float | None
    move: float
    gap_closed: float | None
    concerns: tuple[Reading, ...]


@dataclass(frozen=True)
class Failed:
    """A picture that could not be harmonized.

    Parameters
    ----------
    name
        What to call it.
    error
        Why, in one line.
    """

    name: str
    error: str


def write_single(path: str | PathLike[str], case: Case) -> None:
    """Write a report on one result; the file appears whole or not at all.

    Raises
    ------
    BadInputError
        If it cannot be written.
    """
    _write(Path(path), f"{case.name}: accord report", escape(case.name), _facts(case), _case(case, 0, heading=False))


def write_batch(
    path: str | PathLike[str], lines: Sequence[Line], shown: Sequence[str], failed: Sequence[Failed], *, what: str
) -> None:
    """Write a report on many results; the file appears whole or not at all.

    Parameters
    ----------
    path
        Where to.
    lines
        All results, the worst first.
    shown
        HTML, from `section`, of the first of them.
    failed
        What could not be harmonized.
    what
        Where they come from, for the heading.

    Raises
    ------
    BadInputError
        If it cannot be written.
    """
    scored = any(line.score is not None for line in lines)
    order = (
        "The least likely to be better than leaving it alone comes first."
        if scored
        else "The one whose worst signal is furthest beyond its limit comes first; there is no calibrated score here."
    )
    of_concern = sum(bool(line.concerns) for line in lines)
    lead = f"{len(lines)} pictures, {of_concern} with something to look at, {len(failed)} failed. {order}"
    body = [_failures(failed), _table(lines, len(shown), scored=scored), *shown]
    if len(lines) > len(shown):
        body.append(
            f'<p class="note">The other {len(lines) - len(shown)} are in the table above, without pictures.</p>'
        )
    _write(Path(path), f"{what}: accord report", escape(what), escape(lead), "\n".join(body))


def section(case: Case, number: int) -> str:
    """Give a batch's section on one case; `number`, from 1, must be its line's in the table."""
    return _case(case, number, heading=True)


def _write(path: Path, title: str, heading: str, lead: str, body: str) -> None:
    assets = resources.files("accord.reporting") / "assets"
    page, style, script = (
        Template((assets / name).read_text(encoding="utf-8")) for name in ("page.html", "page.css", "page.js")
    )
    text = page.substitute(
        title=escape(title),
        heading=heading,
        lead=lead,
        body=body,
        version=escape(__version__),
        style=style.substitute(),
        script=script.substitute(),
    )
    with whole_or_nothing(path) as temporary:
        # Names of files may hold bytes that are no UTF-8: they are shown as \udcXX.
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")


def _facts(case: Case) -> str:
    strength = f", strength {case.strength:g}" if case.strength is not None else ""
    model = f", model {case.model[:19]}" if case.model else ""
    return (
        f"{case.width} x {case.height} pixels, {100 * case.foreground:.0f} % foreground. Harmonized with "
        f"{escape(case.method)}{strength}{escape(model)}."
    )


def _case(case: Case, number: int, *, heading: bool) -> str:
    head = (
        f'<header><h2>{number}. {escape(case.name)}</h2><p class="facts">{_facts(case)}</p></header>' if heading else ""
    )
    return (
        f'<section class="case" id="case-{number}" aria-label="{escape(case.name)}">{head}'
        f'<div class="columns"><div>{_pictures(case, number)}</div>'
        f"<div><h3>What to look at</h3>{_look_at(case)}<h3>What was done</h3>{_explained(case.explanation)}</div></div>"
        f"{_scopes(case)}"
        f"<details{'' if heading else ' open'}><summary>All signals</summary>{_signals(case.read)}</details></section>"
    )


def _pictures(case: Case, number: int) -> str:
    height, width = case.shown
    ratio, name = f"--ratio:{width / height:.5f}", escape(case.name)
    clipped = " Brighter than the screen's white is shown as white." if case.clipped else ""
    panes = {
        "Before and after": (
            f'<div class="picture"><div class="stage compare" style="{ratio}">'
            f'<img class="after" src="{case.after}" alt="{name} after: the harmonized picture">'
            f'<img class="before" src="{case.before}" alt="{name} before: the composite as it came">'
            '<span class="bar" aria-hidden="true"></span><span class="tag left" aria-hidden="true">before</span>'
            '<span class="tag right" aria-hidden="true">after</span>'
            '<input type="range" min="0" max="100" value="50" aria-label="How much of the picture shows before, '
            'from the left; the rest shows after"></div></div>'
            f"<figcaption>Drag, or focus and use the arrow keys.{clipped}</figcaption>"
        ),
        "Mask": (
            f'<div class="picture"><div class="stage" style="{ratio}"><img src="{case.mask}" alt="Mask of {name}: '
            f'white is foreground, {100 * case.foreground:.0f} % of the picture"></div></div>'
            "<figcaption>White is foreground; black came back bit for bit.</figcaption>"
        ),
    }
    if case.heat is not None:
        alt = f"Where the colour map of {name} depends on place; at most {case.hottest:.1f} CIEDE2000"
        panes["Local part"] = _heat_pane(
            case.heat,
            ratio,
            alt,
            HOTTEST,
            f"CIEDE2000 off the nearest map that is the same everywhere; here at most {case.hottest:.1f}.",
        )
    else:
        panes["Before and after"] += (
            '<p class="note">The colour map is the same everywhere in the picture: there is no local part to show.</p>'
        )
    if case.driven is not None:
        alt = f"What in the background of {name} drove the colour map; at most {case.most_driven:.2f} CIEDE2000"
        panes["What drove it"] = _heat_pane(
            case.driven,
            ratio,
            alt,
            DRIVEN,
            "CIEDE2000 by which the foreground would have come out otherwise without that part of the background; here "
            f"at most {case.most_driven:.2f}.",
        )
    choices = "".join(
        f'<label><input type="radio" name="view-{number}" value="{view}"{" checked" if not at else ""}>{view}</label>'
        for at, view in enumerate(panes)
    )
    figures = "".join(f'<figure class="pane" data-view="{view}">{inside}</figure>' for view, inside in panes.items())
    return f'<fieldset class="views"><legend>Show</legend>{choices}</fieldset>{figures}'


def _heat_pane(picture: str, ratio: str, alt: str, end: float, what: str) -> str:
    return (
        f'<div class="picture"><div class="stage" style="{ratio}"><img src="{picture}" alt="{alt}"></div></div>'
        f'<figcaption>0 <span class="ramp" aria-hidden="true"></span> {end:g} {what}</figcaption>'
    )


def _look_at(case: Case) -> str:
    chance = score(case.signals)
    said = ""
    if case.signals.get("move_mean") == 0:
        said = "<p>Nothing moved: it was left alone.</p>"
    elif chance is not None:
        said = (
            f"<p>{100 * chance:.0f} % likely to be better than leaving it alone.</p>"
            f'<div class="meter" aria-hidden="true"><span style="width:{100 * chance:.0f}%"></span></div><br>'
        )
    concerns = [one for one in case.concerns if one.name != "p_better"]
    if not concerns:
        return said + '<p class="fine">No signal is beyond its limit. The eye decides.</p>'
    items = "".join(
        f"<li><strong>{escape(_capital(one.meaning.title))}: {_value(one)}</strong><br>"
        f"{escape(one.meaning.look_at)}</li>"
        for one in concerns
    )
    return f'{said}<ul class="look">{items}</ul>'


def _explained(explanation: Explanation) -> str:
    rows = []
    for field, name, unit, digits, reach, more, less in _CONTROLS:
        value = float(getattr(explanation.edit, field))
        at = 50 * max(-1.0, min(1.0, value / reach))
        bar = f'<rect class="amount" x="{50 + min(0.0, at):.1f}" y="2" width="{abs(at):.1f}" height="8"/>'
        least = 0.5 * 10.0**-digits
        word = "" if abs(value) < least else f", {more if value > 0 else less}"
        number = "0" if abs(value) < least else f"{value:+.{digits}f}"
        rows.append(
            f'<tr><th scope="row">{name}</th><td>'
            f'<svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
            f'<path class="rail" d="M0 6H100M50 0V12"/>{bar}</svg></td>'
            f'<td class="number">{number} {unit}{word}</td></tr>'
        )
    share = 1 - explanation.residual / explanation.move if explanation.move > 0 else 1.0
    rest = (
        "This is nearly all of it."
        if share >= _KEPT
        else "The rest is no such edit: shadows and lights take different casts, or it depends on place."
    )
    return (
        '<table class="edit"><caption class="note">In a photographer\'s words, over the foreground</caption>'
        f'{"".join(rows)}</table><p class="note">Colours moved by {explanation.move:.1f} CIEDE2000 on average; these '
        f"words leave {explanation.residual:.1f} of it. {rest}</p>"
    )


def _scopes(case: Case) -> str:
    figures = "".join(
        f'<figure><figcaption>{_capital(what)}</figcaption><div class="pair">{histogram}{vectorscope}</div></figure>'
        for what, (histogram, vectorscope) in case.scopes.items()
    )
    return f'<div class="scopes">{figures}</div>'


def _signals(read: Sequence[Reading]) -> str:
    rows = "".join(
        f"<tr{' class=warned' if one.concern else ''}><td>{escape(_capital(one.meaning.title))}<br>"
        f'<code>{one.name}</code></td><td class="number">{_value(one)}</td><td>{_limit(one)}</td>'
        f"<td>{escape(one.meaning.look_at)}</td></tr>"
        for one in read
    )
    return (
        '<div class="scroll"><table class="signals"><thead><tr><th scope="col">Signal</th>'
        '<th scope="col" class="number">Value</th><th scope="col">Worth a look</th><th scope="col">Then look at</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _table(lines: Sequence[Line], shown: int, *, scored: bool) -> str:
    rows = []
    for number, line in enumerate(lines, 1):
        name = f'<a href="#case-{number}">{escape(line.name)}</a>' if number <= shown else escape(line.name)
        rank = line.score if scored else line.badness
        looks = ", ".join(one.meaning.title for one in line.concerns) or "nothing beyond its limit"
        closed = f"{100 * line.gap_closed:.0f} %" if line.gap_closed is not None else "none to close"
        rows.append(
            f'<tr><td>{number}. {name}</td><td class="number">{"" if rank is None else f"{rank:.2f}"}</td>'
            f'<td class="number">{line.move:.1f}</td><td class="number">{closed}</td>'
            f"<td{' class=warned' if line.concerns else ''}>{escape(looks)}</td></tr>"
        )
    rank_name = "Chance to be better" if scored else "Worst over limit"
    return (
        '<div class="scroll"><table class="list"><thead><tr><th scope="col">Picture</th>'
        f'<th scope="col" class="number">{rank_name}</th><th scope="col" class="number">Moved, CIEDE2000</th>'
        '<th scope="col" class="number">Gap closed</th><th scope="col">Look at</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _failures(failed: Sequence[Failed]) -> str:
    if not failed:
        return ""
    items = "".join(f"<li><strong>{escape(one.name)}</strong><br>{escape(one.error)}</li>" for one in failed)
    return f'<h2>Failed</h2><ul class="look">{items}</ul>'


def _value(one: Reading) -> str:
    if one.value is None:
        return "cannot be told"
    if one.name == "background_untouched":
        return "yes" if one.value else "no"
    if one.meaning.unit.startswith("of the"):
        return f"{100 * one.value:.1f} % {one.meaning.unit}"
    return f"{one.value:.3g} {one.meaning.unit}".strip()


def _limit(one: Reading) -> str:
    meaning = one.meaning
    if meaning.limit is None or meaning.good is None:
        return ""
    if one.name == "background_untouched":
        return "if no"
    side = "above" if meaning.limit > meaning.good else "below"
    limit = f"{100 * meaning.limit:.0f} %" if meaning.unit.startswith("of the") else f"{meaning.limit:g}"
    return f"{side} {limit}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

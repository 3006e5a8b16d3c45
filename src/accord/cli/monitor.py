"""`accord monitor`: whether the work has drifted, and whether a candidate is better."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from accord.cli.output import STANDARD_OUTPUT, check_outputs, json_option, write_json
from accord.cli.progress import Progress
from accord.cli.recording import read
from accord.core.errors import BadInputError

if TYPE_CHECKING:
    from accord.monitoring import Advice, Comparison, Contest, Entry, Rate


@click.command("monitor")
@click.argument("log", type=click.Path(path_type=Path))
@click.option(
    "--reference",
    type=click.Path(path_type=Path),
    metavar="LOG2",
    help="The log to compare with. May be LOG itself: then its entries before --since are the reference.",
)
@click.option("--since", metavar="TIME", help="Only LOG's entries from this time on, UTC: 2026-11-24, or with T10:30.")
@click.option("--until", metavar="TIME", help="Only LOG's entries before this time.")
@click.option(
    "--golden",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="A folder or manifest of known composites and masks, with real pictures if there are any, to run --candidate "
    "and the live method on.",
)
@click.option("--candidate", metavar="ID", help="The method to try on --golden: an id, or an .onnx.")
@click.option("--live", metavar="ID", help="What it is tried against; by default LOG's last method.")
@json_option
def command(
    log: Path,
    reference: Path | None,
    since: str | None,
    until: str | None,
    golden: Path | None,
    candidate: str | None,
    live: str | None,
    json_file: str | None,
) -> int:
    r"""Compare the results in LOG with a reference, and say: keep, look, roll back or switch.

    LOG is what --log of the other commands wrote. Figures of pictures and results are compared over all, and by
    foreground ratio and scene brightness; what drifted is named. Candidates that ran in the shadow (--shadow) are read
    from LOG; a golden set is run here.

    \b
    Exit code: 0 keep, 3 keep but look (something drifted), 4 roll back,
    5 switch to the candidate, 6 too little to tell; 1 is an error.
    """
    if (golden is None) != (candidate is None):
        raise click.UsageError("--golden and --candidate belong together: give both, or neither")
    if live is not None and golden is None:
        raise click.UsageError("--live says what --candidate is tried against: give --golden and --candidate, too")
    check_outputs([], [json_file])

    from accord.monitoring import advise, compare, rates, shadow_contest

    entries = read(log)
    window = _within(entries, since, until)
    earlier = None
    if reference is not None:
        earlier = _reference(log, reference, entries, since)
    contests = shadow_contest(window)
    if golden is not None and candidate is not None:
        contests.append(_golden(golden, live or _last_method(window, log), candidate))
    if earlier is None and not contests:
        raise click.UsageError(
            "there is nothing to compare with: give --reference, or --golden and --candidate; nor does LOG hold "
            "candidates that ran with --shadow"
        )
    comparison = compare(window, earlier) if earlier is not None else None
    of_rates = rates(window, earlier) if earlier is not None else []
    advice = advise(comparison, contests, of_rates)
    if json_file is not None:
        write_json(_report(window, comparison, contests, of_rates, advice), json_file)
    if json_file != STANDARD_OUTPUT:
        click.echo(described(window, comparison, contests, of_rates, advice))
    return advice.action.exit_code


def described(
    window: Sequence[Entry],
    comparison: Comparison | None,
    contests: Sequence[Contest],
    of_rates: Sequence[Rate],
    advice: Advice,
) -> str:
    """Lay out what was found as text, the recommendation last."""
    from accord.monitoring import likely_causes, summary

    lines = [f"Window: {_about(window)}"]
    if comparison is not None:
        lines.append(
            f"Compared: {comparison.window_count} pictures with {comparison.reference_count} of the reference, "
            f"{comparison.compared} pairs of figure and bin"
        )
        if comparison.skipped:
            lines.append(f"Too few results in: {', '.join(comparison.skipped)}")
        lines += [f"Changed: {change}" for change in comparison.changes]
        lines += [str(rate) for rate in of_rates]
        none = "none" if comparison.enough else "too few results to tell"
        lines += ["", "Drift:" if comparison.drifts else f"Drift: {none}"]
        lines += [f"- {line}" for line in summary(comparison.drifts)]
        lines += [f"It looks as if {cause}." for cause in likely_causes(comparison)]
    if contests:
        lines += ["", "Candidates:", *(f"- {contest}" for contest in contests)]
    lines += ["", f"Recommendation: {advice.action.value}"]
    return "\n".join([*lines, *(f"- {why}" for why in advice.evidence)])


def _about(window: Sequence[Entry]) -> str:
    from accord.monitoring.drift import live

    results = live(window)
    if not results:
        return "no results"
    methods = Counter(str(entry.method) for entry in results)
    named = ", ".join(f"{name}: {count}" for name, count in methods.most_common())
    return f"{len(results)} pictures ({named}), {results[0].time} to {results[-1].time}"


def _report(
    window: Sequence[Entry],
    comparison: Comparison | None,
    contests: Sequence[Contest],
    of_rates: Sequence[Rate],
    advice: Advice,
) -> dict[str, Any]:
    return {
        "window": _about(window),
        "comparison": comparison.to_dict() if comparison is not None else None,
        "rates": [
            {"what": rate.what, "hits": rate.hits, "of": rate.of, "expected": rate.expected, "p": rate.probability}
            for rate in of_rates
        ],
        "contests": [contest.to_dict() for contest in contests],
        "advice": advice.to_dict(),
    }


def _within(entries: Sequence[Entry], since: str | None, until: str | None) -> list[Entry]:
    first, end = (_instant(option, text) for option, text in (("--since", since), ("--until", until)))
    return [entry for entry in entries if (first or "") <= entry.time and (end is None or entry.time < end)]


def _instant(option: str, text: str | None) -> str | None:
    """Give a time in the form of entries, whose texts sort by time."""
    if text is None:
        return None
    from datetime import datetime, timezone

    try:
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise BadInputError(f"{option} is {text!r}, a time was wanted: 2026-11-24, or 2026-11-24T10:30.") from error
    time = time.replace(tzinfo=timezone.utc) if time.tzinfo is None else time.astimezone(timezone.utc)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _reference(log: Path, reference: Path, entries: Sequence[Entry], since: str | None) -> list[Entry]:
    if reference.resolve() != log.resolve():
        return read(reference)
    if since is None:
        raise click.UsageError(
            "a log cannot be its own reference but for an earlier part: say by --since where it ends"
        )
    return _within(entries, None, since)


def _last_method(window: Sequence[Entry], log: Path) -> str:
    from accord.methods import registry
    from accord.monitoring.drift import live

    methods = [entry.method for entry in live(window) if entry.method is not None]
    known = {card.id for card in registry.cards()}
    if not methods or methods[-1] not in known:
        raise BadInputError(
            f"{log} does not name a method that accord knows{f' ({methods[-1]})' if methods else ''}: say by --live "
            "what the candidate is tried against."
        )
    return methods[-1]


def _golden(golden: Path, live: str, candidate: str) -> Contest:
    from accord.io.listing import list_composites
    from accord.methods import registry
    from accord.monitoring import replay

    for method in (live, candidate):
        registry.get(method)
    with Progress(len(list_composites(golden)), "pictures") as progress:
        contest, _ = replay(golden, live, candidate, on_picture=lambda _: progress.step())
    return contest

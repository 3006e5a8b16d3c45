"""`accord evaluate --clips`: methods over synthetic clips with known truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import click

from accord.cli.output import show
from accord.cli.progress import Progress

_COLUMNS = (
    "scenario",
    "method",
    "psnr_alone",
    "psnr",
    "jitter_alone",
    "jitter",
    "warping_alone",
    "warping",
    "lag",
    "shots",
)


def evaluate_clips(ids: Sequence[str], json_file: str | None) -> None:
    """Measure methods on every synthetic clip, and show the figures as a table or JSON."""
    from accord.evaluation.clips import measure
    from accord.methods import registry
    from accord.video.harmonizing import Steadiness
    from accord.video.synthetic import SCENARIOS

    cards = [registry.get(name) for name in ids]
    rows = []
    with Progress(len(cards) * len(SCENARIOS), "clips") as progress:
        for card in cards:
            for scenario in SCENARIOS:
                figures = asdict(measure(scenario, card, Steadiness()))
                rows.append({key: round(each, 3) if isinstance(each, float) else each for key, each in figures.items()})
                progress.step()
    show(rows, _COLUMNS, json_file)


def check_alone(given: Sequence[tuple[str, bool]]) -> None:
    """Refuse what --clips has no use for, by option and whether it was given."""
    for option, there in given:
        if there:
            raise click.UsageError(f"--clips makes its own clips, and has no use for {option}: leave one of them out")

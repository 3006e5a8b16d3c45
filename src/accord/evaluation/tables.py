"""Summaries as tables, for terminals and for Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accord.evaluation.figures import Figure
from accord.evaluation.summary import OVERALL, Share, Summary


@dataclass(frozen=True)
class Table:
    """A title, a header, and rows of ready-made cells; the first columns are text, all others numbers."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    text_columns: int = 1

    def text(self) -> str:
        """Give the table with aligned columns, for a terminal."""
        lines = [self.header, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.header))]
        out = [self.title]
        for line in lines:
            cells = [
                cell.ljust(width) if i < self.text_columns else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(line, widths, strict=True))
            ]
            out.append("  ".join(cells).rstrip())
        return "\n".join(out)

    def markdown(self) -> str:
        """Give the table in Markdown, without its title."""
        rule = ["---" if i < self.text_columns else "--:" for i in range(len(self.header))]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in (self.header, rule, *self.rows))


def comparison(summaries: Sequence[Summary], figures: Sequence[Figure]) -> Table:
    """Give the methods side by side: means over all pictures, median fMSE, and shares improved and harmed."""
    header = ["method", *(figure.title for figure in figures), "median fMSE", "improved", "harmed", "> 2x worse"]
    overall = [summary for summary in summaries if summary.by == OVERALL]
    rows = [
        [
            summary.method,
            *(f"{summary.figures[figure.id].mean:.{figure.digits}f}" for figure in figures),
            f"{summary.figures['fmse'].median:.1f}",
            *(_percent(share) for share in (summary.improved, summary.harmed, summary.doubled)),
        ]
        for summary in overall
    ]
    return Table(f"Means over {overall[0].pictures} composites", header, rows)


def intervals(summaries: Sequence[Summary], figures: Sequence[Figure]) -> Table:
    """Give every method's figures with their 95 % intervals and medians over all pictures."""
    rows = []
    for summary in summaries:
        if summary.by != OVERALL:
            continue
        for figure in figures:
            estimate, digits = summary.figures[figure.id], figure.digits
            rows.append(
                [
                    summary.method,
                    figure.title,
                    f"{estimate.mean:.{digits}f}",
                    f"{estimate.low:.{digits}f} to {estimate.high:.{digits}f}",
                    f"{estimate.median:.{digits}f}",
                ]
            )
    return Table("With 95 % intervals", ["method", "figure", "mean", "95 % interval", "median"], rows, text_columns=2)


def breakdowns(summaries: Sequence[Summary]) -> list[Table]:
    """Give one table for each grouping: its groups by method, with fMSE, PSNR and shares improved and harmed."""
    tables = []
    for by in dict.fromkeys(summary.by for summary in summaries if summary.by != OVERALL):
        rows = [
            [
                summary.group,
                summary.method,
                str(summary.pictures),
                f"{summary.figures['fmse'].mean:.1f}",
                f"{summary.figures['fmse'].low:.1f} to {summary.figures['fmse'].high:.1f}",
                f"{summary.figures['fmse'].median:.1f}",
                f"{summary.figures['psnr'].mean:.2f}",
                _percent(summary.improved),
                _percent(summary.harmed),
            ]
            for summary in summaries
            if summary.by == by
        ]
        header = [by, "method", "n", "fMSE", "95 % interval", "median fMSE", "PSNR", "improved", "harmed"]
        tables.append(Table(f"By {by}", header, rows, text_columns=2))
    return tables


def _percent(share: Share) -> str:
    return f"{100 * share.mean:.1f} %"

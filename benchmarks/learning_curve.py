"""Plot the learned default's error against the composites that it has seen: docs/images/learning-curve.svg.

    python benchmarks/learning_curve.py

Held-out ratios are those of the trainer's own curves, docs/experiments/20*.csv, whose held-out composites are not the
same in all; the benchmark's, at 256 x 256, were taken down in docs/experiments/bench.csv when each model was finished.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from xml.sax.saxutils import escape

DOCS = Path(__file__).parent.parent / "docs"
LEFT, TOP, WIDTH, HEIGHT = 56, 36, 620, 330
FEWEST, MOST = 15_000, 3_500_000
LOWEST, HIGHEST = 0.25, 0.75
TICKS = [1000 * 2**power for power in range(4, 12)]
INK, PALE = "#b5482a", "#1f6f8b"


def main() -> None:
    curves = [points(path) for path in sorted((DOCS / "experiments").glob("20*.csv"))]
    with (DOCS / "experiments" / "bench.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    out = DOCS / "images" / "learning-curve.svg"
    out.write_text(drawn(curves, rows), encoding="utf-8")
    print(f"wrote {out}")


def points(path: Path) -> list[tuple[int, float]]:
    with path.open(newline="", encoding="utf-8") as file:
        return [(int(float(row["composites"])), float(row["ratio"])) for row in csv.DictReader(file)]


def across(composites: float) -> float:
    return LEFT + WIDTH * math.log(composites / FEWEST) / math.log(MOST / FEWEST)


def down(ratio: float) -> float:
    return TOP + HEIGHT * (HIGHEST - ratio) / (HIGHEST - LOWEST)


def drawn(curves: list[list[tuple[int, float]]], rows: list[dict[str, str]]) -> str:
    """Draw held-out curves as lines and the benchmark's figures as dots with their notes."""
    parts = []
    for composites in TICKS:
        x = across(composites)
        parts += [
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{TOP + HEIGHT}" stroke="#e4e4e4"/>',
            f'<text x="{x:.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{composites // 1000:,} k</text>',
        ]
    for tenth in range(10):
        y = down(ratio := LOWEST + 0.05 * tenth)
        parts += [
            f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e4e4e4"/>',
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{ratio:.2f}</text>',
        ]
    for curve in curves:
        line = " ".join(f"{across(composites):.1f},{down(ratio):.1f}" for composites, ratio in curve)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{PALE}" stroke-width="1.5"/>')
    for row in rows:
        x, y = across(int(float(row["composites"]))), down(float(row["ratio"]))
        note = escape(row["note"])
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{INK}"/>',
            f'<text x="{x - 8:.1f}" y="{y + 4:.1f}" text-anchor="end" fill="{INK}">{note}</text>',
        ]
    wide, high = LEFT + WIDTH + 24, TOP + HEIGHT + 48
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
            'font-family="sans-serif" font-size="12">',
            f'<rect width="{wide}" height="{high}" fill="white"/>',
            f'<text x="{LEFT}" y="20">Foreground error over that of doing nothing: <tspan fill="{PALE}">held-out '
            f'composites</tspan>, <tspan fill="{INK}">benchmark</tspan></text>',
            *parts,
            f'<text x="{LEFT + WIDTH / 2}" y="{high - 8}" text-anchor="middle">composites seen in training</text>',
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    main()

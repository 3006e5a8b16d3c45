"""How a window of results differs from a reference: in which figure, and in which pictures."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from accord.diagnose.concerns import MEANINGS, Meaning, scalar
from accord.monitoring.entry import RESULT, Entry
from accord.monitoring.statistics import holm, kolmogorov_smirnov, stability_index
from accord.monitoring.strata import ALL, STRATA, Stratum

Doubles = NDArray[np.float64]
Kind = Literal["picture", "setting", "result"]

LEAST = 20
"""Fewer results than this, in window or reference, are not compared."""

SIGNIFICANT = 0.01
"""How often, at most, a window that has not drifted is said to have, whatever the number of figures and bins."""

NOTABLE = 0.1
"""The population stability index from which a difference counts: a large log makes the smallest one significant."""


@dataclass(frozen=True)
class Figure:
    """A number of a result that is watched.

    Parameters
    ----------
    name
        The entry's field, or the signal.
    meaning
        What it says.
    kind
        Whether it tells of the pictures that came in, of settings, or of what was made of them.
    read
        Gives it, or None.
    up, down
        Words for more and for less of it.
    """

    name: str
    meaning: Meaning
    kind: Kind
    read: Callable[[Entry], float | None]
    up: str = "higher"
    down: str = "lower"


@dataclass(frozen=True)
class Drift:
    """A figure that is distributed otherwise in the window than in the reference.

    Parameters
    ----------
    figure, title, unit, kind
        Which figure, see `Figure`.
    where
        In which pictures, see `accord.monitoring.strata`.
    reference_count, window_count
        Of how many results.
    reference_median, window_median
        What it was, and is.
    distance, probability
        Kolmogorov and Smirnov's, the probability adjusted for all figures and bins that were compared.
    stability_index
        The population stability index, less what chance gives.
    says
        All this in words.
    """

    figure: str
    title: str
    unit: str
    kind: Kind
    where: str
    reference_count: int
    window_count: int
    reference_median: float
    window_median: float
    distance: float
    probability: float
    stability_index: float
    says: str


@dataclass(frozen=True)
class Comparison:
    """A window against a reference.

    Parameters
    ----------
    reference_count, window_count
        Results that were compared: of the same picture harmonized in the same way several times, the last.
    compared
        How many pairs of figure and bin.
    skipped
        Bins with fewer than `LEAST` results in one of the two.
    changes
        What differs in how results were made (method, model, version, settings), in words.
    model_changed
        Whether method, model or version differ.
    drifts
        What drifted, the largest shift first.
    """

    reference_count: int
    window_count: int
    compared: int
    skipped: tuple[str, ...]
    changes: tuple[str, ...]
    model_changed: bool
    drifts: tuple[Drift, ...]

    @property
    def enough(self) -> bool:
        """Whether anything could be compared."""
        return self.compared > 0

    def to_dict(self) -> dict[str, Any]:
        """Give all of it as JSON-ready values."""
        return asdict(self)


def compare(window: Sequence[Entry], reference: Sequence[Entry]) -> Comparison:
    """Compare the live results of a window with those of a reference, figure by figure and bin by bin.

    Every figure is compared over all pictures, and within each bin of foreground ratio and of scene brightness that
    holds `LEAST` results of both. It has drifted where Kolmogorov and Smirnov's test says so (probabilities adjusted by
    Holm's method to err in at most `SIGNIFICANT` of all windows) and the population stability index is at least
    `NOTABLE`.
    """
    now, before = live(window), live(reference)
    # Every figure is read once; strata then only choose from it.
    watched = [(figure, _values(now, figure), _values(before, figure)) for figure in figures([*now, *before])]
    found: list[tuple[Figure, Stratum, Doubles, Doubles, float, float]] = []
    skipped = []
    for stratum in STRATA:
        ours, theirs = (np.array([stratum.holds(entry) for entry in entries], bool) for entries in (now, before))
        if min(ours.sum(), theirs.sum()) < LEAST:
            skipped.append(stratum.name)
            continue
        for figure, values_now, values_before in watched:
            one, other = _known(values_now[ours]), _known(values_before[theirs])
            if figure.name != stratum.by and min(len(one), len(other)) >= LEAST:
                found.append((figure, stratum, one, other, *kolmogorov_smirnov(one, other)))
    adjusted = holm([each[-1] for each in found])
    drifts = [
        _drift(*each[:5], probability)
        for each, probability in zip(found, adjusted, strict=True)
        if probability < SIGNIFICANT
    ]
    notable = [drift for drift in drifts if drift.stability_index >= NOTABLE]
    changes, model_changed = _changes(now, before)
    return Comparison(
        len(before),
        len(now),
        len(found),
        tuple(skipped),
        changes,
        model_changed,
        tuple(sorted(notable, key=lambda drift: -drift.distance)),
    )


def live(entries: Sequence[Entry]) -> list[Entry]:
    """Give the results that were handed out, without candidates in the shadow; of repeats the last."""
    kept: dict[tuple[Any, ...], Entry] = {}
    for entry in entries:
        if entry.kind == RESULT and entry.about is None:
            key = (entry.composite_hash, entry.foreground_ratio, entry.method, entry.model, entry.strength)
            kept[(*key, repr(sorted(entry.settings.items())))] = entry
    return list(kept.values())


def figures(entries: Sequence[Entry]) -> list[Figure]:
    """Give the figures that can be compared: those of the picture, the strength, and every signal that is a number."""
    names = dict.fromkeys(
        name for entry in entries for name, value in entry.signals.items() if scalar(value) is not None
    )
    return [*_FIELDS, *(_signal(name) for name in names if name != "schema_version")]


def summary(drifts: Sequence[Drift]) -> list[str]:
    """Say what drifted, one line a figure: over all pictures where it did there, and in which bins."""
    lines = []
    for name in dict.fromkeys(drift.figure for drift in drifts):
        of_figure = [drift for drift in drifts if drift.figure == name]
        overall = next((drift for drift in of_figure if drift.where == ALL.name), of_figure[0])
        others = [drift.where for drift in of_figure if drift is not overall]
        lines.append(overall.says + (f"; also in: {', '.join(others)}" if others else ""))
    return lines


def likely_causes(comparison: Comparison) -> list[str]:
    """Say what kind of change the drifts look like: other scenes, another camera, other objects, another model."""
    drifted = {drift.figure: drift for drift in reversed(comparison.drifts)}
    causes = []
    if "scene_brightness" in drifted:
        darker = drifted["scene_brightness"].window_median < drifted["scene_brightness"].reference_median
        causes.append(f"the scenes got {'darker (night, dusk, low key)' if darker else 'brighter'}")
    camera = [name for name in ("scene_grain", "scene_warmth", "scene_saturation", "megapixels") if name in drifted]
    if camera:
        titles = ", ".join(drifted[name].title for name in camera)
        causes.append(f"pictures come from another source, a camera or its processing ({titles})")
    if "foreground_ratio" in drifted:
        causes.append("the objects have another size in the picture")
    if any(name in drifted for name in _OF_THE_PICTURE):
        causes.append("the objects match their scenes less, or better, than before")
    results = any(drift.kind == "result" for drift in comparison.drifts)
    if results and comparison.model_changed:
        causes.append("method, model or version changed")
    if results and not causes:
        causes.append("results changed though pictures and model did not: look at settings and at the pictures")
    return causes


def _changes(now: Sequence[Entry], before: Sequence[Entry]) -> tuple[tuple[str, ...], bool]:
    made_by: dict[str, Callable[[Entry], str]] = {
        "method": lambda entry: str(entry.method),
        "model": lambda entry: (entry.model or "none")[:19],
        "version": lambda entry: str(entry.accord),
    }
    names = dict.fromkeys(name for entry in (*before, *now) for name in entry.settings)
    asked_for = {name: partial(_setting, name) for name in names}
    changes, model_changed = [], False
    for what, read in (made_by | asked_for).items():
        ours, theirs = (Counter(read(entry) for entry in entries) for entries in (now, before))
        if now and before and set(ours) != set(theirs):
            changes.append(f"{what}: {_shares(theirs)} before, {_shares(ours)} now")
            model_changed |= what in made_by
    return tuple(changes), model_changed


def _setting(name: str, entry: Entry) -> str:
    return json.dumps(entry.settings.get(name), sort_keys=True)


def _shares(counts: Counter[str]) -> str:
    total = counts.total()
    if len(counts) == 1:
        return next(iter(counts))
    return " + ".join(f"{name} ({100 * count / total:.0f} %)" for name, count in counts.most_common(3))


def _values(entries: Sequence[Entry], figure: Figure) -> Doubles:
    """Give a figure of each entry, NaN where there is none."""
    read = (figure.read(entry) for entry in entries)
    return np.array([np.nan if value is None else value for value in read], np.float64)


def _known(values: Doubles) -> Doubles:
    return values[np.isfinite(values)]


def _drift(
    figure: Figure, stratum: Stratum, now: Doubles, before: Doubles, distance: float, probability: float
) -> Drift:
    index = stability_index(before, now)
    medians = float(np.median(before)), float(np.median(now))
    # Where most values are the same, as where nothing clips, medians tell nothing.
    name, levels = ("median", medians) if medians[0] != medians[1] else ("mean", (before.mean(), now.mean()))
    unit = f" {figure.meaning.unit}" if figure.meaning.unit else ""
    says = (
        f"{figure.meaning.title} is {_moved(figure, before, now)} in {stratum.name}: {name} {levels[0]:.3g} before, "
        f"{levels[1]:.3g}{unit} now (KS {distance:.2f}, p {probability:.1g}, PSI {index:.2f})"
    )
    return Drift(
        figure.name,
        figure.meaning.title,
        figure.meaning.unit,
        figure.kind,
        stratum.name,
        len(before),
        len(now),
        *medians,
        distance,
        probability,
        index,
        says,
    )


def _moved(figure: Figure, before: Doubles, now: Doubles) -> str:
    """Say which way a figure went: by its quartiles, or else by its mean."""
    quartiles = np.quantile(now, [0.25, 0.5, 0.75]) - np.quantile(before, [0.25, 0.5, 0.75])
    if (quartiles >= 0).all() and quartiles.any():
        return figure.up
    if (quartiles <= 0).all() and quartiles.any():
        return figure.down
    if quartiles[0] < 0 < quartiles[2]:
        return "more spread out"
    if quartiles[2] < 0 < quartiles[0]:
        return "less spread out"
    return figure.up if now.mean() > before.mean() else figure.down


def _signal(name: str) -> Figure:
    kind: Kind = "picture" if name in _OF_THE_PICTURE else "result"
    meaning = MEANINGS.get(name, Meaning(name.replace("_", " ")))
    return Figure(name, meaning, kind, lambda entry: scalar(entry.signals.get(name)))


_OF_THE_PICTURE = ("gap_before", "contrast_gap_before", "chroma_gap_before", "method_disagreement")


def _megapixels(entry: Entry) -> float | None:
    return entry.height * entry.width / 1e6 if entry.height and entry.width else None


_FIELDS = (
    Figure(
        "foreground_ratio",
        Meaning("share of foreground", "of the picture"),
        "picture",
        lambda entry: entry.foreground_ratio,
        "larger",
        "smaller",
    ),
    Figure(
        "scene_brightness",
        Meaning("brightness of the scene", "stops"),
        "picture",
        lambda entry: entry.scene_brightness,
        "brighter",
        "darker",
    ),
    Figure("scene_contrast", Meaning("contrast of the scene", "stops"), "picture", lambda entry: entry.scene_contrast),
    Figure(
        "scene_warmth",
        Meaning("colour temperature of the scene", "mired"),
        "picture",
        lambda entry: entry.scene_warmth,
        "warmer",
        "cooler",
    ),
    Figure(
        "scene_saturation",
        Meaning("saturation of the scene", "Oklab x 100"),
        "picture",
        lambda entry: entry.scene_saturation,
    ),
    Figure(
        "scene_grain",
        Meaning("grain of the scene", "8-bit codes"),
        "picture",
        lambda entry: entry.scene_grain,
        "coarser",
        "finer",
    ),
    Figure("megapixels", Meaning("size", "megapixels"), "picture", _megapixels, "larger", "smaller"),
    Figure("strength", Meaning("strength"), "setting", lambda entry: entry.strength),
)

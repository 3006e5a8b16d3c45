"""One result, as a report shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from accord.core.encoding import Floats
from accord.diagnose.concerns import Reading, readings, score, worst
from accord.pipeline.displayed import photograph
from accord.pipeline.explaining import HOTTEST, drivers, heat_map
from accord.pipeline.shrink import fitted_size
from accord.pipeline.small import small_mask, small_version
from accord.pipeline.working import WorkingView
from accord.reporting import charts, pictures

if TYPE_CHECKING:
    from accord.diagnose.explanation import Explanation
    from accord.pipeline.result import Result


@dataclass(frozen=True)
class Case:
    """What a report says of a result. Pictures are data URIs, charts SVG.

    Parameters
    ----------
    name
        What to call it.
    method, strength, model
        How it was made.
    height, width
        The picture's size, in pixels.
    foreground
        Share of the picture that the mask covers.
    signals
        `Signals.to_dict()`.
    read
        The signals in words.
    explanation
        The colour map in a photographer's words.
    shown
        Size (height, width) of the pictures here.
    before, after, mask
        The pictures.
    heat
        Where the local part of the colour map acts; None for maps that are the same everywhere.
    hottest
        The heat map's largest value, CIEDE2000.
    driven
        What in the background drove the colour map; None where that was not asked for.
    most_driven
        Its largest value, CIEDE2000.
    scopes
        Histogram and vectorscope of the foreground before, after, and of the background.
    clipped
        Whether the picture is brighter than what is shown.
    """

    name: str
    method: str
    strength: float | None
    model: str | None
    height: int
    width: int
    foreground: float
    signals: Mapping[str, Any]
    read: list[Reading]
    explanation: Explanation
    shown: tuple[int, int]
    before: str
    after: str
    mask: str
    heat: str | None
    hottest: float
    driven: str | None
    most_driven: float
    scopes: dict[str, tuple[str, str]]
    clipped: bool

    @property
    def concerns(self) -> list[Reading]:
        """The signals beyond their limits, worst first."""
        return sorted((one for one in self.read if one.concern), key=lambda one: -(one.severity or 0))


def badness(signals: Mapping[str, Any]) -> float:
    """Give what results are put in order by: 1 - `p_better`; without it how far the worst signal is over its limit."""
    chance = score(signals)
    return 1 - chance if chance is not None else worst(readings(signals))


def case_of(name: str, result: Result, *, longest: int = 1024, with_drivers: bool = False) -> Case:
    """Gather all that a report shows of a result.

    Parameters
    ----------
    name
        What to call it.
    result
        What `accord.harmonize` gave.
    longest
        Longest side of the pictures, in pixels.
    with_drivers
        Whether to tell what in the background drove the colour map, which takes another 64 fits.

    Raises
    ------
    BadInputError
        If drivers are asked for where a colour map was given, not a method.
    """
    from accord.methods.fingerprint import model_hash

    view = result.composite
    done = WorkingView(result.picture, view.alpha_covers)
    size = view.picture.height, view.picture.width
    to = fitted_size(*size, longest, square=False)
    (before, seen), (after, _) = (small_version(one, to) for one in (view, done))
    cover = small_mask(result.mask, to)
    background = (1 - cover) * seen
    hot = heat_map(result)
    drove = drivers(result) if with_drivers else None
    signals = result.signals.to_dict()
    strength = result.settings.get("strength")
    weights = cover * seen if (cover * seen).any() else cover
    scopes = {
        "foreground before": _scopes(before, weights, "the foreground before"),
        "foreground after": _scopes(after, weights, "the foreground after"),
        "background": _scopes(before, background if background.any() else 1 - cover, "the background"),
    }
    return Case(
        name=name,
        method=result.method.id if result.method else "a colour map",
        strength=float(strength) if strength is not None else None,
        model=model_hash(result.method),
        height=size[0],
        width=size[1],
        foreground=float(result.mask.mean()),
        signals=signals,
        read=readings(signals),
        explanation=result.explanation,
        shown=to,
        before=photograph(before, seen),
        after=photograph(after, seen),
        mask=pictures.coverage(cover),
        heat=pictures.heat(before, hot, HOTTEST) if hot.any() else None,
        hottest=float(hot.max()),
        driven=pictures.heat(before, drove, pictures.DRIVEN, blocks=True) if drove is not None else None,
        most_driven=float(drove.max()) if drove is not None else 0.0,
        scopes=scopes,
        clipped=bool(max(before.max(), after.max()) > 1.05),
    )


def _scopes(colours: Floats, weights: Floats, what: str) -> tuple[str, str]:
    return charts.histogram(colours, weights, what), charts.vectorscope(colours, weights, what)

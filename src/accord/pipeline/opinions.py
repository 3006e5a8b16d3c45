"""What several methods would make of a composite's foreground, fitted on a small version."""

from __future__ import annotations

from accord.core.encoding import Floats
from accord.core.place import Place
from accord.methods import registry
from accord.methods.ready import ready
from accord.pipeline.judging import Judge
from accord.pipeline.shrink import fitted_size
from accord.pipeline.small import drawn, small_mask, small_version
from accord.pipeline.working import WorkingView

PANEL = ("reinhard", "mkl", "xue")
"""Methods whose sources differ in what they match: mean and deviation, covariance, chosen zones. The default joins."""

_LONGEST, _COLOURS = 128, 768


def opinions(view: WorkingView, mask: Floats, judge: Judge | None) -> tuple[Floats, ...]:
    """Give for each method of `PANEL`, and for the learned default where there is one, (n, 3) working-space colours."""
    to = fitted_size(view.picture.height, view.picture.width, _LONGEST, square=False)
    colours, seen = small_version(view, to)
    cover = small_mask(mask, to)
    foreground, background = cover * seen, (1 - cover) * seen
    if not (foreground.any() and background.any()):
        return ()
    maps = [ready(registry.get(name)).fit(colours, foreground, background) for name in PANEL]
    if judge is not None:
        maps.append(judge.maps["whole"])
    whole = Place.whole(*to)
    return tuple(drawn(colour_map.transform(colours, whole), foreground, _COLOURS) for colour_map in maps)

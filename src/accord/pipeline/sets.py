"""One colour map for the pictures of a set, so that a product looks the same from every angle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import Literal, TypeAlias

import numpy as np

from accord.composite.scene import Scene
from accord.core.errors import BadInputError
from accord.export.approximation import nearest_polynomial
from accord.methods.card import Method, MethodCard
from accord.pipeline.asked import checked_strength, chosen
from accord.pipeline.fitting import Fit, fitted
from accord.pipeline.guarding import (
    TOLERANCE,
    Foreground,
    Guard,
    Limits,
    check_violation,
    colour_pairs,
    exposure_outcome,
    guarded,
    outcome,
    settle,
)
from accord.pipeline.harmonizing import PictureLike, harmonize, read_composite
from accord.pipeline.protecting import Protect, protected_areas
from accord.pipeline.result import Result
from accord.transforms.base import ColourMap

Member: TypeAlias = "tuple[PictureLike | Scene, PictureLike | Literal['auto'] | None]"


@dataclass(frozen=True, eq=False)
class _Seen:
    """What is kept of a picture of the set while the map is made: its size, its fit, and its foreground's colours."""

    size: tuple[int, int]
    fit: Fit | None
    own: ColourMap
    foreground: Foreground


def harmonize_set(
    composites: Sequence[Member],
    *,
    method: str | PathLike[str] | MethodCard | Method | ColourMap | None = None,
    strength: float = 1.0,
    reference: Literal["background", "ring"] = "background",
    encoding: Literal["srgb", "linear"] | None = None,
    mask_model: str | PathLike[str] | None = None,
    protect: Protect | Sequence[Protect] | None = None,
    tolerance: float = TOLERANCE,
    mode: Literal["full", "tone-wb", "tone"] = "full",
    max_exposure: float | None = None,
    max_hue: float | None = None,
    on_violation: Literal["error", "warn"] = "error",
) -> Iterator[Result]:
    """Harmonize several composites of one thing with one and the same colour map.

    The method fits each picture; the map is the cubic polynomial of colour that comes nearest to all of these fits over
    all foregrounds' colours, each picture counting the same. What a fit does in one place only, or to one picture only,
    is left out. A single picture keeps its own map.

    Parameters
    ----------
    composites
        Pairs of composite and mask, as for `accord.harmonize`; None as mask for a composite's alpha, or a scene's own.
    method, strength, encoding, mask_model, protect, tolerance, mode, max_hue, on_violation
        As for `accord.harmonize`.
    reference
        "background" or "ring": each picture's own.
    max_exposure
        The most that the mean luminance of all foregrounds together moves, in stops.

    Returns
    -------
    Iterator
        The results in order, each made when it is asked for, so that only one picture at full size is held at a time.
        All pictures are read and fitted, and all limits looked at, before this function returns.

    Raises
    ------
    HarmonizeError
        As `accord.harmonize` does, of the first picture that cannot be used, by its number.
    """
    if not composites:
        raise BadInputError("the set is empty: give pairs of composite and mask.")
    strength = checked_strength(strength)
    check_violation(on_violation)
    fitter = chosen(method)
    seen = []
    for number, (composite, mask) in enumerate(composites, 1):
        try:
            view, cover = read_composite(composite, mask, encoding=encoding, mask_model=mask_model)
            fit, own = fitted(fitter, view, cover, reference)
        except BadInputError as error:
            raise BadInputError(f"picture {number} of the set: {error}") from None
        size = view.picture.height, view.picture.width
        seen.append(_Seen(size, fit, own.at_strength(strength), Foreground.of(view, cover)))
    areas = [protected_areas(protect, each.size) for each in seen]
    limits = Limits({}, tolerance, mode, max_exposure, max_hue)
    foregrounds = [each.foreground for each in seen]
    # At strength 0 the map is the identity, exactly, and limits have nothing to take back.
    kept = limits if strength > 0 else Limits()
    alone = len(seen) == 1 or isinstance(fitter, ColourMap) or strength == 0
    wanted = seen[0].own if alone else _shared(seen)
    given = guarded(wanted, kept, foregrounds)
    common = [] if kept.max_exposure is None else [exposure_outcome(foregrounds, kept.max_exposure, wanted, given)]

    plans = []
    for number, (each, own_areas) in enumerate(zip(seen, areas, strict=True), 1):
        its_limits = Limits(own_areas, tolerance, max_hue=max_hue) if strength > 0 else kept
        colour_map = guarded(given, replace(its_limits, max_hue=None), [each.foreground])
        guards: tuple[Guard, ...] = (*common, *outcome(each.foreground, its_limits, wanted, colour_map))
        settle(guards, on_violation, of=f"picture {number} of the set: ")
        told = replace(limits, areas=own_areas).to_dict()
        plans.append((colour_map, guards, told))

    def results() -> Iterator[Result]:
        for (composite, mask), each, (colour_map, guards, told) in zip(composites, seen, plans, strict=True):
            result = harmonize(composite, mask, method=colour_map, encoding=encoding, mask_model=mask_model)
            settings = {
                "strength": strength,
                "reference": reference,
                "as_published": False,
                **told,
                "same_map": len(seen),
            }
            card = fitter if isinstance(fitter, MethodCard) else None
            yield replace(result, method=card, guards=guards, settings=settings, fit=each.fit)

    return results()


def _shared(seen: Sequence[_Seen]) -> ColourMap:
    pairs = [colour_pairs(each.own, [each.foreground]) for each in seen]
    most = max(len(before) for before, _ in pairs)
    # Each picture counts the same: the colours of small ones are taken several times.
    taken = [np.arange(most) * len(before) // most for before, _ in pairs]
    before, after = (
        np.concatenate([pair[side][index] for pair, index in zip(pairs, taken, strict=True)]) for side in (0, 1)
    )
    return nearest_polynomial(before, after)

"""A method fitted on the small version of a composite."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from accord.core.encoding import Floats
from accord.core.errors import BadInputError
from accord.io import as_mask
from accord.io.windows import display_window
from accord.methods.card import Method, MethodCard
from accord.methods.ready import ready
from accord.pipeline.reference import BACKGROUND, RING, ring_around
from accord.pipeline.shrink import fitted_size
from accord.pipeline.small import small_mask, small_version
from accord.pipeline.working import WorkingView
from accord.transforms.base import ColourMap

if TYPE_CHECKING:
    from accord.pipeline.harmonizing import PictureLike

# What a method without a card is fitted on; with one, the card says.
FIT_SIZE = 512


@dataclass(frozen=True, eq=False)
class Fit:
    """What a method was shown, so that it can be shown something else.

    Parameters
    ----------
    method
        The method, ready.
    composite
        (h, w, 3) small version in the working space.
    mask, reference
        (h, w) weights in [0, 1] of the foreground and of whose look it takes.
    """

    method: Method
    composite: Floats
    mask: Floats
    reference: Floats

    def colour_map(self) -> ColourMap:
        """Fit the map."""
        return self.method.fit(self.composite, self.mask, self.reference)

    def without(self, composite: Floats, reference: Floats) -> Fit:
        """Give the same with another background and other weights."""
        return replace(self, composite=composite, reference=reference)


def prepared(fitter: MethodCard | Method, view: WorkingView, mask: Floats, reference: PictureLike) -> Fit:
    """Shrink a composite for a method. Where the picture is partly transparent, only what can be seen counts.

    Parameters
    ----------
    fitter
        The method, or its card.
    view, mask
        The composite and its mask, (H, W).
    reference
        "background", "ring", or what `accord.io.as_mask` takes.

    Raises
    ------
    BadInputError
        If nothing can be seen of the foreground or of the reference.
    """
    longest, square = (fitter.fit_size, fitter.square) if isinstance(fitter, MethodCard) else (FIT_SIZE, False)
    size = view.picture.height, view.picture.width
    to = fitted_size(*size, longest, square=square)
    composite, seen = small_version(view, to)
    cover = small_mask(mask, to)
    if isinstance(reference, str) and reference == BACKGROUND:
        weights = 1 - cover
    elif isinstance(reference, str) and reference == RING:
        weights = ring_around(cover)
    else:
        weights = small_mask(as_mask(reference, *size, display_window(view.picture)), to) * (1 - cover)
    if not (cover * seen).any():
        raise BadInputError("the foreground is fully transparent in the composite, so there is nothing to harmonize.")
    if not (weights * seen).any():
        raise BadInputError(
            "the reference leaves no visible pixel outside the foreground. Choose a larger one; by default all of the "
            "background counts."
        )
    method = ready(fitter) if isinstance(fitter, MethodCard) else fitter
    return Fit(method, composite, cover * seen, weights * seen)


def fitted(
    fitter: MethodCard | Method | ColourMap, view: WorkingView, mask: Floats, reference: PictureLike
) -> tuple[Fit | None, ColourMap]:
    """Give the map that a method fits, and what it was shown; a map given as method is itself, and was shown nothing.

    Parameters and errors are those of `prepared`.
    """
    if isinstance(fitter, ColourMap):
        return None, fitter
    fit = prepared(fitter, view, mask, reference)
    return fit, fit.colour_map()

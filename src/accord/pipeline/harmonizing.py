"""The main job: composite in, harmonized picture out.

picture -> a method fits a colour map on a small version -> the map is applied at full size inside the mask's bounding
box -> the picture goes back to its own depth and encoding. Command line, evaluation and servers all call `harmonize`.
"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from numpy.typing import NDArray

from accord.composite.scene import Scene
from accord.core.encoding import Floats
from accord.core.errors import BadInputError
from accord.core.picture import Picture
from accord.core.resources import using
from accord.io import as_mask, as_picture, mask_of
from accord.io.finite import check_finite
from accord.io.windows import display_window
from accord.methods import registry
from accord.methods.card import Method, MethodCard
from accord.methods.ready import ready
from accord.pipeline import published
from accord.pipeline.apply import recoloured
from accord.pipeline.asked import check_runs_on, checked_strength, chosen, no_mask, refuse_useless
from accord.pipeline.choosing import CLASSICAL, most_promising
from accord.pipeline.fitting import fitted
from accord.pipeline.guarding import TOLERANCE, Foreground, Limits, check_violation, guarded, outcome, settle
from accord.pipeline.need import checked_threshold, judged, required_judge
from accord.pipeline.protecting import Protect, protected_areas
from accord.pipeline.reference import BACKGROUND
from accord.pipeline.result import Result
from accord.pipeline.working import WorkingView
from accord.transforms import Identity
from accord.transforms.base import ColourMap

if TYPE_CHECKING:
    from PIL import Image

PictureLike: TypeAlias = "str | PathLike[str] | NDArray[Any] | Image.Image | Picture"


def harmonize(
    composite: PictureLike | Scene,
    mask: PictureLike | Literal["auto"] | None = None,
    *,
    method: str | PathLike[str] | MethodCard | Method | ColourMap | None = None,
    strength: float = 1.0,
    reference: PictureLike | Literal["background", "ring"] = BACKGROUND,
    encoding: Literal["srgb", "linear"] | None = None,
    mask_model: str | PathLike[str] | None = None,
    as_published: bool = False,
    protect: Protect | Sequence[Protect] | None = None,
    tolerance: float = TOLERANCE,
    mode: Literal["full", "tone-wb", "tone"] = "full",
    max_exposure: float | None = None,
    max_hue: float | None = None,
    on_violation: Literal["error", "warn"] = "error",
    threads: int | None = None,
    device: Literal["cpu", "cuda", "directml"] | None = None,
    when_needed: bool | float = False,
    best_of: bool | Sequence[str | MethodCard] = False,
) -> Result:
    """Recolour the foreground of a composite so that it belongs to its background.

    Parameters
    ----------
    composite
        A path, a Pillow image, an array (H, W), (H, W, 3) or (H, W, 4) of uint8, uint16, float16 or float32, or a scene
        from `accord.compose`. Integers are display-encoded in their embedded profile, or sRGB; floats are scene-linear
        sRGB with 1.0 at white. A grey picture stays grey: it is recoloured as RGB, and the luminance of that is kept.
    mask
        Coverage of the foreground: a path, a Pillow image, or an array (H, W) of bool, uint8, uint16 or floats in
        [0, 1]; or "auto" for a segmentation model's guess. By default the composite's alpha, which
        then says nothing but where the foreground is: colours are not divided by it.
    method
        The id of a method (`accord.list_methods()`), the path of a network from `accord export` (.onnx), a card, an
        object with its own `fit`, or a colour map to be applied as it is: an object, or a file from
        `Result.save_sidecar` (.json, .xmp).
    strength
        How far to go, in [0, 1]: 0 leaves every pixel as it is, 1 applies the colour map in full.
    reference
        Whose look the foreground takes: "background" for all of it, "ring" for what lies around the foreground, or a
        mask (as `mask`) of the part that counts. The foreground itself never counts.
    encoding
        "srgb" if a float array is display-encoded, "linear" if it is scene-linear (the default).
    mask_model
        Path of the segmentation model for ``mask="auto"``; nothing is ever downloaded.
    as_published
        Whether a published network harmonizes as its authors' own code does: with its own treatment of background and
        full size, in place of a colour map within the mask. A scene is then harmonized as the flat picture it shows.
        The result's `colour_map` is still the one that would have been applied.
    protect
        What keeps its chroma and hue, while its lightness may move; one or several of: a colour ("#1a2b3c",
        "26,43,60", or three whole numbers), a palette (a .gpl, .hex or .txt file), "skin" (the colours that skin has in
        white light, wherever they are), a region (a mask as `mask`, white where protected).
    tolerance
        The most that what is protected moves, CIEDE2000 with its lightness term left out.
    mode
        "full" for all that the colour map does, "tone-wb" for its tone and one white balance, "tone" for its tone
        alone: the foreground then keeps its chromaticities.
    max_exposure
        The most that the foreground's mean luminance moves, in stops.
    max_hue
        The most that a hue turns, in degrees of CIELAB hue, at most 90; greys (chroma below 3) are free.
    on_violation
        Whether a limit that is broken all the same raises GuardError ("error"), or warns with GuardWarning ("warn").
        Limits are built into the colour map, so that is rare; `Result.guards` tells what became of each.

    threads
        How many cores to use; by default all that the process may use. The result is the same.
    device
        Where the method's network runs: "cpu" (the default), "cuda" or "directml", with the ONNX Runtime that has it.
        Colour maps are always applied on the CPU.
    when_needed
        Whether to leave the composite as it is, bit for bit, where the result is unlikely to be better: where its
        `p_better` is below a threshold that comes with accord, or the one that is given here. `Result.left_alone`
        tells.
    best_of
        Whether to try several results in place of one method's, and apply the most promising (see
        `accord.pipeline.choosing`): the learned default's with several strengths, references and crops, and some
        classical methods'; or, beside the default's, those of the methods that are listed. `Result.choice` tells what
        was tried.

    Returns
    -------
    Result
        With `.image`, of the composite's shape and dtype, and `.save()`. Pixels where the mask is exactly 0 are the
        composite's, bit for bit.

    Raises
    ------
    BadInputError
        If the picture, mask, reference, or strength cannot be used as it came.
    UnknownMethodError
        If there is no method of that name.
    WeightsError
        If ``mask="auto"`` is asked for without a usable segmentation model.
    GuardError
        If a limit is broken, and `on_violation` is "error".

    Examples
    --------
    >>> import numpy as np
    >>> composite = np.full((4, 4, 3), 200, np.uint8)
    >>> composite[1, 1] = 20
    >>> mask = np.zeros((4, 4), bool)
    >>> mask[1, 1] = True
    >>> harmonize(composite, mask, method="reinhard").image[1, 1].tolist()
    [200, 200, 200]
    """
    with using(threads, device):
        strength = checked_strength(strength)
        check_violation(on_violation)
        threshold, others = checked_threshold(when_needed), _others(best_of, method, reference, as_published)
        fitter = chosen(method) if others is None else Identity()
        check_runs_on(device, fitter)
        view, cover = read_composite(composite, mask, encoding=encoding, mask_model=mask_model)
        picture = view.picture
        areas = protected_areas(protect, (picture.height, picture.width))
        limits = Limits(areas, tolerance, mode, max_exposure, max_hue)
        if as_published and limits.any:
            raise BadInputError(
                "limits are kept by a colour map, and as_published applies none: leave one of them out."
            )
        judge = choice = need = None
        if others is not None or threshold is not None:
            judge = required_judge(view, cover, "when_needed" if others is None else "best_of")
        if others is not None and judge is not None:
            fitter, choice = most_promising(judge, view, cover, others)
        fit, own = fitted(fitter, view, cover, reference)
        wanted = colour_map = own.at_strength(strength)
        foreground = Foreground.of(view, cover) if limits.any and strength > 0 else None
        if foreground is not None:
            colour_map = guarded(wanted, limits, [foreground])
        if strength == 0:
            done = picture.with_pixels(picture.pixels.copy())
        elif as_published:
            done = _published(fitter, view, cover, reference, strength)
        elif isinstance(composite, Scene):
            done = composite.recolour(colour_map.transform)
        else:
            done = recoloured(view, cover, colour_map)
        guards = outcome(foreground, limits, wanted, colour_map) if foreground is not None else ()
        if judge is not None and threshold is not None:
            need = judged(judge, done, threshold)
            if not need.harmonized:
                done, colour_map, guards = picture.with_pixels(picture.pixels.copy()), Identity(), ()
        settle(guards, on_violation)
        settings = {
            "strength": strength,
            "reference": reference if isinstance(reference, str) else "mask",
            "as_published": as_published,
            **limits.to_dict(),
            "when_needed": threshold,
            "best_of": None if others is None else [card.id for card in others],
        }
        card = fitter if isinstance(fitter, MethodCard) else None
        scene = composite if isinstance(composite, Scene) else None
        return Result(done, colour_map, card, cover, view, guards, settings, fit, scene, choice, need, judge)


def read_composite(
    composite: PictureLike | Scene,
    mask: PictureLike | Literal["auto"] | None,
    *,
    encoding: Literal["srgb", "linear"] | None,
    mask_model: str | PathLike[str] | None,
) -> tuple[WorkingView, Floats]:
    """Give a composite as it is seen, and its mask, (H, W) in [0, 1]; parameters and errors are `harmonize`'s."""
    if isinstance(composite, Scene):
        if mask is not None:
            raise BadInputError("a scene knows its own mask, but another was given: leave mask out")
        picture, cover, from_alpha = composite.picture(), composite.mask, False
    else:
        picture = as_picture(composite, encoding=encoding)
        cover, from_alpha = _mask_for(picture, mask, mask_model)
    if isinstance(composite, Picture):  # other sources are checked where they are read
        check_finite(picture.pixels, "the composite")
    refuse_useless(picture, cover)
    return WorkingView(picture, alpha_covers=not from_alpha), cover


def _others(
    best_of: bool | Sequence[str | MethodCard], method: object, reference: object, as_published: bool
) -> list[MethodCard] | None:
    """Give the methods to try beside the learned default, or None where the best of several is not asked for."""
    if best_of is False:
        return None
    if method is not None or as_published or not (isinstance(reference, str) and reference == BACKGROUND):
        raise BadInputError(
            "best_of tries methods and references of its own: leave out method, reference and as_published, or best_of."
        )
    if isinstance(best_of, str) or not isinstance(best_of, bool | Sequence):
        raise BadInputError(f"best_of is {best_of!r}; it is True, or a list of methods to try: ['reinhard', 'idt'].")
    listed = CLASSICAL if isinstance(best_of, bool) else best_of
    return [one if isinstance(one, MethodCard) else registry.get(one) for one in listed]


def _mask_for(
    picture: Picture,
    mask: PictureLike | Literal["auto"] | None,
    mask_model: str | PathLike[str] | None,
) -> tuple[Floats, bool]:
    """Give the mask, and whether it is the composite's alpha."""
    if isinstance(mask, str) and mask == "auto":
        from accord.io.automask import auto_mask

        return auto_mask(picture, model=mask_model), False
    if mask_model is not None:
        raise BadInputError('a mask model was given, but only mask="auto" uses one: ask for that, or leave it out')
    if mask is not None:
        return as_mask(mask, picture.height, picture.width, display_window(picture)), False
    cover = mask_of(picture)
    if cover is None:
        raise no_mask()
    return cover, True


def _published(
    fitter: MethodCard | Method | ColourMap,
    view: WorkingView,
    mask: Floats,
    reference: PictureLike | Literal["background", "ring"],
    strength: float,
) -> Picture:
    if isinstance(fitter, ColourMap):
        raise BadInputError("a colour map has no published form: leave as_published out, or give a method.")
    if not (isinstance(reference, str) and reference == BACKGROUND):
        raise BadInputError("published networks look at the whole background: leave out reference, or as_published.")
    method = ready(fitter) if isinstance(fitter, MethodCard) else fitter
    return published.as_published(view, mask, method, strength)

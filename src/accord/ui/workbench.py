"""From a document to what is shown, measured and exported, by the functions that the command line calls."""

from __future__ import annotations

import secrets
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.composite.scene import Scene
from accord.core.encoding import SRGB, Floats
from accord.core.errors import BadInputError, GuardWarning
from accord.core.picture import Picture
from accord.diagnose.concerns import readings
from accord.io import as_mask, mask_of, write_picture
from accord.io.windows import display_window
from accord.methods import registry
from accord.pipeline.fitting import Fit, fitted
from accord.pipeline.guarding import Foreground, Limits, guarded
from accord.pipeline.harmonizing import harmonize, read_composite
from accord.pipeline.protecting import protected_areas
from accord.pipeline.result import Result
from accord.pipeline.shrink import fitted_size
from accord.pipeline.small import small_mask, small_version
from accord.pipeline.working import WorkingView
from accord.staging import compose
from accord.transforms import Chain, ColourMap, Photographic
from accord.ui.document import Document, Mask
from accord.ui.lately import Lately
from accord.ui.screen import Screen, screen_of, window_of
from accord.ui.settings import Settings
from accord.ui.store import Store
from accord.ui.strokes import painted

# How many of each are held: enough for a few steps back, and a few methods side by side.
_MASKS, _STAGES, _WINDOWS, _FITS, _RESULTS = 6, 3, 2, 24, 2

Window = tuple[int, int, int, int]
"""Left, top, width and height of a part of a picture, in its own pixels."""


@dataclass(frozen=True, eq=False)
class Stage:
    """A composite at full size and at that of the screen.

    Parameters
    ----------
    source
        What is harmonized: a scene, or a flat composite.
    given_mask
        The flat composite's mask, as `harmonize` takes it: None for its alpha, and for scenes.
    view, mask
        The composite as it is seen, and its mask (H, W).
    screen
        The same, small.
    """

    source: Scene | Picture
    given_mask: Floats | None
    view: WorkingView
    mask: Floats
    screen: Screen


class Workbench:
    """Works out what documents mean, and holds what took long. Several threads may ask it.

    Parameters
    ----------
    settings
        How it runs.
    store
        The pictures.
    """

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store
        self._masks: Lately[str, Floats] = Lately(_MASKS)
        self._mask_files: Lately[str, Path] = Lately(_MASKS)
        self._stages: Lately[str, Stage] = Lately(_STAGES)
        self._windows: Lately[str, Screen] = Lately(_WINDOWS)
        self._fits: Lately[str, tuple[Fit | None, ColourMap]] = Lately(_FITS)
        self._results: Lately[str, Result] = Lately(_RESULTS)

    def stage(self, document: Document) -> Stage:
        """Give the composite of a document."""
        return self._stages.get(document.scene_key(), lambda: self._staged(document))

    def fit(self, document: Document) -> tuple[Fit | None, ColourMap]:
        """Give the colour map that the document's method fits, at strength 1, and what it was shown."""

        def work() -> tuple[Fit | None, ColourMap]:
            stage = self.stage(document)
            return fitted(registry.get(document.method), stage.view, stage.mask, document.reference)

        return self._fits.get(document.fit_key(), work)

    def screen(self, document: Document, window: Window | None = None) -> Screen:
        """Give the composite at the size of the screen; or a part of it at full size.

        Raises
        ------
        BadInputError
            If nothing of the window lies in the picture.
        """
        stage = self.stage(document)
        if window is None:
            return stage.screen
        left, top, width, height = window
        rows = slice(top, min(top + height, stage.view.picture.height))
        columns = slice(left, min(left + width, stage.view.picture.width))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            raise BadInputError("the window lies outside the picture.")
        scene = stage.source if isinstance(stage.source, Scene) else None
        return self._windows.get(
            f"{window} {document.scene_key()}", lambda: window_of(scene, stage.view, stage.mask, rows, columns)
        )

    def mapped(self, document: Document, window: Window | None = None) -> Floats:
        """Give the foreground's colours under the method's map at strength 1, for the same part as `screen`."""
        return self.screen(document, window).mapped(self.fit(document)[1])

    def shown(self, document: Document, window: Window | None = None) -> NDArray[np.uint8]:
        """Give the harmonized picture, (h, w, 3), for the same part as `screen`: the export's map, limits and all."""
        stage = self.stage(document)
        _, own = self.fit(document)
        colour_map = _edited(own.at_strength(document.strength), document)
        areas = protected_areas(list(document.protect) or None, (stage.view.picture.height, stage.view.picture.width))
        if areas and (document.strength > 0 or document.edited):
            limits = Limits(areas, document.tolerance)
            colour_map = guarded(colour_map, limits, [Foreground.of(stage.view, stage.mask)])
        screen = self.screen(document, window)
        return screen.picture(screen.mapped(colour_map))

    def result(self, document: Document) -> Result:
        """Harmonize at full size. Without sliders this is what `accord harmonize` or `accord compose` calls."""
        return self._results.get(document.model_dump_json(), lambda: self._result(document))

    def measured(self, document: Document) -> dict[str, Any]:
        """Give signals, read, the colour map in a photographer's words, and what became of limits."""
        result = self.result(document)
        signals = result.signals.to_dict()
        return {
            "signals": [
                {
                    "name": one.name,
                    "title": one.meaning.title,
                    "unit": one.meaning.unit,
                    "value": one.value,
                    "concern": one.concern,
                    "look_at": one.meaning.look_at,
                }
                for one in readings(signals)
            ],
            "explanation": result.explanation.to_dict(),
            "guards": [guard.to_dict() for guard in result.guards],
        }

    def mask(self, document: Document) -> Floats:
        """Give the mask of a document at the full size of the picture that it belongs to, strokes painted."""
        picture = self._store.picture(document.masked)
        mask = document.mask
        keys = [_mask_key(document, count) for count in range(len(mask.strokes) + 1)]
        known = next((count for count in reversed(range(len(keys))) if keys[count] in self._masks), None)
        if known is None:
            known = 0
            self._masks.get(keys[0], lambda: self._base(mask, picture))
        made = self._masks.get(keys[known], lambda: self._base(mask, picture))
        for stroke in mask.strokes[known:]:
            made = painted(made, stroke)
        if known < len(mask.strokes):
            self._masks.get(keys[-1], lambda: made)
        return made

    def small_mask(self, document: Document) -> NDArray[np.uint8]:
        """Give the mask at the size of the screen, (h, w)."""
        mask = self.mask(document)
        to = fitted_size(mask.shape[0], mask.shape[1], self._settings.longest, square=False)
        codes: NDArray[np.uint8] = np.rint(small_mask(mask, to) * np.float32(255)).astype(np.uint8)
        return codes

    def mask_file(self, document: Document) -> Path:
        """Give the mask as the 8-bit PNG that is harmonized with: the file for the command line's --mask."""
        key = _mask_key(document, len(document.mask.strokes))

        def write() -> Path:
            path = self._settings.folder / f"mask-{secrets.token_hex(16)}.png"
            codes = np.rint(self.mask(document) * np.float32(255)).astype(np.uint8)
            write_picture(Picture(codes[..., None], SRGB), path)
            return path

        return self._mask_files.get(key, write)

    def thumbnail(self, picture_id: str) -> tuple[NDArray[np.uint8], tuple[int, int], str, bool]:
        """Give a picture at the size of the screen, (h, w, 3 or 4), its size and depth, and whether it has alpha."""
        picture = self._store.picture(picture_id)
        size = picture.height, picture.width
        to = fitted_size(*size, self._settings.longest, square=False)
        colours, seen = small_version(WorkingView(picture, alpha_covers=True), to)
        codes = np.rint(np.clip(colours, 0, 1) * np.float32(255)).astype(np.uint8)
        alpha = picture.alpha is not None
        if alpha:
            codes = np.concatenate([codes, np.rint(seen[..., None] * np.float32(255)).astype(np.uint8)], axis=-1)
        return codes, size, picture.pixels.dtype.name, alpha

    def _staged(self, document: Document) -> Stage:
        source, given = self._source(document)
        view, mask = read_composite(source, given, encoding=None, mask_model=None)
        scene = source if isinstance(source, Scene) else None
        return Stage(source, given, view, mask, screen_of(scene, view, mask, self._settings.longest))

    def _source(self, document: Document) -> tuple[Scene | Picture, Floats | None]:
        own = document.mask == Mask()
        if document.composite is not None:
            picture = self._store.picture(document.composite)
            if own:
                return picture, None
            return picture, as_mask(self.mask_source(document), picture.height, picture.width, display_window(picture))
        assert document.background is not None
        assert document.foreground is not None
        where = document.placement
        scene = compose(
            self._store.picture(document.background),
            self._store.picture(document.foreground),
            at=(where.x, where.y),
            scale=where.scale,
            rotation=where.rotation,
            flip=where.flip,
            mask=None if own else self.mask_source(document),
        )
        return scene, None

    def mask_source(self, document: Document) -> Path:
        """Give the file that holds a document's mask: the one that was dropped, or one of what was painted."""
        base, strokes = document.mask.base, document.mask.strokes
        if base in ("alpha", "auto", "none") or strokes:
            return self.mask_file(document)
        return self._store[base].path

    def _base(self, mask: Mask, picture: Picture) -> Floats:
        if mask.base == "none":
            return np.zeros((picture.height, picture.width), np.float32)
        if mask.base == "alpha":
            alpha = mask_of(picture)
            return np.zeros((picture.height, picture.width), np.float32) if alpha is None else np.clip(alpha, 0, 1)
        if mask.base == "auto":
            from accord.io.automask import auto_mask

            return auto_mask(picture, self._settings.mask_model)
        kept = self._store[mask.base]
        try:
            return as_mask(kept.path, picture.height, picture.width, display_window(picture))
        except BadInputError as error:
            raise BadInputError(str(error).replace(str(kept.path), kept.name)) from error

    def _result(self, document: Document) -> Result:
        stage = self.stage(document)
        card = registry.get(document.method)
        options: dict[str, Any] = {
            "protect": list(document.protect) or None,
            "tolerance": document.tolerance,
            "on_violation": "warn",
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", GuardWarning)  # shown beside the picture
            if not document.edited:
                return harmonize(
                    stage.source,
                    stage.given_mask,
                    method=card,
                    strength=document.strength,
                    reference=document.reference,
                    **options,
                )
            fit, own = self.fit(document)
            whole = _edited(own.at_strength(document.strength), document)
            result = harmonize(stage.source, stage.given_mask, method=whole, **options)
        settings = {
            **result.settings,
            "strength": document.strength,
            "reference": document.reference,
            "edit": document.edit.model_dump(),
        }
        return replace(result, method=card, settings=settings, fit=fit)


def _edited(colour_map: ColourMap, document: Document) -> ColourMap:
    """Put the sliders after a method's map."""
    return Chain((colour_map, Photographic(document.edit.photographic()))) if document.edited else colour_map


def _mask_key(document: Document, count: int) -> str:
    """Tell a picture's mask after so many strokes from others."""
    mask = document.mask.model_copy(update={"strokes": document.mask.strokes[:count]})
    return f"{document.masked} {mask.model_dump_json()}"

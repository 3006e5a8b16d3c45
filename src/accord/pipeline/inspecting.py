"""Inspect a composite before anything is changed."""

from __future__ import annotations

from os import PathLike
from typing import Literal

import numpy as np

from accord.composite.scene import Scene
from accord.core.encoding import Floats
from accord.diagnose.figures import Figure
from accord.diagnose.inspection import Inspection, Patch, Subject, inspect_views
from accord.diagnose.suggestion import suggested_change
from accord.methods.card import MethodCard
from accord.pipeline.default import default_network
from accord.pipeline.harmonizing import PictureLike, read_composite
from accord.pipeline.judging import Judge
from accord.pipeline.measuring import fullest_window, small_composite, visible_ring
from accord.pipeline.working import WorkingView


def inspect(
    composite: PictureLike | Scene,
    mask: PictureLike | Literal["auto"] | None = None,
    *,
    encoding: Literal["srgb", "linear"] | None = None,
    mask_model: str | PathLike[str] | None = None,
) -> Inspection:
    """Measure what does not match in a composite, and whether colour alone can mend it. Nothing is changed.

    Parameters
    ----------
    composite, mask, encoding, mask_model
        As for `accord.harmonize`.

    Returns
    -------
    Inspection
        With `.foreground`, `.ring`, `.background` and `.difference` (figures with unit and 95 % interval), `.mask`,
        `.suggested_change`, `.findings` and `.verdict`. The same input gives the same figures.

    Raises
    ------
    BadInputError
        If picture or mask cannot be used as they came.
    WeightsError
        If ``mask="auto"`` is asked for without a usable segmentation model.

    Examples
    --------
    >>> import numpy as np
    >>> composite = np.full((64, 64, 3), 200, np.uint8)
    >>> mask = np.zeros((64, 64), bool)
    >>> mask[16:48, 16:48] = True
    >>> composite[mask] = 40
    >>> round(inspect(composite, mask).difference.exposure.value, 1)
    -4.8
    """
    view, cover = read_composite(composite, mask, encoding=encoding, mask_model=mask_model)
    return inspected(view, cover, default_network())


def inspected(view: WorkingView, cover: Floats, network: MethodCard) -> Inspection:
    """Inspect a composite that was read.

    Parameters
    ----------
    view, cover
        The composite and its mask, (H, W).
    network
        A network from `accord export`, whose proposals are evidence.
    """
    small, foreground, background = small_composite(view, cover)
    ring = visible_ring(foreground, background)
    near = fullest_window(foreground, cover.shape)
    return inspect_views(
        Subject(
            small=small,
            mask=foreground,
            ring=ring,
            background=background,
            foreground_patch=_patch(view, cover, near),
            ring_patch=_ring_patch(view, cover, ring),
            full_mask=cover,
            outline_mask=cover[near],
            suggested_change=_suggested(view, cover, network),
        )
    )


def _suggested(view: WorkingView, cover: Floats, network: MethodCard) -> Figure | None:
    judge = Judge(view, cover, network)
    if not judge.able:
        return None
    proposals = [judge.applied(colour_map) for colour_map in judge.maps.values()]
    return suggested_change(judge.small.colours, judge.small.mask, proposals)


def _patch(view: WorkingView, weights: Floats, where: tuple[slice, slice]) -> Patch:
    return Patch(view.read(*where), weights[where] * view.coverage(*where))


def _ring_patch(view: WorkingView, mask: Floats, ring: Floats) -> Patch:
    """Read the part with most of the ring; its weights come from the small version, less what the mask covers."""
    rows, columns = fullest_window(ring, mask.shape)
    nearest = [
        np.arange(part.start, part.stop) * cells // size
        for part, cells, size in zip((rows, columns), ring.shape, mask.shape, strict=True)
    ]
    near = ring[np.ix_(*nearest)] * (mask[rows, columns] == 0) * view.coverage(rows, columns)
    return Patch(view.read(rows, columns), near)

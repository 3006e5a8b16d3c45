"""What networks are shown, which were trained to look at the whole background."""

from __future__ import annotations

import numpy as np

from accord.core.place import Place
from accord.methods.card import Floats
from accord.methods.statistics import check_regions, foreground_and_reference
from accord.transforms.sampling import GridReader


def seen_by_network(composite: Floats, mask: Floats, reference: Floats) -> Floats:
    """Give the composite, (h, w, 3), with what a reference leaves out replaced by the average of what counts.

    Colours outside [0, 1], which no network has seen, are clipped. Parameters are `accord.methods.card.Method.fit`'s.

    Raises
    ------
    BadInputError
        If sizes differ, values are not finite, the mask leaves no foreground, or the reference no pixels.
    """
    check_regions(composite, mask, reference)
    left_out = np.clip(1 - mask - reference, 0, 1)[..., None]
    if left_out.max() > 1e-3:
        _, matched = foreground_and_reference(composite, mask, reference)
        composite = composite + left_out * (matched.mean() - composite)
    return np.clip(np.nan_to_num(composite), 0, 1)


def resized(planes: Floats, size: int) -> Floats:
    """Resize (h, w, c) to (size, size, c), bilinearly between pixel centres, without antialiasing."""
    height, width = planes.shape[:2]
    if (height, width) == (size, size):
        return planes
    reader = GridReader(Place.whole(size, size), height, width)
    return np.stack([reader.read(planes[..., i]) for i in range(planes.shape[2])], axis=-1)

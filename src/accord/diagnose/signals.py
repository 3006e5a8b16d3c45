"""Signals on a result: what it changed, whether that helped, and what to look at.

The table of names, formulas, colour spaces and units is in docs/signals.md; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.diagnose.artefacts import banding, clipping_added, edge_halo, noise_gain, out_of_gamut_added
from accord.diagnose.disagreement import disagreement
from accord.diagnose.evidence import Evidence
from accord.diagnose.movement import gaps, hue_reversals, luminance_order, moves
from accord.diagnose.structure import gradient_correlation, structure_similarity

SCHEMA_VERSION = 2

Floats = NDArray[np.float32]
PerChannel = tuple[float, float, float]

# Means nearer than one unit of CIELAB match already: a share of that gap would be noise.
_LEAST_GAP = 1.0


@dataclass(frozen=True)
class Signals:
    """Figures on a harmonized picture, none of which needs the truth. None stands where one cannot be told.

    Parameters
    ----------
    move_mean, move_p95
        How far the foreground moved, CIEDE2000.
    gap_before, gap_after
        Distance of the foreground's mean CIELAB from the ring's.
    gap_closed
        1 - gap_after / gap_before; None where there was no gap worth closing.
    contrast_gap_before, contrast_gap_after
        Difference of spread in luminance from the ring's, stops.
    chroma_gap_before, chroma_gap_after
        Difference of spread in chroma from the ring's, CIELAB units.
    gradient_correlation, structure_similarity
        Whether detail is kept: 1 is all of it.
    clipping_added, out_of_gamut_added
        Red, green and blue: how much of the foreground is newly clipped, or was out of gamut before clipping.
    hue_reversals
        Share of chromatic pixels whose hue turned by more than 60 degrees.
    luminance_order
        Rank correlation of luminance before and after.
    banding
        Share of code values that fell empty in smooth areas.
    edge_halo
        How much more than its inside the foreground's edge strays from one edit, CIEDE2000.
    noise_gain
        Factor by which noise grew in smooth areas.
    method_disagreement
        How far several methods differ about this foreground, CIEDE2000.
    p_better
        Probability that the result is nearer to the truth than the composite left alone; None without the learned
        default.
    error_ratio
        Its expected squared error over that of the composite; None likewise.
    background_untouched
        Whether all pixels where the mask is exactly 0 are the composite's, bit for bit.
    schema_version
        Of `to_dict`; it grows when a name or meaning changes.
    """

    move_mean: float
    move_p95: float
    gap_before: float | None
    gap_after: float | None
    gap_closed: float | None
    contrast_gap_before: float | None
    contrast_gap_after: float | None
    chroma_gap_before: float | None
    chroma_gap_after: float | None
    gradient_correlation: float | None
    structure_similarity: float | None
    clipping_added: PerChannel
    out_of_gamut_added: PerChannel
    hue_reversals: float
    luminance_order: float | None
    banding: float | None
    edge_halo: float | None
    noise_gain: float | None
    method_disagreement: float | None
    p_better: float | None
    error_ratio: float | None
    background_untouched: bool
    schema_version: int = SCHEMA_VERSION

    def to_dict(self) -> dict[str, Any]:
        """Give all signals as JSON-ready values; those of three channels as lists."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def measure(evidence: Evidence) -> Signals:
    """Measure all signals on the views of a composite and its result."""
    small, spread, window = evidence.small, evidence.spread, evidence.window
    move_mean, move_p95 = moves(spread)
    before, after = (_gaps(colours, evidence) for colours in (small.before, small.after))
    return Signals(
        move_mean=move_mean,
        move_p95=move_p95,
        gap_before=before[0],
        gap_after=after[0],
        gap_closed=_closed(before[0], after[0]),
        contrast_gap_before=before[1],
        contrast_gap_after=after[1],
        chroma_gap_before=before[2],
        chroma_gap_after=after[2],
        gradient_correlation=gradient_correlation(small),
        structure_similarity=structure_similarity(small),
        clipping_added=clipping_added(spread),
        out_of_gamut_added=out_of_gamut_added(spread, evidence.mapped),
        hue_reversals=hue_reversals(spread),
        luminance_order=luminance_order(spread),
        banding=banding(window),
        edge_halo=edge_halo(small),
        noise_gain=noise_gain(window),
        method_disagreement=disagreement(evidence.opinions),
        p_better=evidence.estimate.p_better if evidence.estimate else None,
        error_ratio=evidence.estimate.error_ratio if evidence.estimate else None,
        background_untouched=evidence.background_untouched,
    )


def _gaps(colours: Floats, evidence: Evidence) -> tuple[float, float, float] | tuple[None, None, None]:
    return gaps(colours, evidence.small.mask, evidence.ring) if evidence.ring.any() else (None, None, None)


def _closed(before: float | None, after: float | None) -> float | None:
    if before is None or after is None or before < _LEAST_GAP:
        return None
    return 1 - after / before

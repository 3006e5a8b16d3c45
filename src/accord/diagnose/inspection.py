"""Compare a composite's foreground with its background before anything is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.diagnose.figures import Figure
from accord.diagnose.light import direction_draws, light_on_object, light_on_pieces
from accord.diagnose.look import Look, colour_draws, difference, look
from accord.diagnose.mask_health import MaskHealth, mask_health
from accord.diagnose.texture import texture_draws
from accord.diagnose.verdict import Finding, Verdict, findings, verdict

Floats = NDArray[np.float32]

SCHEMA_VERSION = 2


@dataclass(frozen=True, eq=False)
class Patch:
    """A part of the picture, pixel for pixel, and a region's weights there.

    Parameters
    ----------
    colours
        (h, w, 3) in the working space.
    weights
        (h, w) in [0, 1].
    """

    colours: Floats
    weights: Floats


@dataclass(frozen=True, eq=False)
class Subject:
    """What is inspected: bounded views of a composite.

    Parameters
    ----------
    small
        (h, w, 3) the picture's small version in the working space.
    mask, ring, background
        (h, w) weights in [0, 1] of the foreground, a ring around it, and all else, in `small`; none all 0.
    foreground_patch, ring_patch
        The parts of the picture that hold most of the foreground and of the ring.
    full_mask
        (H, W) the mask as it came.
    outline_mask
        (h, w) the mask as it came, in `foreground_patch`.
    suggested_change
        By how much the learned default would move the foreground; None where there is none.
    """

    small: Floats
    mask: Floats
    ring: Floats
    background: Floats
    foreground_patch: Patch
    ring_patch: Patch
    full_mask: Floats
    outline_mask: Floats
    suggested_change: Figure | None = None


@dataclass(frozen=True)
class Inspection:
    """What does not match in a composite, and whether colour alone can mend it.

    Parameters
    ----------
    foreground, ring, background
        How the foreground, a ring around it, and the whole background look.
    difference
        The foreground less the ring, figure by figure.
    mask
        The mask's health.
    suggested_change
        By how much the learned default would move the foreground, CIEDE2000: of four proposals the median, the least
        and the furthest. None where this version has no learned default.
    findings
        What is out of the ordinary, worst first, each with the kind of tool that can mend it.
    verdict
        "nothing to do", "nothing stands out" (which says less), "colour can mend it", "colour can mend part of it" or
        "colour cannot mend it".
    schema_version
        Of `to_dict`; it grows when a name or meaning changes.
    """

    foreground: Look
    ring: Look
    background: Look
    difference: Look
    mask: MaskHealth
    suggested_change: Figure | None
    findings: tuple[Finding, ...]
    verdict: Verdict
    schema_version: int = SCHEMA_VERSION

    def to_dict(self) -> dict[str, Any]:
        """Give all of it as JSON-ready values."""
        return {
            "schema_version": self.schema_version,
            "verdict": self.verdict,
            "findings": [finding.to_dict() for finding in self.findings],
            "foreground": self.foreground.to_dict(),
            "ring": self.ring.to_dict(),
            "background": self.background.to_dict(),
            "difference": self.difference.to_dict(),
            "mask": self.mask.to_dict(),
            "suggested_change": self.suggested_change.to_dict() if self.suggested_change else None,
        }


def inspect_views(subject: Subject, *, seed: int = 0) -> Inspection:
    """Measure a composite's foreground, ring and background, and judge.

    Parameters
    ----------
    subject
        The views.
    seed
        Of the draws that give the intervals: the same seed, the same figures.
    """
    foreground = {
        **colour_draws(subject.small, subject.mask, seed),
        "light_direction": direction_draws(light_on_object(subject.small, subject.mask, seed), seed),
        **texture_draws(subject.foreground_patch.colours, subject.foreground_patch.weights, seed),
    }
    lit = direction_draws(light_on_pieces(subject.small, subject.background, seed), seed + 1)
    # Other seeds: differences need draws that do not move together.
    ring = {
        **colour_draws(subject.small, subject.ring, seed + 1),
        "light_direction": lit,
        **texture_draws(subject.ring_patch.colours, subject.ring_patch.weights, seed + 1),
    }
    background = {
        **colour_draws(subject.small, subject.background, seed + 2),
        **{name: ring[name] for name in ("light_direction", "blur", "grain")},
    }
    health = mask_health(
        subject.full_mask, subject.foreground_patch.colours, subject.outline_mask, subject.mask, seed + 3
    )
    looks = look(foreground), look(ring), look(background)
    apart = difference(foreground, ring)
    found = findings(looks[0], looks[1], apart, health, subject.suggested_change)
    judged = verdict(found, subject.suggested_change)
    return Inspection(*looks, apart, health, subject.suggested_change, found, judged)

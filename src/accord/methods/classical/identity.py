"""Leave the composite as it is: the baseline that every method has to beat."""

from __future__ import annotations

from accord.methods.card import Floats, MethodCard
from accord.methods.statistics import foreground_and_reference
from accord.transforms import Identity as IdentityMap


class Identity:
    """Fits the map that changes nothing."""

    def fit(self, composite: Floats, mask: Floats, reference: Floats) -> IdentityMap:
        """Check the input as every method does, and give the identity."""
        foreground_and_reference(composite, mask, reference)
        return IdentityMap()


CARD = MethodCard(
    id="identity",
    title="No change",
    source="none",
    licence="Apache-2.0",
    works_in="srgb",
    load=Identity,
    prefer="comparisons: what a composite is like left alone",
)

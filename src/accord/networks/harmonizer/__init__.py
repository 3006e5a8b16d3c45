"""Harmonizer: six filter arguments from a small network, the filters at full resolution.

Ke, Sun, Zhu, Xu, Lau, "Harmonizer: Learning to Perform White-Box Image and Video Harmonization", ECCV 2022.
"""

from __future__ import annotations

from accord.networks.facts import NetworkFacts

FACTS = {
    "harmonizer": NetworkFacts(
        name="harmonizer",
        title="Harmonizer, six filters",
        source="Ke, Sun, Zhu, Xu, Lau, ECCV 2022",
        repository="ZHKKKe/Harmonizer",
        weights_licence="CC BY-NC-SA 4.0, non-commercial",
        fit_size=256,
        parameters=4726882,
        checkpoint="harmonizer.pth",
        restricted=True,
    )
}

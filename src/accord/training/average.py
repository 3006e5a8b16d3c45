"""The running average of a network's weights, which is what is validated and exported."""

from __future__ import annotations

import torch

from accord.networks.accord_net.model import AccordNet


class Average:
    """Exponential running average of the weights that are trained; the others are taken over.

    Parameters
    ----------
    network
        Whose weights to start from.
    decay
        How much of the average stays at a step; less during the first steps, so that the start is forgotten.
    """

    def __init__(self, network: AccordNet, decay: float) -> None:
        self._decay = decay
        self.network = AccordNet()
        self.network.load_state_dict(network.state_dict())
        self.network.requires_grad_(False).eval()

    @torch.no_grad()
    def update(self, network: AccordNet, step: int) -> None:
        """Move towards the network."""
        decay = min(self._decay, (1 + step) / (10 + step))
        pairs = zip(self.network.parameters(), network.parameters(), strict=True)
        mine, theirs = zip(*(pair for pair in pairs if pair[1].requires_grad), strict=True)
        torch._foreach_lerp_(list(mine), [value.detach() for value in theirs], 1 - decay)

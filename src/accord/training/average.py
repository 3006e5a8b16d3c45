"""The running average of a network's weights, which is what is validated and exported."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from accord.data.synthesis import Batch


class Average:
    """Exponential running average of the weights that are trained, and of their batch normalizations' statistics.

    The other weights are taken over.

    Parameters
    ----------
    network
        Whose weights to start from.
    decay
        How much of the average stays at a step; less during the first steps, so that the start is forgotten.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self._decay = decay
        self.network = copy.deepcopy(network)
        # Those of a part that is not trained fit it as they are.
        self._norms = {
            name: module
            for name, module in self.network.named_modules()
            if isinstance(module, _BatchNorm) and any(value.requires_grad for value in module.parameters())
        }
        self.network.requires_grad_(False).eval()

    @property
    def has_statistics(self) -> bool:
        """Whether the network normalizes by statistics of batches, which averaged weights need their own of."""
        return bool(self._norms)

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move towards the network."""
        decay = min(self._decay, (1 + step) / (10 + step))
        pairs = zip(self.network.parameters(), network.parameters(), strict=True)
        mine, theirs = zip(*(pair for pair in pairs if pair[1].requires_grad), strict=True)
        torch._foreach_lerp_(list(mine), [value.detach() for value in theirs], 1 - decay)
        # Those that `settle` measures fit better, but a run that is stopped before it leaves these.
        for name, norm in self._norms.items():
            for kind in ("running_mean", "running_var"):
                norm.get_buffer(kind).lerp_(network.get_buffer(f"{name}.{kind}"), 1 - decay)

    @torch.no_grad()
    def settle(self, run: Callable[[Batch], object], batches: Iterable[Batch]) -> None:
        """Measure the statistics of batch normalizations anew: averaged ones fit only nearly.

        Parameters
        ----------
        run
            Runs the averaged network on a batch.
        batches
            What to measure them on: composites of training, never those of validation.
        """
        norms = list(self._norms.values())
        momenta = [norm.momentum for norm in norms]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the mean over all batches
            norm.train()
        for batch in batches:
            run(batch)
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
            norm.eval()

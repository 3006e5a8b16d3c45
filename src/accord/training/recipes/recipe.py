"""What a training run asks of the network that it trains."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import torch
from torch import Tensor, nn

from accord.core.errors import WeightsError
from accord.data.synthesis import Batch
from accord.networks import build
from accord.networks.network import Network
from accord.training.checkpoint import load_checkpoint, take_weights
from accord.training.config import TrainingConfig

AnyNetwork = TypeVar("AnyNetwork", bound=nn.Module)
AnyPublished = TypeVar("AnyPublished", bound=Network)

Run = Callable[..., Any]
"""Calls `Recipe.trained`, maybe on several devices and in mixed precision."""


class Recipe(ABC, Generic[AnyNetwork]):
    """A network, where its weights start, what it minimises, and how its weights move.

    Parameters
    ----------
    config
        The run.
    network
        The network, untrained, on the CPU.
    """

    gradient_limit: ClassVar[float | None] = None
    """Largest norm of the gradient; None for none."""
    at_once: ClassVar[int] = 8
    """How many composites a validation shows the network at a time."""

    def __init__(self, config: TrainingConfig, network: AnyNetwork) -> None:
        self.config = config
        self.network = network

    @abstractmethod
    def begin(self) -> None:
        """Set the weights that a training from scratch starts from; draws from PyTorch's global generator."""

    @abstractmethod
    def load(self, path: Path) -> dict[str, Any]:
        """Take the weights of a checkpoint, and give what is known of it (see `accord.training.checkpoint`).

        Raises
        ------
        WeightsError
            If it is another network's, or its weights cannot be used.
        """

    @abstractmethod
    def optimizer(self) -> torch.optim.Optimizer:
        """Make the optimizer; its groups' learning rates are the full ones."""

    @property
    def trained(self) -> nn.Module:
        """The module that a step calls: the network, or one around it."""
        return self.network

    def to_training(self) -> None:
        """Switch what is trained to training mode."""
        self.trained.train()

    @abstractmethod
    def loss(self, run: Run, batch: Batch) -> Tensor:
        """Give a batch's loss."""

    @abstractmethod
    def colours(self, network: AnyNetwork, batch: Batch) -> Tensor:
        """Give the colours that a network, as this recipe's, wants a foreground there to have.

        Returns
        -------
        Tensor
            (b, 3, h, w) display-encoded sRGB, not clipped, before any compositing by the mask.
        """


class PublishedRecipe(Recipe[AnyPublished]):
    """What the recipes of published networks share: Adam without weight decay."""

    def __init__(self, config: TrainingConfig) -> None:
        network = build(config.network, transform=config.transform)
        super().__init__(config, network)  # type: ignore[arg-type] # the name decides the class

    def load(self, path: Path) -> dict[str, Any]:
        """Take the weights of a checkpoint of ours, or of the network's authors."""
        if path.suffix in (".pth", ".safetensors"):
            from accord.methods.published.importing import read_checkpoint

            self.network.load_official(read_checkpoint(path))
            return {}
        state = load_checkpoint(path)
        trained = state["config"].get("network", "")
        if trained != self.config.network:
            raise WeightsError(f"{path} is a checkpoint of {trained or 'accord'!r}, wanted {self.config.network!r}.")
        transform = state["config"].get("transform", "linear")
        if transform != self.config.transform:
            raise WeightsError(f"{path} has the transform {transform!r}, wanted {self.config.transform!r}.")
        take_weights(self.network, state["average"], path)
        return state

    def optimizer(self) -> torch.optim.Optimizer:
        """Make Adam with PyTorch's own constants, which are those of all the papers."""
        return torch.optim.Adam(self.groups(), betas=(0.9, 0.999), eps=1e-8)

    def groups(self) -> list[dict[str, Any]]:
        """Give the parameters that move, in groups with a learning rate each."""
        parameters = [value for value in self.network.parameters() if value.requires_grad]
        return [{"params": parameters, "lr": self.config.optimizer.learning_rate}]

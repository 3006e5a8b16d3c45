"""accord's own network: ImageNet's encoder fine-tuned, new heads, AdamW."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own convention
from torch import Tensor

from accord.core.errors import BadInputError, WeightsError
from accord.data.synthesis import Batch
from accord.networks.accord_net.model import AccordNet, apply_map
from accord.training.checkpoint import load_checkpoint, take_weights
from accord.training.config import TrainingConfig
from accord.training.loss import harmonization_loss
from accord.training.recipes.imagenet import lite0_weights
from accord.training.recipes.recipe import Recipe, Run


class OwnRecipe(Recipe[AccordNet]):
    """The recipe of accord's own network."""

    gradient_limit = 1.0
    at_once = 64

    def __init__(self, config: TrainingConfig) -> None:
        super().__init__(config, AccordNet())
        if config.size % 32:
            raise BadInputError(f"size is {config.size}, wanted a multiple of 32, say {config.size // 32 * 32 + 32}.")
        self.network.encoder.freeze_early(config.optimizer.frozen_blocks)

    def begin(self) -> None:
        """Take ImageNet's encoder."""
        self.network.encoder.load_imagenet(lite0_weights())

    def load(self, path: Path) -> dict[str, Any]:
        """Take the weights of a checkpoint of ours."""
        state = load_checkpoint(path)
        trained = state["config"].get("network", "")
        if trained:
            raise WeightsError(f"{path} is a checkpoint of {trained!r}, wanted one of accord's own network.")
        take_weights(self.network, self.network.completed(state["average"]), path)
        return state

    def optimizer(self) -> torch.optim.Optimizer:
        """Make AdamW, with a rate of its own for the encoder."""
        settings = self.config.optimizer
        encoder = [value for value in self.network.encoder.parameters() if value.requires_grad]
        heads = [value for name, value in self.network.named_parameters() if not name.startswith("encoder.")]
        return torch.optim.AdamW(
            [
                {"params": heads, "lr": settings.learning_rate},
                {"params": encoder, "lr": settings.encoder_learning_rate},
            ],
            betas=(0.9, 0.98),
            weight_decay=settings.weight_decay,
        )

    def loss(self, run: Run, batch: Batch) -> Tensor:
        """Give the loss in one look at each, of maps applied at half size: they are smooth, so it tells as much.

        Two looks at the same composite err alike, so a step learns more from as many looks at different ones.
        """
        answers = run(batch.composite.contiguous(memory_format=torch.channels_last), batch.mask)
        coefficients, grids = (answer.float() for answer in answers)
        composite, real, mask = (F.avg_pool2d(value, 2) for value in (batch.composite, batch.real, batch.mask))
        return harmonization_loss(apply_map(composite, coefficients, grids), composite, real, mask, grids)

    def colours(self, network: AccordNet, batch: Batch) -> Tensor:
        """Apply the predicted maps."""
        looks = batch.looks
        assert looks is not None  # `accord.training.batches` makes them for what is measured
        coefficients, grids = network(looks.composite, looks.mask)
        return apply_map(batch.composite, *averaged(coefficients, grids, looks.place))


def averaged(coefficients: Tensor, grids: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
    """Average the answers to two looks, as the learned method does, to apply to the whole composites.

    Parameters
    ----------
    coefficients, grids
        (2b, ...) what the network answers to `accord.data.looks.Looks`.
    place
        Where the crops lie.
    """
    mean = coefficients.view(-1, 2, *coefficients.shape[1:]).mean(1)
    whole, close = grids.view(-1, 2, *grids.shape[1:]).unbind(1)
    return mean, (whole + _in_whole(close, place)) / 2


def _in_whole(grid: Tensor, place: Tensor) -> Tensor:
    """Read a crop's grid in the whole; beyond its border the outermost values go on."""
    scale = 1 / place.diagonal(dim1=1, dim2=2)
    back = torch.cat([torch.diag_embed(scale), (-scale * place[:, :, 2])[:, :, None]], 2)
    places = F.affine_grid(back, list(grid.shape), align_corners=False)
    return F.grid_sample(grid, places, mode="bilinear", padding_mode="border", align_corners=False)


def make(config: TrainingConfig) -> OwnRecipe:
    """Make the recipe."""
    return OwnRecipe(config)

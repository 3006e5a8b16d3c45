"""iDIH's trainings: a squared error over the whole, ImageNet-normalised picture, per pixel of foreground.

Source: Sofiiuk, Popenova, Konushin, "Foreground-aware Semantic Representations for Image Harmonization", WACV 2021.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from accord.core.errors import BadInputError
from accord.data.synthesis import Batch
from accord.networks.idih.model import ImageNetwork
from accord.training.config import TrainingConfig
from accord.training.recipes.published import area_at, mask_weighted_error, set_gaussian
from accord.training.recipes.recipe import PublishedRecipe, Run

_PRETRAINED = ("backbone.stem", "backbone.layer", "backbone.transition", "backbone.stage", "backbone.resnet")


class IdihRecipe(PublishedRecipe[ImageNetwork]):
    """The recipe of iDIH's networks."""

    def __init__(self, config: TrainingConfig) -> None:
        super().__init__(config)
        padded = self.network.padded(config.size)
        if padded != config.size:
            raise BadInputError(f"size is {config.size}, wanted one that {config.network} reads, say {padded}.")
        at_256 = config.network.endswith("256")
        u_net = config.network.startswith(("improved_ssam", "iseunet"))
        self._plain = config.network.startswith("ssam") or config.network == "dih512"
        self._least_area = area_at(config.size, 100 if at_256 and not u_net else 1000)
        self._magnitude = 1.0 if at_256 and u_net else 2.0

    def begin(self) -> None:
        """Draw weights at random. The authors take ImageNet's for a semantic backbone, which no package holds."""
        set_gaussian(self.network, self._magnitude)

    def groups(self) -> list[dict[str, Any]]:
        """Give the semantic backbone a rate of its own; published is a tenth."""
        settings = self.config.optimizer
        named = list(self.network.named_parameters())
        backbone = [value for name, value in named if name.startswith(_PRETRAINED)]
        others = [value for name, value in named if not name.startswith(_PRETRAINED)]
        groups: list[dict[str, Any]] = [{"params": others, "lr": settings.learning_rate}]
        if backbone:
            groups.append({"params": backbone, "lr": settings.encoder_learning_rate})
        return groups

    def loss(self, run: Run, batch: Batch) -> Tensor:
        """Give the error of the whole normalised picture."""
        normalise = self.network.normalise
        composite = normalise(batch.composite)
        made, wanted = run(composite, batch.mask).float(), normalise(batch.real)
        if self._plain:
            error: Tensor = (made - wanted).square().mean()
            return error
        return mask_weighted_error(made, wanted, batch.mask, self._least_area)

    def colours(self, network: ImageNetwork, batch: Batch) -> Tensor:
        """Make the whole picture."""
        made: Tensor = network(network.normalise(batch.composite), batch.mask)
        return network.normalise.undo(made)


def make(config: TrainingConfig) -> IdihRecipe:
    """Make the recipe."""
    return IdihRecipe(config)

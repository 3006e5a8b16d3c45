"""The training loop: seeded batches, averaged weights, validation on held-out photos, resumable to the step."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import Any

import lightning_fabric as lightning
import torch

from accord.core.errors import BadInputError
from accord.data.synthesis import Batch, batch_seed
from accord.engine.weights import file_digest
from accord.training.average import Average
from accord.training.batches import HeldOut, TrainedOn
from accord.training.checkpoint import load_checkpoint, require, save_checkpoint, take_weights
from accord.training.config import OptimizerSettings, TrainingConfig
from accord.training.curve import Curve
from accord.training.memory import keep_memory
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

    Raises
    ------
    BadInputError
        If the photos cannot be used, or the run in `folder` is of another network, transform or frozen part.
    WeightsError
        If the checkpoint in `folder`, or the one to start from, does not fit.
    """
    ends = float("inf") if minutes is None else time.monotonic() + 60 * minutes
    fabric = lightning.Fabric(precision=precision)  # type: ignore[arg-type]
    fabric.launch()
    if fabric.device.type == "cpu":
        keep_memory()
    run = _Run(config, folder, fabric)
    for batch in run.photos.batches_from(run.step, rank=fabric.global_rank, world=fabric.world_size, workers=workers):
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
        saved = _last(folder, config)
        torch.manual_seed(config.seed)
        self._recipe = recipe = recipe_of(config)
        self._origin = {"started_from": self._start()}
        network = recipe.network
        optimizer = recipe.optimizer()
        for group in optimizer.param_groups:
            group["full_rate"] = group["lr"]
        self._network, self._average = network, Average(network, config.optimizer.average)
        if saved is not None:
            self._go_on(saved, optimizer)
        self.photos = TrainedOn(config, fabric.device)
        folder.mkdir(parents=True, exist_ok=True)
        self._average.network.to(fabric.device)
        network.to(memory_format=torch.channels_last)  # faster on CPUs, for all of them
        self._module, self._optimizer = fabric.setup(recipe.trained, optimizer)
        held_out = HeldOut(config, fabric.device) if fabric.is_global_zero else None
        self._held_out, self._measured_on = (held_out.batches, held_out.digest) if held_out else ([], "")
        if saved is not None and held_out:
            self._compare(saved)
        measures = fabric.is_global_zero and self._average.has_statistics
        self._settling = self.photos.settling_batches() if measures else []
        self._curve = Curve(folder / "curve.csv", self.step) if fabric.is_global_zero else None
        (folder / "config.json").write_text(json.dumps(dataclasses.asdict(config), indent=1), encoding="utf-8")
        self._begun = self._saved = time.monotonic()

    def learn(self, batch: Batch) -> None:
        """Take one step."""
        for group in self._optimizer.param_groups:
            group["lr"] = group["full_rate"] * _rate(self._config.optimizer, self.step)
        # Dropout draws from the global generator; tie it to the step too.
        torch.manual_seed(batch_seed(self._config.seed, self.step))
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
            "held_out": self._measured_on,
        }  # fmt: skip
        save_checkpoint(_last_path(self._folder), state)
        self._saved = time.monotonic()

    def _start(self) -> dict[str, Any] | None:
        """Set the weights that a training from scratch starts from, or those that the configuration names.

        Returns
        -------
        dict or None
            What is known of the file that was started from; None from scratch.
        """
        if not self._config.start_from:
            self._recipe.begin()
            return None
        path = Path(self._config.start_from)
        state = self._recipe.load(path)
        self._composites, self._seconds = state.get("composites", 0), state.get("seconds", 0.0)
        return {
            "file": path.name, "sha256": file_digest(path), "composites": self._composites, "seconds": self._seconds,
        }  # fmt: skip

    def _go_on(self, saved: dict[str, Any], optimizer: torch.optim.Optimizer) -> None:
        """Take up the run where its last checkpoint left it, at the rates of the configuration."""
        path = _last_path(self._folder)
        take_weights(self._network, saved["network"], path)
        take_weights(self._average.network, saved["average"], path)
        told = [{name: value for name, value in group.items() if name != "params"} for group in optimizer.param_groups]
        try:
            optimizer.load_state_dict(saved["optimizer"])
        except ValueError as error:
            raise BadInputError(
                f"{path} is of a run that trains other parts of the network. Take the configuration that it was begun "
                "with, or another --out."
            ) from error
        for group, settings in zip(optimizer.param_groups, told, strict=True):
            group.update(settings)  # loading brought back the rates that the run had so far
        self.step, self._best, self._loss = saved["step"], saved["best"], saved["loss"]
        self._composites, self._seconds = saved["composites"], saved["seconds"]
        # An older checkpoint does not tell, and the file that is named may be another by now.
        self._origin = {name: saved[name] for name in self._origin if name in saved}

    def _compare(self, saved: dict[str, Any]) -> None:
        """Forget which weights were the best if other composites than so far are measured from here on."""
        if saved.get("held_out", self._measured_on) == self._measured_on:  # older checkpoints do not tell
            return
        self._best = float("inf")
        self._fabric.print(
            "the held-out composites are others from here on: earlier figures do not compare, and best.pt starts anew",
            flush=True,
        )

    def _colours(self, batch: Batch) -> torch.Tensor:
        return self._recipe.colours(self._average.network, batch)

    def _facts(self) -> dict[str, Any]:
        return {
            "step": self.step, "composites": self._composites, "hardware": _hardware(self._fabric),
            "seconds": self._seconds + time.monotonic() - self._begun, "config": dataclasses.asdict(self._config),
            **self._origin,
        }  # fmt: skip


def _last_path(folder: Path) -> Path:
    return folder / "last.pt"


def _last(folder: Path, config: TrainingConfig) -> dict[str, Any] | None:
    """Read the checkpoint that a run goes on from, if there is one and it is of such a network.

    Raises
    ------
    BadInputError
        If the configuration is of another network, or trains another part of it.
    WeightsError
        If it is no checkpoint to go on from.
    """
    path = _last_path(folder)
    if not path.exists():
        return None
    saved = load_checkpoint(path)
    require(saved, ("network", "optimizer", "best", "loss", "step", "composites", "seconds"), path)
    was, frozen = saved["config"], config.optimizer.frozen_blocks
    for name, had, has in (  # older checkpoints lack some settings
        ("network", was.get("network", ""), config.network),
        ("transform", was.get("transform", "linear"), config.transform),
        ("frozen_blocks", was.get("optimizer", {}).get("frozen_blocks", frozen), frozen),
    ):
        if had != has:
            raise BadInputError(
                f"{name} is {has!r}, but the run in {folder} was begun with {had!r}, which cannot change on the way. "
                "Set it back, or choose another --out."
            )
    return saved


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

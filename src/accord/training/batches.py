"""Batches by step number, made beside the training or on its own device, and fixed ones to measure on.

Batch number n is made from the seed and n alone, so a run that was killed and resumed sees what an undisturbed one
sees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from accord.core.errors import BadInputError
from accord.data.looks import looks, one_look
from accord.data.photos import MaskedPhoto, PhotoBank, held_out, list_photos
from accord.data.synthesis import Batch, Synthesizer, ViewSettings, batch_seed
from accord.training.config import TrainingConfig

_VALIDATION_SEED = 1 << 40
_VALIDATION_BATCH = 64
_LARGER = 1.5  # than what accord's own network is shown of them are its composites: photos' details, at little cost
_SETTLING_SEED = 1 << 41
_SETTLING_BATCHES, _SETTLING_BATCH = 8, 16


class TrainedOn:
    """Composites of the photos that are trained on, made beside the training on a CPU, or by a GPU itself."""

    def __init__(self, config: TrainingConfig, device: torch.device) -> None:
        self._config, self._device = config, device
        bank = PhotoBank.load(_split(config)[0], config.bank_size)
        on = device if device.type == "cuda" else torch.device("cpu")
        self._synthesizer = _synthesizer(config, bank, on, config.views)

    def batches_from(self, first: int, *, rank: int, world: int, workers: int) -> Iterable[Batch]:
        """Give the batches of step `first` and all later ones; on a CPU, `workers` processes make them."""
        config = self._config
        steps = _Steps(self._synthesizer, config, rank, world)
        if self._device.type == "cuda" or workers == 0:
            return (steps[step] for step in range(first, config.steps))
        return DataLoader(
            steps, batch_size=None, sampler=_Range(first, config.steps), num_workers=workers, prefetch_factor=4,
            worker_init_fn=_one_thread,
        )  # fmt: skip

    def settling_batches(self) -> list[Batch]:
        """Give the batches on which averaged weights settle, always the same (see `Average.settle`)."""
        make = self._synthesizer.batch
        return [make(_SETTLING_BATCH, _SETTLING_SEED + n).to(self._device) for n in range(_SETTLING_BATCHES)]


class HeldOut:
    """Composites that validations measure, always the same, and the same parts of photos for every network.

    Parameters
    ----------
    config
        The run.
    device
        Where `batches` are put.
    """

    def __init__(self, config: TrainingConfig, device: torch.device) -> None:
        kept = PhotoBank.load(_split(config)[1], config.bank_size)
        synthesizer = _synthesizer(config, kept, torch.device("cpu"), ViewSettings())
        count = -(-config.validation_composites // _VALIDATION_BATCH)
        self.batches = [
            _looked_at(synthesizer.batch(_VALIDATION_BATCH, _VALIDATION_SEED + n), config).to(device)
            for n in range(count)
        ]
        self.digest = f"{count} x {_VALIDATION_BATCH}, {synthesizer.digest()}"
        """Tells sets of composites apart."""


class _Steps(Dataset[Batch]):
    """Batches by step number; those for accord's own network are one look at each composite."""

    def __init__(self, synthesizer: Synthesizer, config: TrainingConfig, rank: int, world: int) -> None:
        self._synthesizer, self._config, self._rank, self._world = synthesizer, config, rank, world

    def __getitem__(self, step: int) -> Batch:
        seed = batch_seed(self._config.seed, step * self._world + self._rank)
        batch = self._synthesizer.batch(self._config.optimizer.batch, seed)
        if self._config.network:
            return batch
        return Batch(*one_look(batch.composite, batch.real, batch.mask, self._config.size), batch.family)


class _Range(Sampler[int]):
    """Step numbers from a given one on."""

    def __init__(self, first: int, last: int) -> None:
        self._range = range(first, last)

    def __iter__(self) -> Iterator[int]:
        return iter(self._range)

    def __len__(self) -> int:
        return len(self._range)


def _one_thread(_: int) -> None:
    torch.set_num_threads(1)  # workers share the cores with the training


def _looked_at(batch: Batch, config: TrainingConfig) -> Batch:
    """Add both looks, which accord's own network is shown."""
    if config.network:
        return batch
    return replace(batch, looks=looks(batch.composite, batch.real, batch.mask, config.size))


def _synthesizer(config: TrainingConfig, bank: PhotoBank, device: torch.device, views: ViewSettings) -> Synthesizer:
    illuminants = Path(config.data.illuminants) if config.data.illuminants else None
    size = config.size if config.network else round(config.size * _LARGER)
    return Synthesizer(bank, size, config.synthesis, illuminants, device, views)


def _split(config: TrainingConfig) -> tuple[list[MaskedPhoto], list[MaskedPhoto]]:
    """Give the photos to train on and those kept for validation."""
    photos = list_photos(Path(config.data.photos))
    source, tenth = config.data.hold_out_source, config.data.hold_out_tenth
    kept = [photo for photo in held_out(photos, tenth=tenth) if source in ("", photo.source)]
    if source:
        trained = [photo for photo in photos if photo.source != source]
    else:
        apart = {photo.image for photo in kept}
        trained = [photo for photo in photos if photo.image not in apart]
    if not kept or not trained:
        raise BadInputError(
            f"{config.data.photos} leaves {len(trained)} photos to train on and {len(kept)} to validate on; both need "
            "some. Add photos, or change hold_out_tenth or hold_out_source. A photo that is there under several names "
            "is trained on unless all of them are in the tenth."
        )
    return trained, kept

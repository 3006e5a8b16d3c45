"""Foregrounds that are cut out and laid over: no trace of one side is left on the other."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from accord.data.cutting import cut_out, halved
from accord.data.photos import PhotoBank, list_photos
from accord.data.synthesis import SynthesisSettings, Synthesizer

RED, BLUE = torch.tensor([0.8, 0.1, 0.1]), torch.tensor([0.1, 0.2, 0.7])


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def spread(side, reach):
    """Give a red square on blue whose colours are mixed over `reach` pixels to either side, and its mask."""
    mask = torch.zeros(1, 1, side, side)
    mask[:, :, side // 4 : -side // 4, side // 4 : -side // 4] = 1
    soft = torch.nn.functional.avg_pool2d(mask, 2 * reach + 1, 1, reach)
    photo = soft * RED[:, None, None] + (1 - soft) * BLUE[:, None, None]
    return photo, mask


def test_what_was_mixed_at_the_edge_is_told_apart():
    photo, mask = spread(320, 1)
    laid = cut_out(photo.repeat(8, 1, 1, 1), mask.repeat(8, 1, 1, 1), generator())
    pure = torch.where(mask > 0.5, RED[:, None, None], BLUE[:, None, None])
    assert (photo - pure).abs().max() > 0.3
    assert (laid - pure).abs().mean() < 0.005  # grain comes from elsewhere, edges among it
    near = (photo - pure).abs().amax(1, keepdim=True) > 0.05
    assert (laid - pure).abs()[near.expand(8, 3, -1, -1)].median() < 0.01


def test_far_from_the_edge_nothing_changes():
    photo = torch.rand(4, 3, 320, 320, generator=generator(1))
    mask = spread(320, 1)[1].repeat(4, 1, 1, 1)
    laid = cut_out(photo, mask, generator())
    moved = (laid != photo).any(1)
    near = (torch.nn.functional.max_pool2d(mask, 25, 1, 12) * torch.nn.functional.max_pool2d(1 - mask, 25, 1, 12))[:, 0]
    assert moved.any()
    assert not moved[near == 0].any()


@pytest.mark.parametrize("mask", ["thin", "nothing", "everything"])
def test_a_foreground_without_an_inside_stays_as_it_is(mask):
    photo = torch.rand(2, 3, 160, 160, generator=generator(2))
    cover = torch.full((2, 1, 160, 160), float(mask == "everything"))
    if mask == "thin":
        cover[:, :, 80:83] = 1
    torch.testing.assert_close(cut_out(photo, cover, generator()), photo)
    assert cut_out(photo[:0], cover[:0], generator()).shape == (0, 3, 160, 160)


@pytest.mark.parametrize("side", [64, 65])
def test_halving_gives_the_means_of_four_pixels(side):
    values = torch.rand(2, 3, side, side, generator=generator(4))
    torch.testing.assert_close(halved(values), torch.nn.functional.avg_pool2d(values, 2))


def test_a_share_of_composites_is_of_cut_outs(photos):
    bank = PhotoBank.load(list_photos(photos), 64)
    plain = SynthesisSettings(rough=0)
    before, made, again = (
        Synthesizer(bank, 32, settings).batch(16, seed=3)
        for settings in (plain, replace(plain, cut_out=0.5), replace(plain, cut_out=0.5))
    )
    assert torch.equal(made.composite, again.composite)
    moved = (made.real - before.real).abs().amax((1, 2, 3)) > 0.01
    assert 0 < moved.sum() < 16
    outside = (made.mask == 0).expand(-1, 3, -1, -1)
    changed = (made.composite - made.real)[outside].abs() > 0.02
    assert changed.float().mean() < 0.005

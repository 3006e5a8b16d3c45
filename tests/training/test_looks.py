"""What accord's own network is shown while it trains is what the learned method shows it."""

import numpy as np
import torch

from accord.core.place import Place
from accord.data.looks import looks, one_look
from accord.methods.learned.crop import Crop, read_in_whole
from accord.methods.learned.method import around, colour_map
from accord.methods.learned.sharp import sharp
from accord.networks.accord_net.model import apply_map
from accord.training.recipes.own import averaged

SIZE = 64


def composites():
    """Give five pictures, truths and soft masks: far apart, at a corner, nearly all, all but nothing, half covered."""
    generator = torch.Generator().manual_seed(4)
    pictures, real = (torch.rand(5, 3, 96, 96, generator=generator) for _ in range(2))
    masks = torch.zeros(5, 1, 96, 96)
    masks[0, 0, 30:41, 12:60] = masks[1, 0, 80:, 90:] = masks[2] = masks[3, 0, 50, 40] = 1
    masks[2, 0, 0, :] = 0
    masks[4, 0, 20:30, 70:80] = 0.4
    masks[0, 0, 29] = masks[0, 0, 41] = 0.3
    return pictures, real, masks


def test_both_looks_are_those_of_the_learned_method():
    pictures, real, masks = composites()
    seen = looks(pictures, real, masks, SIZE)
    for number in range(5):
        picture, truth = (values[number].permute(1, 2, 0).numpy() for values in (pictures, real))
        mask = masks[number, 0].numpy()
        rows, columns = around(mask)
        for values, got in ((picture, seen.composite), (truth, seen.real)):
            whole = sharp(values, mask, SIZE)
            crop = sharp(values[rows, columns], mask[rows, columns], SIZE)[:, ::-1]
            # The method knows nothing beyond a crop's border; training reads half a pixel across it.
            for row, wanted, inside in (
                (2 * number, whole, slice(None)), (2 * number + 1, crop, slice(2, -2)),
            ):  # fmt: skip
                made = got[row].permute(1, 2, 0)
                np.testing.assert_allclose(made[inside, inside], wanted[inside, inside, :3], atol=2e-4)
                np.testing.assert_array_equal(seen.mask[row, 0], wanted[..., 3])


def test_two_answers_are_averaged_as_the_learned_method_does():
    pictures, real, masks = composites()
    generator = torch.Generator().manual_seed(5)
    coefficients = 0.1 * torch.randn(10, 3, 13, generator=generator)
    grids = 0.1 * torch.randn(10, 12, SIZE // 4, SIZE // 4, generator=generator)
    place = looks(pictures, real, masks, SIZE).place
    mean, grid = averaged(coefficients, grids, place)
    for number in range(5):
        one, two = (grids[row].permute(1, 2, 0).numpy() for row in (2 * number, 2 * number + 1))
        mask = masks[number, 0].numpy()
        rows, columns = around(mask)
        both = (one + read_in_whole(two[:, ::-1], Crop.of(rows, columns, mask.shape))) / 2
        np.testing.assert_allclose(grid[number].permute(1, 2, 0), both, atol=1e-5)
        wanted = colour_map(coefficients[2 * number : 2 * number + 2].mean(0).numpy(), both)
        picture = pictures[number].permute(1, 2, 0).contiguous().numpy()
        got = apply_map(pictures, mean, grid)[number].permute(1, 2, 0)
        np.testing.assert_allclose(got, wanted.transform(picture, Place.whole(96, 96)), atol=1e-4)


def test_looks_are_taken_apart_by_composite():
    seen = looks(*composites(), SIZE)
    part = seen.part(1, 3)
    assert torch.equal(part.composite, seen.composite[2:8])
    assert torch.equal(part.real, seen.real[2:8])
    assert torch.equal(part.mask, seen.mask[2:8])
    assert torch.equal(part.place, seen.place[1:4])


def test_one_look_at_each_is_the_whole_and_the_crop_in_turns():
    seen = looks(*composites(), SIZE)
    shown = one_look(*composites(), SIZE)
    for values, one in zip((seen.composite, seen.real, seen.mask), shown, strict=True):
        assert torch.equal(one, values[[0, 3, 4, 7, 8]])

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from accord.networks import build
from accord.networks.cdtnet.lut import SIZE, LutMixer, look_up
from accord.networks.harmonizer.filters import FILTERS, brightness, temperature
from accord.networks.harmonizer.model import smoothed
from accord.networks.pctnet.resize import resize_float, resize_uint8
from accord.networks.strips import resized_rows, strips


@pytest.mark.parametrize(
    "size", [(768, 1024), (300, 517), (100, 90), (256, 256), (512, 512), (3, 5), (1, 1), (511, 257)]
)
def test_resizing_equals_opencv(size):
    cv2 = pytest.importorskip("cv2", reason="needs the extra evaluate")
    rng = np.random.default_rng(1)
    image, plane = rng.integers(0, 256, (*size, 3), dtype=np.uint8), rng.random(size)
    np.testing.assert_array_equal(resize_uint8(image, 256, 256), cv2.resize(image, (256, 256)))
    np.testing.assert_allclose(resize_float(plane, 256, 256), cv2.resize(plane, (256, 256)), atol=1e-12)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("size", [(100, 37), (7, 90), (16, 16)])
def test_rows_of_a_resized_picture_are_those_of_the_whole(mode, size):
    coarse = torch.rand(2, 3, 16, 16)
    whole = F.interpolate(coarse, size, mode=mode, align_corners=False)
    parts = [resized_rows(coarse, rows, *size, mode) for rows in strips(*size, pixels=3 * size[1])]
    assert [part.shape[2] for part in parts[:-1]] == [3] * (len(parts) - 1)
    torch.testing.assert_close(torch.cat(parts, dim=2), whole, rtol=0, atol=1e-5)


def _identity():
    return LutMixer(8).tables[0].detach()[None]


def test_the_first_look_up_table_starts_as_the_identity():
    image = torch.rand(1, 3, 20, 30)
    torch.testing.assert_close(look_up(_identity(), image), image, rtol=0, atol=2e-6)


def test_a_look_up_clamps_its_input_and_reaches_both_ends():
    image = torch.tensor([-3.0, 0.0, 1.0, 5.0]).expand(1, 3, 1, 4)
    found = look_up(_identity(), image)[0, 0, 0]
    torch.testing.assert_close(found, torch.tensor([0.0, 0.0, 1.0, 1.0]), rtol=0, atol=2e-6)


def test_a_look_up_has_red_as_its_fastest_axis_and_does_not_mix_pictures():
    tables = torch.randn(2, 3, SIZE, SIZE, SIZE)
    image = torch.rand(2, 3, 9, 11)
    # grid_sample takes (x, y, z), x the fastest, in -1 to 1; the published cell size differs from its by a millionth.
    grid = (image * 2 - 1).permute(0, 2, 3, 1)[:, None]
    expected = F.grid_sample(tables, grid, align_corners=True)[:, :, 0]
    torch.testing.assert_close(look_up(tables, image), expected, rtol=0, atol=5e-4)


@pytest.mark.parametrize("value", [k / 32 for k in range(33)] + [1.000001 / 32 * k for k in range(1, 32)])
def test_a_look_up_at_a_cells_border_follows_the_published_rounding(value):
    # Quotient and remainder are rounded apart, in float32: NumPy's follow the same definition.
    value = np.float32(value)
    cell = np.float32(1.000001 / 32)
    index, fraction = int(np.floor(value / cell)), np.fmod(value, cell) / cell
    table = torch.randn(1, 3, SIZE, SIZE, SIZE, generator=torch.Generator().manual_seed(5))
    line = table[0, 0, 0, 0].numpy()  # along red, at green = blue = 0
    expected = line[index] * (1 - fraction) + line[index + 1] * fraction
    image = torch.tensor([value, 0.0, 0.0]).view(1, 3, 1, 1)
    assert look_up(table, image)[0, 0, 0, 0].item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("run", FILTERS, ids=lambda run: run.__name__)
def test_a_filter_at_zero_changes_nothing_and_its_gradient_is_finite(run):
    image = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(2))
    image[0, :, 0, :3] = torch.tensor([0.0, 1.0, 0.5])  # black, white, grey
    for value in (-1.0, -0.5, 0.0, 0.5, 1.0):
        argument = torch.full((2, 1, 1, 1), value, requires_grad=True)
        pixels = image.clone().requires_grad_(True)
        result = run(pixels, argument)
        assert 0 <= result.min() <= result.max() <= 1
        result.sum().backward()
        assert argument.grad is None or bool(argument.grad.isfinite().all())
        assert bool(pixels.grad.isfinite().all())
        if value == 0:
            torch.testing.assert_close(result, image, rtol=0, atol=2e-6)


def test_temperature_warms_upwards_and_cools_downwards():
    image = torch.full((1, 3, 4, 4), 0.5)
    for value, warmer in ((0.3, True), (-0.3, False)):
        red, _, blue = temperature(image, torch.full((1, 1, 1, 1), value)).mean((0, 2, 3))
        assert bool(red > blue) is warmer


def test_brightness_equals_the_round_trip_through_hsv():
    colorsys = pytest.importorskip("colorsys")
    image = torch.rand(1, 3, 4, 5, generator=torch.Generator().manual_seed(4))
    for value, gain in ((-0.6, 0.4), (0.3, 1 / (0.7 + 1e-6))):
        found = brightness(image, torch.full((1, 1, 1, 1), value))[0].flatten(1).T.numpy()
        for before, after in zip(image[0].flatten(1).T.tolist(), found, strict=True):
            hue, saturation, level = colorsys.rgb_to_hsv(*before)
            expected = np.clip(colorsys.hsv_to_rgb(hue, saturation, level * gain), 0, 1)
            np.testing.assert_allclose(after, expected, atol=1e-5)


def test_harmonizer_limits_its_arguments_when_it_filters():
    network = build("harmonizer")
    image = torch.rand(1, 3, 8, 8)
    far, limit = torch.tensor([[0.0, 0, 0, -7, 0, 0]]), torch.tensor([[0.0, 0, 0, -1, 0, 0]])
    for found, expected in zip(network.filtered(image, far), network.filtered(image, limit), strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=0)


def test_video_smoothing_starts_with_the_first_frame_and_takes_a_25th_of_each_next_one():
    first, second = torch.full((1, 6), 2.0), torch.zeros(1, 6)
    before = smoothed(first, None)
    torch.testing.assert_close(before, first, rtol=0, atol=0)
    torch.testing.assert_close(smoothed(second, before), torch.full((1, 6), 0.96 * 2.0 + 0.04 * 0.0))


def test_training_mode_drops_blocks_at_random_and_gradients_reach_every_parameter_that_is_used():
    torch.manual_seed(0)
    network = build("harmonizer").train()
    image, mask = torch.rand(2, 3, 64, 64), torch.ones(2, 1, 64, 64)
    network(image, mask).mean().backward()
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in network.parameters())

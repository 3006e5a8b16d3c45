"""What each kind of map does to colours."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.transforms import (
    Affine,
    AffineGrid,
    BilateralGrid,
    Blend,
    Chain,
    Curve,
    Curves,
    Filters,
    Identity,
    InSpace,
    Lut3D,
    OffsetGrid,
    PolynomialGrid,
    filters,
    from_dict,
)
from accord.transforms.filters import NAMES
from accord.transforms.sampling import GridReader

WHOLE = Place.whole(37, 53)


def test_identity_affine_is_bit_identical(pixels):
    np.testing.assert_array_equal(Affine(np.eye(3, 4)).transform(pixels, WHOLE), pixels, strict=True)


def test_apply_rounds_integers_to_nearest_and_clips():
    image = np.array([[[0, 100, 255]]], np.uint8)
    np.testing.assert_array_equal(Affine.gain_offset(1.004, 0).apply(image), [[[0, 100, 255]]])
    np.testing.assert_array_equal(Affine.gain_offset(1.0, -0.6 / 255).apply(image), [[[0, 99, 254]]])
    np.testing.assert_array_equal(Affine.gain_offset(1.0, -0.4 / 255).apply(image), [[[0, 100, 255]]])


def test_apply_by_strips_equals_apply_at_once(monkeypatch):
    image = np.random.default_rng(0).integers(0, 65536, (40, 9, 3)).astype(np.uint16)
    colour_map = AffineGrid(np.random.default_rng(1).normal(0, 1, (3, 3, 3, 4)))
    at_once = colour_map.apply(image)
    monkeypatch.setattr("accord.core.tiles.ROWS", 2)
    np.testing.assert_array_equal(colour_map.apply(image), at_once)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((4, 4), np.uint8), "shape"),
        (np.zeros((4, 4, 4), np.uint8), "alpha"),
        (np.zeros((4, 4, 3), np.int32), "int32"),
    ],
)
def test_apply_refuses_what_is_no_rgb_picture(image, message):
    with pytest.raises(BadInputError, match=message):
        Identity().apply(image)


def test_affine_about_sends_centre_to_target():
    colour_map = Affine.about(np.diag([2.0, 3.0, 0.5]), [0.1, 0.2, 0.3], [0.4, 0.5, 0.6])
    out = colour_map.transform(np.array([[[0.1, 0.2, 0.3]]], np.float32), Place.whole(1, 1))
    np.testing.assert_allclose(out[0, 0], [0.4, 0.5, 0.6], atol=1e-6)


def test_in_linear_space_a_gain_is_exposure():
    colour_map = InSpace("linear", Affine.gain_offset(2.0))
    out = colour_map.transform(np.full((1, 1, 3), 0.5, np.float32), Place.whole(1, 1))
    light = ((0.5 + 0.055) / 1.055) ** 2.4
    np.testing.assert_allclose(out, 1.055 * (2 * light) ** (1 / 2.4) - 0.055, rtol=1e-5)


def test_curves_keep_order_outside_their_knots():
    curve = Curve([0.0, 0.5, 1.0], [0.1, 0.4, 0.9], [0.5, 0.8])
    values = np.linspace(-3, 5, 500, dtype=np.float32)
    assert (np.diff(curve(values)) > 0).all()
    np.testing.assert_allclose(curve(np.float32([-1, 2])), [0.1 - 0.5, 0.9 + 0.8], atol=1e-6)


def test_a_single_knot_is_a_shift():
    np.testing.assert_allclose(Curve.through([0.5], [0.6])(np.float32([-1, 0.5, 2])), [-0.9, 0.6, 2.1], atol=1e-6)


@pytest.mark.parametrize(
    "arguments",
    [
        ([0.2, 0.1], [0, 1], [1, 1]),
        ([0.1, 0.1], [0, 1], [1, 1]),
        ([0, 1], [1, 0], [1, 1]),
        ([0, 1], [0, 1], [1, -1]),
        ([0, 1], [0, 1, 2], [1, 1]),
        ([0, float("nan")], [0, 1], [1, 1]),
    ],
)
def test_curves_that_are_none_are_refused(arguments):
    with pytest.raises(BadInputError):
        Curve(*arguments)


@pytest.mark.parametrize("interpolation", ["tetrahedral", "trilinear"])
def test_lut_of_an_affine_map_is_that_map_inside_its_domain(interpolation, pixels):
    domain = np.array([[-0.3, -0.3, -0.3], [1.7, 1.7, 1.7]])
    matrix = np.eye(3, 4) + np.random.default_rng(0).normal(0, 0.2, (3, 4))
    nodes = Lut3D.nodes(4, domain)
    table = nodes @ matrix[:, :3].T + matrix[:, 3]
    expected = Affine(matrix).transform(pixels, WHOLE)
    np.testing.assert_allclose(Lut3D(table, domain, interpolation).transform(pixels, WHOLE), expected, atol=2e-6)


@pytest.mark.parametrize("interpolation", ["tetrahedral", "trilinear"])
def test_lut_gives_its_nodes_exactly(interpolation):
    table = np.random.default_rng(0).random((3, 3, 3, 3)).astype(np.float32)
    nodes = Lut3D.nodes(3).reshape(3, 9, 3).astype(np.float32)
    np.testing.assert_array_equal(
        Lut3D(table, interpolation=interpolation).transform(nodes, WHOLE), table.reshape(3, 9, 3)
    )


def test_trilinear_lut_is_the_mean_at_the_middle_of_a_cell():
    table = np.random.default_rng(0).random((2, 2, 2, 3)).astype(np.float32)
    middle = np.full((1, 1, 3), 0.5, np.float32)
    out = Lut3D(table, interpolation="trilinear").transform(middle, Place.whole(1, 1))
    np.testing.assert_allclose(out[0, 0], table.reshape(8, 3).mean(0), atol=1e-6)


def test_tetrahedral_lut_keeps_greys_on_the_diagonal():
    table = np.random.default_rng(0).random((2, 2, 2, 3)).astype(np.float32)
    grey = np.full((1, 1, 3), 0.25, np.float32)
    out = Lut3D(table).transform(grey, Place.whole(1, 1))
    np.testing.assert_allclose(out[0, 0], 0.75 * table[0, 0, 0] + 0.25 * table[1, 1, 1], atol=1e-6)


def test_lut_keeps_light_above_white_apart():
    out = Lut3D(Lut3D.nodes(5) * 0.9).transform(np.float32([[[1.0] * 3, [2.0] * 3, [-1.0] * 3]]), Place.whole(1, 3))
    np.testing.assert_allclose(out[0, :, 0], [0.9, 1.9, -1.0], atol=1e-6)


def test_grids_of_one_matrix_are_affine_maps(pixels):
    matrix = np.eye(3, 4) + np.random.default_rng(0).normal(0, 0.2, (3, 4))
    expected = Affine(matrix).transform(pixels, WHOLE)
    polynomial = np.zeros((1, 1, 3, 10))
    polynomial[..., :3], polynomial[..., 9] = matrix[:, :3], matrix[:, 3]
    inside = (pixels >= 0).all(-1) & (pixels <= 1).all(-1)
    for colour_map in (
        AffineGrid(np.broadcast_to(matrix, (4, 5, 3, 4))),
        AffineGrid(np.broadcast_to(matrix, (4, 5, 3, 4)), np.ones((4, 5)), "bicubic"),
        BilateralGrid(np.broadcast_to(matrix, (4, 5, 6, 3, 4))),
        PolynomialGrid(polynomial),
    ):
        out = colour_map.transform(pixels, WHOLE)
        np.testing.assert_allclose(out[inside], expected[inside], atol=3e-6)


@pytest.mark.parametrize(("interpolation", "mode"), [("bilinear", "bilinear"), ("bicubic", "bicubic")])
@pytest.mark.parametrize("size", [(37, 53), (4, 3), (2, 9)])
def test_grids_are_read_as_torch_interpolates(interpolation, mode, size):
    torch = pytest.importorskip("torch", reason="PyTorch is the outside reference")
    plane = np.random.default_rng(0).random((6, 8)).astype(np.float32)
    got = GridReader(Place.whole(*size), 6, 8, interpolation).read(plane)
    expected = torch.nn.functional.interpolate(torch.from_numpy(plane)[None, None], size=size, mode=mode)
    np.testing.assert_allclose(got, expected[0, 0].numpy(), atol=1e-5)


def test_polynomial_terms():
    grid = np.zeros((1, 1, 3, 10))
    grid[0, 0, 0, 6] = 1  # rg
    grid[0, 0, 1, 5] = 2  # bb
    grid[0, 0, 2, 9] = 0.5
    out = PolynomialGrid(grid).transform(np.float32([[[0.5, 0.4, 0.3]]]), Place.whole(1, 1))
    np.testing.assert_allclose(out[0, 0], [0.2, 0.18, 0.5], atol=1e-6)


def test_bilateral_grid_tells_dark_from_bright():
    grid = np.zeros((1, 1, 2, 3, 4))
    grid[..., :3] = np.eye(3)
    grid[0, 0, 1, :, 3] = 0.1
    grey = np.float32([[[0.25] * 3, [0.5] * 3, [0.75] * 3, [2.0] * 3]])
    out = BilateralGrid(grid).transform(grey, Place.whole(1, 4))
    np.testing.assert_allclose(out[0, :, 0], [0.25, 0.55, 0.85, 2.1], atol=1e-6)


def test_offset_grid_stands_at_cell_centres():
    grid = np.float32([[[0, 0, 0], [1, 1, 1]]])
    out = OffsetGrid(grid).transform(np.zeros((1, 4, 3), np.float32), Place.whole(1, 4))
    np.testing.assert_allclose(out[0, :, 0], [0, 0.25, 0.75, 1], atol=1e-6)


def test_chain_applies_in_order_and_unrolls():
    double, shift = Affine.gain_offset(2.0), Affine.gain_offset(1.0, 0.1)
    chain = Chain((double, Chain((shift, double))))
    assert chain.maps == (double, shift, double)
    out = chain.transform(np.full((1, 1, 3), 0.2, np.float32), Place.whole(1, 1))
    np.testing.assert_allclose(out, 1.0, atol=1e-6)


def test_filters_with_arguments_0_change_nothing_inside_0_to_1(pixels):
    inside = pixels.clip(0, 1)
    out = Filters.measured(np.zeros(6), inside).transform(inside, WHOLE)
    np.testing.assert_allclose(out, inside, atol=1e-5)


@pytest.fixture
def parity():
    folder = Path(__file__).parents[3] / "shared" / "parity"
    if not folder.is_dir():
        pytest.skip("the folder shared/parity is not beside the repository")
    spec = importlib.util.spec_from_file_location("fill", folder / "fill.py")
    fill = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fill)
    with np.load(folder / "harmonizer.npz") as stored:
        arrays = dict(stored)
    return fill.make_input, arrays, json.loads((folder / "harmonizer.json").read_text())["golden"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("argument", ["-1.0", "-0.4", "+0.0", "+0.4", "+1.0"])
def test_each_filter_equals_the_official_one(parity, name, argument):
    make_input, arrays, _ = parity
    picture = np.moveaxis(make_input(16, 16)[0], 0, -1)
    means = picture.reshape(-1, 3).mean(0, dtype=np.float64)
    statistics = {"temperature": (means,), "contrast": (means.mean(),)}.get(name, ())
    out = getattr(filters, name)(picture, float(argument), *statistics)
    np.testing.assert_allclose(np.moveaxis(out, -1, 0)[None], arrays[f"filter_{name}_{argument}"], atol=1e-4)


@pytest.mark.parametrize("sign", ["pos", "neg"])
def test_the_chain_of_filters_equals_the_official_one(parity, sign):
    make_input, arrays, golden = parity
    picture, mask = (np.moveaxis(array, 0, -1) for array in make_input(256, 256))
    out = Filters.measured(golden["chain_arguments"][sign], picture).transform(picture, Place.whole(256, 256))
    out = out * mask + picture * (1 - mask)
    np.testing.assert_allclose(np.moveaxis(out, -1, 0)[None, :, ::8, ::8], arrays[f"chain_{sign}_256"], atol=1e-4)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Affine(np.eye(3)),
        lambda: Affine(np.full((3, 4), np.nan)),
        lambda: Affine([[1, 2], [3]]),
        lambda: InSpace("hsv", Identity()),
        lambda: InSpace("lab", "identity"),
        lambda: Chain(()),
        lambda: Chain(("identity",)),
        lambda: Blend(Identity(), 2.1),
        lambda: Blend("identity", 0.5),
        lambda: Curves(1, 2, 3),
        lambda: Filters([2, 0, 0, 0, 0, 0], [0.5] * 3, 0.5),
        lambda: Lut3D(np.zeros((1, 1, 1, 3))),
        lambda: Lut3D(np.zeros((2, 2, 3, 3))),
        lambda: Lut3D(np.zeros((2, 2, 2, 3)), [[0, 0, 0], [1, 0, 1]]),
        lambda: Lut3D(np.zeros((2, 2, 2, 3)), interpolation="cubic"),
        lambda: AffineGrid(np.zeros((2, 2, 3, 3))),
        lambda: AffineGrid(np.zeros((2, 2, 3, 4)), np.zeros((3, 2))),
        lambda: AffineGrid(np.zeros((0, 2, 3, 4))),
        lambda: PolynomialGrid(np.zeros((2, 2, 3, 9))),
        lambda: BilateralGrid(np.zeros((2, 2, 3, 4))),
        lambda: OffsetGrid(np.zeros((2, 2))),
    ],
)
def test_broken_parameters_are_refused(make):
    with pytest.raises(BadInputError):
        make()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "entry 'kind'"),
        ([], "entry 'kind'"),
        ({"kind": "affin"}, "Did you mean affine"),
        ({"kind": "affine"}, "lacks its entry 'matrix'"),
        ({"kind": "curves", "curves": []}, "three"),
        ({"kind": "offset-grid", "grid": {"shape": [1, 1, 3], "float32": "AAAA"}}, "cannot be read"),
        ({"kind": "offset-grid", "grid": 5}, "cannot be read"),
        ({"kind": "offset-grid", "grid": {"shape": [float("inf")], "float32": ""}}, "offset-grid map cannot be read"),
        ({"kind": "chain", "maps": None}, "chain map cannot be read"),
        ({"kind": "protected", "areas": 5}, "protected map cannot be read"),
        ({"kind": "in-space", "space": [], "inner": {"kind": "identity"}}, "in-space map cannot be read"),
        ({"kind": "blend", "strength": 10**400, "inner": {"kind": "identity"}}, "blend map cannot be read"),
    ],
)
def test_broken_descriptions_are_refused(data, message):
    with pytest.raises(BadInputError, match=message):
        from_dict(data)


def test_maps_in_maps_without_end_are_refused():
    data = {"kind": "identity"}
    for _ in range(3000):
        data = {"kind": "blend", "strength": 0.5, "inner": data}
    with pytest.raises(BadInputError, match="too many deep"):
        from_dict(data)

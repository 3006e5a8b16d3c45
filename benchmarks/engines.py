"""Compare ways to apply colour maps to tiles: processor time for each pixel, on one core, best of many.

    OMP_NUM_THREADS=1 python benchmarks/engines.py

Each candidate maps the same tile of float32 as accord's engine does; what is not installed is left out.
docs/decisions/0015-tile-engine.md and 0021 hold figures.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from accord.core import planes
from accord.core.place import Place
from accord.core.tiles import COLUMNS, ROWS
from accord.transforms import Affine, AffineGrid, BilateralGrid, Curves, Lut3D, Polynomial, PolynomialGrid
from accord.transforms.curves import Curve

RNG = np.random.default_rng(0)
PLACE = Place(1024, 2048, ROWS, COLUMNS, 4000, 6000)
TILE = RNG.random((3, ROWS, COLUMNS), np.float32)
COLOURS = planes.colours(TILE)
INTERLEAVED = np.ascontiguousarray(COLOURS)
MATRIX = np.eye(3, 4) + RNG.normal(0, 0.1, (3, 4))
COEFFICIENTS = RNG.normal(0, 0.05, (3, 13))
TABLE = np.clip(Lut3D.nodes(33) ** 1.2, 0, 1).astype(np.float32)


def nanoseconds(run: Callable[[], object], rounds: int = 12, each: int = 8) -> float:
    run()
    best = np.inf
    for _ in range(rounds):
        begun = time.process_time()
        for _ in range(each):
            run()
        best = min(best, time.process_time() - begun)
    return best / each / TILE[0].size * 1e9


def ours() -> Iterator[tuple[str, str, Callable[[], object]]]:
    curve = Curve.through(np.linspace(0, 1, 32), np.linspace(0, 1, 32) ** 1.1)
    grid = np.eye(3, 4) + RNG.normal(0, 0.1, (24, 24, 3, 4))
    maps = {
        "affine": Affine(MATRIX),
        "polynomial": Polynomial(COEFFICIENTS),
        "affine grid, bilinear": AffineGrid(grid),
        "affine grid, bicubic": AffineGrid(grid, interpolation="bicubic"),
        "polynomial grid": PolynomialGrid(RNG.normal(0, 0.1, (24, 24, 3, 10))),
        "bilateral grid, 8 deep": BilateralGrid(np.eye(3, 4) + RNG.normal(0, 0.1, (16, 16, 8, 3, 4))),
        "curves, 32 knots": Curves(curve, curve, curve),
        "LUT, trilinear": Lut3D(TABLE, interpolation="trilinear"),
        "LUT, tetrahedral": Lut3D(TABLE, interpolation="tetrahedral"),
    }
    for name, made in maps.items():
        yield name, "accord", lambda made=made: made.transform(COLOURS, PLACE)


def numpy_plainly() -> Iterator[tuple[str, str, Callable[[], object]]]:
    factors = COEFFICIENTS.astype(np.float32)

    def terms() -> np.ndarray:
        r, g, b = np.moveaxis(np.clip(INTERLEAVED, 0, 1) - np.float32(0.5), -1, 0)
        ones = np.ones_like(r)
        squares = [r * r, g * g, b * b, r * g, r * b, g * b]
        return np.stack([ones, r, g, b, *squares, r**3, g**3, b**3], axis=-1)

    yield "polynomial", "NumPy, pixel after pixel, BLAS", lambda: INTERLEAVED + terms() @ factors.T
    matrix = MATRIX.astype(np.float32)
    yield "affine", "NumPy, pixel after pixel, BLAS", lambda: INTERLEAVED @ matrix[:, :3].T + matrix[:, 3]


def opencv() -> Iterator[tuple[str, str, Callable[[], object]]]:
    import cv2

    cv2.setNumThreads(1)
    yield "affine", "OpenCV transform", lambda: cv2.transform(INTERLEAVED, MATRIX)


def openimageio() -> Iterator[tuple[str, str, Callable[[], object]]]:
    import OpenImageIO as oiio  # noqa: N813

    oiio.attribute("threads", 1)
    full = np.eye(4)
    full[:3, :3], full[3, :3] = MATRIX[:, :3].T, MATRIX[:, 3]
    padded = np.dstack([INTERLEAVED, np.ones((ROWS, COLUMNS), np.float32)])
    source = oiio.ImageBuf(padded)
    numbers = tuple(float(value) for value in full.ravel())
    yield "affine", "OpenImageIO colormatrixtransform", lambda: oiio.ImageBufAlgo.colormatrixtransform(source, numbers)


def opencolorio() -> Iterator[tuple[str, str, Callable[[], object]]]:
    import PyOpenColorIO as ocio  # noqa: N813

    tile = INTERLEAVED.copy()
    for name, kind in (("LUT, trilinear", ocio.INTERP_LINEAR), ("LUT, tetrahedral", ocio.INTERP_TETRAHEDRAL)):
        lut = ocio.Lut3DTransform(gridSize=33)
        lut.setData(np.ascontiguousarray(TABLE.transpose(2, 1, 0, 3)).ravel())
        lut.setInterpolation(kind)
        processor = ocio.Config.CreateRaw().getProcessor(lut).getDefaultCPUProcessor()
        yield name, "OpenColorIO", lambda processor=processor: processor.applyRGB(tile)


def onnx_runtime() -> Iterator[tuple[str, str, Callable[[], object]]]:
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    def constant(name: str, value: object) -> object:
        return numpy_helper.from_array(np.asarray(value, np.float32), name)

    nodes = [
        helper.make_node("Clip", ["x", "zero", "one"], ["inside"]),
        helper.make_node("Sub", ["inside", "half"], ["c"]),
        helper.make_node("Mul", ["c", "c"], ["squares"]),
        helper.make_node("Mul", ["squares", "c"], ["cubes"]),
        helper.make_node("Split", ["c"], ["r", "g", "b"], axis=0, num_outputs=3),
        helper.make_node("Mul", ["r", "g"], ["rg"]),
        helper.make_node("Mul", ["r", "b"], ["rb"]),
        helper.make_node("Mul", ["g", "b"], ["gb"]),
        helper.make_node("Concat", ["c", "squares", "rg", "rb", "gb", "cubes"], ["terms"], axis=0),
        helper.make_node("MatMul", ["m", "terms"], ["mixed"]),
        helper.make_node("Add", ["mixed", "offset"], ["added"]),
        helper.make_node("Add", ["x", "added"], ["y"]),
    ]
    values = [constant("zero", 0), constant("one", 1), constant("half", 0.5)]
    values += [constant("m", COEFFICIENTS[:, 1:]), constant("offset", COEFFICIENTS[:, :1])]
    shape = [3, None]
    graph = helper.make_graph(
        nodes,
        "polynomial",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        values,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    flat = TILE.reshape(3, -1)
    wanted = planes.planes(Polynomial(COEFFICIENTS).transform(COLOURS, PLACE)).reshape(3, -1)
    np.testing.assert_allclose(session.run(None, {"x": flat})[0], wanted, atol=1e-5)
    yield "polynomial", "ONNX Runtime graph", lambda: session.run(None, {"x": flat})


def numba() -> Iterator[tuple[str, str, Callable[[], object]]]:
    from numba import njit

    c = COEFFICIENTS.astype(np.float32)

    @njit(fastmath=False)
    def polynomial(x: np.ndarray, y: np.ndarray) -> None:
        for i in range(x.shape[1]):
            r = min(max(x[0, i], np.float32(0)), np.float32(1)) - np.float32(0.5)
            g = min(max(x[1, i], np.float32(0)), np.float32(1)) - np.float32(0.5)
            b = min(max(x[2, i], np.float32(0)), np.float32(1)) - np.float32(0.5)
            for n in range(3):
                y[n, i] = (
                    x[n, i] + c[n, 0] + c[n, 1] * r + c[n, 2] * g + c[n, 3] * b
                    + c[n, 4] * r * r + c[n, 5] * g * g + c[n, 6] * b * b
                    + c[n, 7] * r * g + c[n, 8] * r * b + c[n, 9] * g * b
                    + c[n, 10] * r * r * r + c[n, 11] * g * g * g + c[n, 12] * b * b * b
                )  # fmt: skip

    out = np.empty((3, ROWS * COLUMNS), np.float32)
    yield "polynomial", "Numba", lambda: polynomial(TILE.reshape(3, -1), out)


def main() -> None:
    found = []
    for candidates in (ours, numpy_plainly, opencv, openimageio, opencolorio, onnx_runtime, numba):
        try:
            for what, how, run in candidates():
                found.append((what, how, nanoseconds(run)))
        except ImportError as error:  # noqa: PERF203
            print(f"({candidates.__name__}: {error.name} is not installed)")
    for what, how, each in sorted(found):
        print(f"{what:24} {how:34} {each:8.1f} ns a pixel")


if __name__ == "__main__":
    main()

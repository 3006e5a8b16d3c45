"""The files that the pages' examples name, small, under the names that they have there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import OpenImageIO
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
ASTRONAUT = ROOT / "examples" / "astronaut"
HEIGHT, WIDTH = 48, 64


def set_up(folder: Path, text: str) -> None:
    """Lay what `text` names into `folder`."""
    for name, make in FILES.items():
        if name in text:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            make(path)


def _copy(name: str) -> Callable[[Path], object]:
    """A quarter as large: many commands read them."""
    return lambda path: Image.open(ASTRONAUT / name).reduce(4).save(path)


def scene(seed: int = 0) -> np.ndarray:
    """Give a small picture, (H, W, 3) in 0..1: a gradient with grain."""
    ramp = np.linspace(0.1, 0.8, WIDTH)[None, :, None] * np.array([1.0, 0.9, 0.7])
    return np.clip(ramp + np.random.default_rng(seed).normal(0, 0.02, (HEIGHT, WIDTH, 3)), 0, 1)


def cover() -> np.ndarray:
    """Give a soft disc, (H, W) in 0..1."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.clip(14 - np.hypot(y - HEIGHT / 2, x - WIDTH / 2), 0, 1)


def _picture(path: Path, seed: int = 0) -> None:
    Image.fromarray(np.uint8(scene(seed) * 255)).save(path)


def _mask(path: Path) -> None:
    Image.fromarray(np.uint8(cover() * 255)).save(path)


def _cut_out(path: Path) -> None:
    """A picture with alpha, cut to its foreground's box."""
    box = np.dstack([scene(3)[..., ::-1], cover()])[8:40, 16:48]
    Image.fromarray(np.uint8(box * 255)).save(path)


def _floats(path: Path, values: np.ndarray) -> None:
    values = values.astype(np.float32)
    spec = OpenImageIO.ImageSpec(values.shape[1], values.shape[0], values.shape[2], "half")
    out = OpenImageIO.ImageOutput.create(str(path))
    assert out.open(str(path), spec), out.geterror()
    assert out.write_image(values), out.geterror()
    out.close()


def _light(path: Path) -> None:
    """A scene-linear picture that goes above 1."""
    _floats(path, scene(5) ** 2.2 * 3)


def _matte(path: Path) -> None:
    _floats(path, cover()[..., None])


def _render(path: Path) -> None:
    """A rendered, premultiplied foreground with alpha."""
    _floats(path, np.dstack([scene(4) ** 2.2 * cover()[..., None], cover()]))


def _frames(make: Callable[[Path], None]) -> Callable[[Path], None]:
    def all_frames(path: Path) -> None:
        for number in range(1, 4):
            make(path.with_name(path.name.replace("####", f"{number:04d}")))

    return all_frames


def _clip(kind: str) -> Callable[[Path], None]:
    """A clip of six frames: the scene moving, the mask, or the scene with alpha."""

    def make(path: Path) -> None:
        av = pytest.importorskip("av", reason="needs the extra video")
        codec, form = ("png", "rgba") if kind == "alpha" else ("libx264", "yuv420p")
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=24)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, form
            for number in range(6):
                colour = np.roll(scene(7 if kind != "scene" else 8), number, 1)
                if kind == "mask":
                    colour = np.repeat(cover()[..., None], 3, 2)
                if kind == "alpha":
                    colour = np.dstack([colour, cover()])
                frame = av.VideoFrame.from_ndarray(
                    np.uint8(colour * 255), format="rgba" if kind == "alpha" else "rgb24"
                )
                container.mux(stream.encode(frame))
            container.mux(stream.encode())

    return make


def _shots(path: Path) -> None:
    """A folder of composites with their masks beside them, one picture with alpha, and a folder of masks for all."""
    path.mkdir(parents=True, exist_ok=True)
    for number in range(3):
        _picture(path / f"shot{number}.png", number)
        _mask(path / f"shot{number}_mask.png")


def _masks(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)
    for number in range(3):
        _mask(path / f"shot{number}.png")
        _mask(path / f"shot{number}_mask.png")


def _golden(path: Path) -> None:
    for part, make in (("composites", _picture), ("masks", _mask), ("reals", _picture)):
        (path / part).mkdir(parents=True, exist_ok=True)
        for number in range(2):
            make(path / part / f"shot{number}.png")


def _rooms(path: Path) -> None:
    for number in (1, 2):
        _picture(path.parent / f"room-{number}.tif", number)
    _cut_out(path.parent / "sofa.png")
    rows = ["background,foreground,at,scale,output"]
    rows += [f'room-{number}.tif,sofa.png,"0.5,0.6",0.4,room-{number}-sofa.tif' for number in (1, 2)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def _log(path: Path) -> None:
    import gzip

    lines = gzip.decompress((ROOT / "tests" / "monitoring" / "signals.jsonl.gz").read_bytes()).splitlines()[:120]
    path.write_bytes(b"\n".join(lines) + b"\n")


def _part(path: Path) -> None:
    _picture(path.parent / "one.png")
    _mask(path.parent / "one_mask.png")
    path.write_text(json.dumps({"composite": "one.png", "mask": "one_mask.png", "output": "out/one.png"}) + "\n")


FILES: dict[str, Callable[[Path], object]] = {
    "composite.png": _copy("composite.png"),
    "mask.png": _copy("mask.png"),
    "foreground.png": _copy("astronaut.png"),
    "background.jpg": _copy("rocket.jpg"),
    "composite.mp4": _clip("scene"),
    "mask.mp4": _clip("mask"),
    "matte.mp4": _clip("mask"),
    "actor.mp4": _clip("scene"),
    "plate.mp4": _clip("scene"),
    "composite.mov": _clip("alpha"),
    "actor.mov": _clip("alpha"),
    "matte.png": _mask,
    "comp.####.exr": _frames(_light),
    "matte.####.exr": _frames(_matte),
    "comp.exr": _light,
    "matte.exr": _matte,
    "plate.exr": _light,
    "render.exr": _render,
    "front.png": _picture,
    "side.png": lambda path: _picture(path, 1),
    "top.png": lambda path: Image.fromarray(np.uint8(np.dstack([scene(2), cover()]) * 255)).save(path),
    "new.png": lambda path: _picture(path, 3),
    "front-mask.png": _mask,
    "side-mask.png": _mask,
    "new-mask.png": _mask,
    "logo-mask.png": _mask,
    "room.tif": _picture,
    "sofa.png": _cut_out,
    "product.png": _cut_out,
    "shots": _shots,
    "masks": _masks,
    "known-pictures": _golden,
    "jobs.csv": _rooms,
    "september.jsonl": _log,
    "october.jsonl": _log,
    "all.jsonl": _log,
    "part-k.jsonl": _part,
}

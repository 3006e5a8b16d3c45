"""Make the figures of docs/methods.md, docs/cannot.md and docs/decide.md, and the errors that docs/methods.md states.

    python benchmarks/docs_figures.py

All are made of pictures that anyone may use: the demo's (examples/astronaut/NOTICE.md), scikit-image's `data.coffee`
(Rachel Michetti, CC0), and rendered spheres. Needs scikit-image and opencv-python-headless.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw
from skimage import data

import accord
import raycaster
from accord.core.encoding import SRGB

ROOT = Path(__file__).parents[1]
ASTRONAUT = ROOT / "examples" / "astronaut"
METHODS = ("accord", "reinhard", "mkl", "histogram", "idt", "xue", "poisson")
HEIGHT, GAP = 240, 6
INK = ("#c23b3b", "#3a8f4d", "#3a62c2")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=Path, default=ROOT / "docs")
    folder = parser.parse_args().docs / "images"
    methods(folder, folder.parent / "methods.md")
    limits(folder)
    steps(folder)


def methods(folder: Path, page: Path) -> None:
    """Show two composites under each method, and what its colour map does to the astronaut's colours."""
    astronaut, astronaut_mask = picture(ASTRONAUT / "composite.png"), picture(ASTRONAUT / "mask.png", "L")
    photo, cup = coffee()
    composite = relit(photo, cup, (0.42, 0.6, 0.95))
    save(folder / "methods-before.jpg", [astronaut, composite, photo])
    alone = squared_error(composite, photo, cup)
    lines = ["| method | error of the cup, of doing nothing |", "|---|--:|"]
    for name in METHODS:
        person = accord.harmonize(astronaut, astronaut_mask, method=name)
        thing = accord.harmonize(composite, cup, method=name)
        chart = moved(astronaut, person.image, astronaut_mask)
        save(folder / f"method-{name}.jpg", [person.image, thing.image, chart])
        lines.append(f"| `{name}` | {squared_error(thing.image, photo, cup) / alone:.2f} |")
    text = page.read_text(encoding="utf-8")
    begin, end = "<!-- begin cup -->", "<!-- end cup -->"
    table = "\n".join(lines)
    page.write_text(re.sub(f"{begin}.*{end}", f"{begin}\n{table}\n{end}", text, flags=re.DOTALL), encoding="utf-8")
    print(table)


def limits(folder: Path) -> None:
    """Show what colour cannot mend: composite, result, and the truth where there is one."""
    photo, cup = coffee()
    # Light from the other side.
    true, seen = spheres(200), spheres(20)
    inside = true.shows == 0
    lit = np.where(inside[..., None], seen.picture, true.picture)
    mask = np.uint8(inside * 255)
    save(folder / "cannot-light.jpg", [lit, accord.harmonize(lit, mask).image, true.picture])
    # A colour that nothing around it tells.
    other = np.where(cup[..., None] > 127, photo[..., [2, 1, 0]], photo)
    save(folder / "cannot-colour.jpg", [other, accord.harmonize(other, cup).image, photo])
    # Light that is no longer there.
    bright = relit(photo, cup, (6, 6, 6))
    save(folder / "cannot-clipping.jpg", [bright, accord.harmonize(bright, cup).image, photo])
    # A mask that takes some of the background along, enlarged.
    composite, right = picture(ASTRONAUT / "composite.png"), picture(ASTRONAUT / "mask.png", "L")
    wide = cv2.dilate(right, np.ones((15, 15)))
    part = np.s_[110:230, 400:560]
    shown = [
        cv2.resize(one[part], None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
        for one in (composite, accord.harmonize(composite, wide).image, accord.harmonize(composite, right).image)
    ]
    save(folder / "cannot-mask.jpg", shown)


def steps(folder: Path) -> None:
    """Show the steps of a composite, one after another."""
    portrait, scene = data.astronaut(), picture(ASTRONAUT / "rocket.jpg")
    cut = np.asarray(Image.open(ASTRONAUT / "astronaut.png").convert("RGBA"))
    height, width = scene.shape[:2]
    side = cut.shape[0]
    where = {"at": (width - side / 2, height - side / 2), "unit": "pixels"}
    wide = cv2.dilate(cv2.resize(cut[..., 3], portrait.shape[1::-1]), np.ones((13, 13)))
    rough = accord.compose(scene, portrait, mask=wide, scale=side / width, edges="keep", **where)
    clean = accord.compose(scene, cut, **where)
    harmonized = accord.harmonize(clean).image
    rng = np.random.default_rng(0)
    grain = cv2.GaussianBlur(rng.normal(0, 14, (height, width, 1)), (0, 0), 0.7)[..., None]
    grained = np.uint8(np.clip(harmonized + grain, 0, 255).round())
    light = SRGB.to_light(grained.astype(np.float32) / 255) * np.array([1.25, 1.05, 0.85], np.float32)
    graded = np.uint8(np.clip(SRGB.from_light(light), 0, 1) * 255 + 0.5)
    part = np.s_[60:427, 300:640]
    save(
        folder / "steps.jpg",
        [
            np.asarray(one)[part]
            for one in (rough.picture().pixels, clean.picture().pixels, harmonized, grained, graded)
        ],
    )


def coffee() -> tuple[np.ndarray, np.ndarray]:
    """Give a photo of a cup, and the mask of cup and saucer."""
    photo = data.coffee()
    marks = np.full(photo.shape[:2], cv2.GC_BGD, np.uint8)
    for code, grown in ((cv2.GC_PR_FGD, 1.03), (cv2.GC_FGD, 0.86)):
        for centre, axes in (((277, 240), (202, 148)), ((290, 110), (118, 104))):
            cv2.ellipse(marks, centre, tuple(int(grown * axis) for axis in axes), 0, 0, 360, int(code), -1)
    cv2.setRNGSeed(0)
    cv2.grabCut(photo[..., ::-1].copy(), marks, None, *(np.zeros((1, 65)) for _ in "ab"), 4, cv2.GC_INIT_WITH_MASK)
    inside = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8) * 255
    inside = cv2.morphologyEx(inside, cv2.MORPH_CLOSE, np.ones((15, 15)))
    return photo, np.uint8(cv2.GaussianBlur(inside, (0, 0), 1.2))


def spheres(azimuth: float) -> raycaster.Rendered:
    """Render six spheres under a light; the first is the foreground."""
    rng, solids = np.random.default_rng(4), []
    for number, (x, y) in enumerate(((0, -0.15), (-0.66, 0.3), (0.66, 0.35), (-0.62, -0.55), (0.64, -0.5), (0.0, 0.7))):
        paint = (0.5, 0.22, 0.12) if number == 0 else tuple(rng.uniform(0.15, 0.5, 3))
        size = 0.4 if number == 0 else 0.24
        solids.append(raycaster.Solid(raycaster.sphere, np.eye(3), (x, y, 0.0), size, paint))
    lamp = raycaster.Light(azimuth, elevation=15, ambient=0.15, specular=0.3)
    return raycaster.render(solids, lamp, size=320, noise=1, backdrop=(0.12, 0.13, 0.15))


def relit(photo: np.ndarray, mask: np.ndarray, gains: tuple[float, float, float]) -> np.ndarray:
    """Scale the light of what the mask covers, channel by channel, and clip it to 8 bits."""
    light = SRGB.to_light(photo.astype(np.float32) / 255) * np.array(gains, np.float32)
    changed = np.clip(SRGB.from_light(light), 0, 1) * 255
    share = mask[..., None] / 255
    return np.uint8(np.round(photo + share * (changed - photo)))


def moved(before: np.ndarray, after: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Draw, for each channel, to which code (up) each code of the foreground (to the right) goes."""
    side = 4 * HEIGHT
    chart = Image.new("RGB", (side, side), "white")
    pen = ImageDraw.Draw(chart)
    edge, span = 0.07 * side, 0.88 * side
    place = lambda x, y: (edge + x / 255 * span, side - edge - y / 255 * span)  # noqa: E731
    pen.rectangle([place(0, 255), place(255, 0)], outline="#999999", width=3)
    pen.line([place(0, 0), place(255, 255)], fill="#bbbbbb", width=4)
    inside = np.flatnonzero(mask.reshape(-1) == 255)
    chosen = np.random.default_rng(0).choice(inside, 1500, replace=False)
    for channel in (1, 0, 2):
        pairs = zip(before.reshape(-1, 3)[chosen, channel], after.reshape(-1, 3)[chosen, channel], strict=True)
        for x, y in pairs:
            left, top = place(float(x), float(y))
            pen.ellipse([left - 4, top - 4, left + 4, top + 4], fill=INK[channel])
    return np.asarray(chart.resize((HEIGHT, HEIGHT), Image.Resampling.LANCZOS))


def picture(path: Path, mode: str = "RGB") -> np.ndarray:
    return np.asarray(Image.open(path).convert(mode))


def squared_error(image: np.ndarray, truth: np.ndarray, mask: np.ndarray) -> float:
    return float((((image.astype(float) - truth) ** 2).mean(-1) * mask).sum() / mask.sum())


def save(path: Path, pictures: list[np.ndarray]) -> None:
    """Write pictures side by side, all of one height."""
    scaled = [
        Image.fromarray(one).resize((round(one.shape[1] * HEIGHT / one.shape[0]), HEIGHT), Image.Resampling.LANCZOS)
        for one in pictures
    ]
    strip = Image.new("RGB", (sum(one.width for one in scaled) + GAP * (len(scaled) - 1), HEIGHT), "white")
    left = 0
    for one in scaled:
        strip.paste(one, (left, 0))
        left += one.width + GAP
    strip.save(path, quality=88)


if __name__ == "__main__":
    main()

"""A small ray-caster: solid objects in NumPy, lit from a known direction, for whatever has to be told from shading.

Right-handed camera space, orthographic: x to the right, y up, z towards the camera; the picture shows [-1, 1] across
and down. Lambertian shading with ambient light, a Phong highlight, a cast shadow on request, a procedural albedo in the
object's own space, a little blur and noise, and 8-bit display-encoded sRGB in the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Inside = Callable[[Doubles], Doubles]
"""Gives for points (..., 3) in an object's own space a number below 0 inside and above 0 outside."""

_DEPTHS = 56
_HALVINGS = 10


def sphere(p: Doubles) -> Doubles:
    return (p**2).sum(-1) - 1


def ellipsoid(a: float, b: float, c: float) -> Inside:
    return lambda p: ((p / np.array([a, b, c])) ** 2).sum(-1) - 1


def cylinder(radius: float, half: float) -> Inside:
    return lambda p: np.maximum(np.hypot(p[..., 0], p[..., 2]) / radius, np.abs(p[..., 1]) / half) - 1


def box(a: float, b: float, c: float) -> Inside:
    return lambda p: np.abs(p / np.array([a, b, c])).max(-1) - 1


def torus(large: float, small: float) -> Inside:
    return lambda p: (np.hypot(p[..., 0], p[..., 1]) - large) ** 2 + p[..., 2] ** 2 - small**2


def superquadric(a: float, b: float, c: float, power: float) -> Inside:
    """Between an ellipsoid (power 2) and a box (large powers)."""
    return lambda p: (np.abs(p / np.array([a, b, c])) ** power).sum(-1) - 1


SHAPES: dict[str, Callable[[np.random.Generator], Inside]] = {
    "sphere": lambda rng: sphere,  # noqa: ARG005
    "ellipsoid": lambda rng: ellipsoid(*rng.uniform(0.55, 1, 3)),
    "cylinder": lambda rng: cylinder(rng.uniform(0.4, 0.7), rng.uniform(0.6, 0.9)),
    "box": lambda rng: box(*rng.uniform(0.45, 0.7, 3)),
    "torus": lambda rng: torus(0.66, rng.uniform(0.2, 0.32)),
    "superquadric": lambda rng: superquadric(*rng.uniform(0.55, 0.85, 3), rng.uniform(2.5, 5)),
}


@dataclass(frozen=True)
class Solid:
    """An object in the scene.

    Parameters
    ----------
    inside
        Its shape, about 1 in radius.
    rotation
        (3, 3), from its own space to the camera's.
    centre
        Where it is, (x, y, z).
    size
        By how much its shape is scaled.
    albedo
        Linear RGB.
    texture
        Strength of the albedo's pattern: the standard deviation of its logarithm is about this.
    pattern
        Frequencies (n, 3) and phases (n,) of the pattern's waves.
    """

    inside: Inside
    rotation: Doubles
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)
    size: float = 0.75
    albedo: tuple[float, float, float] = (0.5, 0.5, 0.5)
    texture: float = 0.0
    pattern: tuple[Doubles, Doubles] = field(default=(np.zeros((1, 3)), np.zeros(1)))

    def own(self, points: Doubles) -> Doubles:
        """Give points (..., 3) in its own space."""
        return ((points - np.array(self.centre)) @ self.rotation) / self.size

    def paint(self, points: Doubles) -> Doubles:
        """Give its albedo, linear RGB, at points (..., 3)."""
        frequencies, phases = self.pattern
        waves = np.sin(self.own(points) @ frequencies.T + phases).sum(-1) * np.sqrt(2 / len(phases))
        return np.exp(self.texture * waves)[..., None] * np.array(self.albedo)


@dataclass(frozen=True)
class Light:
    """One distant light.

    Parameters
    ----------
    azimuth
        Degrees in the picture's plane, towards the light: 0 to the right, 90 up.
    elevation
        Degrees out of that plane, towards the camera.
    ambient
        Share of all light that comes evenly from everywhere.
    specular, shininess
        The highlight's strength and Phong's exponent.
    shadows
        Whether objects cast shadows.
    """

    azimuth: float
    elevation: float = 30.0
    ambient: float = 0.3
    specular: float = 0.0
    shininess: float = 20.0
    shadows: bool = True

    @property
    def direction(self) -> Doubles:
        """Where the light is, a unit vector (3,)."""
        azimuth, elevation = np.deg2rad(self.azimuth), np.deg2rad(self.elevation)
        flat = np.cos(elevation)
        return np.array([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)])


@dataclass(frozen=True)
class Rendered:
    """A picture (s, s, 3) uint8, and for each pixel the number of the solid that it shows (s, s), -1 for none."""

    picture: NDArray[np.uint8]
    shows: NDArray[np.intp]


def render(
    solids: list[Solid],
    light: Light,
    *,
    size: int = 96,
    noise: float = 1.5,
    backdrop: tuple[float, float, float] = (0.2, 0.2, 0.2),
    seed: int = 0,
) -> Rendered:
    """Render solids; `noise` is the deviation in 8-bit codes, `backdrop` the linear colour of what is empty."""
    rng = np.random.default_rng(seed)
    at = (np.arange(size) + 0.5) / size * 2 - 1
    x, y = np.meshgrid(at, -at)
    depths = np.linspace(2.2, -2.2, _DEPTHS)
    nearest, shows = np.full((size, size), -np.inf), np.full((size, size), -1)
    for number, solid in enumerate(solids):
        depth = _first_hit(solid, x, y, depths)
        nearer = depth > nearest
        nearest, shows = np.where(nearer, depth, nearest), np.where(nearer, number, shows)
    linear = np.broadcast_to(np.array(backdrop), (size, size, 3)).copy()
    for number, solid in enumerate(solids):
        seen = shows == number
        points = np.stack([x[seen], y[seen], nearest[seen]], axis=-1)
        linear[seen] = _shaded(solid, points, light, solids)
    for axis in (0, 1):  # the lens
        padded = np.pad(linear, [(1, 1) if i == axis else (0, 0) for i in range(3)], mode="edge")
        linear = 0.5 * linear + 0.25 * (padded.take(range(size), axis) + padded.take(range(2, size + 2), axis))
    display = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)
    codes = display * 255 + rng.normal(0, noise, (size, size, 1)) + rng.normal(0, noise / 2, (size, size, 3))
    return Rendered(np.clip(np.rint(codes), 0, 255).astype(np.uint8), shows)


def random_rotation(rng: np.random.Generator) -> Doubles:
    turned, scale = np.linalg.qr(rng.normal(size=(3, 3)))
    return turned * np.sign(np.diag(scale))


def random_solid(
    rng: np.random.Generator,
    shape: str,
    *,
    texture: float,
    size: float,
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0),
    albedo: tuple[float, ...] | None = None,
) -> Solid:
    """Give an object of a shape, turned, painted and proportioned at random."""
    pattern = rng.normal(0, rng.choice([4.0, 9.0, 18.0]), (6, 3)), rng.uniform(0, 2 * np.pi, 6)
    paint = tuple(rng.uniform(0.12, 0.65) * rng.uniform(0.6, 1, 3))
    return Solid(
        SHAPES[shape](rng), random_rotation(rng), centre, size, albedo or paint, texture, pattern  # type: ignore[arg-type]
    )  # fmt: skip


def random_light(rng: np.random.Generator) -> Light:
    """Give a light from anywhere that a direction in the picture can be told of: 0 to 60 degrees out of its plane."""
    return Light(
        azimuth=rng.uniform(0, 360),
        elevation=rng.uniform(0, 60),
        ambient=rng.uniform(0.15, 0.5),
        specular=rng.choice([0.0, 0.3, 0.6]),
        shininess=rng.uniform(8, 60),
    )


def _first_hit(solid: Solid, x: Doubles, y: Doubles, depths: Doubles) -> Doubles:
    reach = 1.8 * solid.size
    cx, cy, cz = solid.centre
    near = (np.abs(x - cx) < reach) & (np.abs(y - cy) < reach)
    depth = np.full(x.shape, -np.inf)
    levels = depths * solid.size + cz
    points = np.stack(np.broadcast_arrays(x[near][:, None], y[near][:, None], levels[None]), axis=-1)
    within = solid.inside(solid.own(points)) < 0
    hit = within.any(axis=1)
    first = within.argmax(axis=1)[hit]
    behind = levels[first]
    before = levels[np.maximum(first - 1, 0)]
    px, py = x[near][hit], y[near][hit]
    for _ in range(_HALVINGS):
        middle = (behind + before) / 2
        inside = solid.inside(solid.own(np.stack([px, py, middle], axis=-1))) < 0
        behind, before = np.where(inside, middle, behind), np.where(inside, before, middle)
    values = np.full(hit.shape, -np.inf)
    values[hit] = behind
    depth[near] = values
    return depth


def _normals(solid: Solid, points: Doubles) -> Doubles:
    step = 1e-4
    slopes = [
        solid.inside(solid.own(points + step * axis)) - solid.inside(solid.own(points - step * axis))
        for axis in np.eye(3)
    ]
    normals = np.stack(slopes, axis=-1)
    return normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)


def _shaded(solid: Solid, points: Doubles, light: Light, solids: list[Solid]) -> Doubles:
    normals, towards = _normals(solid, points), light.direction
    facing = np.maximum(normals @ towards, 0)
    if light.shadows:
        along = np.linspace(0.06, 2.5, 24)[:, None]
        for other in solids:
            rays = points[:, None] + 0.02 * normals[:, None] + along * towards
            facing = np.where((other.inside(other.own(rays)) < 0).any(axis=1), 0, facing)
    mirrored = 2 * (normals @ towards)[:, None] * normals - towards
    glint = light.specular * np.maximum(mirrored[:, 2], 0) ** light.shininess * (facing > 0)
    return solid.paint(points) * (light.ambient + (1 - light.ambient) * facing * 1.4)[:, None] + 0.5 * glint[:, None]

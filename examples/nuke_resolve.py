"""Make what Nuke, Resolve and other programs need to harmonize as accord does, from one composite.

    python examples/nuke_resolve.py COMPOSITE MASK FOLDER [--method ID] [--strength S]

Needs the package opencolorio. Into FOLDER go

    map.cube, map.clf           the colour map, display-encoded sRGB in and out
    map.cc, map.ccc, map.cdl    the nearest ASC CDL, likewise
    map_acescct.cube            the same map, ACEScct in and out
    config.ocio                 OpenColorIO's ACES config with the look "accord", which works in any of its spaces
    layers.exr                  background, foreground, mask and harmonized foreground, linear, multiplied by alpha

docs/nuke-resolve.md says what to do with each, and how far off each is.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import PyOpenColorIO as ocio  # noqa: N813

import accord

CONFIG = "ocio://cg-config-v2.1.0_aces-v1.3_ocio-v2.3"
WORKING, LOG = "sRGB - Texture", "ACEScct"
LOOK = "accord"
NODES = 65


def main() -> None:
    asked = _asked()
    asked.folder.mkdir(parents=True, exist_ok=True)
    result = accord.harmonize(asked.composite, asked.mask, method=asked.method, strength=asked.strength)
    for suffix in (".cube", ".clf", ".cc", ".ccc", ".cdl"):
        done = result.export(asked.folder / f"map{suffix}")
        kind = "the map itself" if done.exact else "the nearest it holds"
        off = f"{done.residual_mean:.2f} of 255 on average, {done.residual_max:.2f} at most"
        print(f"{done.path.name}: {kind}, off by {off}")
    config = with_look(asked.folder / "map.clf")
    (asked.folder / "config.ocio").write_text(config.serialize(), encoding="utf-8")
    config.setSearchPath(str(asked.folder.resolve()))  # the written one looks beside itself
    (asked.folder / "map_acescct.cube").write_text(baked(config), encoding="utf-8")
    result.save_layers(asked.folder / "layers.exr")
    print("map_acescct.cube, config.ocio, layers.exr: written")


def with_look(file: Path) -> ocio.Config:
    """Give OpenColorIO's ACES config with a look that takes any colour space to accord's and back around the map."""
    config = ocio.Config.CreateFromFile(CONFIG)
    config.setSearchPath(".")
    transform = ocio.FileTransform(file.name, interpolation=ocio.INTERP_TETRAHEDRAL)
    config.addLook(ocio.Look(name=LOOK, processSpace=WORKING, transform=transform))
    return config


def baked(config: ocio.Config) -> str:
    """Give a .cube of the look for a node that works in ACEScct, as Resolve's do in projects of that colour science.

    ACEScct is the shaper: its logarithm spreads the nodes over 17 stops, where linear light would have nearly all of
    them in the highlights.
    """
    baker = ocio.Baker(config, "resolve_cube", LOG, LOG, LOOK, NODES)
    return baker.bake()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("composite", type=Path)
    parser.add_argument("mask", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--method", help="by id (`accord methods`); the learned default without")
    parser.add_argument("--strength", type=float, default=1.0)
    return parser.parse_args()


if __name__ == "__main__":
    main()

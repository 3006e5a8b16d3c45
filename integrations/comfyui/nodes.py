"""The nodes: harmonize, compose, inspect, and colour maps in and out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

import accord
from accord import BadInputError, ColourMap, Result, Scene
from accord.core.picture import Picture

from .tensors import at, is_display_referred, mask_tensor, masks, numbered, pictures, tensor, together

MAP, SCENE = "ACCORD_COLOUR_MAP", "ACCORD_SCENE"
CATEGORY = "accord"

# Options as people read them.
OWN_MAP, ONE_MAP = "each picture its own", "one for the whole batch"
FOREGROUND_WHITE, FOREGROUND_BLACK = "white on the foreground", "white around it (Load Image)"
MAP_FILES = (".cube", ".clf", ".cc", ".ccc", ".cdl", ".json", ".xmp")

_ENCODINGS = (
    ["srgb", "linear"],
    {"tooltip": "What the values mean: display-encoded sRGB, as nearly always in ComfyUI, or scene-linear light."},
)
_STRENGTH = (
    "FLOAT",
    {"default": 1.0, "min": 0.0, "max": 1.0, "step": 0.05, "tooltip": "0 leaves every pixel as it is."},
)
_REFERENCE = (
    ["background", "ring"],
    {"tooltip": "Whose look the foreground takes: the whole background's, or what lies around the foreground."},
)
_MASK = ("MASK", {"tooltip": "White where the foreground is. Load Image's mask of a cut-out is the other way round."})


@dataclass(frozen=True)
class ColourMaps:
    """What travels between nodes as ACCORD_COLOUR_MAP: a map for each picture, or one for all.

    Parameters
    ----------
    maps
        The maps.
    results
        The results that they were fitted for, which say what they are exported for; none if they come from a file.
    """

    maps: tuple[ColourMap, ...]
    results: tuple[Result, ...] = ()


def method_ids() -> list[str]:
    """Give the methods that can be used now: those that ship, and networks whose weights were imported."""
    return [card.id for card in accord.list_methods() if card.network is None or card.files()]


class _Harmonizing:
    """What the nodes that harmonize have in common: what they give, and what they ask for."""

    CATEGORY = CATEGORY
    FUNCTION = "harmonize"
    RETURN_TYPES = ("IMAGE", MAP)
    RETURN_NAMES = ("image", "colour_map")

    @staticmethod
    def _choices() -> dict[str, Any]:
        """Describe the inputs that choose how to harmonize."""
        return {"method": (method_ids(), {"default": "accord"}), "strength": _STRENGTH, "reference": _REFERENCE}


class Harmonize(_Harmonizing):
    """Gives the foreground of composites the light of their background."""

    DESCRIPTION = (
        "Recolours what is white in the mask so that it belongs to the rest; every other pixel stays as it is."
    )

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802
        """Describe the inputs."""
        return {
            "required": {
                "image": ("IMAGE", {"tooltip": "The composite: the foreground is pasted in already."}),
                "mask": _MASK,
                **cls._choices(),
                "colour_maps": (
                    [OWN_MAP, ONE_MAP],
                    {"tooltip": "One map for the whole batch keeps frames of a clip, or views of a product, alike."},
                ),
                "when_needed": (
                    "BOOLEAN",
                    {"default": False, "tooltip": "Leave pictures alone that are unlikely to get better."},
                ),
                "encoding": _ENCODINGS,
            },
            "optional": {
                "reference_mask": (
                    "MASK",
                    {"tooltip": "White on the part of the background whose look counts, in place of reference."},
                )
            },
        }

    def harmonize(
        self,
        image: torch.Tensor,
        mask: torch.Tensor,
        method: str,
        strength: float,
        reference: str,
        colour_maps: str = OWN_MAP,
        when_needed: bool = False,
        encoding: str = "srgb",
        reference_mask: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, ColourMaps]:
        """Harmonize a batch."""
        composites = pictures(image, encoding)
        covers = masks(mask, [_size(each) for each in composites])
        count = together(image=composites, mask=covers)
        areas: list[Any] = [reference]
        if reference_mask is not None:
            areas = list(masks(reference_mask, [_size(each) for each in composites], "reference_mask"))
            together(image=composites, mask=covers, reference_mask=areas)
        if colour_maps == ONE_MAP and count > 1:
            if reference_mask is not None or when_needed:
                raise BadInputError(
                    "one colour map for the whole batch takes neither reference_mask nor when_needed: disconnect or "
                    f"switch them off, or choose {OWN_MAP!r}."
                )
            done = _as_a_set(composites, covers, count, method=method, strength=strength, reference=reference)
        else:
            done = []
            for index in numbered(count):
                picture, cover = at(composites, index), at(covers, index)
                with _naming(index, count):
                    done.append(
                        _left(picture)
                        if count > 1 and _nothing_to_do(covers, cover)
                        else accord.harmonize(
                            picture,
                            cover,
                            method=method,
                            strength=strength,
                            reference=at(areas, index),
                            when_needed=when_needed,
                        )
                    )
        clip = is_display_referred(image, encoding)
        return tensor([_picture(each) for each in done], image, clip=clip), _maps(done)


class Compose:
    """Lays a foreground over a background, as a layer of its own."""

    DESCRIPTION = (
        "Places a cut-out on a background. The scene it gives keeps the two as layers, so Harmonize Scene recolours "
        "the foreground without a halo at soft edges."
    )
    CATEGORY = CATEGORY
    FUNCTION = "compose"
    RETURN_TYPES = ("IMAGE", "MASK", SCENE)
    RETURN_NAMES = ("image", "mask", "scene")

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802
        """Describe the inputs."""
        fraction = {"default": 0.5, "min": -1.0, "max": 2.0, "step": 0.01}
        return {
            "required": {
                "background": ("IMAGE",),
                "foreground": ("IMAGE", {"tooltip": "With an alpha channel, or with foreground_mask."}),
                "x": ("FLOAT", {**fraction, "tooltip": "Centre of the foreground, as a part of the width."}),
                "y": ("FLOAT", {**fraction, "tooltip": "Centre of the foreground, as a part of the height."}),
                "scale": (
                    "FLOAT",
                    {
                        "default": 0.0,
                        "min": 0.0,
                        "max": 10.0,
                        "step": 0.01,
                        "tooltip": "The foreground's width over the background's; 0 keeps its pixels.",
                    },
                ),
                "rotation": ("FLOAT", {"default": 0.0, "min": -360.0, "max": 360.0, "step": 0.5}),
                "flip": ("BOOLEAN", {"default": False}),
                "opacity": ("FLOAT", {"default": 1.0, "min": 0.01, "max": 1.0, "step": 0.01}),
                "feather": ("FLOAT", {"default": 0.0, "min": 0.0, "max": 512.0, "step": 0.5}),
                "blend": (["linear", "encoded"], {"tooltip": "linear mixes light at soft edges, as a lens does."}),
                "edges": (
                    ["local", "matting", "keep"],
                    {"tooltip": "How edges are freed of the old background; matting needs the extra accord[matting]."},
                ),
                "mask_is": ([FOREGROUND_WHITE, FOREGROUND_BLACK],),
                "encoding": _ENCODINGS,
            },
            "optional": {"foreground_mask": ("MASK",)},
        }

    def compose(
        self,
        background: torch.Tensor,
        foreground: torch.Tensor,
        x: float,
        y: float,
        scale: float,
        rotation: float = 0.0,
        flip: bool = False,
        opacity: float = 1.0,
        feather: float = 0.0,
        blend: str = "linear",
        edges: str = "local",
        mask_is: str = FOREGROUND_WHITE,
        encoding: str = "srgb",
        foreground_mask: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, tuple[Scene, ...]]:
        """Compose a batch."""
        grounds, cutouts = pictures(background, encoding, "background"), pictures(foreground, encoding, "foreground")
        covers: list[np.ndarray | None] = [None]
        if foreground_mask is not None:
            found = masks(foreground_mask, [_size(each) for each in cutouts], "foreground_mask")
            covers = [1 - cover if mask_is == FOREGROUND_BLACK else cover for cover in found]
        count = together(background=grounds, foreground=cutouts, foreground_mask=covers)
        scenes = []
        for index in numbered(count):
            with _naming(index, count):
                scenes.append(
                    accord.compose(
                        at(grounds, index),
                        at(cutouts, index),
                        at=(x, y),
                        scale=scale or None,
                        rotation=rotation,
                        flip=flip,
                        opacity=opacity,
                        feather=feather,
                        mask=at(covers, index),
                        blend=blend,
                        edges=edges,
                    )
                )
        clip = is_display_referred(background, encoding)
        image = tensor([scene.picture() for scene in scenes], background, clip=clip)
        return image, mask_tensor([scene.mask for scene in scenes], background), tuple(scenes)


class HarmonizeScene(_Harmonizing):
    """Gives the foreground layer of scenes the light of their background, without a halo at soft edges."""

    DESCRIPTION = (
        "Harmonizes what Compose made: the foreground's own colours are changed, and laid over the background."
    )

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802
        """Describe the inputs."""
        return {"required": {"scene": (SCENE,), **cls._choices()}}

    def harmonize(
        self, scene: tuple[Scene, ...], method: str, strength: float, reference: str
    ) -> tuple[torch.Tensor, ColourMaps]:
        """Harmonize a batch of scenes."""
        done = []
        for index in numbered(len(scene)):
            with _naming(index, len(scene)):
                done.append(accord.harmonize(scene[index], method=method, strength=strength, reference=reference))
        # A scene is of its background's kind, which says whether it is light or code values.
        clip = all(each.background.encoding.is_working and _in_range(each.background) for each in scene)
        return tensor([each.picture for each in done], torch.empty(0), clip=clip), _maps(done)


class ApplyColourMap:
    """Applies colour maps to other pictures."""

    DESCRIPTION = "Applies a colour map where the mask is white: of another picture of the set, or from a file."
    CATEGORY = CATEGORY
    FUNCTION = "apply"
    RETURN_TYPES = ("IMAGE",)
    RETURN_NAMES = ("image",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802
        """Describe the inputs."""
        required = {"image": ("IMAGE",), "mask": _MASK, "colour_map": (MAP,), "strength": _STRENGTH}
        return {"required": {**required, "encoding": _ENCODINGS}}

    def apply(
        self,
        image: torch.Tensor,
        mask: torch.Tensor,
        colour_map: ColourMaps,
        strength: float,
        encoding: str = "srgb",
    ) -> tuple[torch.Tensor]:
        """Apply maps to a batch."""
        found = pictures(image, encoding)
        covers = masks(mask, [_size(each) for each in found])
        count = together(image=found, mask=covers, colour_map=colour_map.maps)
        done = []
        for index in numbered(count):
            with _naming(index, count):
                picture, cover, given = at(found, index), at(covers, index), at(colour_map.maps, index)
                done.append(
                    _left(picture)
                    if count > 1 and _nothing_to_do(covers, cover)
                    else accord.harmonize(picture, cover, method=given, strength=strength)
                )
        return (tensor([_picture(each) for each in done], image, clip=is_display_referred(image, encoding)),)


class Inspect:
    """Says what does not match in composites, and whether colour can mend it."""

    DESCRIPTION = "Measures exposure, contrast, colour, light, blur, grain and the mask's health. Nothing is changed."
    CATEGORY = CATEGORY
    FUNCTION = "inspect"
    RETURN_TYPES = ("STRING", "STRING", "STRING")
    RETURN_NAMES = ("verdict", "report", "json")
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802
        """Describe the inputs."""
        return {"required": {"image": ("IMAGE",), "mask": _MASK, "encoding": _ENCODINGS}}

    def inspect(self, image: torch.Tensor, mask: torch.Tensor, encoding: str = "srgb") -> dict[str, Any]:
        """Inspect a batch: verdicts one a line, reports one below the other, and a JSON list of all figures."""
        from accord.cli.inspect import described

        found = pictures(image, encoding)
        covers = masks(mask, [_size(each) for each in found])
        count = together(image=found, mask=covers)
        inspections = []
        for index in numbered(count):
            with _naming(index, count):
                inspections.append(accord.inspect(at(found, index), at(covers, index)))
        verdicts = "\n".join(each.verdict for each in inspections)
        reports = [described(each) for each in inspections]
        data = json.dumps([each.to_dict() for each in inspections], allow_nan=False)
        return {"ui": {"text": reports}, "result": (verdicts, "\n\n".join(reports), data)}


class SaveColourMap:
    """Writes colour maps for other programs, or to be loaded again."""

    DESCRIPTION = (
        "Into ComfyUI's output folder: .cube (Photoshop, Resolve, Premiere), .clf and .cc/.ccc/.cdl (Nuke, Resolve), "
        "or .json and .xmp, which hold the edit exactly and are loaded again by Load Colour Map."
    )
    CATEGORY = CATEGORY
    FUNCTION = "save"
    RETURN_TYPES = ("STRING",)
    RETURN_NAMES = ("path",)
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802
        """Describe the inputs."""
        return {
            "required": {
                "colour_map": (MAP,),
                "filename_prefix": ("STRING", {"default": "accord/colour_map"}),
                "file_format": (list(MAP_FILES),),
            }
        }

    def save(self, colour_map: ColourMaps, filename_prefix: str, file_format: str) -> dict[str, Any]:
        """Write a file for each map."""
        import folder_paths

        if not colour_map.results:
            raise BadInputError(
                "this colour map comes from a file, which is there already. Connect the colour map of a Harmonize "
                "node, which knows for whose colours it is exported."
            )
        given = folder_paths.get_save_image_path(filename_prefix, folder_paths.get_output_directory())
        folder, name, counter = Path(given[0]), given[1], given[2]
        paths, said = [], []
        results = colour_map.results[: len(colour_map.maps)]  # one map for a batch is one file
        for result in results:
            path = folder / f"{name}_{counter:05}_{file_format}"
            counter += 1
            said.append(_written(result, path, file_format))
            paths.append(str(path))
        return {"ui": {"text": said}, "result": ("\n".join(paths),)}


class LoadColourMap:
    """Reads a colour map from an edit's file."""

    DESCRIPTION = "A .json or .xmp from Save Colour Map or from accord harmonize --sidecar."
    CATEGORY = CATEGORY
    FUNCTION = "load"
    RETURN_TYPES = (MAP,)
    RETURN_NAMES = ("colour_map",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802
        """Describe the inputs."""
        tooltip = "Absolute, or within ComfyUI's input or output folder."
        return {"required": {"path": ("STRING", {"default": "", "tooltip": tooltip})}}

    @classmethod
    def IS_CHANGED(cls, path: str) -> str:  # noqa: N802
        """Give what changes when the file does."""
        return hashlib.sha256(_found(path).read_bytes()).hexdigest()

    @classmethod
    def VALIDATE_INPUTS(cls, path: str) -> bool | str:  # noqa: N802
        """Tell before anything runs that a file is missing."""
        return True if _found(path).is_file() else f"There is no file {path!r} in ComfyUI's input or output folder."

    def load(self, path: str) -> tuple[ColourMaps]:
        """Read the map."""
        from accord.pipeline.edits import read_edit

        return (ColourMaps((read_edit(_found(path)),)),)


NODE_CLASS_MAPPINGS: dict[str, type] = {
    "AccordHarmonize": Harmonize,
    "AccordCompose": Compose,
    "AccordHarmonizeScene": HarmonizeScene,
    "AccordInspect": Inspect,
    "AccordApplyColourMap": ApplyColourMap,
    "AccordSaveColourMap": SaveColourMap,
    "AccordLoadColourMap": LoadColourMap,
}

NODE_DISPLAY_NAME_MAPPINGS = {
    "AccordHarmonize": "Harmonize (accord)",
    "AccordCompose": "Compose (accord)",
    "AccordHarmonizeScene": "Harmonize Scene (accord)",
    "AccordInspect": "Inspect Composite (accord)",
    "AccordApplyColourMap": "Apply Colour Map (accord)",
    "AccordSaveColourMap": "Save Colour Map (accord)",
    "AccordLoadColourMap": "Load Colour Map (accord)",
}


@dataclass(frozen=True)
class _Left:
    """A picture of a batch without any foreground, given back as it came."""

    picture: Picture
    colour_map: ColourMap


def _left(picture: Picture) -> _Left:
    from accord.transforms import Identity

    return _Left(picture, Identity())


def _nothing_to_do(covers: list[np.ndarray], cover: np.ndarray) -> bool:
    """Tell whether a picture of a batch has no foreground, where others have: a frame before somebody walks in."""
    return not cover.any() and any(other.any() for other in covers)


def _as_a_set(composites: list[Picture], covers: list[np.ndarray], count: int, **asked: Any) -> list[Result | _Left]:
    pairs = [(at(composites, index), at(covers, index)) for index in range(count)]
    seen = [(picture, cover) for picture, cover in pairs if not _nothing_to_do(covers, cover)]
    results = accord.harmonize_set(seen, **asked)
    return [
        _left(pairs[index][0]) if _nothing_to_do(covers, pairs[index][1]) else next(results)
        for index in numbered(count)
    ]


def _maps(done: list[Result | _Left]) -> ColourMaps:
    """Give the maps of results, one where all are the same."""
    fitted = [each for each in done if isinstance(each, Result)]
    if len(fitted) > 1 and all(each.colour_map == fitted[0].colour_map for each in fitted[1:]):
        return ColourMaps((fitted[0].colour_map,), tuple(fitted))
    return ColourMaps(tuple(each.colour_map for each in done), tuple(fitted) if len(fitted) == len(done) else ())


def _picture(done: Result | _Left) -> Picture:
    return done.picture


def _size(picture: Picture) -> tuple[int, int]:
    return picture.height, picture.width


def _in_range(picture: Picture) -> bool:
    return bool(picture.pixels.min() >= 0) and bool(picture.pixels.max() <= 1)


@contextmanager
def _naming(index: int, count: int) -> Iterator[None]:
    """Say in errors which picture of a batch it was."""
    try:
        yield
    except BadInputError as error:
        if count == 1:
            raise
        raise BadInputError(f"picture {index + 1} of {count}: {error}") from None


def _written(result: Result, path: Path, suffix: str) -> str:
    if suffix in (".json", ".xmp"):
        result.save_sidecar(path)
        return f"{path}: the edit itself"
    done = result.export(path)
    kind = "the map itself" if done.exact else "the nearest that this format holds"
    return f"{path}: {kind}, off by {done.residual_mean:.2f} of 255 on average, {done.residual_max:.2f} at most"


def _found(path: str) -> Path:
    """Give where a file is that was named as people do: in full, or within the input or output folder."""
    import folder_paths

    folders = [Path(folder_paths.get_input_directory()), Path(folder_paths.get_output_directory())]
    found = [folder / path for folder in folders if path and (folder / path).is_file()]
    return found[0] if found else Path(path)

"""Nodes for tests alone: give arrays into a graph, and keep what comes out of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch


class GiveArray:
    """Gives an array from a .npy file; it counts as whatever its user wants."""

    CATEGORY = "tests"
    FUNCTION = "give"
    RETURN_TYPES = ("IMAGE", "MASK")

    @classmethod
    def INPUT_TYPES(cls):  # noqa: N802
        return {"required": {"path": ("STRING", {"default": ""}), "half": ("BOOLEAN", {"default": False})}}

    def give(self, path, half):
        given = torch.from_numpy(np.load(path))
        given = given.half() if half else given
        return given, given


class GiveList:
    """Gives pictures of several sizes: a list, as nodes that split or load folders do."""

    CATEGORY = "tests"
    FUNCTION = "give"
    RETURN_TYPES = ("IMAGE", "MASK")
    OUTPUT_IS_LIST = (True, True)

    @classmethod
    def INPUT_TYPES(cls):  # noqa: N802
        return {"required": {"folder": ("STRING", {"default": ""})}}

    def give(self, folder):
        images = [torch.from_numpy(np.load(path)) for path in sorted(Path(folder).glob("image*.npy"))]
        return images, [torch.from_numpy(np.load(path)) for path in sorted(Path(folder).glob("mask*.npy"))]


class KeepTensor:
    """Writes what it gets as .npy; of a list one file for each."""

    CATEGORY = "tests"
    FUNCTION = "keep"
    RETURN_TYPES = ()
    OUTPUT_NODE = True
    INPUT_IS_LIST = True

    @classmethod
    def INPUT_TYPES(cls):  # noqa: N802
        return {"required": {"value": ("IMAGE,MASK",), "path": ("STRING", {"default": ""})}}

    def keep(self, value, path):
        for index, each in enumerate(value):
            np.save(f"{path[0]}{index or ''}.npy", each.numpy())
        return {}

    @classmethod
    def VALIDATE_INPUTS(cls, input_types):  # noqa: ARG003, N802 (the argument is what lets images and masks in)
        return True


class KeepText:
    """Writes a text."""

    CATEGORY = "tests"
    FUNCTION = "keep"
    RETURN_TYPES = ()
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):  # noqa: N802
        return {"required": {"value": ("STRING", {"forceInput": True}), "path": ("STRING", {"default": ""})}}

    def keep(self, value, path):
        Path(path).write_text(value, encoding="utf-8")
        return {}


NODE_CLASS_MAPPINGS = {
    "GiveArray": GiveArray,
    "GiveList": GiveList,
    "KeepTensor": KeepTensor,
    "KeepText": KeepText,
}

#!/usr/bin/env python3
"""Harmonize a pasted layer in GIMP 3: a new layer above it has its shape, in the light of what lies below.

Runs the command `accord`, which has a Python of its own: that on the PATH, or the one that the environment variable
ACCORD names.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("GimpUi", "3.0")
from gi.repository import Gimp, GimpUi, Gio, GLib, GObject  # noqa: E402 (their versions are chosen above)

NAME = "plug-in-accord-harmonize"
METHODS = {
    "accord": "accord, learned (the default)",
    "reinhard": "Reinhard",
    "mkl": "MKL",
    "histogram": "Histogram",
    "xue": "Xue",
}
REFERENCES = {"background": "the whole background", "ring": "what lies around"}


class HarmonizeError(Exception):
    """Says to people why there is no result."""


def run(procedure, run_mode, image, drawables, config, data):  # noqa: ARG001 (GIMP's arguments)
    """Ask for the settings if people look on, harmonize, and tell GIMP how it went."""
    if run_mode == Gimp.RunMode.INTERACTIVE:
        GimpUi.init(NAME)
        dialog = GimpUi.ProcedureDialog.new(procedure, config, "Harmonize with accord")
        dialog.fill(None)
        wanted = dialog.run()
        dialog.destroy()
        if not wanted:
            return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, None)
    image.undo_group_start()
    try:
        if len(drawables) != 1 or not isinstance(drawables[0], Gimp.Layer):
            raise HarmonizeError("Select one layer: the pasted one, or, with a selection around it, the flat picture.")
        settings = {name: config.get_property(name) for name in ("method", "strength", "reference")}
        harmonize(image, drawables[0], **settings)
    except HarmonizeError as error:
        return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, GLib.Error(str(error)))
    finally:
        image.undo_group_end()
    Gimp.displays_flush()
    return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)


def harmonize(image, layer, method, strength, reference):
    """Add the harmonized layer above `layer`, which is hidden; with a selection, a new layer of the whole picture."""
    asked = ["--method", method, "--strength", f"{strength:g}", "--reference", reference]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export(image, folder / "composite.png")
        if not Gimp.Selection.is_empty(image):
            export_selection(image, folder / "mask.png")
            accord("composite.png", "mask.png", "-o", "result.png", *asked, folder=folder)
        else:
            export_layer(image, layer, folder / "mask.png", as_mask=True)
            accord("composite.png", "mask.png", "-o", "flat.png", "--sidecar", "edit.json", *asked, folder=folder)
            # The layer's own colours, not those mixed with the background at soft edges: all of them are mapped.
            export_layer(image, layer, folder / "layer.png")
            export_frame(image, folder / "all.png")
            accord("layer.png", "all.png", "-o", "result.png", "--method", "edit.json", folder=folder)
        made = Gimp.file_load_layer(
            Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(str(folder / "result.png"))
        )
    made.set_name(f"{layer.get_name()}, harmonized")
    image.insert_layer(made, layer.get_parent(), image.get_item_position(layer))
    if Gimp.Selection.is_empty(image):
        made.set_opacity(layer.get_opacity())
        layer.set_visible(False)


def export(image, path):
    """Write what is visible as PNG of the image's depth."""
    copy = image.duplicate()
    Gimp.Selection.none(copy)
    copy.flatten()
    save(copy, path)


def export_layer(image, layer, path, as_mask=False):
    """Write a layer alone, at the image's size: its own colours, fully opaque; or white, as opaque as it is seen."""
    copy = image.duplicate()
    Gimp.Selection.none(copy)
    siblings = copy.get_layers()
    for position in place_in_tree(image, layer):
        for each in siblings:
            each.set_visible(False)
        shown = siblings[position]
        shown.set_visible(True)
        shown.set_mode(Gimp.LayerMode.NORMAL)
        if not as_mask:
            shown.set_opacity(100)
        siblings = shown.get_children() if shown.is_group() else []
    alone = copy.merge_visible_layers(Gimp.MergeType.CLIP_TO_IMAGE)
    if not alone.has_alpha():
        alone.add_alpha()
    alone.resize_to_image_size()
    if as_mask:
        alone.set_lock_alpha(True)
        fill_white(alone)
    save(copy, path)


def place_in_tree(image, layer):
    """Give the positions of a layer and the groups that it is in, from the outermost."""
    positions = []
    while layer is not None:
        positions.insert(0, image.get_item_position(layer))
        layer = layer.get_parent()
    return positions


def export_selection(image, path):
    """Write the selection as the alpha of a white picture."""
    copy = image.duplicate()
    for each in copy.get_layers():
        each.set_visible(False)
    size = copy.get_width(), copy.get_height()
    grey = copy.get_base_type() == Gimp.ImageBaseType.GRAY
    kind = Gimp.ImageType.GRAYA_IMAGE if grey else Gimp.ImageType.RGBA_IMAGE
    white = Gimp.Layer.new(copy, "selection", *size, kind, 100, Gimp.LayerMode.NORMAL)
    copy.insert_layer(white, None, 0)
    fill_white(white)
    Gimp.Selection.none(copy)
    copy.merge_visible_layers(Gimp.MergeType.CLIP_TO_IMAGE)
    save(copy, path)


def export_frame(image, path):
    """Write a mask that is white everywhere, but for a pixel that is nearly so: accord wants to be shown background."""
    frame = Gimp.Image.new(image.get_width(), image.get_height(), Gimp.ImageBaseType.GRAY)
    size = image.get_width(), image.get_height()
    layer = Gimp.Layer.new(frame, "all", *size, Gimp.ImageType.GRAY_IMAGE, 100, Gimp.LayerMode.NORMAL)
    frame.insert_layer(layer, None, 0)
    layer.fill(Gimp.FillType.WHITE)
    layer.set_pixel(0, 0, colour("#fefefe"))
    save(frame, path)


def fill_white(layer):
    """Fill a layer, within the selection if there is one."""
    Gimp.context_push()
    Gimp.context_set_background(colour("white"))
    layer.edit_fill(Gimp.FillType.BACKGROUND)
    Gimp.context_pop()


def colour(name):
    """Give a colour by its name."""
    gi.require_version("Gegl", "0.4")
    from gi.repository import Gegl

    return Gegl.Color.new(name)


def save(image, path):
    """Write an image, and let go of it."""
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(str(path)), None)
    image.delete()


def accord(*words, folder):
    """Run `accord harmonize` in a folder; its one line of error is told as it is."""
    command = os.environ.get("ACCORD") or shutil.which("accord")
    if command is None:
        raise HarmonizeError(
            "The command accord was not found. Install it (python -m pip install accord's folder), and start GIMP from "
            "a terminal where it runs, or set the environment variable ACCORD to its path."
        )
    # GIMP's own Python settings are not for another Python.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        done = subprocess.run(
            [command, "harmonize", *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise HarmonizeError(f"{command} cannot be run: {error.strerror}.") from error
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise HarmonizeError(said[-1] if said else f"accord ended with exit code {done.returncode}.")


class AccordHarmonize(Gimp.PlugIn):
    """Tells GIMP of the procedure."""

    def do_set_i18n(self, procname):  # noqa: ARG002
        """Say that there are no translations."""
        return False

    def do_query_procedures(self):
        """Name the procedures."""
        return [NAME]

    def do_create_procedure(self, name):
        """Describe the procedure."""
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, run, None)
        procedure.set_image_types("RGB*, GRAY*")
        procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE)
        procedure.set_documentation(
            "Give a pasted layer the light of what lies below",
            "Adds the layer again, harmonized, and hides the old one. With a selection, what is selected in the "
            "visible picture is harmonized instead.",
            name,
        )
        procedure.set_menu_label("_Harmonize with accord...")
        procedure.add_menu_path("<Image>/Colors")
        procedure.set_attribution("The accord founders", "Apache-2.0", "2026")
        flags = GObject.ParamFlags.READWRITE
        for argument, label, choices in (("method", "_Method", METHODS), ("reference", "_Light of", REFERENCES)):
            choice = Gimp.Choice.new()
            for number, (key, words) in enumerate(choices.items()):
                choice.add(key, number, words, "")
            procedure.add_choice_argument(argument, label, None, choice, next(iter(choices)), flags)
        procedure.add_double_argument("strength", "_Strength", "0 leaves it as it is", 0.0, 1.0, 1.0, flags)
        return procedure


Gimp.main(AccordHarmonize.__gtype__, sys.argv)

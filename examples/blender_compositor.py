"""Harmonize in Blender's compositor: builds the nodes, and renders them. Runs inside Blender 5, which needs no accord.

    blender --background --python examples/blender_compositor.py -- cdl COMPOSITE MASK MAP.cc OUT.exr
    blender --background --python examples/blender_compositor.py -- layers COMPOSITE LAYERS.exr OUT.exr

The first applies a decision from `accord harmonize --cdl MAP.cc` where the mask is white; the second lays the
harmonized foreground of `accord harmonize --layers LAYERS.exr` over its background. The same works with the module bpy
from PyPI: python blender_compositor.py cdl ... Without --background the nodes stay on the screen, to be worked on.
"""

import sys
import xml.etree.ElementTree as Tree

import bpy

LINEAR, DISPLAY = "Linear Rec.709", "sRGB"
CDL = "Offset/Power/Slope (ASC-CDL)"
NAMESPACE = "{urn:ASC:CDL:v1.01}"


def by_decision(composite, mask, decision, out):
    """Apply slope, offset and power to display-encoded values, where the mask is white, mixed as accord mixes."""
    tree = new_tree(composite)
    picture, cover = image_node(tree, composite), image_node(tree, mask, "Non-Color")
    encoded = converted(tree, picture.outputs["Image"], LINEAR, DISPLAY)
    graded = tree.nodes.new("CompositorNodeColorBalance")
    graded.inputs["Type"].default_value = CDL
    tree.links.new(encoded, graded.inputs["Image"])
    for name, values in read_decision(decision).items():
        colour_input(graded, name).default_value = (*values, 1.0)
    mixed = tree.nodes.new("ShaderNodeMix")
    mixed.data_type = "RGBA"
    before, after = (socket for socket in mixed.inputs if socket.type == "RGBA")
    tree.links.new(cover.outputs["Image"], next(socket for socket in mixed.inputs if socket.type == "VALUE"))
    tree.links.new(encoded, before)
    tree.links.new(graded.outputs["Image"], after)
    result = next(socket for socket in mixed.outputs if socket.type == "RGBA")
    render(tree, converted(tree, result, DISPLAY, LINEAR), out)


def by_layers(composite, layers, out):
    """Lay the harmonized foreground, multiplied by its alpha, over the background, in light."""
    tree = new_tree(composite)
    parts = image_node(tree, layers)
    over = tree.nodes.new("CompositorNodeAlphaOver")
    tree.links.new(parts.outputs["background"], over.inputs["Background"])
    tree.links.new(parts.outputs["harmonized"], over.inputs["Foreground"])
    render(tree, over.outputs["Image"], out)


def new_tree(path):
    """Give a compositing tree for a scene of a picture's size."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    image = bpy.data.images.load(path)
    scene.render.resolution_x, scene.render.resolution_y = image.size
    scene.render.resolution_percentage = 100
    tree = bpy.data.node_groups.new("accord", "CompositorNodeTree")
    tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
    scene.compositing_node_group = tree
    return tree


def image_node(tree, path, colour_space=None):
    """Give a node with a picture; a colour space in place of the one that Blender takes it for."""
    image = bpy.data.images.load(path, check_existing=True)
    if colour_space is not None:
        image.colorspace_settings.name = colour_space
    node = tree.nodes.new("CompositorNodeImage")
    node.image = image
    return node


def converted(tree, socket, before, after):
    """Give the socket of a conversion between colour spaces."""
    node = tree.nodes.new("CompositorNodeConvertColorSpace")
    node.from_color_space, node.to_color_space = before, after
    tree.links.new(socket, node.inputs["Image"])
    return node.outputs["Image"]


def colour_input(node, name):
    """Give the input for three values; one for all three has the same name."""
    return next(socket for socket in node.inputs if socket.name == name and socket.type == "RGBA")


def read_decision(path):
    """Read slope, offset and power of the first decision of a .cc, .ccc or .cdl; its saturation has to be 1."""
    root = Tree.parse(path).getroot()
    values = {
        name: [float(word) for word in next(root.iter(NAMESPACE + name)).text.split()]
        for name in ("Slope", "Offset", "Power")
    }
    saturation = float(next(root.iter(NAMESPACE + "Saturation")).text)
    if abs(saturation - 1) > 1e-3:
        raise SystemExit(f"{path} has saturation {saturation:g}, which the node cannot hold: use the layers instead.")
    return values


def render(tree, socket, out):
    """Connect the result, and write it as 32-bit OpenEXR; the camera is only there because rendering asks for one."""
    tree.links.new(socket, tree.nodes.new("NodeGroupOutput").inputs[0])
    scene = bpy.context.scene
    scene.camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(scene.camera)
    scene.cycles.samples = 1
    scene.render.engine, scene.render.compositor_device = "CYCLES", "CPU"
    scene.render.image_settings.file_format, scene.render.image_settings.color_depth = "OPEN_EXR", "32"
    scene.render.filepath = out
    bpy.ops.render.render(write_still=True)


def main():
    """Do what the words behind -- ask for."""
    words = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    recipes = {"cdl": (by_decision, 4), "layers": (by_layers, 3)}
    if not words or words[0] not in recipes or len(words) != recipes[words[0]][1] + 1:
        raise SystemExit(__doc__)
    recipes[words[0]][0](*words[1:])


if __name__ == "__main__":
    main()

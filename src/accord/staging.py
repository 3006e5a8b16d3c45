"""Put a foreground on a background: pictures and settings in, a scene of layers out."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from accord.composite.codes import to_unit
from accord.composite.edges import Edges, clean_cutout, clean_photo, clean_with_matting, fill, spread
from accord.composite.feather import feathered
from accord.composite.placement import Box, Placement, Unit, place
from accord.composite.scene import Blend, Layer, Scene
from accord.core.encoding import SRGB
from accord.core.errors import BadInputError
from accord.core.picture import Picture
from accord.io import as_mask, as_picture, mask_of
from accord.io.profile import SAY_SRGB
from accord.io.resample import resized, warped
from accord.io.windows import cut, display_window

if TYPE_CHECKING:
    from PIL import Image

Floats = NDArray[np.float32]
PictureLike: TypeAlias = "str | os.PathLike[str] | NDArray[Any] | Image.Image | Picture"

# Below this coverage a resampled colour is one small number over another: its neighbours tell it better.
_FAINT = 0.25
_MARGIN = 2  # pixels around the covered part, for the edge estimates to see some background


def compose(
    background: PictureLike,
    foreground: PictureLike,
    *,
    at: tuple[float, float] = (0.5, 0.5),
    unit: Unit = "fraction",
    scale: float | None = None,
    rotation: float = 0.0,
    flip: bool = False,
    opacity: float = 1.0,
    feather: float = 0.0,
    mask: PictureLike | Literal["auto"] | None = None,
    mask_model: str | os.PathLike[str] | None = None,
    blend: Blend = "linear",
    edges: Edges = "local",
    encoding: Literal["srgb", "linear"] | None = None,
    foreground_encoding: Literal["srgb", "linear"] | None = None,
) -> Scene:
    """Put a foreground on a background as a layer of its own.

    The scene takes the background's size, depth, encoding and file facts; the foreground is converted to it.

    Parameters
    ----------
    background, foreground
        Paths, Pillow images or arrays as `accord.harmonize` takes them: integers display-encoded in their profile,
        floats scene-linear.
    at
        Centre of the foreground picture on the background, (x, y) from the top left corner. With the defaults, two
        pictures of one size lie exactly over one another. It may lie outside if some of the foreground does not.
        Size, corner and centre of an OpenEXR are those of its display window, here and for `scale`.
    unit
        Whether `at` is in "fraction" of the background's width and height, or in "pixels".
    scale
        The foreground picture's width over the background's, above 0, transparent margins included. By default the
        foreground keeps its pixels.
    rotation
        Degrees, counter-clockwise.
    flip
        Whether to mirror the foreground, left to right, before it is turned.
    opacity
        Above 0, to 1.
    feather
        Pixels of the background over which coverage rises inside the foreground's edge, at most its longer side.
    mask
        Coverage of the foreground where it has no alpha, or instead of its alpha: a path, an image or an array of the
        foreground's size; or "auto" for a segmentation model's guess.
    mask_model
        Path of the segmentation model for ``mask="auto"``.
    blend
        "linear" mixes light at soft edges; "encoded" mixes display-encoded sRGB values, as most paint programs do.
    edges
        How the foreground's colour at soft edges is freed of its old background: "local", a quick estimate; "matting",
        with pymatting (extra `matting`); "keep", not at all. A premultiplied foreground (EXR) is rendered or keyed and
        has no old background in it: "local" leaves its colours as they are.
    encoding, foreground_encoding
        What the background's and the foreground's values mean, in place of what profile or depth says: "srgb"
        (display-encoded) or "linear" (scene-linear).

    Returns
    -------
    Scene
        With `.picture()`, `.mask` and `.recolour()`; `accord.harmonize` takes it.

    Raises
    ------
    BadInputError
        If a picture or setting cannot be used, there is neither alpha nor mask, or the foreground is outside the frame.
    MissingExtraError
        If ``edges="matting"`` is asked for without the extra `matting`.
    WeightsError
        If ``mask="auto"`` is asked for without a usable model.

    Examples
    --------
    >>> import numpy as np
    >>> room, sofa = np.full((8, 8, 3), 40, np.uint8), np.full((2, 2, 4), 255, np.uint8)
    >>> compose(room, sofa, at=(2, 3), unit="pixels").picture().pixels[:, 1, 0].tolist()
    [40, 40, 255, 255, 40, 40, 40, 40]
    """
    _check_settings(opacity, feather, blend, edges)
    ground = as_picture(background, encoding=encoding, what="background")
    picture = _foreground(foreground, foreground_encoding)
    if feather > max(ground.height, ground.width):
        raise BadInputError(
            f"feather is {feather!r} pixels, wider than the background of {ground.width}x{ground.height} (width x "
            "height). Choose a narrower one."
        )
    coverage, from_photo = _coverage(picture, mask, mask_model)
    shown, behind = display_window(picture), display_window(ground)
    placement = place(
        (shown.height, shown.width), (behind.height, behind.width), at=at, unit=unit, scale=scale, rotation=rotation
    )
    whole = _whole(picture, shown)
    placement = placement.around((shown.height, shown.width), (whole.height, whole.width))
    pixels, coverage, covered = _covered(picture.pixels, coverage, whole, flip, placement.quarter_turns)
    size = (whole.width, whole.height) if placement.quarter_turns % 2 else (whole.height, whole.width)
    colour, coverage = _cleaned(picture, pixels, coverage, edges, from_photo)
    frame = Box(0, 0, ground.height, ground.width).moved(-behind.top, -behind.left)
    target = _target(placement, covered, size, frame, feather)
    light, cover = _placed(colour, coverage, covered, size, placement, target)
    cover = feathered(cover, feather) * np.float32(opacity)
    return Scene(ground, _cropped(light, cover, target, frame), blend)


def _check_settings(opacity: float, feather: float, blend: str, edges: str) -> None:
    if not _is_number(opacity) or not 0 < opacity <= 1:
        raise BadInputError(f"opacity is {opacity!r}, a number above 0, to 1, was wanted.")
    if not _is_number(feather) or not 0 <= feather < math.inf:
        raise BadInputError(f"feather is {feather!r}, a width in pixels, 0 or more, was wanted.")
    if blend not in get_args(Blend):
        raise BadInputError(f"blend is {blend!r}, 'linear' (light) or 'encoded' (display values) was wanted.")
    if edges not in get_args(Edges):
        raise BadInputError(f"edges is {edges!r}, 'local', 'matting' or 'keep' was wanted.")


def _foreground(source: PictureLike, encoding: Literal["srgb", "linear"] | None) -> Picture:
    try:
        return as_picture(source, encoding=encoding, what="foreground")
    except BadInputError as error:
        say_srgb = "foreground_encoding='srgb' (--foreground-encoding srgb)"
        raise BadInputError(str(error).replace(SAY_SRGB, say_srgb)) from error


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number)


def _coverage(
    picture: Picture, mask: PictureLike | Literal["auto"] | None, mask_model: str | os.PathLike[str] | None
) -> tuple[Floats, bool]:
    """Give the foreground's coverage, and whether it comes from a mask: then the old background is in the picture."""
    if isinstance(mask, str) and mask == "auto":
        from accord.io.automask import auto_mask

        return auto_mask(picture, mask_model), True
    if mask_model is not None:
        raise BadInputError(
            'a mask model was given, but it is used for mask="auto" only: ask for that, or leave it out.'
        )
    if mask is not None:
        return as_mask(mask, picture.height, picture.width, display_window(picture)), True
    alpha = mask_of(picture)
    if alpha is None:
        raise BadInputError(
            "the foreground has no alpha, and there is no mask for it. Give a mask, or ask for a guess with "
            'mask="auto" (needs a segmentation model on disk).'
        )
    return alpha, False


def _whole(picture: Picture, shown: Box) -> Box:
    """Give the display window, grown on both sides alike until it holds all pixels: its middle stays the middle."""
    above = max(0, shown.top, picture.height - shown.bottom)
    beside = max(0, shown.left, picture.width - shown.right)
    above, beside = above + above % 2, beside + beside % 2  # even: where half pixels are rounded to stays the same
    return Box(shown.top - above, shown.left - beside, shown.bottom + above, shown.right + beside)


def _covered(
    pixels: NDArray[Any], coverage: Floats, whole: Box, flip: bool, quarter_turns: int
) -> tuple[NDArray[Any], Floats, Box]:
    """Give the covered part of pixels and coverage, flipped and turned, and where it then lies in the whole."""
    box = _covered_box(coverage, whole)
    pixels, coverage = cut(pixels, box), cut(coverage, box)
    box = box.moved(-whole.top, -whole.left)
    if flip:
        pixels, coverage, box = pixels[:, ::-1], coverage[:, ::-1], box.mirrored(whole.width)
    box = box.turned(whole.height, whole.width, quarter_turns)
    return np.rot90(pixels, quarter_turns), np.rot90(coverage, quarter_turns), box


def _covered_box(coverage: Floats, whole: Box) -> Box:
    rows, columns = np.flatnonzero(coverage.any(axis=1)), np.flatnonzero(coverage.any(axis=0))
    if rows.size == 0:
        raise BadInputError("the foreground's coverage is 0 everywhere, so there is nothing to compose.")
    found = Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
    return found.grown(_MARGIN).within(whole) or whole


def _cleaned(
    picture: Picture, pixels: NDArray[Any], coverage: Floats, edges: Edges, from_photo: bool
) -> tuple[Floats, Floats]:
    """Give the own colour, (h, w, 3) linear light, of a part of a picture, filled in where uncovered, and coverage."""
    values = to_unit(pixels)
    cover = np.ascontiguousarray(coverage)
    values = np.broadcast_to(values, (*cover.shape, 3))
    if picture.premultiplied:
        values = np.divide(values, cover[..., None], out=np.zeros(values.shape, np.float32), where=cover[..., None] > 0)
    light = picture.encoding.to_light(values)
    rendered = picture.premultiplied and not from_photo
    estimates: dict[str, Callable[[Floats, Floats], Floats]] = {
        "local": clean_photo if from_photo else fill if rendered else clean_cutout,
        "matting": clean_with_matting,
        "keep": fill,
    }
    return estimates[edges](light, cover), cover


def _target(placement: Placement, covered: Box, whole: tuple[int, int], frame: Box, feather: float) -> Box:
    """Give the part of the frame that the foreground reaches; with feather, what bears on it from beyond the frame."""
    reached = placement.box(covered, *whole)
    if reached.within(frame) is None:
        raise BadInputError(
            f"the foreground, {placement.width}x{placement.height} around ({placement.x:g}, {placement.y:g}) px, "
            f"is outside the background of {frame.width}x{frame.height} (width x height). Move its centre."
        )
    return reached.within(frame.grown(math.ceil(feather))) or reached


def _placed(
    colour: Floats, cover: Floats, covered: Box, whole: tuple[int, int], placement: Placement, target: Box
) -> tuple[Floats, Floats]:
    """Resample to the background's pixels: un-premultiplied light (h, w, 3) and coverage (h, w) of the target."""
    height, width = whole
    if placement.upright:
        top, left = placement.corner
        inside = target.moved(-top, -left)
        if (placement.height, placement.width) == (height, width):
            part = inside.moved(-covered.top, -covered.left)
            return cut(colour, part), cut(cover, part)
        corners = (inside.top, inside.left, inside.bottom, inside.right)
        premultiplied = resized(
            _premultiplied(colour, cover),
            (covered.top, covered.left),
            (height, width),
            (placement.height, placement.width),
            corners,
        )
    else:
        premultiplied = _turned(_premultiplied(colour, cover), covered, (height, width), placement, target)
    return _unpremultiplied(premultiplied, colour)


def _turned(premultiplied: Floats, covered: Box, whole: tuple[int, int], placement: Placement, target: Box) -> Floats:
    """Turn, after scaling where the foreground shrinks: a turned filter wide enough for that would take seconds."""
    corner, size = (covered.top, covered.left), whole
    if placement.width < whole[1]:
        rows, columns = placement.height / whole[0], placement.width / whole[1]
        box = Box(
            math.floor(covered.top * rows),
            math.floor(covered.left * columns),
            math.ceil(covered.bottom * rows),
            math.ceil(covered.right * columns),
        )
        size = (placement.height, placement.width)
        part = box.within(Box(0, 0, *size)) or box
        premultiplied = resized(premultiplied, corner, whole, size, (part.top, part.left, part.bottom, part.right))
        corner = (part.top, part.left)
    shift = np.array([[1.0, 0, corner[1]], [0, 1, corner[0]], [0, 0, 1]])
    return warped(
        premultiplied, placement.matrix(*size) @ shift, (target.top, target.left, target.bottom, target.right)
    )


def _premultiplied(colour: Floats, cover: Floats) -> Floats:
    return np.concatenate([colour * cover[..., None], cover[..., None]], axis=-1)


def _unpremultiplied(premultiplied: Floats, source: Floats) -> tuple[Floats, Floats]:
    # The filter overshoots a little. Coverage beyond [0, 1] would ring, colours beyond the source's would be new ones.
    cover: Floats = np.clip(premultiplied[..., 3], 0, 1)
    share = np.maximum(premultiplied[..., 3:], np.float32(1e-6))
    colour: Floats = np.clip(premultiplied[..., :3] / share, source.min(axis=(0, 1)), source.max(axis=(0, 1)))
    trust = np.clip(cover / np.float32(_FAINT), 0, 1)[..., None]
    return trust * colour + (1 - trust) * spread(colour, cover), cover


def _cropped(light: Floats, cover: Floats, target: Box, frame: Box) -> Layer:
    """Make a layer of what is covered inside the frame, the background's pixels."""
    part = target.within(frame)
    rows_columns = (slice(0, 0), slice(0, 0)) if part is None else part.moved(-target.top, -target.left).slices
    light, cover = light[rows_columns], cover[rows_columns]
    rows, columns = np.flatnonzero(cover.any(axis=1)), np.flatnonzero(cover.any(axis=0))
    if part is None or rows.size == 0:
        raise BadInputError(
            "nothing of the foreground is left in the background's frame. Move its centre (at), make it larger, or "
            "give it less feather."
        )
    box = Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
    working = SRGB.from_light(light[box.slices])
    top, left = part.top + box.top - frame.top, part.left + box.left - frame.left
    return Layer(working, np.ascontiguousarray(cover[box.slices]), top, left)

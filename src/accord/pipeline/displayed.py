"""A result as a notebook shows it: before and after under a slider, in HTML that needs nothing else."""

from __future__ import annotations

import base64
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import Floats
from accord.pipeline.shrink import fitted_size
from accord.pipeline.small import small_version
from accord.pipeline.working import WorkingView

if TYPE_CHECKING:
    from accord.pipeline.result import Result

LONGEST = 960
"""Longest side of a notebook's pictures, in pixels."""

JPEG = {"quality": 90, "subsampling": 0, "optimize": True}
"""How pictures are coded that are looked at and not worked with."""

# What is transparent is shown over a mid grey, which favours neither light nor dark.
_GREY = np.float32(0.5)

# Where a notebook is not trusted, its scripts do not run: then the slider stands in the middle.
_PAGE = """\
<figure class="accord-result">
<style>
.accord-result {{ margin: 0; max-width: {width}px; }}
.accord-result div {{ position: relative; overflow: hidden; line-height: 0; --at: 50%; }}
.accord-result img {{ display: block; width: 100%; height: auto; margin: 0; max-width: none; }}
.accord-result .before {{ position: absolute; inset: 0; height: 100%; clip-path: inset(0 calc(100% - var(--at)) 0 0); }}
.accord-result .bar {{ position: absolute; top: 0; bottom: 0; left: var(--at); width: 2px; margin-left: -1px; \
background: #fff; box-shadow: 0 0 3px #000a; }}
.accord-result input {{ position: absolute; top: 0; left: -20px; width: calc(100% + 40px); height: 100%; margin: 0; \
padding: 0; background: transparent; border: 0; appearance: none; -webkit-appearance: none; cursor: ew-resize; }}
.accord-result input::-webkit-slider-runnable-track {{ height: 100%; background: transparent; }}
.accord-result input::-webkit-slider-thumb {{ -webkit-appearance: none; position: relative; top: calc(50% - 20px); \
width: 40px; height: 40px; border-radius: 50%; background: #fffffff0; border: 0; box-shadow: 0 1px 4px #0008; }}
.accord-result input::-moz-range-thumb {{ width: 40px; height: 40px; border-radius: 50%; background: #fffffff0; \
border: 0; box-shadow: 0 1px 4px #0008; }}
.accord-result input:focus-visible {{ outline: none; }}
.accord-result input:focus-visible::-webkit-slider-thumb {{ outline: 3px solid #0b62c4; outline-offset: 2px; }}
.accord-result input:focus-visible::-moz-range-thumb {{ outline: 3px solid #0b62c4; outline-offset: 2px; }}
.accord-result figcaption {{ font-size: 12px; line-height: 1.5; margin-top: 4px; opacity: .75; }}
</style>
<div>
<img src="{after}" alt="after">
<img class="before" src="{before}" alt="before">
<span class="bar"></span>
<input type="range" min="0" max="100" step="0.1" value="50" aria-label="Where before ends and after begins" \
oninput="this.parentElement.style.setProperty('--at', this.value + '%')">
</div>
<figcaption>{caption}</figcaption>
</figure>"""


def slider(result: Result) -> str:
    """Give HTML that shows a result and its composite under a slider, at most `LONGEST` pixels a side.

    Parameters
    ----------
    result
        What `accord.harmonize` gave. Its signals are not measured for this.
    """
    view = result.composite
    size = view.picture.height, view.picture.width
    to = fitted_size(*size, LONGEST, square=False)
    before, after = (
        photograph(*small_version(one, to)) for one in (view, WorkingView(result.picture, view.alpha_covers))
    )
    return _PAGE.format(width=to[1], before=before, after=after, caption=escape(_caption(result, size)))


def photograph(colours: Floats, seen: Floats) -> str:
    """Give (h, w, 3) working-space colours as a JPEG in a data URI; what is beyond [0, 1] is clipped.

    Parameters
    ----------
    colours
        Display-encoded sRGB, extended, not multiplied by `seen`.
    seen
        (h, w) in [0, 1]: how much of each pixel is there.
    """
    shown = _GREY + seen[..., None] * (np.clip(colours, 0, 1) - _GREY)
    return encoded(codes_of(shown), "JPEG", **JPEG)


def codes_of(values: Floats) -> NDArray[np.uint8]:
    """Give values as 8-bit codes; what is beyond [0, 1] is clipped."""
    return np.rint(255 * np.clip(values, 0, 1)).astype(np.uint8)


def encoded(codes: NDArray[np.uint8], kind: str, **options: int) -> str:
    """Give codes, (h, w) or (h, w, 3), as a picture in a data URI: a Pillow format, and its options for saving."""
    from PIL import Image

    file = BytesIO()
    Image.fromarray(codes).save(file, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"


def _caption(result: Result, size: tuple[int, int]) -> str:
    what = result.method.id if result.method is not None else "a colour map"
    how = "left as it is" if result.left_alone else f"{what}, strength {result.settings.get('strength', 1.0):g}"
    return f"Before | after: {how}. {size[1]} x {size[0]} pixels."

"""How much a clip changes where it should not: each frame compared with the one before it, moved along.

Source: W.-S. Lai et al., "Learning Blind Video Temporal Consistency", ECCV 2018, arXiv:1808.00449, whose warping error
this is, with two changes: flow is that of DIS (T. Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV
2016, arXiv:1603.03590) from OpenCV, and the truth's own change between the frames is taken off, so that a change of
light that is real costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from accord.core.encoding import Floats
from accord.core.errors import MissingExtraError

_INCONSISTENT = 1.0  # pixels by which flow there and back may miss; beyond, something was hidden or came into view
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


class WarpingError:
    """Sums up the warping error of a clip as its frames come.

    The root mean square, over the foreground's pixels that both frames show, channels and pairs of frames, of
    (R(t) - W R(t-1)) - (T(t) - W T(t-1)), in 255ths of white, display-encoded sRGB: R is the clip, T the truth, and W
    moves a frame along the truth's flow to the next.

    Raises
    ------
    MissingExtraError
        If OpenCV is not installed.
    """

    def __init__(self) -> None:
        try:
            import cv2
        except ImportError:
            raise MissingExtraError("the warping error", "evaluate", "OpenCV") from None
        self._cv2: Any = cv2
        self._flow = self._cv2.DISOpticalFlow_create(self._cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._last: tuple[Floats, Floats, Floats] | None = None
        self._sum = 0.0
        self._count = 0

    def add(self, result: Floats, truth: Floats, mask: Floats, *, begins: bool = False) -> None:
        """Take the next frame: (h, w, 3) twice and (h, w); where a shot `begins`, nothing is compared."""
        if self._last is not None and not begins:
            self._compare(self._last, (result, truth, mask))
        self._last = (result, truth, mask)

    def value(self) -> float | None:
        """Give the warping error of all that came, in 255ths; None if no two frames could be compared."""
        return 255 * (self._sum / self._count) ** 0.5 if self._count else None

    def _compare(self, before: tuple[Floats, Floats, Floats], now: tuple[Floats, Floats, Floats]) -> None:
        one, other = self._grey(now[1]), self._grey(before[1])
        back, forth = self._flow.calc(one, other, None), self._flow.calc(other, one, None)
        there_and_back = back + self._moved(forth, back)
        seen = np.hypot(there_and_back[..., 0], there_and_back[..., 1]) < _INCONSISTENT
        seen &= (now[2] > 0.99) & (self._moved(before[2], back) > 0.99)
        change = (now[0] - self._moved(before[0], back)) - (now[1] - self._moved(before[1], back))
        self._sum += float((change[seen].astype(np.float64) ** 2).sum())
        self._count += 3 * int(seen.sum())

    def _moved(self, values: Floats, flow: Floats) -> Any:
        down, across = np.mgrid[: flow.shape[0], : flow.shape[1]].astype(np.float32)
        return self._cv2.remap(values, across + flow[..., 0], down + flow[..., 1], self._cv2.INTER_LINEAR)

    def _grey(self, picture: Floats) -> Any:
        return np.rint(np.clip(picture @ _LUMA, 0, 1) * 255).astype(np.uint8)


def warping_error(results: Iterable[Floats], truths: Iterable[Floats], masks: Iterable[Floats]) -> float | None:
    """Give the warping error of a clip of one shot; see `WarpingError`."""
    error = WarpingError()
    for result, truth, mask in zip(results, truths, masks, strict=True):
        error.add(result, truth, mask)
    return error.value()

"""How long harmonizing takes, and how much memory, beside what people would use instead.

Each figure is taken in a process of its own, on a composite that is made here: a smooth scene with a photo's grain,
whose foreground is an ellipse of a fifth of the picture. The files are read before the clock starts, except where
reading is what is timed. Of several runs the fastest counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import SRGB, Floats
from accord.core.errors import BadInputError, HarmonizeError, MissingExtraError
from accord.core.picture import FileFacts, Picture
from accord.core.resources import using
from accord.io import read_picture, stored_mask, write_picture
from accord.pipeline.apply import recoloured
from accord.pipeline.asked import chosen
from accord.pipeline.fitting import fitted
from accord.pipeline.working import WorkingView

OURS = ("decode", "fit", "apply", "encode")
"""What harmonizing a file comes to."""

PEERS = ("reinhard in NumPy", "match_histograms of scikit-image", "seamlessClone of OpenCV")

SHARE = 0.2
_BAND = 256
# The path first, and nothing imported before it: a command's own begins with the current folder.
_START = "import sys; sys.path[:] = sys.argv[2:]; from accord.evaluation.speed import work; work(sys.argv[1])"


@dataclass(frozen=True)
class Timing:
    """A figure.

    Parameters
    ----------
    what
        One of `OURS`, of `PEERS`, or "predict NAME" for a published network of ours on PyTorch.
    megapixels
        Size of the picture.
    seconds, cpu_seconds
        Of the fastest of the runs: on the clock, and of all cores together; None where it did not end well.
    peak_mb
        Peak resident memory of the process, in 10^6 bytes, Python and libraries included; None likewise.
    trouble
        Why there is no figure; empty where there is one.
    """

    what: str
    megapixels: float
    seconds: float | None = None
    cpu_seconds: float | None = None
    peak_mb: float | None = None
    trouble: str = ""


def size_of(megapixels: float) -> tuple[int, int]:
    """Give height and width, 2 : 3, of about so many million pixels."""
    width = max(3, round((megapixels * 1.5e6) ** 0.5))
    return max(2, round(width / 1.5)), width


def make_files(folder: Path, megapixels: float, suffix: str = ".jpg") -> tuple[Path, Path]:
    """Write a composite of 8 bit (16 for .tif) and its mask, and give their paths; those already there are kept."""
    height, width = size_of(megapixels)
    picture, mask = folder / f"{height}x{width}{suffix}", folder / f"{height}x{width}-mask.png"
    if picture.exists() and mask.exists():
        return picture, mask
    dtype = np.uint16 if suffix == ".tif" else np.uint8
    rng = np.random.default_rng(0)
    codes = np.empty((height, width, 3), dtype)
    cover = np.empty((height, width, 1), np.uint8)
    across = (np.arange(width, dtype=np.float32) + 0.5) / width - 0.5
    half = np.float32((SHARE / np.pi) ** 0.5)  # an ellipse of the picture's own aspect
    for top in range(0, height, _BAND):
        down = ((np.arange(top, min(top + _BAND, height), dtype=np.float32) + 0.5) / height - 0.5)[:, None]
        distance = np.hypot(across / half, down / half)
        inside = np.clip((1.01 - distance) / 0.02, 0, 1)
        cover[top : top + _BAND, :, 0] = np.rint(255 * inside)
        grain = rng.normal(0, 0.02, (len(down), width)).astype(np.float32)
        for channel, (level, gain) in enumerate(((0.45, 0.8), (0.42, 0.75), (0.40, 0.6))):
            light = level + 0.2 * np.sin(9 * across + channel) * np.cos(7 * down) + grain
            light = light * (1 - inside + gain * inside)
            codes[top : top + _BAND, :, channel] = np.clip(light, 0, 1) * np.iinfo(dtype).max
    write_picture(Picture(codes, SRGB, facts=FileFacts(suffix[1:])), picture, quality=92 if suffix == ".jpg" else None)
    write_picture(Picture(cover, SRGB), mask)
    return picture, mask


def measure(
    what: str, megapixels: float, folder: Path, *, method: str | None, runs: int, threads: int | None, limit: float
) -> Timing:
    """Take a figure in a process of its own.

    Parameters
    ----------
    what, megapixels
        See `Timing`.
    folder
        Where the files are, or are made.
    method
        For fit and apply; the default without one.
    runs
        How often.
    threads
        How many cores; all that may be used without a number.
    limit
        Seconds after which it is given up.
    """
    picture, mask = make_files(folder, megapixels)
    task = {
        "what": what,
        "picture": str(picture),
        "mask": str(mask),
        "method": method,
        "runs": runs,
        "threads": threads,
    }
    environment = dict(os.environ)
    if threads is not None:
        environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
    try:
        done = subprocess.run(
            [sys.executable, "-c", _START, json.dumps(task), *sys.path],
            capture_output=True,
            text=True,
            timeout=limit,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Timing(what, megapixels, trouble=f"over {limit:g} s")
    last = done.stdout.strip().splitlines()[-1:] if done.returncode == 0 else []
    if not last:
        reason = (done.stderr.strip().splitlines() or ["it was killed, for want of memory perhaps"])[-1]
        return Timing(what, megapixels, trouble=reason)
    return Timing(what, megapixels, **json.loads(last[0]))


def work(task: str) -> None:
    """Do in this process what `measure` asks for, and print the figure as JSON."""
    wanted: dict[str, Any] = json.loads(task)
    with using(wanted["threads"]):
        try:
            run = _prepared(wanted["what"], Path(wanted["picture"]), Path(wanted["mask"]), wanted["method"])
        except HarmonizeError as error:
            print(json.dumps({"trouble": str(error)}))  # noqa: T201 - the answer to the process that asked
            return
        times = []
        for _ in range(wanted["runs"]):
            begun, spent = time.perf_counter(), time.process_time()
            run()
            times.append((time.perf_counter() - begun, time.process_time() - spent))
    figure = {
        "seconds": min(seconds for seconds, _ in times),
        "cpu_seconds": min(spent for _, spent in times),
        "peak_mb": peak_memory() / 1e6,
    }
    print(json.dumps(figure))  # noqa: T201


_STATUS = Path("/proc/self/status")


def peak_memory() -> int:
    """Give the peak of this process' resident memory in bytes.

    From Linux' own account of it where there is one: what `getrusage` tells begins with the parent's, at a new process.
    """
    try:
        status = _STATUS.read_text(encoding="ascii", errors="replace")
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration):
        if sys.platform == "win32":
            return _peak_on_windows()
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _peak_on_windows() -> int:
    """Ask Windows for the peak of the working set."""
    import ctypes

    sizes = ("PeakWorkingSetSize", "WorkingSetSize", "p1", "p2", "p3", "p4", "PagefileUsage", "PeakPagefileUsage")

    class Counters(ctypes.Structure):
        _fields_ = (
            ("cb", ctypes.c_uint32),
            ("PageFaultCount", ctypes.c_uint32),
            *((size, ctypes.c_size_t) for size in sizes),
        )

    counters = Counters(cb=ctypes.sizeof(Counters))
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 (only Windows' ctypes has it)
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    kernel.K32GetProcessMemoryInfo(
        ctypes.c_void_p(kernel.GetCurrentProcess()), ctypes.byref(counters), ctypes.c_uint32(counters.cb)
    )
    return int(counters.PeakWorkingSetSize)


def _prepared(what: str, path: Path, mask_path: Path, method: str | None) -> Callable[[], object]:
    """Read what is needed, and give what is to be timed."""
    if what == "decode":
        return lambda: read_picture(path)
    picture = read_picture(path)
    if what == "encode":
        target = path.with_name(f"{os.getpid()}{path.suffix}")

        def encode() -> None:
            write_picture(picture, target)
            target.unlink()

        return encode
    mask = stored_mask(mask_path, picture.height, picture.width)
    if what in ("fit", "apply"):
        fitter, view = chosen(method), WorkingView(picture, alpha_covers=True)
        _, colour_map = fitted(fitter, view, mask, "background")  # loads the network, too
        if what == "fit":
            return lambda: fitted(fitter, view, mask, "background")
        return lambda: recoloured(view, mask, colour_map)
    return _peer(what, picture.pixels, mask)


def _peer(what: str, pixels: NDArray[np.uint8], mask: NDArray[np.uint8]) -> Callable[[], object]:
    if what == "reinhard in NumPy":
        return lambda: _reinhard(pixels, mask)
    if what == "match_histograms of scikit-image":
        match = _imported("skimage.exposure", "scikit-image").match_histograms

        def matched() -> NDArray[Any]:
            inside = mask > 127
            result = pixels.copy()
            result[inside] = match(pixels[inside], pixels[~inside], channel_axis=-1)
            return result

        return matched
    if what == "seamlessClone of OpenCV":
        cv2 = _imported("cv2", "opencv-python-headless")
        centre = (pixels.shape[1] // 2, pixels.shape[0] // 2)
        solid = np.ascontiguousarray((mask > 127).astype(np.uint8) * 255)
        return lambda: cv2.seamlessClone(pixels, pixels.copy(), solid, centre, cv2.NORMAL_CLONE)
    if what.startswith("predict "):
        if find_spec("torch") is None:
            raise MissingExtraError("timing published networks on PyTorch", "train", "torch")
        from accord.networks import build

        network = build(what.removeprefix("predict "))
        cover = (mask > 127).astype(np.float32)
        return lambda: network.predict(pixels, cover)
    raise BadInputError(f"nothing named {what!r} can be timed.")


def _imported(module: str, package: str) -> Any:
    if find_spec(module.partition(".")[0]) is None:
        raise BadInputError(f"{package} is not installed")
    return import_module(module)


def _reinhard(pixels: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Do as scripts on the web do: whole-picture floats in CIELAB, means and spreads of both parts."""
    from accord.colour.spaces import space

    lab = space("lab")
    cover = mask > 127
    colours: Floats = lab.from_working(pixels.astype(np.float32) / np.float32(255))
    inside, outside = colours[cover], colours[~cover]
    colours[cover] = (inside - inside.mean(0)) * (outside.std(0) / inside.std(0)) + outside.mean(0)
    return np.asarray(np.clip(np.rint(lab.to_working(colours) * 255), 0, 255), np.uint8)

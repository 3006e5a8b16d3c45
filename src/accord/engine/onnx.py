"""Networks on ONNX Runtime: loaded from a file, run on the CPU or where the work at hand asks for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import BadInputError, WeightsError
from accord.core.resources import Device, device, threads

_PROVIDERS: dict[Device, tuple[str, str]] = {
    "cpu": ("CPUExecutionProvider", "onnxruntime"),
    "cuda": ("CUDAExecutionProvider", "onnxruntime-gpu"),
    "directml": ("DmlExecutionProvider", "onnxruntime-directml"),
}


class OnnxModel:
    """A network in an ONNX file.

    It runs on as many cores, and on the device, as `accord.core.resources` says when it runs.

    Parameters
    ----------
    path
        The file. ONNX Runtime reads it itself, so no copy of it stays in memory.
    one_core
        Whether it takes one core, however many there are: the last bits of some operators (Einsum is one) depend on
        the number, and what a batch's worker makes on one is to be what `harmonize` makes on all of them.

    Raises
    ------
    WeightsError
        If the file is missing or not a network.
    BadInputError
        If the device is not there.
    """

    def __init__(self, path: Path, *, one_core: bool = False) -> None:
        if not path.is_file():
            raise WeightsError(f"the network {path} is missing: install accord again, or give the path of one.")
        self._path, self._one_core = path, one_core
        self._sessions: dict[tuple[int, Device], Any] = {}
        session = self._session()
        self.metadata: Mapping[str, str] = session.get_modelmeta().custom_metadata_map
        self.shapes: Mapping[str, list[int | str]] = {value.name: value.shape for value in session.get_inputs()}
        self._outputs = [output.name for output in session.get_outputs()]

    def run(self, inputs: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[Any]]:
        """Run the network on named arrays and give its named outputs."""
        outputs = self._session().run(self._outputs, dict(inputs), _run_options())
        return dict(zip(self._outputs, outputs, strict=True))

    def _session(self) -> Any:
        wanted = 1 if self._one_core else threads(), device()
        if wanted not in self._sessions:
            self._sessions[wanted] = _load(self._path, *wanted)
        return self._sessions[wanted]


def check_device(wanted: Device) -> None:
    """Refuse a device that this installation cannot run networks on.

    Raises
    ------
    BadInputError
        Naming what is missing.
    """
    import onnxruntime  # type: ignore[import-untyped]

    provider, package = _PROVIDERS[wanted]
    there = onnxruntime.get_available_providers()
    if provider not in there:
        raise BadInputError(
            f"device {wanted!r} needs ONNX Runtime with {provider}, this one ({onnxruntime.__version__}) has "
            f"{', '.join(there)}. Install it: pip uninstall onnxruntime, then pip install {package}."
        )


@lru_cache(maxsize=1)
def _run_options() -> Any:
    """Give what every run is asked for: to give the memory of its activations back.

    They would be kept for the next run, and lie beside the picture while the map is applied to it.
    """
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


def _load(path: Path, cores: int, where: Device) -> Any:
    import onnxruntime

    check_device(where)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Idle threads would spin on cores that decoding and encoding need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if where == "directml":  # as its documentation asks for
        options.enable_mem_pattern = False
    provider, package = _PROVIDERS[where]
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=[provider])
    except Exception as error:  # ONNX Runtime's errors share no public base
        raise WeightsError(f"{path} is not a network that ONNX Runtime can read: {error}.") from error
    if provider not in session.get_providers():  # it falls back to the CPU with a mere warning
        raise BadInputError(
            f"device {where!r} was asked for, and {package} is installed but cannot use it: its driver or libraries "
            f"are missing. Run on the CPU, or check the installation."
        )
    return session

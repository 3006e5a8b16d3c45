"""Networks on ONNX Runtime: loaded from a file, run on the CPU."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import WeightsError


def available_cores() -> int:
    """Count the cores that this process may use, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class OnnxModel:
    """A network in an ONNX file.

    Parameters
    ----------
    path
        The file.
    threads
        How many cores to use; by default those that the process may use.

    Raises
    ------
    WeightsError
        If the file is missing or not a network.
    """

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        import onnxruntime  # type: ignore[import-untyped]

        if not path.is_file():
            raise WeightsError(f"the network {path} is missing: install accord again, or give the path of one.")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or available_cores()
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Idle threads would spin on cores that decoding and encoding need.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's errors share no public base
            raise WeightsError(f"{path} is not a network that ONNX Runtime can read: {error}.") from error
        self.metadata: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map
        self._outputs = [output.name for output in self._session.get_outputs()]

    def run(self, inputs: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[Any]]:
        """Run the network on named arrays and give its named outputs."""
        return dict(zip(self._outputs, self._session.run(self._outputs, dict(inputs)), strict=True))

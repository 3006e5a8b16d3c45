"""Executors of graphs: ComfyUI's own, where a checkout is at hand, and a small one that keeps to its contract."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PACKAGES = [ROOT / "integrations" / "comfyui", HERE / "keeping_nodes"]


class Graphs:
    """ComfyUI's executor in a process of its own."""

    def __init__(self, checkout: Path, folder: Path) -> None:
        python = os.environ.get("ACCORD_COMFYUI_PYTHON", sys.executable)
        self._log = folder / "comfyui.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [python, str(HERE / "comfyui_graphs.py"), str(checkout), str(folder), *map(str, PACKAGES)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            )
        if self._said() != [True, True]:
            self.close()
            raise AssertionError(f"ComfyUI did not load the nodes: {self._log.read_text()[-3000:]}")

    def run(self, graph: dict) -> dict:
        self._process.stdin.write(json.dumps(graph) + "\n")
        self._process.stdin.flush()
        return self._said()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            pipe.close()

    def _said(self):
        for line in self._process.stdout:
            if line.startswith("result: "):
                return json.loads(line.removeprefix("result: "))
        self.close()
        raise AssertionError(f"ComfyUI ended: {self._log.read_text()[-3000:]}")


@pytest.fixture(scope="session", params=["small", "comfyui"])
def executor(request, tmp_path_factory):
    pytest.importorskip("torch", reason="ComfyUI's tensors are PyTorch's, which the extra train brings")
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "small":
        from small_executor import SmallExecutor

        made = SmallExecutor(folder, PACKAGES)
    else:
        checkout = os.environ.get("ACCORD_COMFYUI")
        if not checkout:
            pytest.skip("ACCORD_COMFYUI names no checkout of ComfyUI (docs/comfyui.md says how to run with one)")
        made = Graphs(Path(checkout), folder)
    made.folder = folder
    yield made
    made.close()

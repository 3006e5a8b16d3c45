"""Runs graphs in ComfyUI's own executor: its loader of custom nodes, its validation, its caches.

    python comfyui_graphs.py COMFYUI FOLDER NODES...

COMFYUI is a checkout of ComfyUI, FOLDER is for its input and output files, NODES are folders of nodes to load. Reads
graphs in ComfyUI's API form from standard input, one a line as JSON; says what became of each on a line of its own. A
process of its own, for ComfyUI takes over the one that it is in.
"""

from __future__ import annotations

import asyncio
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import json
import os
import sys
import types
from pathlib import Path

MARK = "result: "
# Needed for models only, which no graph of ours has; their wheels are large, and tied to one build of torch.
OPTIONAL = ("torchvision", "torchaudio")


class _Absent(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands in for optional packages that are not installed, so that ComfyUI's modules for models can be imported."""

    def find_spec(self, name, path=None, target=None):  # noqa: ARG002 (Python's names)
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if name.split(".")[0] in OPTIONAL else None

    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__getattr__ = lambda name: _missing(spec.name, name)
        return module

    def exec_module(self, module):
        pass


def _missing(module: str, name: str):
    if name.startswith("__"):
        raise AttributeError(name)
    return type(name, (), {})


class Server:
    """What the executor tells of its progress to."""

    client_id = "tests"
    last_node_id = None

    def __init__(self):
        self.sent = []

    def send_sync(self, event, data, client=None):  # noqa: ARG002 (ComfyUI's names)
        self.sent.append((event, data))


def main() -> None:
    root, folder, *packages = sys.argv[1:]
    if importlib.util.find_spec("torchvision") is None:
        sys.meta_path.insert(0, _Absent())
    sys.path.insert(0, root)
    os.chdir(root)
    sys.argv = ["main.py", "--cpu"]
    import comfy.options

    comfy.options.enable_args_parsing()
    import execution
    import folder_paths
    import nodes

    for name, chosen in (("input", folder_paths.set_input_directory), ("output", folder_paths.set_output_directory)):
        (Path(folder) / name).mkdir(exist_ok=True)
        chosen(str(Path(folder) / name))
    loaded = [asyncio.run(nodes.load_custom_node(path)) for path in packages]
    _say(loaded)
    server = Server()
    executor = execution.PromptExecutor(server, **_cache_settings(execution))
    for number, line in enumerate(sys.stdin):
        outcome = _outcome(execution, executor, server, str(number), json.loads(line))
        _say(outcome)


def _say(what) -> None:
    sys.stdout.write(MARK + json.dumps(what, default=str) + "\n")
    sys.stdout.flush()


def _cache_settings(execution) -> dict:
    """Give what newer versions are told of their caches, as their own main.py does."""
    known = inspect.signature(execution.PromptExecutor).parameters
    return {"cache_args": {"lru": 0, "ram": 1.0}} if "cache_args" in known else {}


def _outcome(execution, executor, server: Server, name: str, graph) -> dict:
    valid, error, outputs, node_errors = asyncio.run(execution.validate_prompt(name, graph, None))
    if not valid:
        return {"ran": False, "error": json.dumps([error, node_errors], default=str)}
    server.sent.clear()
    executor.execute(graph, name, {"client_id": server.client_id}, outputs)
    said = dict(executor.status_messages)
    failure = said.get("execution_error", {})
    return {
        "ran": executor.success,
        "error": failure.get("exception_message", ""),
        "at": failure.get("node_type", ""),
        "cached": said.get("execution_cached", {}).get("nodes", []),
        "shown": executor.history_result["outputs"] if executor.success else {},
        "progress": sum(event in ("progress", "progress_state") for event, _ in server.sent),
    }


if __name__ == "__main__":
    main()

"""Runs graphs of nodes by ComfyUI's contract, where ComfyUI itself is not there: what nodes declare, and no more."""

from __future__ import annotations

import importlib.util
import sys
import types
from pathlib import Path


class SmallExecutor:
    """A graph executor: checks what nodes declare, runs what outputs need, keeps what did not change.

    Parameters
    ----------
    folder
        With folders `input` and `output`, made where missing.
    packages
        Folders of nodes.
    """

    def __init__(self, folder: Path, packages: list[Path]) -> None:
        self.folder = folder
        for name in ("input", "output"):
            (folder / name).mkdir(exist_ok=True)
        sys.modules["folder_paths"] = self._folder_paths()
        self.nodes: dict[str, type] = {}
        for package in packages:
            self.nodes |= _loaded(package).NODE_CLASS_MAPPINGS
        self._kept: dict[str, tuple[object, list]] = {}

    def run(self, graph: dict) -> dict:
        """Run a graph in ComfyUI's API form; give what ComfyUI would tell the user."""
        for name, node in graph.items():
            refused = self._refused(node)
            if refused:
                return {"ran": False, "error": f"{name}: {refused}"}
        done, shown = {}, {}
        outcome = {"ran": True, "error": "", "at": "", "cached": [], "shown": shown, "progress": 1}
        outputs = [name for name, node in graph.items() if getattr(self._class(node), "OUTPUT_NODE", False)]
        try:
            for name in outputs:
                self._result(name, graph, done, outcome)
        except Exception as error:
            return outcome | {"ran": False, "error": str(error), "at": self._failing}
        return outcome

    def close(self) -> None:
        """Leave nothing behind."""
        sys.modules.pop("folder_paths", None)

    def _class(self, node: dict) -> type:
        return self.nodes[node["class_type"]]

    def _refused(self, node: dict) -> str:
        kind = self._class(node)
        inputs = kind.INPUT_TYPES()
        for name, (wanted, *options) in inputs["required"].items():
            if name not in node["inputs"]:
                return f"Required input is missing: {name}"
            given, limits = node["inputs"][name], options[0] if options else {}
            if isinstance(given, list):
                continue
            if isinstance(wanted, list) and given not in wanted:
                return f"Value not in list: {name}: {given!r} not in {wanted}"
            if wanted == "FLOAT" and not limits.get("min", given) <= given <= limits.get("max", given):
                return f"Value {given} is out of range: {name}"
        check = getattr(kind, "VALIDATE_INPUTS", None)
        plain = {name: given for name, given in node["inputs"].items() if not isinstance(given, list)}
        said = check(**plain) if check and "input_types" not in check.__code__.co_varnames else True
        return "" if said is True else str(said)

    def _result(self, name: str, graph: dict, done: dict, outcome: dict) -> list:
        if name in done:
            return done[name]
        node = graph[name]
        kind = self._class(node)
        inputs = {
            key: self._result(given[0], graph, done, outcome)[given[1]] if isinstance(given, list) else [given]
            for key, given in node["inputs"].items()
        }
        changed = getattr(kind, "IS_CHANGED", lambda **_: 0)
        plain = {key: given for key, given in node["inputs"].items() if not isinstance(given, list)}
        state = (
            node["class_type"],
            str(node),
            changed(**plain),
            [id(item) for part in inputs.values() for item in part],
        )
        if name in self._kept and self._kept[name][0] == state:
            outcome["cached"].append(name)
            done[name] = self._kept[name][1]
            return done[name]
        self._failing = node["class_type"]
        work = getattr(kind(), kind.FUNCTION)
        if getattr(kind, "INPUT_IS_LIST", False):
            calls = [work(**inputs)]
        else:
            longest = max(map(len, inputs.values()))
            calls = [
                work(**{key: given[min(index, len(given) - 1)] for key, given in inputs.items()})
                for index in range(longest)
            ]
        shown = [call["ui"] for call in calls if isinstance(call, dict) and "ui" in call]
        if shown:
            outcome["shown"][name] = {key: [text for part in shown for text in part[key]] for key in shown[0]}
        returned = [call.get("result", ()) if isinstance(call, dict) else call for call in calls]
        lists = getattr(kind, "OUTPUT_IS_LIST", (False,) * len(kind.RETURN_TYPES))
        done[name] = [
            [item for call in returned for item in (call[slot] if lists[slot] else [call[slot]])]
            for slot in range(len(kind.RETURN_TYPES))
        ]
        self._kept[name] = (state, done[name])
        return done[name]

    def _folder_paths(self) -> types.ModuleType:
        module = types.ModuleType("folder_paths")
        module.get_input_directory = lambda: str(self.folder / "input")
        module.get_output_directory = lambda: str(self.folder / "output")

        def save_path(prefix, output):
            whole = Path(output) / prefix
            whole.parent.mkdir(parents=True, exist_ok=True)
            count = len(list(whole.parent.glob(f"{whole.name}_*_*"))) + 1
            return str(whole.parent), whole.name, count, str(Path(prefix).parent), prefix

        module.get_save_image_path = save_path
        return module


def _loaded(package: Path) -> types.ModuleType:
    name = f"loaded_{package.name}"
    spec = importlib.util.spec_from_file_location(name, package / "__init__.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module

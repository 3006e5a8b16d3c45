"""Lists accord's public names with their signatures: docs/public-api.txt, which changes when the API does.

    python tests/release/public_api.py --write      # or: make api

Public is what `accord.__all__` names, and what of it does not begin with an underscore.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from pathlib import Path
from types import FunctionType

import accord

LIST = Path(__file__).parents[2] / "docs" / "public-api.txt"
HEAD = (
    "# accord's public names and signatures, by `make api`. A change here is one for users: tell it in CHANGELOG.md.\n"
)


def listed() -> str:
    """Give the list as text."""
    lines = [HEAD.rstrip()]
    for name in sorted(accord.__all__):
        value = getattr(accord, name)
        if inspect.isclass(value):
            lines += ["", *_class(name, value)]
        elif callable(value):
            lines += ["", f"{name}{_signature(value)}"]
        else:
            lines += ["", f"{name}: {type(value).__name__}"]
    return "\n".join(lines) + "\n"


def _class(name: str, value: type) -> list[str]:
    bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
    lines = [f"class {name}({bases})" if bases else f"class {name}"]
    if dataclasses.is_dataclass(value):
        lines += [f"    {field.name}: {field.type}" for field in dataclasses.fields(value)]
    elif isinstance(value.__dict__.get("__init__"), FunctionType):
        lines.append(f"    __init__{_signature(value.__init__)}")
    for attribute, member in sorted(value.__dict__.items()):
        if attribute.startswith("_") or attribute in {field.name for field in _fields(value)}:
            continue
        if isinstance(member, (classmethod, staticmethod)):
            lines.append(f"    {type(member).__name__} {attribute}{_signature(member.__func__)}")
        elif isinstance(member, FunctionType):
            lines.append(f"    {attribute}{_signature(member)}")
        elif isinstance(member, property) or type(member).__name__ == "cached_property":
            function = member.fget if isinstance(member, property) else member.func
            lines.append(f"    {attribute} -> {function.__annotations__.get('return', 'Any')}")
    return lines


def _fields(value: type) -> tuple[dataclasses.Field, ...]:
    return dataclasses.fields(value) if dataclasses.is_dataclass(value) else ()


def _signature(function: object) -> str:
    """Give a signature as it is written; annotations are text already, and the same on every version of Python."""
    text = str(inspect.signature(function)).replace("'", "")
    return re.sub(r"<([\w.]+) object at 0x\w+>", r"<\1>", text)


if __name__ == "__main__":
    if "--write" in sys.argv:
        LIST.write_text(listed(), encoding="utf-8")
    else:
        sys.stdout.write(listed())

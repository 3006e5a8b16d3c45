"""Recolours the foreground of a composite so that it belongs to its background, and touches nothing else.

    import accord

    result = accord.harmonize("composite.png", "mask.png", method="mkl")
    result.save("harmonized.png")

Names are imported when first used, so that `import accord` stays fast and loads no codec, network runtime or framework.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from accord.version import __version__

if TYPE_CHECKING:
    from accord.composite.scene import Scene
    from accord.core.errors import (
        BadInputError,
        GuardError,
        GuardWarning,
        HarmonizeError,
        MissingExtraError,
        UnknownMethodError,
        WeightsError,
    )
    from accord.diagnose.explanation import Explanation
    from accord.diagnose.inspection import Inspection
    from accord.diagnose.signals import Signals
    from accord.methods.card import MethodCard
    from accord.methods.registry import cards as list_methods
    from accord.pipeline.guarding import Guard
    from accord.pipeline.harmonizing import harmonize
    from accord.pipeline.inspecting import inspect
    from accord.pipeline.result import Result
    from accord.pipeline.sets import harmonize_set
    from accord.staging import compose
    from accord.transforms.base import ColourMap

_WHERE = {
    "BadInputError": ("accord.core.errors", "BadInputError"),
    "ColourMap": ("accord.transforms.base", "ColourMap"),
    "Explanation": ("accord.diagnose.explanation", "Explanation"),
    "Guard": ("accord.pipeline.guarding", "Guard"),
    "GuardError": ("accord.core.errors", "GuardError"),
    "GuardWarning": ("accord.core.errors", "GuardWarning"),
    "HarmonizeError": ("accord.core.errors", "HarmonizeError"),
    "Inspection": ("accord.diagnose.inspection", "Inspection"),
    "MethodCard": ("accord.methods.card", "MethodCard"),
    "MissingExtraError": ("accord.core.errors", "MissingExtraError"),
    "Result": ("accord.pipeline.result", "Result"),
    "Scene": ("accord.composite.scene", "Scene"),
    "Signals": ("accord.diagnose.signals", "Signals"),
    "UnknownMethodError": ("accord.core.errors", "UnknownMethodError"),
    "WeightsError": ("accord.core.errors", "WeightsError"),
    "compose": ("accord.staging", "compose"),
    "harmonize": ("accord.pipeline.harmonizing", "harmonize"),
    "harmonize_set": ("accord.pipeline.sets", "harmonize_set"),
    "inspect": ("accord.pipeline.inspecting", "inspect"),
    "list_methods": ("accord.methods.registry", "cards"),
}

__all__ = [
    "BadInputError",
    "ColourMap",
    "Explanation",
    "Guard",
    "GuardError",
    "GuardWarning",
    "HarmonizeError",
    "Inspection",
    "MethodCard",
    "MissingExtraError",
    "Result",
    "Scene",
    "Signals",
    "UnknownMethodError",
    "WeightsError",
    "__version__",
    "compose",
    "harmonize",
    "harmonize_set",
    "inspect",
    "list_methods",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'accord' has no attribute {name!r}")
    module, attribute = _WHERE[name]
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__

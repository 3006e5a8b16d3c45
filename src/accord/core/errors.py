"""Every error that accord raises on purpose.

* HarmonizeError
    * BadInputError: a picture, mask or setting that cannot be used
    * UnknownMethodError: no method of that name
    * WeightsError: a checkpoint that is missing, broken or of another network
    * MissingExtraError: an optional dependency that is not installed
    * GuardError: a result that breaks a limit that was set for it

A message names what came, what was wanted, and a way out.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_FEW = 12
"""More names than this help nobody in an error's one line."""


class HarmonizeError(Exception):
    """Base of all errors that accord raises on purpose."""


class BadInputError(HarmonizeError, ValueError):
    """A picture, a mask or a setting cannot be used as it came."""


class UnknownMethodError(HarmonizeError, KeyError):
    """There is no method of that name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        known = list(known)
        close = get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]}? " if close else ""
        few = f"There are: {', '.join(known)}." if len(known) <= _FEW else f"`accord methods` lists all {len(known)}."
        self.message = f"no method named {name!r}. {hint}{few}"
        super().__init__(self.message)

    def __str__(self) -> str:
        # KeyError would show the repr of its argument.
        return self.message


class WeightsError(HarmonizeError):
    """Weights are missing, unreadable, or belong to another network."""


class MissingExtraError(HarmonizeError, ImportError):
    """A feature needs an optional dependency that is not installed."""

    def __init__(self, feature: str, extra: str, package: str) -> None:
        super().__init__(
            f"{feature} needs {package}, which is not installed. Install it with: pip install 'accord[{extra}]'"
        )
        self.extra = extra


class GuardError(HarmonizeError):
    """A result breaks a limit that was set for it."""


class GuardWarning(UserWarning):
    """A result breaks a limit that was set for it, and was asked for all the same."""

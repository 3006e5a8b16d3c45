"""What can be trained, and how: accord's own network, and each published one as its authors train it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from accord.core.errors import BadInputError
from accord.networks import FACTS, cdtnet, harmonizer, idih, pctnet

if TYPE_CHECKING:
    from accord.training.config import TrainingConfig
    from accord.training.recipes.recipe import Recipe

_FAMILIES = {"idih": idih, "harmonizer": harmonizer, "pctnet": pctnet, "cdtnet": cdtnet}


def recipe_of(config: TrainingConfig) -> Recipe[Any]:
    """Give the recipe of a configuration's network, with untrained weights.

    Raises
    ------
    BadInputError
        If there is no network of that name, or the configuration's size does not fit it.
    """
    if config.network and config.network not in FACTS:
        raise BadInputError(
            f"network is {config.network!r}, wanted one of {', '.join(FACTS)}; leave it out for accord's own."
        )
    name = next((name for name, family in _FAMILIES.items() if config.network in family.FACTS), "own")
    recipe: Recipe[Any] = import_module(f"accord.training.recipes.{name}").make(config)
    return recipe

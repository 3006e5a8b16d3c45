"""What is known about a published network without loading it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NetworkFacts:
    """A published network's facts, beside its code.

    Parameters
    ----------
    name
        Its name in `accord.networks.build`.
    title
        One line for people.
    source
        The paper.
    repository
        Where the authors publish their code and checkpoints, as owner/name on GitHub.
    weights_licence
        Licence of the authors' checkpoints. Our code is ours and Apache-2.0 throughout.
    fit_size
        Side, in pixels, of the square that the network reads.
    parameters
        How many numbers training sets; each is 4 bytes in a file.
    checkpoint
        File name of the authors' checkpoint, or "" where they publish none.
    restricted
        Whether the licence of the checkpoints forbids commercial use, or none is stated; using them repeats that once.
    """

    name: str
    title: str
    source: str
    repository: str
    weights_licence: str
    fit_size: int
    parameters: int
    checkpoint: str = ""
    restricted: bool = False

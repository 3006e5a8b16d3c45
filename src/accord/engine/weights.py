r"""Where the weights of published networks lie on this machine, once they have been imported, and those that ship.

One folder per method, in the folder that ACCORD_WEIGHTS names, or else where the system keeps a user's data:
%LOCALAPPDATA%\accord\weights on Windows, ~/Library/Application Support/accord/weights on macOS, and
$XDG_DATA_HOME/accord/weights (~/.local/share/accord/weights) elsewhere. Not a cache: what accord cannot fetch again
must not be swept away. Weights that ship with accord lie in its package, and serve where none have been imported.

A method's folder holds its networks as ONNX files, `card.json`, and the same for people in `card.md`. ONNX files are
named by their content, and `card.json` says which are meant: it is written last and in one step, so a folder holds the
old weights or the new ones, and never a mixture.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from accord.core.errors import WeightsError

VARIABLE = "ACCORD_WEIGHTS"
SHIPPED = Path(__file__).parents[1] / "methods" / "published" / "weights"
_CARD = "card.json"


@dataclass(frozen=True)
class WeightsCard:
    """What is known of the weights of a published network.

    Parameters
    ----------
    method
        Id of the method that they serve.
    network
        The network's name in `accord.networks.build`.
    source, repository
        The paper, and where its authors publish code and checkpoints.
    licence
        Of the weights.
    checkpoint, checkpoint_sha256
        Name and digest of the file that was imported, or exported from.
    parameters
        How many numbers training set.
    difference
        Largest difference between the ONNX files and PyTorch on a test picture, relative to each output's range or 1.
    accord
        The version that imported them.
    files
        File names of the networks by their roles: network, and for some refiner.
    size
        Side of the square that the network reads, in pixels; 0 for its authors'.
    trained
        How the weights were trained, where that was with accord; "" for its authors' weights.
    figures
        What that training's validation measured (see `accord.training.validation`).
    """

    method: str
    network: str
    source: str
    repository: str
    licence: str
    checkpoint: str
    checkpoint_sha256: str
    parameters: int
    difference: float
    accord: str
    files: Mapping[str, str]
    size: int = 0
    trained: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


def weights_folder() -> Path:
    """Give the folder of all imported weights; it may not exist yet."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "accord" / "weights"


def is_imported(method: str) -> bool:
    """Tell whether weights for a method have been imported."""
    return holds_weights(weights_folder() / method)


def is_stored(method: str) -> bool:
    """Tell whether there are weights for a method, imported or shipped."""
    return is_imported(method) or holds_weights(SHIPPED / method)


def holds_weights(folder: Path) -> bool:
    """Tell whether a folder holds weights and their card."""
    try:
        return (folder / _CARD).is_file()
    except OSError:  # a name too long to be one, say
        return False


def stored(method: str) -> tuple[WeightsCard, dict[str, Path]] | None:
    """Give the card of a method's weights and the paths of its networks by role, or None if there are none.

    Raises
    ------
    WeightsError
        If the card cannot be read, or a file that it names is gone.
    """
    for folder in (weights_folder() / method, SHIPPED / method):
        if holds_weights(folder):
            return read_weights(folder)
    return None


def read_weights(folder: Path) -> tuple[WeightsCard, dict[str, Path]]:
    """Give the card of the weights in a folder and the paths of its networks by role.

    Raises
    ------
    WeightsError
        If the card cannot be read, or a file that it names is gone.
    """
    try:
        card = WeightsCard(**json.loads((folder / _CARD).read_text(encoding="utf-8")))
        paths = {role: folder / name for role, name in card.files.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise WeightsError(f"{folder / _CARD} cannot be read ({error}): import the weights again.") from error
    for path in paths.values():
        if not path.is_file():
            raise WeightsError(f"{path}, a network of {card.method}, is gone: import the weights again.")
    return card, paths


def store(method: str, write: Callable[[Path], WeightsCard]) -> Path:
    """Keep weights for a method, in place of any that are there.

    Parameters
    ----------
    method
        Id of the method.
    write
        As of `keep`.

    Returns
    -------
    Path
        The method's folder.

    Raises
    ------
    WeightsError
        If the folder cannot be written.
    """
    folder = weights_folder() / method
    keep(folder, write, f"Set {VARIABLE} to a folder that can be written and has room.")
    return folder


def keep(folder: Path, write: Callable[[Path], WeightsCard], way_out: str) -> None:
    """Keep weights and their card in a folder, in place of any that are there.

    Parameters
    ----------
    folder
        The folder; it need not exist.
    write
        Writes the networks into the empty folder that it is given, and gives their card, whose `files` name them as
        written. If it raises, nothing changes.
    way_out
        What to do where the folder cannot be written, as a sentence.

    Raises
    ------
    WeightsError
        If the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".import-", dir=folder) as temporary:
            made = Path(temporary)
            _commit(folder, made, write(made))
    except OSError as error:
        raise WeightsError(f"the weights cannot be kept in {folder}: {error.strerror or error}. {way_out}") from error


def _commit(folder: Path, made: Path, card: WeightsCard) -> None:
    named = {role: f"{role}-{file_digest(made / name)[:12]}.onnx" for role, name in card.files.items()}
    for role, name in card.files.items():
        (made / name).replace(folder / named[role])
    card = replace(card, files=named)
    for name, text in (("card.md", _for_people(card)), (_CARD, json.dumps(asdict(card), indent=2) + "\n")):
        (made / name).write_text(text, encoding="utf-8")
        (made / name).replace(folder / name)
    for old in folder.glob("*.onnx"):
        if old.name not in named.values():
            with suppress(OSError):  # Windows keeps a file that is in use; the next import removes it
                old.unlink()


def file_digest(path: Path) -> str:
    """Give the SHA-256 of a file as hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _for_people(card: WeightsCard) -> str:
    theirs = not card.trained
    rows = [
        ("method", card.method),
        ("network", f"accord.networks.build({card.network!r})"),
        ("source", card.source),
        ("imported from" if theirs else "exported from", f"{card.checkpoint}, SHA-256 {card.checkpoint_sha256}"),
        ("its authors' repository", f"https://github.com/{card.repository}"),
        ("trained", card.trained),
        ("licence of the authors' weights" if theirs else "licence", card.licence),
        ("parameters", f"{card.parameters:,}"),
        ("difference to PyTorch", f"{card.difference:.1e}"),
        ("accord", card.accord),
        *((f"{name}, held-out photos", f"{value:.4g}") for name, value in card.figures.items()),
    ]
    lines = ["# Card of these weights", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in rows if value]
    return "\n".join(lines) + "\n"

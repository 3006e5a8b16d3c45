r"""Where the weights of published networks lie on this machine, once they have been imported.

One folder per method, in the folder that ACCORD_WEIGHTS names, or else where the system keeps a user's data:
%LOCALAPPDATA%\accord\weights on Windows, ~/Library/Application Support/accord/weights on macOS, and
$XDG_DATA_HOME/accord/weights (~/.local/share/accord/weights) elsewhere. Not a cache: what accord cannot fetch again
must not be swept away.

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
from dataclasses import asdict, dataclass
from pathlib import Path

from accord.core.errors import WeightsError

VARIABLE = "ACCORD_WEIGHTS"
_CARD = "card.json"


@dataclass(frozen=True)
class WeightsCard:
    """What is known of imported weights.

    Parameters
    ----------
    method
        Id of the method that they serve.
    network
        The network's name in `accord.networks.build`.
    source, repository
        The paper, and where its authors publish code and checkpoints.
    licence
        Of the authors' checkpoints.
    checkpoint, checkpoint_sha256
        Name and digest of the file that was imported.
    parameters
        How many numbers training set.
    difference
        Largest difference between the ONNX files and PyTorch on a test picture, relative to each output's range or 1.
    accord
        The version that imported them.
    files
        File names of the networks by their roles: network, and for some refiner.
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


def is_stored(method: str) -> bool:
    """Tell whether weights for a method have been imported."""
    return (weights_folder() / method / _CARD).is_file()


def stored(method: str) -> tuple[WeightsCard, dict[str, Path]] | None:
    """Give the card of a method's weights and the paths of its networks by role, or None if there are none.

    Raises
    ------
    WeightsError
        If the card cannot be read, or a file that it names is gone.
    """
    folder = weights_folder() / method
    if not is_stored(method):
        return None
    try:
        card = WeightsCard(**json.loads((folder / _CARD).read_text(encoding="utf-8")))
        paths = {role: folder / name for role, name in card.files.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise WeightsError(f"{folder / _CARD} cannot be read ({error}): import the weights again.") from error
    for path in paths.values():
        if not path.is_file():
            raise WeightsError(f"{path}, a network of {method}, is gone: import the weights again.")
    return card, paths


def store(method: str, write: Callable[[Path], WeightsCard]) -> Path:
    """Keep weights for a method, in place of any that are there.

    Parameters
    ----------
    method
        Id of the method.
    write
        Writes the networks into the empty folder that it is given, and gives their card, whose `files` name them as
        written. If it raises, nothing changes.

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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".import-", dir=folder) as temporary:
            made = Path(temporary)
            _commit(folder, made, write(made))
    except OSError as error:
        raise WeightsError(
            f"the weights cannot be kept in {folder}: {error.strerror or error}. Set {VARIABLE} to a folder that can "
            "be written and has room."
        ) from error
    return folder


def _commit(folder: Path, made: Path, card: WeightsCard) -> None:
    named = {role: f"{role}-{file_digest(made / name)[:12]}.onnx" for role, name in card.files.items()}
    for role, name in card.files.items():
        (made / name).replace(folder / named[role])
    facts = {**asdict(card), "files": named}
    for name, text in (("card.md", _for_people(facts)), (_CARD, json.dumps(facts, indent=2) + "\n")):
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


def _for_people(facts: Mapping[str, object]) -> str:
    rows = [
        ("method", facts["method"]),
        ("network", f"accord.networks.build({facts['network']!r})"),
        ("source", facts["source"]),
        ("imported from", f"{facts['checkpoint']}, SHA-256 {facts['checkpoint_sha256']}"),
        ("its authors' repository", f"https://github.com/{facts['repository']}"),
        ("licence of the authors' weights", facts["licence"]),
        ("parameters", f"{facts['parameters']:,}"),
        ("difference to PyTorch", f"{facts['difference']:.1e}"),
        ("accord", facts["accord"]),
    ]
    lines = ["# Card of these weights", "", "| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]
    return "\n".join(lines) + "\n"

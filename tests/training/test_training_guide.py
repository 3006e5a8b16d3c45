"""The commands of docs/training.md run as they stand, on a small catalogue and for seconds instead of an hour."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from accord.cli.main import main

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore")  # Fabric and PyTorch warn about each other's versions
def test_the_guide_trains_and_exports(photos, tmp_path, monkeypatch):
    shutil.copytree(photos, tmp_path / "catalogue")
    for name in ("composite.png", "mask.png"):
        shutil.copy(ROOT / "examples" / "astronaut" / name, tmp_path)
    (tmp_path / "checkpoints").symlink_to(ROOT / "checkpoints")
    (settings,) = re.findall(r"^```toml\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    small = settings.replace("bank_size = 336", "bank_size = 64\nvalidation_composites = 8\nsteps = 2")
    assert small != settings
    small = small.replace("\nsize = 224", "\nsize = 64")
    (tmp_path / "catalogue.toml").write_text(small.replace("[optimizer]", "[optimizer]\nbatch = 4"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    commands = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    assert len(commands) == 4
    for command in commands:
        words = shlex.split(command.replace("--count 200", "--count 3"))
        done = CliRunner().invoke(main, words[1:])
        assert done.exit_code == 0, done.output
    assert (tmp_path / "harmonized.png").exists()
    assert (tmp_path / "catalogue.onnx").stat().st_size > 1e6
    assert "licence" in (tmp_path / "catalogue.md").read_text(encoding="utf-8")

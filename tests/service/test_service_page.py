"""The examples of docs/service.md, against a service."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from serving import pair, picture_and_mask

PAGE = Path(__file__).parents[2] / "docs" / "service.md"
URL = "http://127.0.0.1:8765"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Go where the pictures lie that the page names."""
    files = pair()
    for name in ("composite", "a", "b"):
        (tmp_path / f"{name}.png").write_bytes(files["composite"])
    for name in ("mask", "a_mask", "b_mask"):
        (tmp_path / f"{name}.png").write_bytes(files["mask"])
    Image.fromarray(picture_and_mask(90, 120)[0]).save(tmp_path / "room.jpg")
    cutout = np.dstack([picture_and_mask(30, 30)[0], np.full((30, 30), 255, np.uint8)])
    Image.fromarray(cutout).save(tmp_path / "sofa.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def code(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_what_the_page_asks_by_curl_is_answered(service, folder):
    lines = [
        line.partition(" # ")[0] for block in code("sh") for line in block.splitlines() if line.startswith("curl ")
    ]
    assert len(lines) > 5
    job = ""
    for line in lines:
        command = (
            line.replace(URL, service.url).replace("curl ", "curl --silent --show-error --fail ").replace("ID", job)
        )
        if "/pictures/" in command:
            service.finished(job)
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, (command, done.stderr)
        if command.endswith("/v1/jobs"):
            job = re.search(r'"id":"(\w+)"', done.stdout)[1]
    for name in ("harmonized.png", "scene.jpg", "a.png"):
        assert size_of(folder / name)


def test_the_page_s_client_gets_its_pictures(service, folder):
    (block,) = (one for one in code("python") if "Client(" in one)
    exec(compile(block.replace(URL, service.url), PAGE.name, "exec"), {"__name__": "__main__"})
    assert size_of(folder / "harmonized.png") == (80, 60)
    assert sorted(one.name for one in (folder / "out").iterdir()) == ["0000.png", "0001.png"]


def test_every_option_metric_and_field_of_the_page_exists(service):
    text = PAGE.read_text(encoding="utf-8")
    from accord.cli.serve import command
    from accord.service.options import JobOptions, Placement, SingleOptions

    known = {name for option in command.params for name in option.opts}
    assert set(re.findall(r"`(--[a-z-]+)", text)) <= known | {"--sidecar"}
    metrics = service.get("/metrics")[2].decode()
    for name in re.findall(r"`(accord_[a-z_]+)", text):
        assert f"# TYPE {name} " in metrics or name == "accord_signal_", name
    for model in (SingleOptions, JobOptions, Placement):
        assert all(f"`{name}`" in text or f"{name}=" in text for name in model.model_fields)

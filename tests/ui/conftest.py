from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("fastapi", reason="needs the extra ui")
pytest.importorskip("uvicorn", reason="needs the extra ui")

from accord.ui.app import create_app
from accord.ui.settings import Settings


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """Give a folder with a dim bluish background, a warm cut-out, a photo of it, its mask, and a flat composite."""
    folder = tmp_path_factory.mktemp("dropped")
    rng = np.random.default_rng(7)
    room = np.clip(rng.normal((60, 80, 120), 20, (90, 120, 3)), 0, 255).astype(np.uint8)
    y, x = np.mgrid[:48, :40]
    cover = np.clip((18 - np.hypot(y - 24, x - 20)) / 4 + 0.5, 0, 1)
    vase = np.clip(rng.normal((210, 140, 80), 25, (48, 40, 3)), 0, 255).astype(np.uint8)
    alpha = np.rint(cover * 255).astype(np.uint8)
    Image.fromarray(room).save(folder / "the room.jpg", quality=93)
    Image.fromarray(np.dstack([vase, alpha])).save(folder / "vase.png")
    Image.fromarray(vase).save(folder / "photo.png")
    Image.fromarray(alpha).save(folder / "vase mask.png")
    flat, mask = room.copy(), np.zeros((90, 120), np.uint8)
    flat[20:68, 40:80] = np.where(cover[..., None] > 0.5, vase, flat[20:68, 40:80])
    mask[20:68, 40:80] = np.where(cover > 0.5, 255, 0)
    Image.fromarray(flat).save(folder / "composite.png")
    Image.fromarray(mask).save(folder / "mask.png")
    return folder


@pytest.fixture
def bench(served, files):
    """Give a workbench, asked without its page."""
    httpx = pytest.importorskip("httpx", reason="needs httpx")

    class Bench:
        folder = served.folder

        def __init__(self) -> None:
            self.client = httpx.Client(base_url=served.address, timeout=120)

        def drop(self, name: str) -> str:
            with (files / name).open("rb") as file:
                answer = self.client.post("/api/pictures", files={"picture": file}, data={"name": name})
            assert answer.status_code == 200, answer.text
            return answer.json()["id"]

        def layers(self, foreground="vase.png", **changes):
            ids = {"background": self.drop("the room.jpg"), "foreground": self.drop(foreground)}
            return {**ids, "placement": {"x": 0.4, "y": 0.55, "scale": 0.35}, "method": "reinhard", **changes}

        def flat(self, **changes):
            mask = {"base": self.drop("mask.png")}
            return {"composite": self.drop("composite.png"), "mask": mask, "method": "reinhard", **changes}

        def ask(self, path: str, document) -> bytes:
            answer = self.client.post(f"/api/{path}", json=document)
            assert answer.status_code == 200, answer.text
            return answer.content

        def refused(self, path: str, document) -> str:
            answer = self.client.post(f"/api/{path}", json=document)
            assert answer.status_code == 422, answer.text
            return answer.json()["detail"]

        def export(self, what: str, document):
            """Give what is exported: its JSON, and its bytes."""
            answer = self.client.post(f"/api/exports?what={what}", json=document)
            assert answer.status_code == 200, answer.text
            return answer.json(), self.client.get(answer.json()["url"]).content

    made = Bench()
    yield made
    made.client.close()


@dataclass(frozen=True)
class Served:
    address: str
    folder: Path


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """Serve a workbench on loopback."""
    import uvicorn

    folder = tmp_path_factory.mktemp("served")
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(Settings(folder)), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}/", folder)
    server.should_exit = True
    thread.join(20)
    listening.close()

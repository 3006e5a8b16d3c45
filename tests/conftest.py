"""What all tests share: weights of published networks, random ones, away from those of whoever runs the tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="session")
def _own_weights_folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACCORD_WEIGHTS", str(tmp_path_factory.mktemp("weights")))
        yield


@pytest.fixture(scope="session")
def random_checkpoint(tmp_path_factory):
    """Give the path of a checkpoint with official keys and seeded random weights, by the network's name."""
    torch = pytest.importorskip("torch", reason="needs the extra train")
    from accord.networks import build

    folder = tmp_path_factory.mktemp("checkpoints")

    def path_of(name: str) -> Path:
        path = folder / f"{name}.pth"
        if not path.exists():
            torch.manual_seed(0)
            torch.save(build(name).official_tensors(), path)
        return path

    return path_of


@pytest.fixture(scope="session")
def random_weights(random_checkpoint):
    """Import seeded random weights for a method, by its id."""
    from accord.engine.weights import is_imported
    from accord.methods.published.importing import import_weights
    from accord.methods.registry import get

    def ready(method_id: str) -> None:
        if not is_imported(method_id):
            import_weights(random_checkpoint(get(method_id).network), method_id)

    return ready


@pytest.fixture(scope="session")
def browser():
    """Give Debian's Chromium, headless, driven by Playwright: one for all, since a thread may have one driver."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    found = next((where for name in ("chromium", "chromium-browser") if (where := shutil.which(name))), None)
    if found is None:
        pytest.skip("needs Chromium (apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=str(Path(found)), args=["--no-sandbox"])
        yield opened
        opened.close()

import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import accord
from accord.core.errors import BadInputError, WeightsError
from accord.methods.published import CARDS
from accord.methods.published import loading as module
from accord.methods.published.seeing import small_inputs
from accord.networks import FACTS

ROOT = Path(__file__).parents[2]
PROMISED = [
    "harmonizer",
    "pct-net",
    "pct-net-vit",
    "cdtnet",
    "cdtnet-sim",
    "idih-dih",
    "idih-ssam",
    "idih-hrnet18s",
]


def test_every_network_has_one_card_and_the_promised_ids_are_there():
    ids = [card.id for card in CARDS]
    assert set(PROMISED) < set(ids)
    assert sorted(card.network for card in CARDS) == sorted(FACTS)
    assert [card for card in accord.list_methods() if card.network is not None] == list(CARDS)


def test_the_table_in_the_docs_is_that_of_the_cards():
    lines = (ROOT / "docs" / "published-networks.md").read_text().splitlines()
    table = [line for line in lines if line.startswith("| `") and line.count("|") == 6]
    assert table == [
        f"| `{card.id}` | {card.title} | {FACTS[card.network].checkpoint or 'none published'} | "
        f"{FACTS[card.network].weights_licence} | {FACTS[card.network].parameters * 4 / 1e6:.0f} MB |"
        for card in CARDS
    ]


@pytest.mark.parametrize("name", FACTS)
def test_the_number_of_parameters_is_the_network_s(name):
    torch = pytest.importorskip("torch", reason="needs the extra train")
    from accord.networks import build

    with torch.device("meta"):
        network = build(name)
    assert sum(parameter.numel() for parameter in network.parameters()) == FACTS[name].parameters


@pytest.mark.parametrize(
    ("method", "way"),
    [
        (
            "pct-net-vit",
            "get PCTNet_ViT.pth from github.com/rakutentech/PCT-Net-Image-Harmonization, then run: "
            "accord weights import PCTNet_ViT.pth --method pct-net-vit",
        ),
        (
            "idih-ssam-512",
            "train them with the code at github.com/SamsungLabs/image_harmonization, then run: "
            "accord weights import FILE --method idih-ssam-512",
        ),
    ],
)
def test_without_weights_one_line_says_how_to_get_them(method, way, tmp_path, monkeypatch):
    monkeypatch.setenv("ACCORD_WEIGHTS", str(tmp_path))
    with pytest.raises(WeightsError) as caught:
        accord.list_methods()[[card.id for card in accord.list_methods()].index(method)].load()
    assert str(caught.value) == f"{method} needs weights, and none have been imported: {way}"


def test_restricted_weights_say_so_once(random_weights, monkeypatch, caplog):
    monkeypatch.setattr(module, "_said", set())
    random_weights("harmonizer")
    card = next(card for card in CARDS if card.id == "harmonizer")
    with caplog.at_level(logging.WARNING, "accord"):
        card.load()
        card.load()
    assert caplog.messages == [
        "harmonizer: the authors' weights: CC BY-NC-SA 4.0, non-commercial (github.com/ZHKKKe/Harmonizer)"
    ]


def test_methods_shows_what_each_needs(accord_cli, tmp_path, monkeypatch, random_weights):
    random_weights("harmonizer")
    code, out, _ = accord_cli("methods")
    assert code == 0
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert "nothing" in lines["mkl"]
    assert "weights, imported" in lines["harmonizer"]
    assert "non-commercial" in lines["harmonizer"]
    assert "weights (iHarmony4_256.pth)" in lines["cdtnet"]
    assert " 19 MB" in lines["harmonizer"]


def scene():
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 256, (40, 60, 3), dtype=np.uint8)
    mask = np.zeros((40, 60), np.float32)
    mask[10:30, 20:50] = 1
    return picture, mask


def test_harmonizing_with_a_network_needs_no_pytorch(random_weights):
    random_weights("harmonizer")
    code = (
        "import accord, numpy as np, sys; "
        "accord.harmonize(np.full((64, 64, 3), 90, np.uint8), np.eye(64, dtype=bool), method='harmonizer'); "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("published", [False, True])
def test_strength_goes_part_of_the_way(random_weights, published):
    random_weights("idih-improved-dih")
    picture, mask = scene()
    floats = picture.astype(np.float32) / 255
    none, half, full = (
        accord.harmonize(
            floats, mask, method="idih-improved-dih", strength=s, encoding="srgb", as_published=published
        ).image
        for s in (0, 0.5, 1)
    )
    np.testing.assert_array_equal(none, floats)
    np.testing.assert_allclose(half, (none + full) / 2, atol=1e-5)
    assert np.abs(full - none)[mask == 1].mean() > 0.05
    assert bool(np.abs(full - none)[mask == 0].max() > 0) is published


def test_a_network_is_shown_what_the_reference_leaves_out_as_its_average():
    picture, mask = scene()
    floats = picture.astype(np.float32) / 255
    reference = 1 - mask
    reference[:, 50:] = 0
    blanked = np.where((reference + mask)[..., None] == 0, floats[reference > 0].mean(0), floats)
    shown, expected = small_inputs(floats, mask, reference, 32), small_inputs(blanked, mask, 1 - mask, 32)
    np.testing.assert_allclose(shown["image"], expected["image"], atol=1e-5)
    np.testing.assert_array_equal(shown["mask"], expected["mask"])


def test_only_published_networks_have_a_published_form():
    picture, mask = scene()
    with pytest.raises(BadInputError, match="leave as_published out"):
        accord.harmonize(picture, mask, method="mkl", as_published=True)
    ring = {"reference": "ring", "as_published": True}
    with pytest.raises(BadInputError, match="look at the whole background"):
        accord.harmonize(picture, mask, method="mkl", **ring)


REAL = ROOT.parent / "shared" / "data" / "real"


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_dir(), reason=f"no shared data at {REAL}")
@pytest.mark.parametrize("flags", [[], ["--as-published"]], ids=["map", "published"])
@pytest.mark.parametrize("method", ["harmonizer", "pct-net", "cdtnet", "cdtnet-sim", "idih-hrnet18s"])
def test_nineteen_megapixels_take_less_than_four_gigabytes(method, flags, random_weights, tmp_path):
    pytest.importorskip("resource")
    random_weights(method)
    files = [str(REAL / "ameland.jpg"), str(REAL / "ameland_mask.jpg"), "-o", str(tmp_path / "out.jpg")]
    code = (
        "import resource, sys\nfrom accord.cli.main import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit as done: assert not done.code\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    command = [sys.executable, "-c", code, "harmonize", *files, "--method", method, *flags]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
    assert int(done.stdout.splitlines()[-1]) * unit < 4e9

import subprocess
import sys

import pytest

from accord.core.errors import UnknownMethodError
from accord.methods.registry import cards, get

CLASSICAL = ["identity", "reinhard", "reinhard-oklab", "mkl", "histogram", "idt", "xue", "poisson"]


def test_the_classical_methods_are_all_there():
    assert [card.id for card in cards() if card.kind == "classical"] == CLASSICAL


def test_ids_are_unique_and_found():
    ids = [card.id for card in cards()]
    assert len(set(ids)) == len(ids)
    assert [get(method_id).id for method_id in ids] == ids


def test_cards_are_filled_in():
    for card in cards():
        assert all((card.title, card.source, card.licence, card.works_in))
        assert "\n" not in card.title
        assert card.fit_size >= 128


def test_poisson_says_that_it_fits_no_colour_map():
    card = get("poisson")
    assert not card.fits_colour_map
    assert card.local


def test_an_unknown_id_suggests_the_closest():
    with pytest.raises(UnknownMethodError, match=r"no method named 'reinhart'\. Did you mean reinhard\?"):
        get("reinhart")


def test_listing_loads_no_network_runtime():
    code = "import sys; from accord.methods.registry import cards; cards(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "onnxruntime", "PIL", "OpenImageIO", "cv2", "scipy"} & set(loaded)

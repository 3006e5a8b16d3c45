"""A configuration that cannot be meant is refused in one line that names the file, the setting and what it may be."""

import re

import pytest

from accord.core.errors import BadInputError
from accord.data.synthesis import FAMILIES
from accord.training.config import read_config
from accord.training.recipes import recipe_of

DATA = '[data]\nphotos = "catalogue"\n'


@pytest.fixture
def read(tmp_path):
    def of(text):
        path = tmp_path / "run.toml"
        path.write_text(text, encoding="utf-8")
        return read_config(path)

    return of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bank_size = 0", "bank_size is 0, wanted 1 or more"),
        ("size = -64", "size is -64, wanted 1 or more"),
        ("size = 288", "bank_size is 256, wanted size, 288, or more"),
        ("size = true", "size is True, wanted a whole number"),
        ("validate_every = 0", "validate_every is 0"),
        ("validation_composites = 0", "validation_composites is 0"),
        ("seed = 4294967296", "seed is 4294967296, wanted 0 to 4294967295"),
        ("start_from = 5", "start_from is 5, wanted a text"),
        ("[optimizer]\nbatch = 0", "[optimizer]: batch is 0"),
        ("[optimizer]\nlearning_rate = nan", "learning_rate is nan, wanted 0 or more"),
        ("[optimizer]\nlearning_rate = inf", "learning_rate is inf, wanted 0 or more"),
        ("[optimizer]\naverage = 1.5", "average is 1.5, wanted 0 to 1"),
        ("[views]\nflip = 2", "flip is 2.0, wanted 0 to 1"),
        ("[views]\ncrop = 'sideways'", "run.toml [views]: crop is 'sideways'"),
        ("[synthesis]\nswap = 20", "run.toml [synthesis]: swap is 20.0, wanted a share"),
        ("[synthesis]\njitter = -1", "jitter is -1.0, wanted 0 or more"),
        ("[synthesis]\nfamilies = ['reinhard']", "families is ['reinhard'], wanted a table of shares"),
        ("[synthesis.families]\nreinhard = 1.0\nxiaoo = 5", "families names xiaoo"),
        ("[synthesis.families]\nxiaoo = 5", f"There are: {', '.join(FAMILIES)}."),
        ("[synthesis.families]\nreinhard = 'much'", "reinhard is 'much', wanted a number"),
        ("[synthesis.families]\nreinhard = -1.0\nxiao = 5", "wanted shares of 0 or more"),
        ("[synthesis.families]\nreinhard = 0", "one at least above 0"),
        ("[synthesis.families]\nreinhard = nan", "wanted shares of 0 or more"),
    ],
)
def test_a_value_that_a_setting_cannot_have_is_named(read, text, words):
    with pytest.raises(BadInputError, match=re.escape(words)) as error:
        read(f"{text}\n{DATA}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("size = 64", "run.toml lacks data"),
        ("[data]", "[data] lacks photos"),
        ('data = "catalogue"', "data must be a table, [data]"),
        ("[data]\nphotos = 3", "photos is 3, wanted a text"),
    ],
)
def test_a_run_without_photos_is_told_how_to_name_them(read, text, words):
    with pytest.raises(BadInputError, match=re.escape(words)):
        read(text)


def test_the_default_network_needs_a_multiple_of_32(read):
    with pytest.raises(BadInputError, match="size is 50, wanted a multiple of 32, say 64"):
        recipe_of(read(f"size = 50\n{DATA}"))


def test_paths_are_beside_the_configuration_and_the_rest_as_it_stands(read, tmp_path):
    config = read(f'start_from = "old.pt"\n{DATA}[synthesis.families]\nreinhard = 1\nidt = 0.5')
    assert config.start_from == str(tmp_path / "old.pt")
    assert (config.data.photos, config.data.illuminants) == (str(tmp_path / "catalogue"), "")
    assert config.synthesis.families == {"reinhard": 1.0, "idt": 0.5}

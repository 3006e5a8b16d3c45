"""The Python client."""

from __future__ import annotations

import pytest
from serving import pair

from accord.client import Client, ServiceError
from accord.core.errors import BadInputError
from accord.transforms import from_dict


@pytest.fixture
def client(service):
    return Client(service.url)


@pytest.fixture
def paths(tmp_path):
    for name, content in pair().items():
        (tmp_path / f"{name}.png").write_bytes(content)
    return tmp_path / "composite.png", tmp_path / "mask.png"


def test_a_picture_comes_back_from_paths_and_from_bytes(client, paths, tmp_path):
    result = client.harmonize(*paths, strength=0.5, protect=["skin", "#102030"])
    assert result.method == "mkl"
    result.save(tmp_path / f"out{result.suffix}")
    files = pair()
    again = client.harmonize(files["composite"], files["mask"], strength=0.5, protect=["skin", "#102030"])
    assert again.content == (tmp_path / "out.png").read_bytes()


def test_it_is_told_about_where_asked(client, paths):
    result = client.harmonize(*paths, about=True, format="jpg")
    assert result.content == client.harmonize(*paths, format="jpg").content
    assert result.media_type == "image/jpeg"
    assert from_dict(result.about["colour_map"])


def test_layers_are_composed(client, paths):
    composed = client.compose(paths[0], *paths, at=(0.4, 0.6), scale=0.3, flip=True)
    assert composed.media_type == "image/png"


def test_jobs_are_waited_for_fetched_and_removed(client, paths, tmp_path):
    job = client.submit([paths, paths], signals=True)
    written = job.wait(120).save(tmp_path / "out")
    assert [path.name for path in written] == ["0000.png", "0001.png"]
    assert written[0].read_bytes() == client.harmonize(*paths).content
    assert job.status["pictures"][0]["signals"]
    job.remove()
    assert job.id not in {one.id for one in client.jobs()}


def test_what_goes_wrong_is_one_error_in_words(client, paths, service):
    with pytest.raises(ServiceError, match="422: method: no method is named") as caught:
        client.harmonize(*paths, method="nonsense")
    assert caught.value.status == 422
    with pytest.raises(ServiceError, match="Is accord serve running"):
        Client("http://127.0.0.1:9", timeout=5).methods()
    with pytest.raises(BadInputError, match="does not exist"):
        client.harmonize("nowhere.png")
    with pytest.raises(BadInputError, match="url"):
        Client("ftp://example.org")
    assert not Client("http://127.0.0.1:9", timeout=5).is_ready()
    assert client.is_ready()
    assert any(one["id"] == "mkl" for one in client.methods())

"""The Python client."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from serving import pair

from accord.client import Client, ServiceError, SubmittedJob
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


@contextmanager
def answering(status, kind, content, **headers):
    """Give a client of a server that answers everything alike, and is no accord serve."""

    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self):
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self):
            self.do_GET()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Stranger)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield Client(f"http://127.0.0.1:{server.server_port}", timeout=30)
    server.shutdown()
    server.server_close()


def calls(client):
    files = pair()
    return (
        lambda: client.harmonize(files["composite"], files["mask"]),
        lambda: client.harmonize(files["composite"], files["mask"], about=True),
        lambda: client.submit([(files["composite"], files["mask"])]),
        lambda: SubmittedJob(client, "1").picture(0),
        client.methods,
    )


def test_a_redirect_is_no_success_and_says_where_to():
    with answering(301, "text/html", b"<h1>Moved</h1>", Location="https://elsewhere.example/") as client:
        for call in calls(client):
            with pytest.raises(ServiceError, match=r"301: .*https://elsewhere\.example/") as caught:
                call()
            assert caught.value.status == 301
        assert not client.is_ready()


def test_a_redirect_to_nowhere_is_no_success_either():
    with answering(304, "text/html", b"") as client, pytest.raises(ServiceError, match="304"):
        client.methods()


def test_what_is_no_answer_of_accord_s_is_told():
    with answering(200, "text/html", b"<h1>Welcome</h1>") as client:
        for call in calls(client):
            with pytest.raises(ServiceError, match=r"sent text/html, .* was wanted"):
                call()


@pytest.mark.parametrize("content", [b'"JSON"', b"{}", b'{"picture": null}'])
def test_json_without_a_picture_is_told(content):
    wanted = pytest.raises(ServiceError, match="JSON that holds the picture was wanted")
    with answering(200, "application/json", content) as client, wanted:
        client.harmonize(pair()["composite"], about=True)

"""Files elsewhere, in fsspec's memory and in stores that fail."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from accord.core.errors import BadInputError
from accord.io import remote
from accord.io.remote import Shelf, as_local, is_remote, joined, name_of, parent

fsspec = pytest.importorskip("fsspec", reason="needs the extra cluster")


@pytest.fixture
def store():
    """Give fsspec's memory, empty before and after."""
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]
    yield memory
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    monkeypatch.setattr(remote, "_WAITS", (0, 0, 0))


def bring(path, what="file"):
    with Shelf() as shelf, shelf.near(path, what):
        pass


def test_urls_are_told_from_paths():
    assert [is_remote(each) for each in ("s3://b/a.png", "simplecache::s3://b/a", "memory://a")] == [True] * 3
    assert [is_remote(each) for each in ("/a/b.png", "C:\\a.png", "C:/a.png", "a:b.png", "a/b")] == [False] * 5
    assert as_local("file:///a/b%20c.png") == "/a/b c.png"
    assert as_local("s3://b/a.png") == "s3://b/a.png"


def test_paths_are_joined_wherever_they_lie(tmp_path):
    assert joined("s3://b/in", "a/c.png") == "s3://b/in/a/c.png"
    assert joined("/here", "s3://b/a.png") == "s3://b/a.png"
    assert joined("/here", "a.png") == str(Path("/here/a.png"))
    assert joined("/here", "file:///there/a.png") == "/there/a.png"
    assert (parent("s3://b/in/a.png"), name_of("s3://b/in/a.png")) == ("s3://b/in", "a.png")
    with pytest.raises(BadInputError, match="relative path"):
        joined("s3://b/in", "/a.png")


def test_what_is_here_stays_where_it_is(tmp_path):
    with Shelf() as shelf, shelf.near(str(tmp_path / "a.png")) as near, shelf.bound_for(str(tmp_path / "b")) as out:
        assert (near, out) == (str(tmp_path / "a.png"), str(tmp_path / "b"))


def test_files_are_brought_here_once_and_again_when_they_change(store):
    store.pipe("/in/a.png", b"one")
    with Shelf() as shelf:
        with shelf.near("memory://in/a.png") as first:
            assert Path(first).read_bytes() == b"one"
            assert Path(first).name == "a.png"
        with shelf.near("memory://in/a.png") as second:
            assert second == first
        store.pipe("/in/a.png", b"another")
        with shelf.near("memory://in/a.png") as third:
            assert Path(third).read_bytes() == b"another"
    assert not Path(first).exists()


def test_only_the_latest_are_kept_and_none_that_is_in_use(store, monkeypatch):
    monkeypatch.setattr(remote, "_KEPT", 2)
    for number in range(5):
        store.pipe(f"/{number}", b"content")
    with Shelf() as shelf, shelf.near("memory://0") as used:
        paths = []
        for number in range(1, 5):
            with shelf.near(f"memory://{number}") as near:
                paths.append(near)
        assert Path(used).exists()
        assert [Path(path).exists() for path in paths] == [False, False, True, True]


def test_results_appear_whole_or_not_at_all(store):
    with Shelf() as shelf:
        with shelf.bound_for("memory://out/deep/a.png") as path:
            Path(path).write_bytes(b"result")
        assert store.cat("/out/deep/a.png") == b"result"
        assert shelf.digest("memory://out/deep/a.png") == hashlib.sha256(b"result").hexdigest()
        with pytest.raises(FileNotFoundError), shelf.bound_for("memory://out/b.png") as path:
            Path(path).with_name("gone").rename(path)
    assert store.find("/out") == ["/out/deep/a.png"]


def test_what_fails_for_a_while_is_tried_again_and_what_is_missing_is_not(store, monkeypatch):
    store.pipe("/a", b"content")
    get, calls = type(store).get_file, []

    def failing(self, *args, **kwargs):
        calls.append(args)
        if len(calls) < 3:
            raise TimeoutError("the store is slow")
        return get(self, *args, **kwargs)

    monkeypatch.setattr(type(store), "get_file", failing)
    with Shelf() as shelf, shelf.near("memory://a") as near:
        assert Path(near).read_bytes() == b"content"
    assert len(calls) == 3
    with pytest.raises(BadInputError, match=r"mask memory://gone does not exist"):
        bring("memory://gone", "mask")
    assert Shelf().digest("memory://gone") is None


@pytest.mark.parametrize(
    ("path", "words"), [("nope://b/a.png", "no kind that fsspec knows"), ("dropbox://b/a.png", "cannot be reached")]
)
def test_unknown_stores_are_named(path, words):
    with pytest.raises(BadInputError, match=words):
        bring(path)


def test_a_store_that_cannot_be_written_says_so(store, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError("no rights here")

    monkeypatch.setattr(type(store), "put_file", refuse)
    with (
        Shelf() as shelf,
        pytest.raises(BadInputError, match=r"cannot be written: no rights here"),
        shelf.bound_for("memory://a.png") as path,
    ):
        Path(path).write_bytes(b"result")

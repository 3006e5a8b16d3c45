"""How a service is started, who may call it, and what is said where it cannot be."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from serving import pair

from accord.cli.main import main
from accord.core.errors import BadInputError
from accord.service.keys import digest, owner_of, read_keys
from accord.service.settings import Settings

KEY, OTHER = "a-key-of-some-length", "another-key-of-length"


def refused(*arguments):
    result = CliRunner().invoke(main, ["serve", *(str(one) for one in arguments)])
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert result.output.count("\n") == 1
    return result.output


def test_other_machines_are_let_in_only_with_keys_or_by_name(tmp_path):
    assert "--keys" in refused("--host", "0.0.0.0", "--folder", tmp_path)
    assert "--keys" in refused("--host", "example.org", "--folder", tmp_path)


def test_what_is_not_there_is_told_before_it_starts(tmp_path):
    assert "no method" in refused("--method", "nonsense", "--folder", tmp_path)
    assert "candidate" in refused("--shadow", "candidate", "--log", tmp_path / "a.jsonl", "--folder", tmp_path)
    assert "log" in refused("--shadow", "mkl", "--folder", tmp_path)
    assert ".jsonl" in refused("--log", tmp_path / "a.txt", "--folder", tmp_path)
    assert "segmentation model" in refused("--mask-model", tmp_path / "none.onnx", "--folder", tmp_path)


def test_one_service_uses_a_folder_and_a_port_at_a_time(service, tmp_path):
    assert "another accord serve" in refused("--folder", service.folder, "--port", 0)
    port = service.url.rpartition(":")[2]
    assert "cannot be listened on" in refused("--folder", tmp_path / "other", "--port", port)


def test_keys_are_asked_for_and_keep_jobs_apart(start, tmp_path):
    (tmp_path / "keys").write_text(f"# ours\nshop {KEY}\n\nstudio sha256:{digest(OTHER)}\n")
    service = start("--workers", "1", "--keys", str(tmp_path / "keys"))
    assert service.get("/health")[0] == service.get("/metrics")[0] == 200
    status, headers, _ = service.post(files=pair())
    assert (status, headers["www-authenticate"]) == (401, "Bearer")
    assert service.post(files=pair(), headers={"Authorization": "Bearer wrong"})[0] == 401
    assert service.post(files=pair(), headers={"Authorization": f"Bearer {KEY}"})[0] == 200
    assert service.post(files=pair(), headers={"X-API-Key": OTHER})[0] == 200
    job = json.loads(service.post("/v1/jobs", {"composite": [pair()["composite"]], "mask": [pair()["mask"]]}, None,
                                  {"X-API-Key": OTHER})[2])["id"]  # fmt: skip
    assert service.get(f"/v1/jobs/{job}", {"X-API-Key": OTHER})[0] == 200
    assert service.get(f"/v1/jobs/{job}", {"X-API-Key": KEY})[0] == 404
    assert '"owner": "shop"' in service.log()
    assert KEY not in service.log()
    assert service.stop() == 0


@pytest.mark.parametrize(
    "text", ["", "# none\n", "name\n", "name short\n", f"a {KEY}\na {OTHER}\n", "a sha256:12\n", f"a b {KEY}\n"]
)
def test_a_file_of_keys_that_will_not_do_is_refused(tmp_path, text):
    (tmp_path / "keys").write_text(text)
    with pytest.raises(BadInputError, match="keys"):
        read_keys(tmp_path / "keys")


def test_a_key_is_told_by_all_of_it():
    keys = {"shop": digest(KEY)}
    assert owner_of(KEY, keys) == "shop"
    assert owner_of(KEY[:-1], keys) is owner_of(None, keys) is owner_of("", keys) is None


@pytest.mark.parametrize(
    "wrong", [{"workers": 0}, {"queue": -1}, {"max_pixels": 1.5}, {"work_seconds": 0}, {"keep_hours": float("inf")}]
)
def test_settings_that_will_not_do_are_refused(wrong):
    with pytest.raises(BadInputError, match=next(iter(wrong))):
        Settings(**wrong)

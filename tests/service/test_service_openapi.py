"""The OpenAPI text, and requests that schemathesis makes up from it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from accord.service.options import JobOptions, Placement, SingleOptions


@pytest.fixture(scope="module")
def document(service):
    return json.loads(service.get("/openapi.json")[2])


def test_every_field_of_a_form_is_described_and_has_an_example(document):
    for path, models in {"/v1/harmonize": (SingleOptions, Placement), "/v1/jobs": (JobOptions, Placement)}.items():
        form = document["paths"][path]["post"]["requestBody"]["content"]["multipart/form-data"]
        named = {name for model in models for name in model.model_fields}
        assert named < form["schema"]["properties"].keys()
        assert all("description" in one for one in form["schema"]["properties"].values())
        assert form["examples"]


def test_every_refusal_is_described_with_its_form(document):
    for path in document["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                if status.startswith("4"):
                    assert "application/problem+json" in answer["content"]
    assert "Retry-After" in document["paths"]["/v1/harmonize"]["post"]["responses"]["429"]["headers"]


@pytest.mark.parametrize(
    ("examples", "phases"),
    [(6, "examples,fuzzing"), pytest.param(200, "examples,coverage,fuzzing", marks=pytest.mark.slow)],
)
def test_schemathesis_finds_no_5xx_and_nothing_that_is_not_described(service, tmp_path, examples, phases):
    pytest.importorskip("schemathesis", reason="is in the dependency group test")
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{service.url}/openapi.json", "--max-examples", str(examples),
        "--generation-deterministic", "--phases", phases,
        "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        "--suppress-health-check", "all", "--request-timeout", "60", "--workers", "1",
    ]  # fmt: skip
    hooks = {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **hooks}, capture_output=True, text=True, timeout=500, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]

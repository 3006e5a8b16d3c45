"""`accord batch --on ray`, on clusters of this machine: slow, since Ray's nodes take their time to come up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="needs the extra cluster")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's"),
]

# A store of its own kind: t://NAME/... is a folder that TOY names. Python imports it in every process that starts.
TOY = """
import os
try:
    import fsspec
    from fsspec.implementations.dirfs import DirFileSystem
    from fsspec.implementations.local import LocalFileSystem
except ImportError:
    pass
else:
    class Toy(DirFileSystem):
        protocol = "toy"
        def __init__(self, **options):
            super().__init__(path=os.environ["TOY"], fs=LocalFileSystem(auto_mkdir=True))
        @classmethod
        def _strip_protocol(cls, path):
            return path.removeprefix("toy://")
        def ukey(self, path):
            return self.fs.ukey(self._join(path))
    fsspec.register_implementation("toy", Toy)
"""

DEADLY = """
import os, pathlib, signal, sys
if "default_worker.py" in " ".join(sys.orig_argv):
    import accord.batch.stages as stages
    make = stages.Stages.make
    def dying(self, loaded):
        name = pathlib.Path(loaded.job.output).name
        marker = pathlib.Path(__file__).with_name("died-" + name)
        if name == "p1.png" or (name == "p3.png" and not marker.exists()):
            with marker.open("a") as file:
                file.write("x")
            os.kill(os.getpid(), signal.SIGKILL)
        return make(self, loaded)
    stages.Stages.make = dying
"""


def on_ray(pictures, out, *arguments, nodes=1, event="none", **environment):
    script = Path(__file__).with_name("ray_cluster.py")
    command = [sys.executable, script, pictures, out, str(nodes), event, "--method", "mkl", *arguments]
    said = subprocess.run(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "PYTHONWARNINGS": "default", **environment},
    ).stdout
    return json.loads(said.splitlines()[-1])


def here(pictures, out, *arguments):
    command = [sys.executable, "-m", "accord", "batch", pictures, "-o", out, "--method", "mkl", "--workers", "1"]
    subprocess.run([*command, *arguments], check=True)


def test_a_node_that_is_killed_in_the_middle_loses_nothing(tmp_path, write_pair, digests):
    pictures = tmp_path / "in"
    pictures.mkdir()
    for number in range(60):
        write_pair(pictures, f"p{number:03}", number, 600, 800)
    told = on_ray(pictures, tmp_path / "ray", nodes=2, event="node")
    assert told["code"] == 0
    assert told["done_before"] < 50
    here(pictures, tmp_path / "here")
    assert len(digests(tmp_path / "ray")) == 60
    assert digests(tmp_path / "ray") == digests(tmp_path / "here")


def test_a_worker_that_is_killed_is_replaced_and_its_picture_tried_once_more(pictures, tmp_path, digests):
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(DEADLY)
    told = on_ray(pictures, tmp_path / "ray", PYTHONPATH=str(tmp_path / "hook"))
    assert told["code"] == 1
    assert (tmp_path / "hook" / "died-p1.png").read_text() == "xx"
    assert (tmp_path / "hook" / "died-p3.png").read_text() == "x"
    here(pictures, tmp_path / "here")
    expected = digests(tmp_path / "here")
    del expected["p1.png"]
    assert digests(tmp_path / "ray") == expected


def test_a_store_of_another_kind_in_and_out_and_a_second_start(pictures, product, tmp_path, digests):
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(TOY)
    rows = "".join(f"toy://in/p{n}.png,toy://in/p{n}_mask.png,,\n" for n in range(4))
    (tmp_path / "jobs.csv").write_text(
        f"composite,mask,background,foreground\n{rows},,toy://in/p5.png,file://{product}\n"
    )
    environment = {"PYTHONPATH": str(tmp_path / "hook"), "TOY": str(tmp_path)}
    assert on_ray(tmp_path / "jobs.csv", "toy://out", **environment)["code"] == 0
    command = [sys.executable, "-m", "accord", "batch", tmp_path / "jobs.csv", "-o", "toy://out", "--method", "mkl"]
    again = subprocess.run(
        [*command, "--workers", "1"], env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True
    )
    assert "0 of 5 pictures harmonized, 5 already there" in again.stdout
    (tmp_path / "local.csv").write_text((tmp_path / "jobs.csv").read_text().replace("toy://", ""))
    here(tmp_path / "local.csv", tmp_path / "here")
    assert digests(tmp_path / "out") == digests(tmp_path / "here")
    assert len(digests(tmp_path / "out")) == 5


def test_a_cluster_that_does_not_answer_is_one_error(pictures, tmp_path):
    command = [sys.executable, "-m", "accord", "batch", pictures, "-o", tmp_path / "out", "--on", "ray"]
    done = subprocess.run(
        command, env={**os.environ, "RAY_ADDRESS": "127.0.0.1:9"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("Error: no Ray cluster answers at RAY_ADDRESS=127.0.0.1:9")

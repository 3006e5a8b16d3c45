"""What comes back for one picture: the command line's own bytes, or what is to be said of them."""

from __future__ import annotations

import base64
import io
import json
import time

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from serving import as_file, pair, picture_and_mask

from accord.cli.main import main
from accord.core.encoding import SRGB
from accord.core.picture import Picture
from accord.io import read_picture, write_picture
from accord.monitoring import read_log
from accord.transforms import from_dict


def command_line(*arguments) -> None:
    result = CliRunner().invoke(main, [str(one) for one in arguments])
    assert result.exit_code == 0, result.output


@pytest.fixture(params=["png", "jpg", "webp", "tif", "exr", "dpx", "jxl"])
def stored(request, tmp_path):
    """Give a composite in a format's own depth, and a mask, as paths."""
    depth = np.uint16 if request.param in ("tif", "dpx") else np.uint8
    pixels, mask = picture_and_mask(depth=depth)
    if request.param == "exr":
        pixels = (pixels / np.float32(200)).astype(np.float16)
    composite = tmp_path / f"composite.{request.param}"
    write_picture(Picture(pixels, SRGB), composite)
    Image.fromarray(mask).save(tmp_path / "mask.png")
    return composite, tmp_path / "mask.png"


def test_the_picture_is_the_command_lines_byte_for_byte(service, stored, tmp_path):
    composite, mask = stored
    output = tmp_path / f"harmonized{composite.suffix}"  # a DPX holds its own name
    command_line("harmonize", composite, mask, "-o", output, "--method", "reinhard", "--strength", "0.7")
    files = {"composite": composite.read_bytes(), "mask": mask.read_bytes()}
    status, headers, content = service.post(files=files, texts={"method": "reinhard", "strength": "0.7"})
    assert status == 200, content
    assert content == output.read_bytes()
    assert headers["x-accord-method"] == "reinhard"


def test_layers_come_back_as_from_the_command_line(service, tmp_path):
    ground, _ = picture_and_mask(60, 80, 1)
    cutout = np.dstack([*np.moveaxis(picture_and_mask(30, 30, 2)[0], 2, 0), np.full((30, 30), 255, np.uint8)])
    (tmp_path / "room.png").write_bytes(as_file(ground))
    (tmp_path / "sofa.png").write_bytes(as_file(cutout))
    where = {"at": "0.4,0.6", "scale": "0.3", "feather": "2"}
    options = [word for name, value in where.items() for word in (f"--{name}", value)]
    command_line(
        "compose", tmp_path / "room.png", tmp_path / "sofa.png", "-o", tmp_path / "out.png", *options, "--harmonize",
        "--method", "mkl",
    )  # fmt: skip
    files = {"background": as_file(ground), "foreground": as_file(cutout)}
    status, _, content = service.post(files=files, texts=where)
    assert status == 200, content
    assert content == (tmp_path / "out.png").read_bytes()


def test_json_holds_signals_and_the_colour_map_that_makes_the_picture(service, tmp_path):
    files = pair()
    status, headers, content = service.post(files=files, headers={"Accept": "application/json"})
    assert (status, headers["content-type"]) == (200, "application/json")
    about = json.loads(content)
    assert about["signals"]["move_mean"] > 0
    assert from_dict(about["colour_map"])
    assert about["picture"] == {"width": 80, "height": 60}
    (tmp_path / "edit.json").write_bytes(content)
    for name, value in files.items():
        (tmp_path / f"{name}.png").write_bytes(value)
    command_line(
        "harmonize", tmp_path / "composite.png", tmp_path / "mask.png", "-o", tmp_path / "again.png", "--method",
        tmp_path / "edit.json",
    )  # fmt: skip
    assert (tmp_path / "again.png").read_bytes() == service.post(files=files)[2]


def test_both_hold_the_picture_too(service):
    files = pair()
    about = json.loads(service.post(files=files, texts={"answer": "both"})[2])
    assert base64.b64decode(about["picture"]["base64"]) == service.post(files=files)[2]
    assert about["picture"]["media_type"] == "image/png"


def test_accept_and_format_choose_what_comes_back(service):
    by_header = service.post(files=pair(), headers={"Accept": "text/html;q=0.9, image/webp"})
    by_field = service.post(files=pair(), texts={"format": "webp"})
    assert by_header[1]["content-type"] == by_field[1]["content-type"] == "image/webp"
    assert by_header[2] == by_field[2]
    assert service.post(files=pair(), headers={"Accept": "text/html"})[0] == 406


def test_pictures_of_ones_own_say_where_the_look_comes_from_and_what_is_protected(service):
    files = pair()
    half = np.zeros((60, 80), np.uint8)
    half[:, :20] = 255
    plain = service.post(files=files)[2]
    looked = service.post(files={**files, "reference_mask": as_file(half)})
    assert looked[0] == 200
    assert looked[2] != plain
    protected = service.post(
        files={**files, "protect_mask": as_file(files_mask(files))}, texts={"protect": ["skin", "#102030"]}
    )
    assert protected[0] == 200, protected[2]
    assert protected[2] != plain


def files_mask(files):
    return np.asarray(Image.open(io.BytesIO(files["mask"])))


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ({"strength": "2"}, "strength"),
        ({"strength": "nan"}, "strength"),
        ({"colour": "red"}, "colour"),
        ({"method": "nonsense"}, "no method"),
        ({"method": "/etc/passwd"}, "no method"),
        ({"method": "edit.json"}, "no method"),
        ({"reference": "/etc/hosts"}, "reference"),
        ({"protect": ["/etc/passwd"]}, "protect"),
        ({"protect": ["palette.gpl"]}, "protect"),
        ({"at": "0.5,0.5"}, "placed"),
        ({"auto_mask": "true"}, "no model"),
        ({"tolerance": "3"}, "protect"),
        ({"quality": "50"}, "quality"),
        ({"method": "pct-net-vit"}, "weights"),
        ({"strength": ["0.1", "0.2"]}, "2 times"),
    ],
)
def test_settings_that_will_not_do_are_told_in_a_line(service, texts, says):
    status, headers, content = service.post(files=pair(), texts=texts)
    told = json.loads(content)
    assert status == told["status"] == 422
    assert headers["content-type"] == "application/problem+json"
    assert says in told["detail"]
    assert str(service.folder) not in told["detail"]


def test_a_form_without_pictures_of_use_is_refused(service):
    for files in ({}, {"mask": pair()["mask"]}, {**pair(), "background": pair()["composite"]}):
        assert service.post(files=files)[0] == 422
    assert service.send("POST", "/v1/harmonize", b"{}", {"Content-Type": "application/json"})[0] == 415
    assert service.send("POST", "/v1/harmonize", b"a=b", {"Content-Type": "multipart/form-data"})[0] == 415


def test_nothing_is_left_of_a_request(service):
    service.post(files=pair())
    service.post(files={"composite": b"no picture"})
    assert not list((service.folder / "requests").iterdir())


def test_the_log_tells_facts_and_neither_names_nor_content(service):
    files = pair(51, 67)
    body = b"".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="secret-{name}.png"\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for name, content in files.items()
    )
    body += b"--x--\r\n"
    length = len(body)
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert service.send("POST", "/v1/harmonize?secret=question", body, kind)[0] == 200
    until = time.monotonic() + 30
    told: list[dict] = []
    while not told:  # it is told once the answer is out
        assert time.monotonic() < until
        told = [one for one in map(json.loads, service.log().splitlines()) if one.get("bytes_in") == length]
    assert told[0]["route"] == "/v1/harmonize"
    assert told[0]["status"] == 200
    assert "secret" not in service.log()


def test_metrics_count_requests_and_signals_by_foreground_ratio(service):
    before = service.metric("accord_requests_total")
    assert service.post(files=pair(), texts={"answer": "json"})[0] == 200
    text = service.get("/metrics")[2].decode()
    assert service.metric("accord_requests_total") > before
    assert 'accord_signal_move_mean_bucket{foreground_ratio="15-100 %",le="0.5",method="mkl"}' in text
    assert "accord_queue_places 5.0" in text
    assert service.metric("accord_queue_taken") == 0


def test_results_are_logged_as_by_the_other_front_ends(logging_service, signals_log):
    logging_service.post(files=pair(seed=5))
    files = {name: [one] for name, one in pair(seed=6).items()}
    job = json.loads(logging_service.post("/v1/jobs", files)[2])["id"]
    logging_service.finished(job)
    entries = list(read_log(signals_log))
    assert [(one.front_end, one.method, one.composite) for one in entries] == [("serve", "mkl", None)] * 2
    assert all(one.signals["move_mean"] > 0 for one in entries)
    assert logging_service.metric("accord_signal_move_mean_count") == 2


def test_methods_are_listed_with_whether_they_can_be_used(service):
    methods = {one["id"]: one for one in json.loads(service.get("/v1/methods")[2])}
    assert methods["mkl"]["usable"]
    assert not methods["pct-net-vit"]["usable"]


def test_a_page_elsewhere_cannot_reach_a_service_on_loopback_by_another_name(service):
    assert service.get("/v1/methods", {"Host": "evil.example"})[0] == 421
    assert service.get("/v1/methods", {"Host": "localhost:80"})[0] == 200


@pytest.mark.parametrize("path", ["/v1/harmonize", "/v1/jobs"])
def test_a_page_elsewhere_cannot_post_to_a_service_that_asks_for_no_keys(service, path):
    here = service.url.removeprefix("http://")
    for origin in ("http://evil.example", "null", "http://localhost:1", f"http://{here}.evil.example"):
        assert service.post(path, files=pair(), headers={"Origin": origin})[0] == 403
    same = [{"Origin": service.url}, {"Origin": "https://proxy.example", "Sec-Fetch-Site": "same-origin"}, {}]
    for headers in same:
        assert service.post(path, files=pair(), headers=headers)[0] in (200, 202)
    crossing = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert service.post(path, files=pair(), headers=crossing)[0] == 403


def test_read_picture_takes_what_came_back(service, tmp_path):
    (tmp_path / "out.tif").write_bytes(service.post(files=pair(), texts={"format": "tif"})[2])
    assert read_picture(tmp_path / "out.tif").pixels.shape == (60, 80, 3)

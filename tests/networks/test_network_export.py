import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from accord.networks.export import export_onnx, export_refiner

onnxruntime = pytest.importorskip("onnxruntime")

IDIH = [
    "improved_dih256",
    "dih256",
    "improved_sedih256",
    "ssam256",
    "improved_ssam256",
    "iseunetv1_256",
    "hrnet18s_idih256",
    "hrnet18s_v2p_idih256",
    "hrnet18_idih512",
    "deeplab_r34_idih256",
]


def run(path, **inputs):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    feeds = {name: tensor.numpy() for name, tensor in inputs.items()}
    return dict(zip(names, map(torch.from_numpy, session.run(None, feeds)), strict=True))


def close(found, expected):
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", IDIH)
@torch.no_grad()
def test_idih_as_onnx(name, parity, tmp_path):
    golden = parity(name)
    size = int(name[-3:])
    image, mask = golden.tensors(size, size)
    export_onnx(golden.network, tmp_path / "network.onnx")
    out = run(tmp_path / "network.onnx", image=image, mask=mask)
    normalise = golden.network.normalise
    close(out["harmonized"], normalise.undo(golden.network(normalise(image), mask)))
    assert [path.name for path in tmp_path.iterdir()] == ["network.onnx"]


@torch.no_grad()
def test_harmonizer_as_onnx_at_any_size(parity, tmp_path):
    golden = parity("harmonizer")
    export_onnx(golden.network, tmp_path / "network.onnx")
    for size in ((256, 256), (190, 331)):
        image, mask = golden.tensors(*size)
        out = run(tmp_path / "network.onnx", image=image, mask=mask)
        torch.testing.assert_close(out["arguments"], golden.network.arguments(image, mask), rtol=0, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pctnet_cnn", "pctnet_vit"])
@torch.no_grad()
def test_pctnet_as_onnx_maps_colours_as_the_network_does(name, parity, tmp_path):
    golden = parity(name)
    network = golden.network
    image, mask = golden.tensors(256, 256)
    export_onnx(network, tmp_path / "network.onnx")
    out = run(tmp_path / "network.onnx", image=image, mask=mask)
    matrix, shift = out["theta"][:, :9].unflatten(1, (3, 3)), out["theta"][:, 9:]
    mapped = ((matrix * image[:, None]).sum(2) + shift).clamp(0, 1)
    blend = out.get("blend", mask)
    theta, expected_blend = network.parameter_maps(network.normalise(image), mask)
    close(blend, expected_blend)
    expected = network.normalise.undo(network.apply_transform(theta, expected_blend, network.normalise(image)))
    close(mapped * blend + image * (1 - blend), expected)


@torch.no_grad()
def test_cdtnet_as_onnx_in_two_files(parity, tmp_path):
    golden = parity("cdtnet")
    network = golden.network
    image, mask = golden.tensors(96, 130)
    export_onnx(network, tmp_path / "coarse.onnx")
    coarse, expected = run(tmp_path / "coarse.onnx", image=image, mask=mask), network.coarse(image, mask)
    for key in ("weights", "table", "base", "features"):
        close(coarse[key], getattr(expected, key))

    export_refiner(network, tmp_path / "refiner.onnx")
    whole = network(image, mask)
    rows = slice(40, 80)
    tall = {k: F.interpolate(coarse[k], (96, 256), mode="bilinear")[:, :, rows] for k in ("base", "features")}
    out = run(
        tmp_path / "refiner.onnx",
        image=image[:, :, rows],
        mask=mask[:, :, rows],
        table_image=whole.lut_image[:, :, rows],
        **tall,
    )
    close(out["harmonized"][:, :, 2:-2], whole.image[:, :, 42:78])


def test_a_failed_export_leaves_what_was_there(parity, tmp_path, monkeypatch):
    network = parity("harmonizer").network
    target = tmp_path / "network.onnx"
    target.write_bytes(b"before")
    monkeypatch.setattr(type(network), "arguments", lambda *_: np.zeros(3))
    with pytest.raises(RuntimeError):
        export_onnx(network, target)
    assert [path.name for path in tmp_path.iterdir()] == ["network.onnx"]
    assert target.read_bytes() == b"before"

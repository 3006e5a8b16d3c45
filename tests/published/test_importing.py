import json
import pickle
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs the extra train")

from accord.core.errors import BadInputError, WeightsError  # noqa: E402
from accord.engine.weights import stored, weights_folder  # noqa: E402
from accord.methods.published.importing import import_weights  # noqa: E402

METHOD, NETWORK = "idih-improved-dih", "improved_dih256"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ACCORD_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights" / METHOD


@pytest.fixture
def tensors(random_checkpoint):
    return torch.load(random_checkpoint(NETWORK), weights_only=True)


def test_a_checkpoint_becomes_onnx_files_and_a_card(random_checkpoint, folder):
    assert import_weights(random_checkpoint(NETWORK), METHOD) == folder
    card, paths = stored(METHOD)
    assert (card.method, card.network, card.licence) == (METHOD, NETWORK, "MPL-2.0")
    assert card.repository == "SamsungLabs/image_harmonization"
    assert card.difference < 1e-3
    assert list(paths) == ["network"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(["card.json", "card.md", paths["network"].name])
    text = (folder / "card.md").read_text()
    assert card.checkpoint_sha256 in text
    assert "| licence of the authors' weights | MPL-2.0 |" in text


def test_safetensors_give_the_same_network(random_checkpoint, tensors, folder, tmp_path):
    safetensors = pytest.importorskip("safetensors.torch")
    safetensors.save_file({key: value.contiguous() for key, value in tensors.items()}, tmp_path / "x.safetensors")
    import_weights(random_checkpoint(NETWORK), METHOD)
    first = stored(METHOD)[1]
    import_weights(tmp_path / "x.safetensors", METHOD)
    assert stored(METHOD)[1] == first


def test_new_weights_take_the_place_of_old_ones(random_checkpoint, tensors, folder, tmp_path):
    import_weights(random_checkpoint(NETWORK), METHOD)
    before = stored(METHOD)[1]["network"]
    tensors["decoder.to_rgb.bias"] += 0.25
    torch.save(tensors, tmp_path / "other.pth")
    import_weights(tmp_path / "other.pth", METHOD)
    after = stored(METHOD)[1]["network"]
    assert after != before
    assert [path.name for path in folder.glob("*.onnx")] == [after.name]


def test_missing_extra_and_misshaped_keys_are_named_and_nothing_changes(
    random_checkpoint, tensors, folder, tmp_path, accord_cli
):
    import_weights(random_checkpoint(NETWORK), METHOD)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    del tensors["decoder.to_rgb.bias"]
    tensors["decoder.to_hsv.bias"] = torch.zeros(3)
    tensors["decoder.to_rgb.weight"] = torch.zeros(3, 32, 3, 3)
    torch.save(tensors, tmp_path / "broken.pth")
    code, out, err = accord_cli("weights", "import", tmp_path / "broken.pth", "--method", METHOD)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "missing decoder.to_rgb.bias" in err
    assert "unexpected decoder.to_hsv.bias" in err
    assert "decoder.to_rgb.weight is (3, 32, 3, 3) instead of (3, 32, 1, 1)" in err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_weights_that_break_down_are_refused_and_leave_nothing(tensors, folder, tmp_path):
    tensors["decoder.to_rgb.bias"][:] = float("nan")
    torch.save(tensors, tmp_path / "nan.pth")
    with pytest.raises(WeightsError, match="differs from PyTorch by nan"):
        import_weights(tmp_path / "nan.pth", METHOD)
    assert list(folder.iterdir()) == []


class Hostile:
    def __reduce__(self):
        return (Path.touch, (Path(self.target),))


def test_code_in_a_checkpoint_is_not_run(folder, tmp_path):
    hostile = Hostile()
    hostile.target = str(tmp_path / "ran")
    torch.save({"weight": hostile}, tmp_path / "hostile.pth")
    (tmp_path / "plain.pth").write_bytes(pickle.dumps(hostile))
    for name in ("hostile.pth", "plain.pth"):
        with pytest.raises(WeightsError, match="is not a checkpoint of plain tensors") as caught:
            import_weights(tmp_path / name, METHOD)
        assert "weights_only" not in str(caught.value)  # no advice to run it after all
    assert not (tmp_path / "ran").exists()
    assert not folder.exists()


@pytest.mark.parametrize("name", ["x.pth", "x.safetensors"])
def test_files_that_are_no_checkpoints_are_one_line(name, tmp_path, accord_cli):
    (tmp_path / name).write_bytes(b"not a checkpoint" * 9)
    code, _, err = accord_cli("weights", "import", tmp_path / name, "--method", METHOD)
    assert code == 1
    assert err.startswith("Error: ")
    assert "is not a checkpoint of plain tensors" in err
    assert len(err) < 500


def test_a_checkpoint_that_is_no_state_dict_is_refused(tmp_path):
    torch.save([torch.zeros(3)], tmp_path / "list.pth")
    with pytest.raises(WeightsError, match="holds a list, wanted a state dict"):
        import_weights(tmp_path / "list.pth", METHOD)


def test_a_missing_file_and_a_method_without_weights_are_refused(tmp_path):
    with pytest.raises(BadInputError, match=r"none\.pth does not exist"):
        import_weights(tmp_path / "none.pth", METHOD)
    with pytest.raises(BadInputError, match=r"mkl takes no imported weights\. These do: harmonizer, "):
        import_weights(tmp_path / "none.pth", "mkl")


def test_the_command_says_where_and_under_what_licence(random_checkpoint, folder, accord_cli):
    code, out, err = accord_cli("weights", "import", random_checkpoint(NETWORK), "--method", METHOD)
    assert (code, err) == (0, "")
    where, licence = out.splitlines()
    assert where.startswith(f"{folder}: {METHOD} is ready; 8,301,284 parameters, ")
    assert licence == "licence of the authors' weights: MPL-2.0 (github.com/SamsungLabs/image_harmonization)"


def test_damaged_folders_are_named(random_checkpoint, folder):
    import_weights(random_checkpoint(NETWORK), METHOD)
    stored(METHOD)[1]["network"].unlink()
    with pytest.raises(WeightsError, match="is gone: import the weights again"):
        stored(METHOD)
    (folder / "card.json").write_text(json.dumps({"method": METHOD}))
    with pytest.raises(WeightsError, match=r"card\.json cannot be read"):
        stored(METHOD)


def test_a_folder_that_cannot_be_written_names_the_way_out(random_checkpoint, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ACCORD_WEIGHTS", str(tmp_path / "file"))
    with pytest.raises(WeightsError, match="Set ACCORD_WEIGHTS to a folder that can be written"):
        import_weights(random_checkpoint(NETWORK), METHOD)


@pytest.mark.parametrize(
    ("platform", "variable", "below"),
    [
        ("linux", "XDG_DATA_HOME", "accord/weights"),
        ("win32", "LOCALAPPDATA", "accord/weights"),
        ("linux", None, ".local/share/accord/weights"),
        ("darwin", None, "Library/Application Support/accord/weights"),
    ],
)
def test_the_folder_is_where_the_system_keeps_a_user_s_data(platform, variable, below, tmp_path, monkeypatch):
    monkeypatch.delenv("ACCORD_WEIGHTS")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    if variable:
        monkeypatch.setenv(variable, str(tmp_path))
    assert weights_folder() == tmp_path / below

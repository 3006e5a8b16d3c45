"""The nodes for ComfyUI in graphs: by its contract always, in its own executor where there is a checkout of it."""

from __future__ import annotations

import itertools
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from skimage import data, draw

import accord

sys.path.insert(0, str(Path(__file__).parent))
PACKAGE = Path(__file__).parents[2] / "integrations" / "comfyui"
HARMONIZE = {
    "method": "mkl",
    "strength": 1.0,
    "reference": "background",
    "colour_maps": "each picture its own",
    "when_needed": False,
    "encoding": "srgb",
}
COMPOSE = {
    "x": 0.4,
    "y": 0.5,
    "scale": 0.0,
    "rotation": 0.0,
    "flip": False,
    "opacity": 1.0,
    "feather": 0.0,
    "blend": "linear",
    "edges": "local",
    "mask_is": "white on the foreground",
    "encoding": "srgb",
}


@pytest.fixture(scope="session")
def photo():
    """Give (96, 144, 3) float32, display-encoded."""
    return np.ascontiguousarray(data.coffee()[:384:4, :576:4]).astype(np.float32) / 255


@pytest.fixture(scope="session")
def mask(photo):
    cover = np.zeros(photo.shape[:2], np.float32)
    cover[draw.disk((48, 70), 30)] = 1
    return cover


@pytest.fixture(scope="session")
def composite(photo, mask):
    return photo * (1 - mask[..., None]) + mask[..., None] * photo[::-1] ** 1.6 * np.float32([0.6, 0.8, 1.0])


@pytest.fixture
def graph(executor, tmp_path):
    return Graph(executor, tmp_path)


_FILES = itertools.count(1)


class Graph:
    """A graph under construction: nodes are added, then all of it is run."""

    def __init__(self, executor, folder) -> None:
        self._executor, self.folder, self.nodes = executor, folder, {}
        self._numbers = itertools.count(1)

    def add(self, kind, **inputs) -> str:
        name = str(next(self._numbers))
        self.nodes[name] = {"class_type": kind, "inputs": inputs}
        return name

    def give(self, array, *, half=False):
        """Give the links to an array as IMAGE and as MASK."""
        path = self.folder / f"in{next(_FILES)}.npy"  # a name twice would be taken from the executor's cache
        np.save(path, array)
        name = self.add("GiveArray", path=str(path), half=half)
        return [name, 0], [name, 1]

    def image(self, array, **how):
        return self.give(array, **how)[0]

    def mask(self, array):
        return self.give(array)[1]

    def keep(self, name, slot=0, kind="KeepTensor"):
        path = self.folder / f"out{len(self.nodes)}"
        self.add(kind, value=[name, slot], path=str(path))
        return path

    def run(self):
        outcome = self._executor.run(self.nodes)
        assert outcome["ran"], outcome["error"]
        return outcome

    def refused(self):
        outcome = self._executor.run(self.nodes)
        assert not outcome["ran"]
        return outcome["error"]


def kept(path, index=""):
    return np.load(f"{path}{index}.npy")


def wanted(composite, mask, **asked):
    from accord.io import as_picture

    done = accord.harmonize(as_picture(composite, encoding="srgb"), mask, method="mkl", **asked)
    return np.clip(done.image, 0, 1)


def test_a_picture_is_harmonized_as_the_library_does(graph, composite, mask):
    done = graph.add("AccordHarmonize", image=graph.image(composite[None]), mask=graph.mask(mask[None]), **HARMONIZE)
    path = graph.keep(done)
    outcome = graph.run()
    result = kept(path)
    assert result.shape == (1, 96, 144, 3)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result[0], wanted(composite, mask))
    np.testing.assert_array_equal(result[0][mask == 0], composite[mask == 0])
    assert outcome["progress"] > 0


def test_a_mask_goes_with_every_picture_of_a_batch(graph, composite, photo, mask):
    batch = np.stack([composite, photo[:, ::-1], composite**1.2])
    done = graph.add("AccordHarmonize", image=graph.image(batch), mask=graph.mask(mask[None]), **HARMONIZE)
    path = graph.keep(done)
    graph.run()
    for result, picture in zip(kept(path), batch, strict=True):
        np.testing.assert_array_equal(result, wanted(picture, mask))


def test_a_picture_goes_with_every_mask_of_a_batch(graph, composite, mask):
    masks = np.stack([mask, np.roll(mask, 20, axis=1)])
    done = graph.add("AccordHarmonize", image=graph.image(composite[None]), mask=graph.mask(masks), **HARMONIZE)
    path = graph.keep(done)
    graph.run()
    for result, cover in zip(kept(path), masks, strict=True):
        np.testing.assert_array_equal(result, wanted(composite, cover))


@pytest.mark.parametrize("shape", ["(H, W)", "(B, 1, H, W)", "(B, H, W, 1)"])
def test_masks_come_in_the_shapes_that_nodes_give(graph, composite, mask, shape):
    given = {"(H, W)": mask, "(B, 1, H, W)": mask[None, None], "(B, H, W, 1)": mask[None, ..., None]}[shape]
    done = graph.add("AccordHarmonize", image=graph.image(composite[None]), mask=graph.mask(given), **HARMONIZE)
    path = graph.keep(done)
    graph.run()
    np.testing.assert_array_equal(kept(path)[0], wanted(composite, mask))


def test_one_map_for_a_batch(graph, composite, mask):
    batch = np.stack([composite, composite**1.3])
    asked = HARMONIZE | {"colour_maps": "one for the whole batch"}
    done = graph.add("AccordHarmonize", image=graph.image(batch), mask=graph.mask(mask[None]), **asked)
    # The map of the batch, on the first picture alone.
    again = graph.add(
        "AccordApplyColourMap",
        image=graph.image(composite[None]),
        mask=graph.mask(mask[None]),
        colour_map=[done, 1],
        strength=1.0,
        encoding="srgb",
    )
    both, alone = graph.keep(done), graph.keep(again)
    graph.run()
    np.testing.assert_array_equal(kept(both)[0], kept(alone)[0])
    assert np.abs(kept(both)[0] - wanted(composite, mask)).max() > 0.01


def test_frames_without_the_foreground_stay_as_they_are(graph, composite, mask):
    masks = np.stack([mask, np.zeros_like(mask)])
    batch = np.stack([composite, composite])
    for maps in ("each picture its own", "one for the whole batch"):
        asked = HARMONIZE | {"colour_maps": maps}
        done = graph.add("AccordHarmonize", image=graph.image(batch), mask=graph.mask(masks), **asked)
        path = graph.keep(done)
        graph.run()
        np.testing.assert_array_equal(kept(path)[1], composite)
        assert np.abs(kept(path)[0] - composite).max() > 0.01


def test_pictures_of_several_sizes_come_as_a_list(graph, composite, mask):
    sizes = {0: (96, 144), 1: (60, 100), 2: (50, 50)}
    for index, (height, width) in sizes.items():
        np.save(graph.folder / f"image{index}.npy", composite[None, :height, :width])
        np.save(graph.folder / f"mask{index}.npy", mask[None, :height, :width])
    given = graph.add("GiveList", folder=str(graph.folder))
    done = graph.add("AccordHarmonize", image=[given, 0], mask=[given, 1], **HARMONIZE)
    path = graph.keep(done)
    graph.run()
    for index, (height, width) in sizes.items():
        result = kept(path, index or "")[0]
        assert result.shape == (height, width, 3)
        np.testing.assert_array_equal(result, wanted(composite[:height, :width], mask[:height, :width]))


def test_alpha_light_and_half_floats_stay_what_they_are(graph, composite, mask):
    alpha = np.linspace(0.5, 1, 144, dtype=np.float32)[None, :].repeat(96, 0)[..., None]
    with_alpha = graph.keep(
        graph.add(
            "AccordHarmonize",
            image=graph.image(np.concatenate([composite, alpha], axis=-1)[None]),
            mask=graph.mask(mask[None]),
            **HARMONIZE,
        )
    )
    light = (composite**2.2 * 4).astype(np.float32)
    linear = graph.keep(
        graph.add(
            "AccordHarmonize",
            image=graph.image(light[None]),
            mask=graph.mask(mask[None]),
            **HARMONIZE | {"encoding": "linear"},
        )
    )
    half = graph.keep(
        graph.add(
            "AccordHarmonize",
            image=graph.image(composite[None], half=True),
            mask=graph.mask(mask[None]),
            **HARMONIZE,
        )
    )
    graph.run()
    np.testing.assert_array_equal(kept(with_alpha)[0, ..., 3:], alpha)
    np.testing.assert_array_equal(kept(linear)[0], accord.harmonize(light, mask, method="mkl").image)
    assert kept(linear).max() > 1
    assert kept(half).dtype == np.float16
    np.testing.assert_array_equal(kept(half)[0][mask == 0], composite.astype(np.float16)[mask == 0])


def test_what_is_in_range_stays_in_range(graph, composite, mask):
    bright = np.clip(composite * 1.4, 0, 1)
    path = graph.keep(
        graph.add("AccordHarmonize", image=graph.image(bright[None]), mask=graph.mask(mask[None]), **HARMONIZE)
    )
    graph.run()
    assert kept(path).min() >= 0
    assert kept(path).max() <= 1


def test_another_part_of_the_background_counts(graph, composite, mask):
    right = np.zeros_like(mask)
    right[:, 110:] = 1
    path = graph.keep(
        graph.add(
            "AccordHarmonize",
            image=graph.image(composite[None]),
            mask=graph.mask(mask[None]),
            reference_mask=graph.mask(right[None]),
            **HARMONIZE,
        )
    )
    graph.run()
    np.testing.assert_array_equal(kept(path)[0], wanted(composite, mask, reference=right))


def test_a_cut_out_is_composed_and_its_layer_harmonized(graph, photo):
    from accord.io import as_picture

    cut = np.concatenate([photo[20:60, 40:90] * np.float32(0.5), np.ones((40, 50, 1), np.float32)], axis=-1)
    cut[:, :6, 3] = np.linspace(0.1, 0.9, 6)
    scene = graph.add(
        "AccordCompose", background=graph.image(photo[None]), foreground=graph.image(cut[None]), **COMPOSE
    )
    done = graph.add("AccordHarmonizeScene", scene=[scene, 2], method="mkl", strength=1.0, reference="ring")
    flat, cover, result = graph.keep(scene, 0), graph.keep(scene, 1), graph.keep(done)
    graph.run()
    own = accord.compose(as_picture(photo, encoding="srgb"), as_picture(cut, encoding="srgb"), at=(0.4, 0.5))
    np.testing.assert_array_equal(kept(flat)[0], np.clip(own.picture().pixels, 0, 1))
    np.testing.assert_array_equal(kept(cover)[0], own.mask)
    harmonized = accord.harmonize(own, method="mkl", reference="ring").image
    np.testing.assert_array_equal(kept(result)[0], np.clip(harmonized, 0, 1))


def test_load_image_s_mask_of_a_cut_out_is_taken_the_other_way_round(graph, photo):
    cover = np.zeros((40, 50), np.float32)
    cover[5:35, 5:45] = 1
    links = {"background": graph.image(photo[None]), "foreground": graph.image(photo[None, 20:60, 40:90])}
    paths = []
    for given, mask_is in ((cover, "white on the foreground"), (1 - cover, "white around it (Load Image)")):
        asked = COMPOSE | {"mask_is": mask_is}
        paths.append(
            graph.keep(graph.add("AccordCompose", foreground_mask=graph.mask(given[None]), **links, **asked), 1)
        )
    graph.run()
    np.testing.assert_array_equal(kept(paths[0]), kept(paths[1]))
    assert kept(paths[0]).sum() == pytest.approx(1200, rel=0.02)


def test_composites_are_inspected(graph, composite, mask):
    done = graph.add("AccordInspect", image=graph.image(composite[None]), mask=graph.mask(mask[None]), encoding="srgb")
    verdict, report, figures = (graph.keep(done, slot, "KeepText") for slot in range(3))
    outcome = graph.run()
    from accord.io import as_picture

    own = accord.inspect(as_picture(composite, encoding="srgb"), mask)
    assert verdict.read_text() == own.verdict
    assert json.loads(figures.read_text()) == [json.loads(json.dumps(own.to_dict()))]
    assert "exposure" in report.read_text()
    assert outcome["shown"][done]["text"] == [report.read_text()]


def test_a_colour_map_is_saved_loaded_and_applied_again(graph, executor, composite, mask):
    done = graph.add("AccordHarmonize", image=graph.image(composite[None]), mask=graph.mask(mask[None]), **HARMONIZE)
    saved = {
        suffix: graph.add("AccordSaveColourMap", colour_map=[done, 1], filename_prefix="maps/warm", file_format=suffix)
        for suffix in (".json", ".cube", ".cc")
    }
    paths = {suffix: graph.keep(name, 0, "KeepText") for suffix, name in saved.items()}
    straight = graph.keep(done)
    said = graph.run()["shown"]
    files = {suffix: Path(path.read_text()) for suffix, path in paths.items()}
    assert all(file.is_file() and file.suffix == suffix for suffix, file in files.items())
    assert "the map itself" in said[saved[".cube"]]["text"][0]
    assert re.search(r"off by \d\.\d\d of 255", said[saved[".cc"]]["text"][0])
    again = Graph(executor, graph.folder)
    name = files[".json"].relative_to(executor.folder / "output")
    loaded = again.add("AccordLoadColourMap", path=str(name))
    path = again.keep(
        again.add(
            "AccordApplyColourMap",
            image=again.image(composite[None]),
            mask=again.mask(mask[None]),
            colour_map=[loaded, 0],
            strength=1.0,
            encoding="srgb",
        )
    )
    again.run()
    np.testing.assert_array_equal(kept(path), kept(straight))


def test_a_file_is_read_again_only_when_it_changes(graph, executor, composite, mask):
    from accord.transforms import Affine

    file = executor.folder / "input" / f"{graph.folder.name}.json"
    path = graph.keep(
        graph.add(
            "AccordApplyColourMap",
            image=graph.image(composite[None]),
            mask=graph.mask(mask[None]),
            colour_map=[graph.add("AccordLoadColourMap", path=file.name), 0],
            strength=1.0,
            encoding="srgb",
        )
    )
    for gain in (0.5, 0.8):
        file.write_text(json.dumps(Affine.gain_offset(gain).to_dict()))
        graph.run()
        inside = mask == 1
        np.testing.assert_allclose(kept(path)[0][inside], composite[inside] * gain, atol=1e-6)
    assert len(graph.run()["cached"]) == len(graph.nodes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mask": np.zeros((1, 64, 64), np.float32)}, ["64 x 64", "144 x 96", "Load Image"]),
        ({"mask": np.ones((1, 144, 96), np.float32)}, ["transposed"]),
        ({"mask": np.ones((1, 48, 72), np.float32)}, ["72 x 48", "144 x 96", "Resize"]),
        ({"mask": np.zeros((1, 96, 144), np.float32)}, ["0 everywhere", "no foreground"]),
        ({"mask": np.full((1, 96, 144), 255, np.float32)}, ["255", "coverage from 0 to 1"]),
        ({"image": np.full((1, 96, 144, 3), np.nan, np.float32)}, ["NaN"]),
        ({"image": np.zeros((96, 144, 3), np.float32)}, ["(96, 144, 3)", "IMAGE"]),
        (
            {"image": np.zeros((2, 96, 144, 3), np.float32), "mask": np.ones((3, 96, 144), np.float32)},
            ["image 2, mask 3"],
        ),
    ],
)
def test_what_cannot_be_used_is_told_in_the_node(graph, composite, mask, change, words):
    given = {"image": composite[None], "mask": mask[None]} | change
    done = graph.add("AccordHarmonize", image=graph.image(given["image"]), mask=graph.mask(given["mask"]), **HARMONIZE)
    graph.keep(done)
    error = graph.refused()
    for word in words:
        assert word in error
    assert "Traceback" not in error


def test_errors_of_a_batch_name_the_picture(graph, composite, mask):
    masks = np.stack([mask, np.ones_like(mask)])
    graph.keep(graph.add("AccordHarmonize", image=graph.image(composite[None]), mask=graph.mask(masks), **HARMONIZE))
    assert "picture 2 of 2" in graph.refused()


@pytest.mark.parametrize("change", [{"method": "mlk"}, {"strength": 1.5}])
def test_settings_are_refused_before_anything_runs(graph, composite, mask, change):
    asked = HARMONIZE | change
    graph.keep(graph.add("AccordHarmonize", image=graph.image(composite[None]), mask=graph.mask(mask[None]), **asked))
    assert str(next(iter(change.values()))) in graph.refused()


def test_a_missing_file_is_told_before_anything_runs(graph, composite, mask):
    loaded = graph.add("AccordLoadColourMap", path="nowhere.json")
    graph.keep(
        graph.add(
            "AccordApplyColourMap",
            image=graph.image(composite[None]),
            mask=graph.mask(mask[None]),
            colour_map=[loaded, 0],
            strength=1.0,
            encoding="srgb",
        )
    )
    assert "nowhere.json" in graph.refused()


def test_the_shipped_graphs_name_nodes_and_inputs_that_there_are(executor):
    from small_executor import _loaded

    classes = _loaded(PACKAGE).NODE_CLASS_MAPPINGS
    for path in sorted((PACKAGE / "workflows").glob("*.json")):
        graph = json.loads(path.read_text(encoding="utf-8"))
        own = [node for node in graph.values() if node["class_type"].startswith("Accord")]
        assert own
        for node in own:
            declared = classes[node["class_type"]].INPUT_TYPES()
            assert declared["required"].keys() <= node["inputs"].keys()
            assert node["inputs"].keys() <= declared["required"].keys() | declared.get("optional", {}).keys()

"""Composites made on the fly: seeded, sound, and true outside the foreground."""

import csv
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from accord.cli.main import main
from accord.core.errors import BadInputError
from accord.data import recolour, synthesis
from accord.data.damage import damaged
from accord.data.photos import PhotoBank, held_out, list_photos
from accord.data.synthesis import FAMILIES, SynthesisSettings, Synthesizer
from accord.data.writing import write_composites


@pytest.fixture(scope="module")
def bank(photos):
    return PhotoBank.load(list_photos(photos), 64)


def test_the_same_seed_gives_the_same_batch_and_another_seed_another(bank):
    one, two, other = (Synthesizer(bank, 48).batch(6, seed) for seed in (1, 1, 2))
    assert torch.equal(one.composite, two.composite)
    assert torch.equal(one.real, two.real)
    assert not torch.equal(one.composite, other.composite)


def test_a_batch_has_the_count_asked_for_and_lies_in_range(bank):
    batch = Synthesizer(bank, 48).batch(20, seed=3)
    assert batch.composite.shape == batch.real.shape == (20, 3, 48, 48)
    for values in (batch.composite, batch.real, batch.mask):
        assert torch.isfinite(values).all()
        assert values.min() >= 0
        assert values.max() <= 1


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_changes_the_foreground_and_leaves_the_background(bank, family):
    settings = SynthesisSettings(families={family: 1.0}, shading=0.0, any_region=0.0)
    if family == "illum":
        pytest.skip("needs measured illuminants; see the test with them below")
    batch = Synthesizer(bank, 48, settings).batch(6, seed=4)
    difference = (batch.composite - batch.real).abs()
    far = torch.nn.functional.max_pool2d(batch.mask, 5, 1, 2) == 0
    assert (difference * far).max() < 1e-6
    inside = (difference * batch.mask).sum((1, 2, 3))
    assert (inside > 0).all() if family != "match" else (inside == 0).all()


def test_measured_illuminants_are_used(bank, tmp_path):
    identity = np.zeros((2, 3, 11), np.float32)
    identity[:, [0, 1, 2], [0, 1, 2]] = 1
    warmer = identity * np.array([1.2, 1, 0.7], np.float32)[:, None]
    np.savez(tmp_path / "lights.npz", to_standard=identity, from_standard=warmer)
    settings = SynthesisSettings(families={"illum": 1.0}, swap=0, partial=0, shading=0, whole_scene=0)
    batch = Synthesizer(bank, 48, settings, tmp_path / "lights.npz").batch(4, seed=1)
    ratio = ((batch.composite * batch.mask).sum((2, 3)) / (batch.real * batch.mask).sum((2, 3))).mean(0)
    assert ratio[0] > 1.1
    assert ratio[2] < 0.8


@pytest.mark.parametrize("name", ["mean_deviation", "histogram"])
def test_recolouring_towards_itself_changes_little(name):
    pixels = torch.rand(2, 3, 4000, generator=torch.Generator().manual_seed(1)) * 0.6 + 0.2
    samples = pixels.transpose(1, 2)
    assert (getattr(recolour, name)(pixels, samples, samples) - pixels).abs().max() < 0.03


@pytest.mark.parametrize("by_rank", [True, False])
def test_covariance_takes_the_targets_mean_and_spread(by_rank):
    generator = torch.Generator().manual_seed(1)
    pixels = torch.randn(1, 3, 5000, generator=generator) * torch.tensor([0.1, 0.2, 0.05])[:, None] + 0.4
    target = torch.randn(1, 5000, 3, generator=generator) * torch.tensor([0.2, 0.1, 0.1]) + 0.6
    got = recolour.covariance(pixels, pixels.transpose(1, 2), target, by_rank=by_rank)
    torch.testing.assert_close(got.mean(2)[0], target.mean(1)[0], atol=1e-3, rtol=0)
    torch.testing.assert_close(torch.cov(got[0]), torch.cov(target[0].T), atol=2e-3, rtol=0)


@pytest.mark.parametrize("kind", ["jpeg", "noise"])
def test_damage_is_of_whole_pictures_and_leaves_the_truth_and_other_composites(bank, kind):
    clean = Synthesizer(bank, 32).batch(12, seed=3)
    settings = SynthesisSettings(**{kind: 0.5})
    one, two = (Synthesizer(bank, 32, settings).batch(12, seed=3) for _ in range(2))
    assert torch.equal(one.composite, two.composite)
    for name in ("real", "mask", "family"):
        assert torch.equal(getattr(one, name), getattr(clean, name))
    moved = (one.composite - clean.composite).abs().mean(1)
    hit = moved.amax((1, 2)) > 0
    assert 0 < hit.sum() < 12
    outside = clean.mask[:, 0] == 0
    assert all(moved[row][outside[row]].max() > 0 for row in hit.nonzero()[:, 0])
    assert moved.mean() < 0.05


def test_noise_has_at_most_the_deviation_told_and_jpeg_is_as_pillow_writes_it():
    grey = torch.full((40, 3, 32, 32), 0.5)
    noisy = torch.arange(40) < 30
    got = damaged(grey, noisy, torch.zeros(40, dtype=torch.bool), torch.Generator().manual_seed(1))
    deviation = (got - got.mean((2, 3), keepdim=True)).std((1, 2, 3))
    assert deviation[noisy].max() < 0.021
    assert deviation[noisy].max() > 0.015
    assert (got[~noisy] == 128 / 255).all()

    colours = (torch.rand(6, 3, 16, 16, generator=torch.Generator().manual_seed(2)) * 255).round() / 255
    every = torch.ones(6, dtype=torch.bool)
    got = damaged(colours, ~every, every, torch.Generator().manual_seed(1))
    errors = (got - colours).square().mean((1, 2, 3)).sqrt()
    assert (errors > 0).all()
    assert errors.max() > 3 * errors.min()  # colour at half size costs random pixels most


@pytest.mark.parametrize("share", [-0.1, 60])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(BadInputError, match=f"jpeg is {share}, wanted a share from 0 to 1"):
        SynthesisSettings(jpeg=share)


def test_lab_round_trip():
    rgb = torch.rand(50, 3, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(recolour.from_lab(recolour.to_lab(rgb)), rgb, atol=2e-4, rtol=0)


def test_a_set_on_disk_can_be_stopped_and_is_read_by_evaluate(bank, tmp_path):
    from accord.evaluation.dataset import read_dataset

    synthesizer = Synthesizer(bank, 48)
    next(iter(write_composites(synthesizer, tmp_path / "set", 20, seed=9)))
    assert list(write_composites(synthesizer, tmp_path / "set", 20, seed=9))[-1] == 20
    list(write_composites(synthesizer, tmp_path / "again", 20, seed=9))
    names = sorted(path.relative_to(tmp_path / "set") for path in (tmp_path / "set").rglob("*.png"))
    assert all((tmp_path / "set" / name).read_bytes() == (tmp_path / "again" / name).read_bytes() for name in names)
    with (tmp_path / "set" / "index.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 20
    assert len(read_dataset(tmp_path / "set")) >= 20
    with pytest.raises(BadInputError, match="seed 9"):
        next(iter(write_composites(synthesizer, tmp_path / "set", 20, seed=10)))


def test_a_set_on_disk_has_the_count_asked_for(bank, tmp_path):
    synthesizer, folder = Synthesizer(bank, 48), tmp_path / "set"
    assert list(write_composites(synthesizer, folder, 5, seed=9)) == [5]
    assert [len(list((folder / part).iterdir())) for part in ("composite_images", "masks", "real_images")] == [5, 5, 5]
    assert list(write_composites(synthesizer, folder, 18, seed=9)) == [16, 18]
    with pytest.raises(BadInputError, match="holds 18 composites already, 5 were wanted"):
        next(write_composites(synthesizer, folder, 5, seed=9))


def test_other_photos_lights_and_settings_want_another_folder(bank, tmp_path):
    list(write_composites(Synthesizer(bank, 48), tmp_path, 2, seed=9))
    identity = np.zeros((1, 3, 11), np.float32)
    np.savez(tmp_path / "lights.npz", to_standard=identity, from_standard=identity)
    others = (
        Synthesizer(replace(bank, masks=bank.masks[::-1].copy()), 48),
        Synthesizer(bank, 48, illuminants=tmp_path / "lights.npz"),
        Synthesizer(bank, 48, SynthesisSettings(rough=0.0)),
    )
    for other in others:
        with pytest.raises(BadInputError, match="the same photos and settings"):
            next(write_composites(other, tmp_path, 4, seed=9))


def test_another_seed_writes_another_set(bank, tmp_path):
    for seed in (1, 2):  # a CPU's generator takes no more than the lowest 32 bits of a seed
        list(write_composites(Synthesizer(bank, 48), tmp_path / str(seed), 1, seed=seed))
    one, two = ((tmp_path / seed / "real_images" / "made000000.png").read_bytes() for seed in ("1", "2"))
    assert one != two


def test_a_set_made_by_command_has_the_truths_background_outside_its_masks(photos, tmp_path):
    done = CliRunner().invoke(
        main, ["synthesize", str(photos), "-o", str(tmp_path), "--count", "40", "--size", "48"], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    for composite in (tmp_path / "composite_images").iterdir():
        name = composite.stem.removesuffix("_1_1")
        files = composite, tmp_path / "real_images" / f"{name}.png", tmp_path / "masks" / f"{name}_1.png"
        made, real, mask = (np.asarray(Image.open(file)) for file in files)
        assert (made[mask == 0] == real[mask == 0]).all()


def test_rough_is_how_many_masks_are_not_what_was_recoloured(bank):
    exact, half, users = (
        Synthesizer(bank, 48, SynthesisSettings(rough=rough)).batch(60, 1) for rough in (0.0, 0.5, 1.0)
    )
    assert torch.equal(exact.composite, users.composite)
    counts = [int((made.mask != exact.mask).any(3).any(2).sum()) for made in (half, users)]
    assert 0 < counts[0] < counts[1] < 40


def test_rough_masks_are_off_by_up_to_a_hundredth_of_the_side(bank):
    exact, users = (Synthesizer(bank, 200, SynthesisSettings(rough=rough)).batch(40, 1).mask for rough in (0.0, 1.0))
    wider = [torch.nn.functional.max_pool2d(exact, 2 * pixels + 1, 1, pixels) for pixels in (0, 1, 2)]
    off = [(users > made).any(3).any(2) for made in wider]
    assert off[0].sum() > off[1].sum() > off[2].sum() == 0


def test_objects_take_the_colours_of_others_of_their_kind(bank):
    reddish = np.arange(len(bank.images)) % 2 == 0
    tint = np.where(reddish[:, None], [1.0, 0.5, 0.4], [0.4, 0.5, 1.0])[:, None, None]
    tinted = replace(bank, images=(bank.images * tint).astype(np.uint8), kinds=reddish[bank.owner].astype(int))
    settings = SynthesisSettings({"xiao": 1.0}, whole_scene=0, swap=0, partial=0, shading=0, any_region=0)

    def turned(alike, made_of):
        made = Synthesizer(made_of, 48, replace(settings, alike=alike)).batch(20, seed=1)
        before, after = (
            ((picture[:, 0] - picture[:, 2]) * made.mask[:, 0]).sum((1, 2)) for picture in (made.real, made.composite)
        )
        return int((before * after < 0).sum())

    unknown = replace(tinted, kinds=np.full_like(tinted.kinds, -1))
    assert turned(1.0, tinted) == 0
    assert turned(0.5, tinted) < turned(0.0, tinted) == turned(0.0, unknown)
    assert turned(1.0, unknown) > 4


@pytest.mark.parametrize(
    ("columns", "kinds"),
    [
        ("label", ("cup", "", "cup")),
        ("kind", ("cup", "", "cup")),
        ("label,kind", ("7", "", "7")),
        ("source", ("",) * 3),
    ],
)
def test_an_index_says_what_masks_show(photos, tmp_path, columns, kinds):
    shutil.copytree(photos, tmp_path / "photos")
    fields = "cup" if columns in ("label", "kind") else "cup,7" if columns == "label,kind" else "shop"
    lines = [f"{name},{name}_1,{fields}" for name in ("p0", "p2")]
    (tmp_path / "photos" / "index.csv").write_text("\n".join([f"image,mask,{columns}", *lines]))
    listed = list_photos(tmp_path / "photos")
    assert tuple(photo.kinds[0] for photo in listed if photo.id in ("p0", "p1", "p2")) == kinds
    numbers = PhotoBank.load(listed, 16).kinds
    told = [photo.kinds[0] for photo in listed]
    assert [number >= 0 for number in numbers] == [kind != "" for kind in told]
    assert len(set(numbers)) == len(set(told))


@pytest.mark.parametrize("coverage", [0, 255])
def test_masks_of_which_nothing_can_be_made_are_refused(bank, coverage, monkeypatch):
    monkeypatch.setattr(synthesis, "_IN_VAIN", 20)
    useless = replace(bank, masks=np.full_like(bank.masks, coverage))
    settings = SynthesisSettings(any_region=0.0)
    with pytest.raises(BadInputError, match="none was of use"):
        Synthesizer(useless, 16, settings).batch(10, seed=1)


def test_a_tenth_is_held_out_by_photo(photos):
    kept = [photo.id for photo in held_out(list_photos(photos))]
    assert kept == [photo.id for photo in held_out(list_photos(photos))]
    assert 0 < len(kept) < 15
    assert not set(kept) & {photo.id for photo in held_out(list_photos(photos), tenth=1)}


def test_a_photo_that_is_trained_on_under_another_name_is_not_held_out(photos, tmp_path):
    shutil.copytree(photos, tmp_path / "photos")
    first, *rest = held_out(listed := list_photos(photos))
    trained = next(photo for photo in listed if photo not in (first, *rest))
    shutil.copy(first.image, tmp_path / "photos" / "images" / trained.image.name)
    assert [photo.id for photo in held_out(list_photos(tmp_path / "photos"))] == [photo.id for photo in rest]


def test_iharmony4s_real_images_serve_as_photos(photos, tmp_path):
    (tmp_path / "real_images").symlink_to(photos / "images")
    (tmp_path / "masks").symlink_to(photos / "masks")
    assert [photo.id for photo in list_photos(tmp_path)] == [photo.id for photo in list_photos(photos)]


def published_set(folder, names, lines="", listed="x_test.txt"):
    """Real pictures with one mask each, a list beside them."""
    for part in ("real_images", "masks"):
        (folder / part).mkdir(parents=True)
    for name in names:
        Image.new("RGB", (8, 8)).save(folder / "real_images" / f"{name}.jpg")
        Image.new("L", (8, 8), 255).save(folder / "masks" / f"{name}_a.png")
    if lines:
        (folder / listed).write_text(lines)


def test_a_folder_of_sub_datasets_is_pooled_without_what_is_for_testing(tmp_path):
    published_set(tmp_path / "HCOCO", ["c1", "c2"], "c1_a_1.jpg\n", "HCOCO_train.txt")
    published_set(tmp_path / "HFlickr", ["c1", "f2"], "f2_a_1.jpg\n", "HFlickr_test.txt")
    found = list_photos(tmp_path)
    assert [(photo.id, photo.source) for photo in found] == [("HCOCO/c1", "HCOCO"), ("HFlickr/c1", "HFlickr")]


def test_ccharmonys_list_names_foregrounds(tmp_path):
    published_set(tmp_path, ["IMG_0281", "IMG_0297"], "IMG_0281_a\n", "test_list.txt")
    assert [photo.id for photo in list_photos(tmp_path)] == ["IMG_0297"]


def test_realhms_real_pictures_serve_as_photos(tmp_path):
    (tmp_path / "vendor_testing_1").mkdir()
    for part in ("composite", "mask", "gt"):
        Image.new("L", (8, 8), 255).save(tmp_path / "vendor_testing_1" / f"dog_{part}.jpg")
    (photo,) = list_photos(tmp_path)
    assert photo.id == "vendor_testing_1/dog"
    assert [photo.image.name, photo.masks[0].name] == ["dog_gt.jpg", "dog_mask.jpg"]


def test_a_folder_without_photos_is_refused(tmp_path):
    with pytest.raises(BadInputError, match="images/ID"):
        list_photos(tmp_path)

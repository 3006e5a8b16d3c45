"""Folders of photos with masks: what is found, what is passed over, and how files are read."""

import logging

import numpy as np
import pytest
from PIL import Image

from accord.core.errors import BadInputError
from accord.data import photos
from accord.data.photos import PhotoBank, list_photos

RAMP = np.linspace(0, 255, 12 * 16).reshape(12, 16).astype(np.uint8)


@pytest.fixture
def said(caplog, monkeypatch):
    """Give a function that gives the lines that were logged."""
    monkeypatch.setattr(photos, "_said", set())
    caplog.set_level(logging.WARNING, "accord")
    return lambda: caplog.messages


def object_mask(low=0, high=255, dtype=np.uint8):
    mask = np.full((12, 16), low, dtype)
    mask[:5, 3:9] = high
    return mask


@pytest.fixture
def catalogue(tmp_path):
    """Give a function that writes photos and masks, and gives their folder."""

    def write(images=(), masks=(), **exif):
        for part, files in (("images", dict(images)), ("masks", dict(masks))):
            (tmp_path / part).mkdir(exist_ok=True)
            for name, pixels in files.items():
                Image.fromarray(pixels).save(tmp_path / part / name, **exif)
        return tmp_path

    return write


def photo(shade=0):
    return np.stack([RAMP, RAMP[::-1], np.full_like(RAMP, shade)], -1)


def masks_of(folder):
    return {found.id: [path.name for path in found.masks] for found in list_photos(folder)}


def test_masks_of_labels_are_refused_by_name(catalogue):
    folder = catalogue({"a.png": photo()}, {"a_1.png": object_mask(high=1)})
    with pytest.raises(BadInputError, match=r"a_1\.png: mask is nowhere above 1.*labels"):
        PhotoBank.load(list_photos(folder), 8)


def test_empty_and_full_masks_are_left_out_and_named_once(catalogue, said):
    images = {f"{name}.png": photo(shade) for name, shade in (("a", 10), ("b", 90), ("c", 200))}
    masks = {
        "a_1.png": object_mask(high=0),
        "b_1.png": object_mask(),
        "b_2.png": object_mask(255),
        "c.png": object_mask(),
    }
    folder = catalogue(images, masks)
    bank = PhotoBank.load(list_photos(folder), 8)
    assert bank.images[:, 0, 0, 2].tolist() == [90, 200]
    assert bank.owner.tolist() == [0, 1]
    assert len(bank.masks) == len(bank.sources) == 2
    PhotoBank.load(list_photos(folder), 8)
    assert said() == [
        "left out masks that are black or white everywhere: 2 (a_1.png, b_2.png), and photos with no other mask: 1."
    ]


def test_a_folder_of_nothing_but_empty_masks_is_refused(catalogue):
    folder = catalogue({"a.png": photo()}, {"a_1.png": object_mask(high=0)})
    with pytest.raises(BadInputError, match=r"only masks that are black or white everywhere: 1 \(a_1\.png\)"):
        PhotoBank.load(list_photos(folder), 8)


@pytest.mark.parametrize("orientation", [3, 6])
def test_photos_and_masks_are_read_upright(catalogue, orientation):
    plain = catalogue({"a.png": photo()}, {"a_1.png": object_mask()})
    wanted = PhotoBank.load(list_photos(plain), 8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    quarters = {3: 2, 6: 1}[orientation]
    catalogue({"a.png": np.rot90(photo(), quarters).copy()}, exif=exif)
    got = PhotoBank.load(list_photos(plain), 8)
    np.testing.assert_array_equal(got.images, wanted.images)
    np.testing.assert_array_equal(got.masks, wanted.masks)


def test_sixteen_bits_are_scaled(catalogue):
    grey = np.repeat(RAMP[..., None], 3, -1)
    soft = object_mask(high=128)
    wanted = PhotoBank.load(list_photos(catalogue({"a.png": grey}, {"a_1.png": soft})), 8)
    deep = {"a.png": RAMP.astype(np.uint16) * 257}, {"a_1.png": soft.astype(np.uint16) * 257}
    got = PhotoBank.load(list_photos(catalogue(*deep)), 8)
    np.testing.assert_array_equal(got.images, wanted.images)
    np.testing.assert_array_equal(got.masks, wanted.masks)


def test_a_mask_of_another_size_is_named(catalogue):
    folder = catalogue({"a.png": photo()}, {"a_1.png": object_mask().T.copy()})
    with pytest.raises(BadInputError, match=r"a_1\.png: mask is \(16, 12\), picture is \(12, 16\).*transposed"):
        PhotoBank.load(list_photos(folder), 8)


def test_what_is_passed_over_is_said_once(catalogue, said):
    images = {f"{name}.png": photo() for name in ("a", "b", "c", "d", "lone1", "lone2", "lone3", "lone4")}
    masks = {name: object_mask() for name in ("a_1.png", "b_1.PNG", "c_1.jpg", "d.png", "e_1.png")}
    folder = catalogue(images, masks)
    assert masks_of(folder) == {"a": ["a_1.png"], "b": ["b_1.PNG"], "d": ["d.png"]}
    list_photos(folder)
    assert said() == [
        f"{folder}: photos: 3, masks: 3; passed over: photos without a mask: 5 (c.png, lone1.png, lone2.png, ...); "
        "masks without a photo: 1 (e_1.png); masks that are no .png: 1 (c_1.jpg)."
    ]


def test_nothing_is_said_of_a_whole_folder(catalogue, said):
    folder = catalogue({"a.png": photo()}, {"a_1.png": object_mask()})
    (folder / "masks" / "._a_1.png").write_bytes(b"macOS")
    PhotoBank.load(list_photos(folder), 8)
    assert said() == []


@pytest.mark.parametrize(
    ("masks", "wanted"),
    [
        (["chair_1"], {"chair": ["chair_1.png"]}),
        (["chair_1", "chair_1_1"], {"chair": ["chair_1.png"], "chair_1": ["chair_1_1.png"]}),
        (["chair", "chair_1"], {"chair": ["chair.png"], "chair_1": ["chair_1.png"]}),
    ],
)
def test_a_numbered_mask_goes_to_the_photo_that_it_numbers(catalogue, masks, wanted):
    images = {"chair.png": photo(), "chair_1.png": photo()}
    assert masks_of(catalogue(images, {f"{name}.png": object_mask() for name in masks})) == wanted


def test_an_index_may_have_excels_mark_and_must_be_utf_8_with_commas(catalogue):
    folder = catalogue({"a.png": photo()}, {"a_1.png": object_mask()})
    (folder / "index.csv").write_text("image,source\na,Höfe\n", encoding="utf-8-sig")
    assert list_photos(folder)[0].source == "Höfe"
    (folder / "index.csv").write_text("image,source\na,Höfe\n", encoding="latin-1")
    with pytest.raises(BadInputError, match=r"index\.csv is not UTF-8"):
        list_photos(folder)
    (folder / "index.csv").write_text("image;source\na;Höfe\n", encoding="utf-8")
    with pytest.raises(BadInputError, match=r"'image;source': its columns should be divided by commas"):
        list_photos(folder)


def test_many_photos_are_mapped_from_a_file(catalogue, monkeypatch):
    listed = list_photos(
        catalogue({"a.png": photo(), "b.png": photo(90)}, {"a.png": object_mask(), "b.png": object_mask()})
    )
    wanted = PhotoBank.load(listed, 8)
    monkeypatch.setattr(photos, "_IN_MEMORY", 0)
    got = PhotoBank.load(listed, 8)
    assert isinstance(got.images.base, np.memmap)
    np.testing.assert_array_equal(got.images, wanted.images)
    np.testing.assert_array_equal(got.masks, wanted.masks)


def test_photos_that_nothing_has_room_for_are_refused(catalogue, monkeypatch):
    listed = list_photos(catalogue({"a.png": photo()}, {"a.png": object_mask()}))
    monkeypatch.setattr(photos, "_IN_MEMORY", 0)
    with pytest.raises(BadInputError, match=r"need .* GB in .* TMPDIR"):
        PhotoBank.load(listed, 10**9)

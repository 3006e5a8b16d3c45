"""Finding triplets in iHarmony4's layout."""

import pytest

from accord.core.errors import BadInputError
from accord.evaluation.dataset import read_dataset, spread


@pytest.fixture
def iharmony4(tmp_path, write_triplet):
    root = tmp_path / "iHarmony4"
    write_triplet(root / "HCOCO", "c1_10_1", suffix="jpg")
    write_triplet(root / "HCOCO", "c1_10_2", suffix="jpg")
    write_triplet(root / "Hday2night", "d90-1_1_12", suffix="jpg")
    return root


def names(triplets):
    return [(triplet.subset, triplet.name) for triplet in triplets]


def test_one_folder_needs_no_list(dataset):
    triplets = read_dataset(dataset)
    assert names(triplets) == [("little", name) for name in ("a1_1_1", "a1_1_2", "a1_2_1", "b_2_1_1")]
    assert triplets[3].mask.name == "b_2_1.png"
    assert triplets[3].real.name == "b_2.png"


def test_sub_datasets_come_with_their_names(iharmony4):
    assert names(read_dataset(iharmony4)) == [
        ("HCOCO", "c1_10_1"),
        ("HCOCO", "c1_10_2"),
        ("Hday2night", "d90-1_1_12"),
    ]


def test_the_list_at_the_root_names_sub_datasets(iharmony4):
    lines = "HCOCO/composite_images/c1_10_2.jpg\r\nHday2night/composite_images/d90-1_1_12.jpg\r\n"
    (iharmony4 / "IHD_test.txt").write_text(lines)
    assert names(read_dataset(iharmony4)) == [("HCOCO", "c1_10_2"), ("Hday2night", "d90-1_1_12")]


def test_lists_within_sub_datasets_name_files(iharmony4):
    (iharmony4 / "HCOCO" / "HCOCO_test.txt").write_text("c1_10_2.jpg\n")
    (iharmony4 / "Hday2night" / "Hday2night_test.txt").write_text("d90-1_1_12.jpg\n")
    (iharmony4 / "HCOCO" / "HCOCO_train.txt").write_text("c1_10_1.jpg\n")
    expected = [("HCOCO", "c1_10_2"), ("Hday2night", "d90-1_1_12")]
    assert names(read_dataset(iharmony4)) == expected
    assert names(read_dataset(iharmony4 / "HCOCO")) == expected[:1]


def test_a_list_may_say_jpg_of_a_png_copy(dataset, tmp_path):
    (tmp_path / "mine.txt").write_text("b_2_1_1.jpg\na1_1_2\n")
    assert names(read_dataset(dataset, listed=tmp_path / "mine.txt")) == [("little", "b_2_1_1"), ("little", "a1_1_2")]


def test_partners_may_bear_the_composites_name(dataset):
    (dataset / "masks" / "b_2_1.png").rename(dataset / "masks" / "b_2_1_1.png")
    (dataset / "real_images" / "b_2.png").rename(dataset / "real_images" / "b_2_1_1.png")
    assert read_dataset(dataset)[3].real.name == "b_2_1_1.png"


def test_an_index_adds_facts(dataset):
    (dataset / "index.csv").write_text("composite,family,source\na1_1_2,illum,\n")
    triplets = read_dataset(dataset)
    assert triplets[1].facts == {"family": "illum"}
    assert triplets[0].facts == {}


def test_an_index_that_is_not_utf_8_is_refused(dataset):
    (dataset / "index.csv").write_text("composite,source\na1_1_2,Höfe\n", encoding="latin-1")
    with pytest.raises(BadInputError, match=r"index\.csv is not UTF-8"):
        read_dataset(dataset)


def test_spread_takes_from_everywhere():
    assert spread(list(range(10)), 3) == [0, 3, 6]
    assert spread(list(range(3)), 5) == [0, 1, 2]


@pytest.mark.parametrize("folder", ["masks", "real_images"])
def test_a_missing_partner_is_named(dataset, folder):
    next((dataset / folder).glob("b_2*")).unlink()
    with pytest.raises(BadInputError, match=rf"b_2_1_1\.png has no partner in {folder}"):
        read_dataset(dataset)


def test_a_list_that_names_what_is_not_there_is_an_error(dataset, iharmony4):
    (dataset / "little_test.txt").write_text("a1_1_1.png\nghost_1_1.png\n")
    with pytest.raises(BadInputError, match=r"ghost_1_1\.png"):
        read_dataset(dataset)
    (iharmony4 / "IHD_test.txt").write_text("HElsewhere/composite_images/x_1_1.jpg\n")
    with pytest.raises(BadInputError, match=r"HElsewhere.*no sub-dataset"):
        read_dataset(iharmony4)


def test_other_layouts_are_refused_with_what_was_found(tmp_path):
    (tmp_path / "images").mkdir()
    with pytest.raises(BadInputError, match=r"no composite_images folder.*images"):
        read_dataset(tmp_path)
    with pytest.raises(BadInputError, match="not a folder"):
        read_dataset(tmp_path / "nowhere")
    (tmp_path / "composite_images").mkdir()
    with pytest.raises(BadInputError, match="no folder masks"):
        read_dataset(tmp_path)
    (tmp_path / "masks").mkdir()
    (tmp_path / "real_images").mkdir()
    with pytest.raises(BadInputError, match="no composites"):
        read_dataset(tmp_path)


def test_two_files_of_one_name_are_refused(dataset):
    path = dataset / "composite_images" / "a1_1_1.png"
    path.with_suffix(".jpg").write_bytes(path.read_bytes())
    with pytest.raises(BadInputError, match=r"both a1_1_1\.jpg and a1_1_1\.png"):
        read_dataset(dataset)


def test_ccharmonys_list_names_masks(dataset):
    (dataset / "test_list.txt").write_text("a1_1\n")
    assert names(read_dataset(dataset)) == [("little", "a1_1_1"), ("little", "a1_1_2")]


def test_a_list_chooses_of_what_lies_side_by_side(tmp_path):
    for name in ("one/dog", "one/cat", "two/cat"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        for part in ("composite", "mask", "gt"):
            (tmp_path / f"{name}_{part}.jpg").write_bytes(b"")
    listed = tmp_path / "mine.txt"
    listed.write_text("RealHM/two/cat_composite.jpg\ndog\n")
    assert names(read_dataset(tmp_path, listed=listed)) == [("RealHM", "two/cat"), ("RealHM", "one/dog")]
    for line, found in (("cat.jpg", "one/cat and two/cat"), ("cow", "no composite of this dataset")):
        listed.write_text(line)
        with pytest.raises(BadInputError, match=f"names '{line}', which is {found}"):
            read_dataset(tmp_path, listed=listed)


def test_realhm_lies_side_by_side(tmp_path):
    folder = tmp_path / "vendor_testing_2"
    folder.mkdir()
    for part in ("composite", "mask", "gt"):
        (folder / f"dog_{part}.jpg").write_bytes(b"")
    (triplet,) = read_dataset(tmp_path)
    assert (triplet.subset, triplet.name) == ("RealHM", "vendor_testing_2/dog")
    assert (triplet.mask.name, triplet.real.name) == ("dog_mask.jpg", "dog_gt.jpg")
    (folder / "dog_gt.jpg").unlink()
    with pytest.raises(BadInputError, match=r"no partner dog_gt\.jpg"):
        read_dataset(tmp_path)

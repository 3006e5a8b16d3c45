"""What a file said is read back by Pillow, and by exiftool where it is installed."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from accord.io import as_picture, read_picture, to_array, write_picture

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'
SUFFIXES = (".jpg", ".png", ".tif", ".webp")


def exif_block(orientation=1):
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x013B], exif[0x0112] = "Acme", "X1", "Jo", orientation
    exif.get_ifd(0x8769)[0x8827] = 200
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (52.0, 30.0, 0.0)
    return exif


def source(tmp_path, picture_of, srgb_profile, suffix, orientation=1):
    """Write a picture with all kinds of metadata by Pillow alone."""
    path = tmp_path / f"source{suffix}"
    options = {"icc_profile": srgb_profile, "exif": exif_block(orientation).tobytes(), "xmp": XMP}
    if suffix != ".webp":
        options["dpi"] = (240, 240)
    if suffix == ".tif":
        options["exif"] = exif_block(orientation)
        options["exif"][700] = XMP
        del options["xmp"]
    if suffix == ".png":
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        info.add_text("Comment", "kept")
        options["pnginfo"] = info
        del options["xmp"]
    if suffix == ".webp":
        options["lossless"] = True
    Image.fromarray(picture_of(24, 32, 3, "uint8")).save(path, **options)
    return path


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_profile_exif_and_resolution_survive(tmp_path, picture_of, srgb_profile, suffix):
    first = source(tmp_path, picture_of, srgb_profile, suffix)
    second = tmp_path / f"result{suffix}"
    write_picture(read_picture(first), second)
    with Image.open(first) as before, Image.open(second) as after:
        assert after.info["icc_profile"] == srgb_profile
        assert dict(after.getexif().get_ifd(0x8769)) == dict(before.getexif().get_ifd(0x8769))
        assert dict(after.getexif().get_ifd(0x8825)) == dict(before.getexif().get_ifd(0x8825))
        for tag in (0x010F, 0x0110, 0x013B):
            assert after.getexif()[tag] == before.getexif()[tag]
        if suffix != ".webp":
            assert [float(each) for each in after.info["dpi"]] == [float(each) for each in before.info["dpi"]]
        if suffix == ".png":
            assert after.text["Comment"] == "kept"
    assert read_picture(second).facts.xmp == XMP


@pytest.mark.parametrize("to", [".jpg", ".png", ".tif", ".webp", ".jxl"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_metadata_goes_along_into_other_formats(tmp_path, picture_of, srgb_profile, suffix, to):
    picture = read_picture(source(tmp_path, picture_of, srgb_profile, suffix))
    write_picture(picture, tmp_path / f"result{to}")
    facts = read_picture(tmp_path / f"result{to}").facts
    assert facts.icc == srgb_profile
    assert facts.xmp == XMP
    exif = Image.Exif()
    exif.load(facts.exif)
    assert exif[0x010F] == "Acme"
    if suffix != ".tif":  # Pillow does not write these directories into a TIFF; exiftool's test below has them
        assert exif.get_ifd(0x8769)[0x8827] == 200
        assert exif.get_ifd(0x8825)[2] == (52.0, 30.0, 0.0)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_orientation_is_applied_and_then_reads_1(tmp_path, picture_of, srgb_profile, suffix, orientation):
    from PIL import ImageOps

    first = source(tmp_path, picture_of, srgb_profile, suffix, orientation)
    picture = read_picture(first)
    with Image.open(first) as image:
        upright = np.asarray(ImageOps.exif_transpose(image))
    np.testing.assert_array_equal(to_array(picture), upright)
    write_picture(picture, tmp_path / f"result{suffix}")
    with Image.open(tmp_path / f"result{suffix}") as image:
        assert image.getexif().get(0x0112, 1) == 1
        assert image.getexif()[0x010F] == "Acme"
    assert to_array(read_picture(tmp_path / f"result{suffix}")).shape == upright.shape


def test_a_pillow_images_orientation_is_applied(tmp_path, picture_of, srgb_profile):
    first = source(tmp_path, picture_of, srgb_profile, ".png", 6)
    with Image.open(first) as image:
        np.testing.assert_array_equal(to_array(as_picture(image)), to_array(read_picture(first)))


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed (libimage-exiftool-perl)")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_exiftool_finds_every_tag_unchanged(tmp_path, picture_of, srgb_profile, suffix):
    first = source(tmp_path, picture_of, srgb_profile, suffix)
    edit = ["-XMP-dc:Title=Hello", "-ExposureTime=1/125", "-GPSLatitude=52.5", "-GPSLatitudeRef=N"]
    edit += ["-IPTC:Caption-Abstract=Words", "-Comment=hi"] if suffix == ".jpg" else []
    subprocess.run(["exiftool", "-q", "-overwrite_original", *edit, str(first)], check=True)
    second = tmp_path / f"result{suffix}"
    write_picture(read_picture(first), second)
    before, after = tags(first), tags(second)
    changed = {name: (value, after.get(name)) for name, value in before.items() if after.get(name) != value}
    allowed = {"EXIF:StripOffsets", "EXIF:StripByteCounts", "EXIF:RowsPerStrip", "EXIF:Compression", "EXIF:Predictor"}
    assert not set(changed) - allowed, changed
    assert "ExifTool:Warning" not in after


def tags(path):
    """Give what exiftool reads, without what is about the file itself."""
    output = subprocess.run(
        ["exiftool", "-j", "-G", "-n", str(path)], capture_output=True, text=True, check=True
    ).stdout
    about_file = ("File:File", "File:Directory", "SourceFile", "ExifTool:ExifToolVersion")
    return {name: value for name, value in json.loads(output)[0].items() if not name.startswith(about_file)}


@pytest.mark.parametrize(("suffix", "dtype"), [(".exr", "float16"), (".tif", "uint16"), (".dpx", "uint16")])
def test_a_file_says_nothing_of_when_and_under_which_name_it_was_written(tmp_path, picture_of, suffix, dtype):
    path = tmp_path / f"shot.0042{suffix}"
    write_picture(as_picture(picture_of(6, 8, 3, dtype)), path)
    first = path.read_bytes()
    assert not re.search(rb"20\d\d[:-]\d\d[:-]\d\d", first)
    assert b".accord-" not in first
    write_picture(as_picture(picture_of(6, 8, 3, dtype)), path)
    assert path.read_bytes() == first
    if suffix == ".dpx":
        assert first[36:136].rstrip(b"\0") == b"shot.0042.dpx"

"""What a file said is read back by Pillow, and by exiftool where it is installed."""

import json
import re
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest
from PIL import Image

from accord.core.picture import FileFacts
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


@pytest.mark.skipif(oiio.VERSION < 30200, reason="OpenImageIO before 3.2 does not give such text")
@pytest.mark.parametrize(
    ("suffix", "dtype", "name"), [(".dpx", "uint16", "Copyright"), (".exr", "float16", "ImageDescription")]
)
def test_text_that_is_no_utf_8_stays_as_it_is(tmp_path, picture_of, suffix, dtype, name):
    facts = FileFacts(suffix.replace(".exr", ".openexr")[1:], attributes={name: ("string", "Soci#t#")})
    write_picture(replace(as_picture(picture_of(24, 32, 3, dtype)), facts=facts), tmp_path / f"a{suffix}")
    latin = "Soci\xe9t\xe9".encode("latin-1")
    data = (tmp_path / f"a{suffix}").read_bytes()
    assert b"Soci#t#" in data
    (tmp_path / f"b{suffix}").write_bytes(data.replace(b"Soci#t#", latin))
    write_picture(read_picture(tmp_path / f"b{suffix}"), tmp_path / f"c{suffix}")
    assert latin in (tmp_path / f"c{suffix}").read_bytes()


def test_names_and_lists_of_text_that_is_no_utf_8_are_left_out(tmp_path, picture_of):
    told = {"Soci#t#": ("string", "x"), "list": ("string[2]", ("Soci#t#", "x")), "kept": ("string", "y")}
    facts = FileFacts("openexr", attributes=told)
    write_picture(replace(as_picture(picture_of(24, 32, 3, "float16")), facts=facts), tmp_path / "a.exr")
    data = (tmp_path / "a.exr").read_bytes()
    assert data.count(b"Soci#t#") == 2
    (tmp_path / "b.exr").write_bytes(data.replace(b"Soci#t#", "Soci\xe9t\xe9".encode("latin-1")))
    write_picture(read_picture(tmp_path / "b.exr"), tmp_path / "c.exr")
    assert told.keys() & read_picture(tmp_path / "c.exr").facts.attributes.keys() == {"kept"}


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


def turned_packet(how):
    """Give an XMP packet that says orientation 6."""
    attribute, element = how == "attribute", "<tiff:Orientation>6</tiff:Orientation><tiff:Make>6</tiff:Make>"
    inside = ' tiff:Orientation="6" tiff:Make="6"/>' if attribute else f">{element}</rdf:Description>"
    head = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    about = '<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"'
    return f"{head}{about}{inside}</rdf:RDF></x:xmpmeta>".encode()


@pytest.mark.parametrize("how", ["attribute", "element"])
@pytest.mark.parametrize("opened", [str, Image.open])
@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_nothing_goes_on_saying_how_the_picture_was_turned(tmp_path, picture_of, suffix, opened, how):
    from PIL import ImageOps

    first, second = tmp_path / f"source{suffix}", tmp_path / f"result{suffix}"
    packet = turned_packet(how)
    Image.fromarray(picture_of(24, 32, 3, "uint8")).save(first, exif=exif_block(6), xmp=packet)
    picture = as_picture(opened(first))
    assert picture.pixels.shape == (32, 24, 3)
    write_picture(picture, second)
    with Image.open(second) as image:
        assert image.getexif()[0x0112] == 1
        assert image.getexif()[0x010F] == "Acme"
        assert image.info["xmp"] == packet.replace(b'Orientation="6', b'Orientation="1').replace(b"tion>6", b"tion>1")
        assert ImageOps.exif_transpose(image).size == (24, 32)


def test_an_orientation_that_only_xmp_says_is_left_to_whoever_goes_by_it(tmp_path, picture_of):
    first, second = tmp_path / "source.jpg", tmp_path / "result.jpg"
    Image.fromarray(picture_of(24, 32, 3, "uint8")).save(first, xmp=turned_packet("attribute"))
    assert read_picture(first).pixels.shape == (24, 32, 3)
    write_picture(read_picture(first), second)
    assert read_picture(second).facts.xmp == turned_packet("attribute")
    with Image.open(first) as image:  # which Pillow does
        picture = as_picture(image)
    assert picture.pixels.shape == (32, 24, 3)
    write_picture(picture, second)
    with Image.open(second) as image:
        assert image.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("kind", ["exif", "APP1"])
@pytest.mark.parametrize("packed", [True, False])
def test_exif_in_a_pngs_text_becomes_exif(tmp_path, picture_of, kind, packed):
    from PIL.PngImagePlugin import PngInfo

    block = b"Exif\0\0" + exif_block(6).tobytes().removeprefix(b"Exif\0\0")
    info = PngInfo()
    info.add_text(f"Raw profile type {kind}", f"\n{kind}\n{len(block):8}\n{block.hex()}\n", zip=packed)
    info.add_text("Comment", "kept")
    first, second = tmp_path / "source.png", tmp_path / "result.png"
    Image.fromarray(picture_of(24, 32, 3, "uint8")).save(first, pnginfo=info)
    picture = read_picture(first)
    assert picture.pixels.shape == (32, 24, 3)
    write_picture(picture, second)
    with Image.open(second) as image:
        assert image.text == {"Comment": "kept"}
        assert image.getexif()[0x0112] == 1
        assert image.getexif()[0x010F] == "Acme"
    np.testing.assert_array_equal(read_picture(second).pixels, picture.pixels)


def test_xmp_in_a_pngs_text_becomes_xmp_and_what_is_broken_goes(tmp_path, picture_of):
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Raw profile type xmp", f"\nxmp\n{len(XMP):8}\n{XMP.hex()}\n", zip=True)
    info.add_text("Raw profile type exif", "\nexif\n  10\nno digits\n")
    Image.fromarray(picture_of(24, 32, 3, "uint8")).save(tmp_path / "source.png", pnginfo=info)
    picture = read_picture(tmp_path / "source.png")
    assert (picture.facts.xmp, picture.facts.exif) == (XMP, None)
    assert picture.facts.attributes["container:chunks"] == []


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

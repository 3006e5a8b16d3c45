import os
import struct
import zlib
from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest
from PIL import Image, ImageCms

from accord.core.errors import BadInputError, HarmonizeError
from accord.core.picture import FileFacts
from accord.io import as_picture, png, read_picture, write_picture
from accord.io.limits import check_declared_size, max_pixels


def refusal(source, **options):
    with pytest.raises(BadInputError) as caught:
        as_picture(source, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_no_file(tmp_path):
    assert "does not exist" in refusal(tmp_path / "none.png")
    assert "is a folder" in refusal(tmp_path)
    assert "cannot be read" in refusal("a\0b.png") or "does not exist" in refusal("a\0b.png")
    (tmp_path / "empty.png").write_bytes(b"")
    assert "0 bytes" in refusal(tmp_path / "empty.png")
    (tmp_path / "text.png").write_text("this is no picture")
    assert "no picture that accord reads" in refusal(tmp_path / "text.png")


def test_names_that_are_no_utf_8(tmp_path, picture_of):
    whole, odd = tmp_path / "a.png", Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xff"))
    write_picture(as_picture(picture_of(20, 30, 3, "uint8")), whole)
    try:
        odd.mkdir()
    except (OSError, UnicodeError):
        pytest.skip("no such names here")
    (odd / "a.png").write_bytes(whole.read_bytes())
    assert "is no UTF-8" in refusal(odd / "a.png", what="mask")
    with pytest.raises(BadInputError, match=r"b\\udcff' is no UTF-8.*Rename it"):
        write_picture(as_picture(picture_of(20, 30, 3, "uint8")), odd / "c.png")
    assert [path.name for path in odd.iterdir()] == ["a.png"]


def test_channels_whose_names_are_no_utf_8(tmp_path):
    spec = oiio.ImageSpec(5, 4, 4, "half")
    spec.channelnames = ("R", "G", "B", "Soci#t#")
    writer = oiio.ImageOutput.create("openexr")
    writer.open(str(tmp_path / "a.exr"), spec)
    writer.write_image(np.zeros((4, 5, 4), np.float16))
    writer.close()
    data = (tmp_path / "a.exr").read_bytes().replace(b"Soci#t#", "Soci\xe9t\xe9".encode("latin-1"))
    (tmp_path / "b.exr").write_bytes(data)
    assert "its names are no text" in refusal(tmp_path / "b.exr")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    assert "not a regular file" in refusal(tmp_path / "pipe.png")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file(tmp_path):
    (tmp_path / "a.png").write_bytes(b"x")
    (tmp_path / "a.png").chmod(0)
    assert "cannot be read" in refusal(tmp_path / "a.png")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".exr", ".dpx", ".jxl"])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_truncated_file_is_an_error(tmp_path, picture_of, suffix, share):
    dtype = {".exr": "float16", ".dpx": "uint16"}.get(suffix, "uint8")
    write_picture(as_picture(picture_of(60, 80, 3, dtype)), tmp_path / f"whole{suffix}")
    data = (tmp_path / f"whole{suffix}").read_bytes()
    (tmp_path / f"cut{suffix}").write_bytes(data[: int(len(data) * share)])
    message = refusal(tmp_path / f"cut{suffix}")
    assert "damaged" in message or "incomplete" in message


def test_cmyk_has_a_way_out(tmp_path, picture_of):
    image = Image.fromarray(picture_of(20, 30, 3, "uint8")).convert("CMYK")
    for name in ("a.jpg", "a.tif"):
        image.save(tmp_path / name)
        assert "is CMYK" in refusal(tmp_path / name)
        assert "Convert it" in refusal(tmp_path / name)
    assert "CMYK" in refusal(image)
    header = b"8BPS\0\1" + bytes(6) + b"\0\4" + b"\0\0\0\2" * 2 + b"\0\x08\0\4"
    (tmp_path / "a.psd").write_bytes(header + bytes(14) + bytes(16))
    assert "is CMYK" in refusal(tmp_path / "a.psd")


@pytest.mark.parametrize("profile", [None, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()])
def test_cielab_has_a_way_out(tmp_path, profile):
    Image.new("LAB", (30, 20), (120, 130, 140)).save(tmp_path / "a.tif", icc_profile=profile)
    assert "is CIELab, RGB or grey was wanted. Convert it to RGB first" in refusal(tmp_path / "a.tif")
    assert "is CIELab" in refusal(tmp_path / "a.tif", encoding="srgb")


def test_animations_are_refused(tmp_path, picture_of):
    frames = [Image.fromarray(picture_of(20, 30, 3, "uint8")), Image.fromarray(picture_of(20, 30, 1, "uint8")[..., 0])]
    for name in ("a.webp", "a.png"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
        assert "animation" in refusal(tmp_path / name)


def test_layers_of_an_exr_are_named_in_the_way_out(tmp_path):
    spec = oiio.ImageSpec(5, 4, 3, "half")
    spec.channelnames = ("beauty.R", "beauty.G", "beauty.B")
    writer = oiio.ImageOutput.create("openexr")
    writer.open(str(tmp_path / "a.exr"), spec)
    writer.write_image(np.zeros((4, 5, 3), np.float16))
    writer.close()
    assert "--ch R=beauty.R,G=beauty.G,B=beauty.B" in refusal(tmp_path / "a.exr")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 2), np.float64), "float64 came"),
        (np.zeros((2, 2), np.int64), "int64 came"),
        (np.zeros((2, 2), bool), "bool came"),
        (np.zeros((3, 20, 30), np.uint8), "transpose"),
        (np.zeros((0, 20, 3), np.uint8), "no pixels"),
        (np.zeros(5, np.uint8), r"shape \(5,\)"),
        (np.full((2, 2), np.inf, np.float32), "NaN or infinity, first at row 0, column 0"),
        (7, "int came"),
    ],
)
def test_arrays_that_are_no_pictures(array, message):
    with pytest.raises(BadInputError, match=message):
        as_picture(array)


def test_nan_in_a_file(tmp_path, picture_of):
    samples = picture_of(20, 30, 3, "float32")
    write_picture(as_picture(samples), tmp_path / "a.exr")
    samples[7, 9, 1] = np.nan
    picture = as_picture(np.zeros_like(samples)).with_pixels(samples)
    write_picture(picture, tmp_path / "a.tif")
    assert "row 7, column 9" in refusal(tmp_path / "a.tif")


def bomb(width, height):
    """Make a PNG that declares a size and holds next to nothing."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(100000, 100000), (50000, 10000), (2**31 - 1, 2**31 - 1)])
def test_decompression_bombs(tmp_path, size, monkeypatch):
    monkeypatch.delenv("ACCORD_MAX_PIXELS", raising=False)
    (tmp_path / "bomb.png").write_bytes(bomb(*size))
    message = refusal(tmp_path / "bomb.png")
    assert "declares" in message or "damaged" in message


def test_the_limit_can_be_raised_and_lowered(tmp_path, picture_of, monkeypatch):
    write_picture(as_picture(picture_of(20, 30, 3, "uint8")), tmp_path / "a.png")
    monkeypatch.setenv("ACCORD_MAX_PIXELS", "599")
    assert "ACCORD_MAX_PIXELS" in refusal(tmp_path / "a.png")
    monkeypatch.setenv("ACCORD_MAX_PIXELS", "600")
    assert read_picture(tmp_path / "a.png").width == 30
    with pytest.raises(BadInputError, match="limit is 10"):
        read_picture(tmp_path / "a.png", max_pixels=10)
    monkeypatch.setenv("ACCORD_MAX_PIXELS", "many")
    assert "whole number" in refusal(tmp_path / "a.png")


def test_400_megapixels_are_allowed(tmp_path, monkeypatch):
    monkeypatch.delenv("ACCORD_MAX_PIXELS", raising=False)
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(2_400_000_000)
    check_declared_size(path, 23200, 17400, 3)
    assert max_pixels() == 2**29


def facts_with(**more):
    return as_picture(np.zeros((2, 2, 3), np.uint8)).__class__(
        pixels=np.zeros((2, 2, 3), np.uint8),
        encoding=as_picture(np.zeros((2, 2), np.uint8)).encoding,
        facts=FileFacts("memory", **more),
    )


@pytest.mark.parametrize(
    ("array", "name", "message"),
    [
        (np.zeros((2, 2, 3), np.uint16), "a.jpg", "JPEG cannot hold uint16"),
        (np.zeros((2, 2, 4), np.uint8), "a.jpg", "JPEG cannot hold alpha"),
        (np.zeros((2, 2, 3), np.uint16), "a.webp", "WebP cannot hold uint16"),
        (np.zeros((2, 2, 3), np.uint8), "a.exr", "OpenEXR cannot hold uint8"),
        (np.zeros((2, 2, 3), np.float32), "a.png", "PNG cannot hold float32"),
        (np.zeros((2, 2, 2), np.uint8), "a.jxl", "grey with alpha"),
        (np.zeros((2, 70000, 3), np.uint8), "a.jpg", "at most 65500"),
        (np.zeros((2, 17000, 3), np.uint8), "a.webp", "at most 16383"),
        (np.zeros((2, 2, 3), np.uint8), "a.psd", "not written"),
        (np.zeros((2, 2, 3), np.uint8), "a.gif", r"'\.gif' names no format"),
        (np.zeros((2, 2, 3), np.uint8), "a", "names no format"),
        (np.zeros((2, 2, 3), np.uint8), "no/a.png", "does not exist"),
    ],
)
def test_what_a_format_cannot_hold_is_an_error_and_leaves_no_file(tmp_path, array, name, message):
    with pytest.raises(BadInputError, match=message):
        write_picture(as_picture(array), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_too_much_exif_for_jpeg(tmp_path):
    with pytest.raises(BadInputError, match="bytes of Exif"):
        write_picture(facts_with(exif=bytes(70000)), tmp_path / "a.jpg")


def test_quality_only_where_it_means_something(tmp_path):
    picture = as_picture(np.zeros((2, 2, 3), np.uint8))
    with pytest.raises(BadInputError, match="Leave quality out"):
        write_picture(picture, tmp_path / "a.png", quality=90)
    with pytest.raises(BadInputError, match="from 1 to 100"):
        write_picture(picture, tmp_path / "a.jpg", quality=101)
    for name in ("a.jpg", "a.webp", "a.jxl"):
        write_picture(picture, tmp_path / name, quality=50)


def test_a_failed_write_leaves_the_old_file(tmp_path, picture_of, monkeypatch):
    path = tmp_path / "a.jpg"
    write_picture(as_picture(picture_of(20, 30, 3, "uint8")), path)
    before = path.read_bytes()
    monkeypatch.setattr(Image.Image, "save", broken_save)
    with pytest.raises(HarmonizeError, match="No space left"):
        write_picture(as_picture(picture_of(20, 30, 3, "uint8")), path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.jpg"]


def broken_save(self, path, *arguments, **options):
    path.write_bytes(b"half")
    raise OSError(28, "No space left on device")


def test_a_replaced_file_keeps_its_permissions_and_links(tmp_path, picture_of):
    real, link = tmp_path / "real.png", tmp_path / "link.png"
    write_picture(as_picture(picture_of(20, 30, 3, "uint8")), real)
    real.chmod(0o640)
    link.symlink_to(real)
    write_picture(as_picture(picture_of(10, 10, 3, "uint8")), link)
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert read_picture(real).width == 10


@pytest.mark.parametrize("name", ["a\0.png", "a" * 300 + ".png", "loop.png"])
def test_names_that_no_file_can_have(tmp_path, picture_of, name):
    (tmp_path / "loop.png").symlink_to("loop.png")
    with pytest.raises(BadInputError, match=r"cannot be written: .+ Choose another name"):
        write_picture(as_picture(picture_of(4, 5, 3, "uint8")), tmp_path / name)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="no folder here that even root cannot write")
def test_a_folder_that_cannot_be_written(picture_of):
    with pytest.raises(BadInputError, match=r"^/proc/a.png cannot be written: .+ Check the folder's permissions"):
        write_picture(as_picture(picture_of(4, 5, 3, "uint8")), "/proc/a.png")


@pytest.mark.parametrize("quality", [0, 101, 1.5, "best"])
def test_a_quality_that_is_none(tmp_path, picture_of, quality):
    with pytest.raises(BadInputError, match="a whole number from 1 to 100"):
        write_picture(as_picture(picture_of(4, 5, 3, "uint8")), tmp_path / "a.jpg", quality=quality)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kept", [0, 20, 60, -12, -2])
def test_a_png_that_its_writer_cut_off_is_not_taken_for_written(tmp_path, kept):
    """On a full disk, OpenImageIO's PNG writer leaves a file cut off and says nothing."""
    path = tmp_path / "cut.png"
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(BadInputError, match="free space"):
        png.replace_chunks(path, [])

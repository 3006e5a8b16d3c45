import numpy as np
import OpenImageIO as oiio  # noqa: N813 (its documentation's name for it)
import pytest
from PIL import Image

from accord.core.encoding import LINEAR_SRGB, SRGB
from accord.core.errors import BadInputError
from accord.io import as_picture, read_picture, to_array, write_picture
from accord.io.jpeg import coding_of

EXACT = [
    (suffix, dtype, channels)
    for suffix, dtypes in (
        (".png", ("uint8", "uint16")),
        (".tif", ("uint8", "uint16", "float32")),
        (".jxl", ("uint8", "uint16", "float16", "float32")),
        (".dpx", ("uint8", "uint16")),
        (".webp", ("uint8",)),
        (".exr", ("float16", "float32")),
    )
    for dtype in dtypes
    for channels in (1, 2, 3, 4)
    if not (channels == 2 and suffix in (".jxl", ".dpx"))
    and not (channels < 3 and suffix == ".webp")
    and not (channels in (2, 4) and suffix == ".exr")
]


def hidden(samples):
    """Put colour under alpha 0."""
    if samples.shape[2] in (2, 4):
        samples[:3, :, -1] = 0
    return samples


@pytest.mark.parametrize(("suffix", "dtype", "channels"), EXACT)
def test_arrays_come_back_bit_for_bit(tmp_path, picture_of, suffix, dtype, channels):
    samples = hidden(picture_of(21, 35, channels, dtype, peak=4.0))
    write_picture(as_picture(samples), tmp_path / f"a{suffix}")
    back = read_picture(tmp_path / f"a{suffix}")
    np.testing.assert_array_equal(to_array(back).reshape(samples.shape), samples)
    assert back.pixels.dtype == dtype
    assert back.encoding is (SRGB if dtype.startswith("u") else LINEAR_SRGB)
    assert not back.premultiplied


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_exr_keeps_associated_alpha_and_values_above_white(tmp_path, picture_of, dtype):
    straight = picture_of(21, 35, 4, dtype, peak=4.0)
    straight[..., 3] = np.clip(straight[..., 3], 0, 1)
    write_picture(as_picture(straight), tmp_path / "a.exr")
    first = read_picture(tmp_path / "a.exr")
    assert first.premultiplied
    assert first.pixels.max() > 1
    np.testing.assert_allclose(first.pixels, straight[..., :3] * straight[..., 3:], rtol=1e-3)
    write_picture(first, tmp_path / "b.exr")
    np.testing.assert_array_equal(to_array(read_picture(tmp_path / "b.exr")), to_array(first))


@pytest.mark.parametrize("size", [(1, 1), (1, 65535), (65535, 1), (3, 2)])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_odd_sizes(tmp_path, picture_of, size, suffix):
    samples = picture_of(*size, 3, "uint8")
    write_picture(as_picture(samples), tmp_path / f"a{suffix}")
    np.testing.assert_array_equal(to_array(read_picture(tmp_path / f"a{suffix}")), samples)


@pytest.mark.parametrize("bits", [10, 12])
@pytest.mark.parametrize("suffix", [".dpx", ".tif"])
def test_10_and_12_bits_use_the_whole_range_and_go_back_as_they_were(tmp_path, bits, suffix):
    codes = np.arange(2**bits)
    samples = np.round(codes * 65535 / (2**bits - 1)).astype(np.uint16).reshape(32, -1, 1).repeat(3, axis=2)
    spec = oiio.ImageSpec(samples.shape[1], samples.shape[0], 3, "uint16")
    spec.attribute("oiio:BitsPerSample", bits)
    first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    writer = oiio.ImageOutput.create(str(first))
    assert writer.open(str(first), spec)
    assert writer.write_image(samples)
    writer.close()
    picture = read_picture(first)
    assert (picture.pixels.min(), picture.pixels.max()) == (0, 65535)
    assert len(np.unique(picture.pixels)) == 2**bits
    write_picture(picture, second)
    np.testing.assert_array_equal(read_picture(second).pixels, picture.pixels)
    assert oiio.ImageInput.open(str(second)).spec().get_int_attribute("oiio:BitsPerSample") == bits


def test_logarithmic_dpx_is_read_by_cineons_curve(tmp_path):
    spec = oiio.ImageSpec(2, 1, 3, "uint16")
    spec.attribute("oiio:BitsPerSample", 10)
    spec.attribute("dpx:Transfer", "Logarithmic")
    codes = np.array([95, 685]).reshape(1, 2, 1).repeat(3, axis=2)
    path = str(tmp_path / "log.dpx")
    writer = oiio.ImageOutput.create(path)
    assert writer.open(path, spec)
    assert writer.write_image((codes * 65535 // 1023).astype(np.uint16))
    writer.close()
    picture = read_picture(path)
    light = picture.encoding.to_light(picture.pixels.astype(np.float32) / 65535)
    np.testing.assert_allclose(light[0, :, 0], [0, 1], atol=2e-3)
    np.testing.assert_allclose(picture.encoding.from_light(light) * 1023, codes, atol=0.05)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits_become_8(tmp_path, bits):
    codes = np.arange(2**bits, dtype=np.uint8).reshape(1, -1).repeat(3, axis=0)
    image = Image.fromarray(codes, "P" if bits > 1 else None)
    if bits == 1:
        image = Image.fromarray(codes.astype(bool))
    else:
        image.putpalette([value for code in range(2**bits) for value in (code * 255 // (2**bits - 1),) * 3])
    image.save(tmp_path / "few.png", bits=bits)
    picture = read_picture(tmp_path / "few.png")
    np.testing.assert_array_equal(picture.pixels[0, :, 0], np.arange(2**bits) * 255 // (2**bits - 1))
    write_picture(picture, tmp_path / "eight.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "eight.png").pixels, picture.pixels)


def test_a_palette_with_transparency_becomes_rgba(tmp_path, picture_of):
    image = Image.fromarray(picture_of(20, 30, 3, "uint8")).quantize(16)
    image.save(tmp_path / "palette.png", transparency=3)
    with Image.open(tmp_path / "palette.png") as opened:
        wanted = np.asarray(opened.convert("RGBA"))
    assert (wanted[..., 3] == 0).any()
    np.testing.assert_array_equal(to_array(read_picture(tmp_path / "palette.png")), wanted)


def test_interlaced_png(tmp_path, picture_of):
    # Pillow writes none, so passes are laid out here: a picture of 1 x 1 has the first of Adam7's passes only.
    import struct
    import zlib

    samples = picture_of(9, 9, 1, "uint8")[..., 0]
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    raw = b"".join(
        b"\0" + line.tobytes() for top, left, down, across in passes for line in samples[top::down, left::across]
    )

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 9, 9, 8, 0, 0, 0, 1)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    (tmp_path / "interlaced.png").write_bytes(b"\x89PNG\r\n\x1a\n" + parts)
    np.testing.assert_array_equal(to_array(read_picture(tmp_path / "interlaced.png")), samples)


def test_a_flattened_psd_is_read(tmp_path, picture_of):
    from fuzz import psd

    samples = picture_of(20, 30, 3, "uint8")
    (tmp_path / "a.psd").write_bytes(psd(samples))
    np.testing.assert_array_equal(to_array(read_picture(tmp_path / "a.psd")), samples)
    with pytest.raises(BadInputError, match="PSD can be read but not written"):
        write_picture(as_picture(samples), tmp_path / "b.psd")


@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_a_jpeg_is_coded_like_its_source(tmp_path, picture_of, subsampling):
    image = Image.fromarray(picture_of(64, 64, 3, "uint8"))
    image.save(tmp_path / "a.jpg", quality=83, subsampling=subsampling, progressive=True)
    write_picture(read_picture(tmp_path / "a.jpg"), tmp_path / "b.jpg")
    from PIL import JpegImagePlugin

    with Image.open(tmp_path / "a.jpg") as source, Image.open(tmp_path / "b.jpg") as result:
        assert result.quantization == source.quantization
        assert JpegImagePlugin.get_sampling(result) == JpegImagePlugin.get_sampling(source) == subsampling
        assert result.info.get("progressive") == 1
        difference = np.asarray(result).astype(int) - np.asarray(source)
    assert np.abs(difference).mean() < 0.6 if subsampling == 0 else np.abs(difference).mean() < 4


def test_a_jpeg_of_4_1_1_becomes_the_nearest_that_can_be_written(tmp_path, picture_of):
    spec = oiio.ImageSpec(64, 64, 3, "uint8")
    spec.attribute("jpeg:subsampling", "4:1:1")
    writer = oiio.ImageOutput.create("jpeg")
    writer.open(str(tmp_path / "a.jpg"), spec)
    writer.write_image(picture_of(64, 64, 3, "uint8"))
    writer.close()
    write_picture(read_picture(tmp_path / "a.jpg"), tmp_path / "b.jpg")
    with Image.open(tmp_path / "a.jpg") as source, Image.open(tmp_path / "b.jpg") as result:
        assert [layer[1:3] for layer in source.layer] == [(4, 1), (1, 1), (1, 1)]
        assert [layer[1:3] for layer in result.layer] == [(2, 1), (1, 1), (1, 1)]
        assert result.quantization == source.quantization


@pytest.mark.parametrize(
    ("factors", "subsampling"),
    [
        ([0x11], 0),
        ([0x22], 0),
        ([0x11, 0x11, 0x11], 0),
        ([0x21, 0x11, 0x11], 1),
        ([0x22, 0x11, 0x11], 2),
        ([0x22, 0x12, 0x12], 1),
        ([0x22, 0x11, 0x21], 0),
        ([0x12, 0x11, 0x11], 0),
        ([0x41, 0x11, 0x11], 1),
        ([0x42, 0x11, 0x11], 2),
    ],
)
def test_the_chroma_of_a_jpeg_fits_into_the_layout_that_is_written(factors, subsampling):
    components = b"".join(bytes([number, factor, 0]) for number, factor in enumerate(factors))
    frame = bytes([8, 0, 64, 0, 64, len(factors)]) + components
    assert coding_of([(0xC0, frame)]).subsampling == subsampling


def test_a_grey_jpeg_stays_grey(tmp_path, picture_of):
    Image.fromarray(picture_of(20, 30, 1, "uint8")[..., 0]).save(tmp_path / "a.jpg")
    picture = read_picture(tmp_path / "a.jpg")
    write_picture(picture, tmp_path / "b.jpg")
    assert to_array(read_picture(tmp_path / "b.jpg")).shape == (20, 30)


def test_the_decoder_agrees_with_pillow_on_jpeg(tmp_path, picture_of):
    Image.fromarray(picture_of(50, 70, 3, "uint8")).save(tmp_path / "a.jpg", quality=90)
    with Image.open(tmp_path / "a.jpg") as image:
        np.testing.assert_array_equal(to_array(read_picture(tmp_path / "a.jpg")), np.asarray(image))


def test_further_channels_windows_and_tiles_of_an_exr_are_kept(tmp_path, picture_of):
    samples = picture_of(20, 30, 6, "float32", peak=2.0)
    spec = oiio.ImageSpec(30, 20, 6, "half")
    spec.channelnames = ("R", "G", "B", "A", "Z", "N.x")
    spec.channelformats = tuple(oiio.TypeDesc(depth) for depth in ("half",) * 4 + ("float",) * 2)
    spec.alpha_channel = 3
    spec.x, spec.y, spec.full_x, spec.full_y, spec.full_width, spec.full_height = 5, 6, 0, 0, 64, 48
    spec.tile_width = spec.tile_height = 16
    spec.attribute("compression", "piz")
    spec.attribute("smpte:TimeCode", oiio.TypeDesc("timecode"), (0x01020304, 0))
    spec.attribute("worldToCamera", oiio.TypeDesc("matrix"), tuple(range(16)))
    path, again = tmp_path / "a.exr", tmp_path / "b.exr"
    writer = oiio.ImageOutput.create(str(path))
    assert writer.open(str(path), spec)
    assert writer.write_image(samples)
    writer.close()
    picture = read_picture(path)
    assert picture.pixels.dtype == np.float16
    write_picture(picture, again)
    first, second = oiio.ImageInput.open(str(path)), oiio.ImageInput.open(str(again))
    np.testing.assert_array_equal(first.read_image(0, 0, 0, 6, "float"), second.read_image(0, 0, 0, 6, "float"))
    one, other = first.spec(), second.spec()
    assert [str(depth) for depth in one.channelformats] == [str(depth) for depth in other.channelformats]
    for name in ("x", "y", "full_x", "full_width", "full_height", "tile_width", "tile_height", "channelnames"):
        assert getattr(one, name) == getattr(other, name)
    assert {each.name: each.value for each in one.extra_attribs} == {
        each.name: each.value for each in other.extra_attribs
    }
    with pytest.raises(BadInputError, match=r"would lose the channels Z, N\.x"):
        write_picture(picture, tmp_path / "a.tif")


def tiff_with(path, samples, names, alpha=-1, tile=0):
    """Write a TIFF whose channels beyond colours are unspecified, but for the one at `alpha`."""
    depth = {"float32": "float"}.get(samples.dtype.name, samples.dtype.name)
    spec = oiio.ImageSpec(samples.shape[1], samples.shape[0], samples.shape[2], depth)
    spec.channelnames, spec.alpha_channel = names, alpha
    spec.tile_width = spec.tile_height = tile
    spec.attribute("oiio:UnassociatedAlpha", 1)
    writer = oiio.ImageOutput.create("tiff")
    assert writer.open(str(path), spec)
    assert writer.write_image(samples)
    writer.close()


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("tile", [0, 16])
@pytest.mark.parametrize(
    ("names", "alpha"),
    [(("R", "G", "B", "S"), -1), (("R", "G", "B", "S", "T"), -1), (("R", "G", "B", "A", "S"), 3)],
)
def test_saved_selections_of_a_tiff_are_kept(tmp_path, picture_of, dtype, tile, names, alpha):
    samples = picture_of(20, 35, len(names), dtype)
    first, second = tmp_path / "a.tif", tmp_path / "b.tif"
    tiff_with(first, samples, names, alpha, tile)
    picture = read_picture(first)
    assert (picture.alpha is not None) == (alpha > 0)
    write_picture(picture, second)
    as_stored = oiio.ImageSpec()
    as_stored.attribute("oiio:UnassociatedAlpha", 1)
    before, after = (oiio.ImageInput.open(str(path), as_stored) for path in (first, second))
    assert after.spec().channelnames == before.spec().channelnames
    assert after.spec().alpha_channel == alpha
    np.testing.assert_array_equal(after.read_image(before.spec().format), samples)


@pytest.mark.parametrize(
    ("dtype", "names", "name", "message"),
    [
        ("uint8", ("R", "G", "B", "S"), "b.exr", "cannot hold uint8 pixels. Write .tif, or convert the depth first."),
        ("uint8", ("R", "G", "B", "S"), "b.png", "the channels channel3. Write .tif, or remove them first."),
        ("float32", ("R", "G", "B", "S"), "b.jxl", "the channels channel3. Write one of: .tif, .exr, or remove"),
        # An alpha that other channels lie before is not read as one.
        ("uint8", ("R", "G", "B", "S", "A"), "b.tif", "the channels channel3, A. Remove them first."),
    ],
)
def test_where_further_channels_cannot_go_the_way_out_is_one(tmp_path, picture_of, dtype, names, name, message):
    tiff_with(tmp_path / "a.tif", picture_of(8, 9, len(names), dtype), names, names.index("A") if "A" in names else -1)
    with pytest.raises(BadInputError, match=message):
        write_picture(read_picture(tmp_path / "a.tif"), tmp_path / name)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize(("suffix", "dtype"), [(".png", "uint16"), (".tif", "uint16"), (".exr", "float32")])
def test_arrays_of_the_other_byte_order_are_written(tmp_path, picture_of, suffix, dtype, channels):
    samples = picture_of(21, 35, channels, dtype)
    swapped = samples.astype(samples.dtype.newbyteorder(">"))
    picture = as_picture(swapped)
    assert to_array(picture).dtype == swapped.dtype
    for name, each in (("a", samples), ("b", swapped)):
        write_picture(as_picture(each), tmp_path / f"{name}{suffix}")
    np.testing.assert_array_equal(
        to_array(read_picture(tmp_path / f"a{suffix}")), to_array(read_picture(tmp_path / f"b{suffix}"))
    )


def test_a_second_part_is_refused(tmp_path, picture_of):
    samples = picture_of(20, 30, 3, "uint8")
    image = Image.fromarray(samples)
    image.save(tmp_path / "two.tif", save_all=True, append_images=[image])
    with pytest.raises(BadInputError, match="several parts"):
        read_picture(tmp_path / "two.tif")


@pytest.mark.parametrize("compression", ["none", "lzw", "zip"])
def test_tiff_compression_and_tiles_are_kept(tmp_path, picture_of, compression):
    samples = picture_of(40, 50, 3, "uint16")
    spec = oiio.ImageSpec(50, 40, 3, "uint16")
    spec.attribute("compression", compression)
    spec.tile_width = spec.tile_height = 16
    path = str(tmp_path / "a.tif")
    writer = oiio.ImageOutput.create(path)
    assert writer.open(path, spec)
    assert writer.write_image(samples)
    writer.close()
    write_picture(read_picture(path), tmp_path / "b.tif")
    written = oiio.ImageInput.open(str(tmp_path / "b.tif")).spec()
    assert written.getattribute("compression") == compression
    assert written.tile_width == 16
    np.testing.assert_array_equal(read_picture(tmp_path / "b.tif").pixels, samples)


def test_associated_alpha_of_a_tiff_stays_associated(tmp_path, picture_of):
    samples = picture_of(20, 30, 4, "uint16")
    samples[..., :3] = (samples[..., :3].astype(float) * samples[..., 3:] / 65535).astype(np.uint16)
    path = str(tmp_path / "a.tif")
    spec = oiio.ImageSpec(30, 20, 4, "uint16")
    spec.alpha_channel = 3
    writer = oiio.ImageOutput.create(path)
    assert writer.open(path, spec)
    assert writer.write_image(samples)
    writer.close()
    picture = read_picture(path)
    assert picture.premultiplied
    write_picture(picture, tmp_path / "b.tif")
    again = read_picture(tmp_path / "b.tif")
    assert again.premultiplied
    np.testing.assert_array_equal(to_array(again), samples)


def test_same_input_gives_the_same_bytes(tmp_path, picture_of):
    picture = as_picture(picture_of(20, 30, 3, "uint16"))
    for suffix in (".png", ".tif", ".jxl"):
        write_picture(picture, tmp_path / f"a{suffix}")
        write_picture(picture, tmp_path / f"b{suffix}")
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_the_wrong_suffix_is_no_hindrance(tmp_path, picture_of):
    samples = picture_of(20, 30, 3, "uint8")
    write_picture(as_picture(samples), tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.jpg")
    np.testing.assert_array_equal(to_array(read_picture(tmp_path / "a.jpg")), samples)


def test_display_encoded_floats_are_light_in_exr(tmp_path, picture_of):
    samples = picture_of(20, 30, 3, "float32")
    write_picture(as_picture(samples, encoding="srgb"), tmp_path / "a.exr")
    light = SRGB.to_light(samples)
    np.testing.assert_allclose(read_picture(tmp_path / "a.exr").pixels, light, atol=1e-6)

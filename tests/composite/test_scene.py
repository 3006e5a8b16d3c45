from dataclasses import replace

import numpy as np
import pytest

from accord.composite.scene import Layer, Scene
from accord.core.encoding import LINEAR_SRGB, SRGB, Encoding, SrgbCurve
from accord.core.errors import BadInputError
from accord.core.picture import FileFacts, Picture

_CURVE = SrgbCurve()
# Display P3's primaries in linear sRGB (SMPTE EG 432-1 and IEC 61966-2-1, both D65).
DISPLAY_P3 = Encoding(
    "Display P3",
    (_CURVE, _CURVE, _CURVE),
    np.array([[1.2249402, -0.2249402, 0], [-0.0420570, 1.0420570, 0], [-0.0196376, -0.0786361, 1.0982735]]),
)
BACKGROUNDS = [
    ("uint8", 3, SRGB),
    ("uint16", 3, SRGB),
    ("uint16", 1, SRGB),
    ("uint8", 3, DISPLAY_P3),
    ("float16", 3, LINEAR_SRGB),
]
BACKGROUNDS += [("float32", 3, LINEAR_SRGB), ("float32", 1, LINEAR_SRGB)]


def _background(dtype="uint8", channels=3, encoding=SRGB, height=40, width=50, alpha=None, premultiplied=False):
    draws = np.random.default_rng(3).random((height, width, channels))
    if np.issubdtype(np.dtype(dtype), np.integer):
        pixels = np.rint(draws * np.iinfo(dtype).max).astype(dtype)
    else:
        pixels = (draws * 8).astype(dtype)
    return Picture(pixels, encoding, alpha, premultiplied, FileFacts("png"))


def _layer(cover, colour=(0.7, 0.5, 0.2), top=5, left=6):
    return Layer(np.broadcast_to(np.float32(colour), (*cover.shape, 3)).copy(), cover, top, left)


def _darker_and_warmer(tile, place):
    """One stop down in light, and warm: strong enough for a flat application to show its ring."""
    return SRGB.from_light(SRGB.to_light(tile) * np.float32([0.6, 0.5, 0.35]))


@pytest.mark.parametrize(("dtype", "channels", "encoding"), BACKGROUNDS)
def test_the_background_stays_bit_for_bit_and_keeps_its_kind(disc, dtype, channels, encoding):
    scene = Scene(_background(dtype, channels, encoding), _layer(disc(30, 30, 15, 15, 10, 3)))
    for picture in (scene.picture(), scene.recolour(_darker_and_warmer)):
        assert picture.pixels.dtype == dtype
        assert picture.pixels.shape == scene.background.pixels.shape
        assert (picture.encoding, picture.facts) == (scene.background.encoding, scene.background.facts)
        bare = scene.mask == 0
        np.testing.assert_array_equal(picture.pixels[bare], scene.background.pixels[bare])
        assert np.any(picture.pixels[~bare] != scene.background.pixels[~bare])


@pytest.mark.parametrize(("dtype", "channels", "encoding"), BACKGROUNDS)
@pytest.mark.parametrize("blend", ["linear", "encoded"])
def test_recolouring_to_the_same_changes_no_bit(disc, dtype, channels, encoding, blend):
    scene = Scene(_background(dtype, channels, encoding), _layer(disc(30, 30, 15, 15, 10, 3)), blend)
    np.testing.assert_array_equal(scene.recolour(lambda tile, _: tile).pixels, scene.picture().pixels)


def test_the_background_given_is_not_written_into(disc):
    background = _background()
    before = background.pixels.copy()
    Scene(background, _layer(disc(30, 30, 15, 15, 10, 3))).picture()
    np.testing.assert_array_equal(background.pixels, before)


def test_the_mask_is_the_coverage_in_its_place(disc):
    cover = disc(30, 30, 15, 15, 10, 3)
    mask = Scene(_background(), _layer(cover, top=4, left=7)).mask
    assert (mask.shape, mask.dtype) == ((40, 50), np.float32)
    np.testing.assert_array_equal(mask[4:34, 7:37], cover)
    assert mask.sum() == pytest.approx(cover.sum())


def test_tiles_know_their_place(disc, monkeypatch):
    monkeypatch.setattr("accord.composite.scene._STRIP_PIXELS", 100)
    scene = Scene(_background(), _layer(disc(30, 30, 15, 15, 10, 3), top=4, left=7))
    places = []

    def note(tile, place):
        places.append(place)
        assert tile.shape == (place.height, place.width, 3)
        return tile

    strips = scene.recolour(note)
    assert [place.top for place in places] == list(range(4, 34, 3))
    assert {(place.left, place.picture_height, place.picture_width) for place in places} == {(7, 40, 50)}
    monkeypatch.undo()
    np.testing.assert_array_equal(strips.pixels, scene.picture().pixels)


def test_light_mixes_linearly_by_default_and_codes_on_request():
    cover = np.full((4, 4), 0.5, np.float32)
    black = Picture(np.zeros((4, 4, 3), np.uint8), SRGB)
    white = _layer(cover, (1, 1, 1), 0, 0)
    assert Scene(black, white).picture().pixels[0, 0, 0] == 188  # half of white's light in sRGB codes
    assert Scene(black, white, "encoded").picture().pixels[0, 0, 0] == 128


def test_a_soft_edge_shows_no_ring_where_a_flat_application_does(disc, smooth, colour_difference):
    """The edge takes 6 pixels, bright on dark: the truth is the foreground recoloured before it is laid down."""
    cover = disc(90, 90, 45, 45, 30, 6)
    own = smooth(90, 90) / np.float32(255)
    background = Picture(np.full((100, 100, 3), (25, 30, 40), np.uint8), SRGB)
    scene = Scene(background, Layer(own, cover, 5, 5))
    truth = Scene(background, Layer(_darker_and_warmer(own, None), cover, 5, 5)).picture().pixels / 255

    layered = scene.recolour(_darker_and_warmer).pixels / 255
    assert colour_difference(layered, truth).max() < 1

    composite = np.float32(scene.picture().pixels / 255)
    flat = composite + scene.mask[..., None] * (_darker_and_warmer(composite, None) - composite)
    edge = (scene.mask > 0) & (scene.mask < 1)
    assert colour_difference(flat, truth)[edge].max() > 5


def test_sixteen_bits_stay_sixteen():
    ramp = np.linspace(0.3, 0.31, 4096, dtype=np.float32).reshape(64, 64)
    layer = Layer(np.repeat(ramp[..., None], 3, axis=2), np.ones((64, 64), np.float32))
    picture = Scene(Picture(np.zeros((64, 64, 3), np.uint16), SRGB), layer).picture()
    assert np.unique(picture.pixels).size > 600  # 655 codes lie between; 8 bit has 4
    np.testing.assert_allclose(picture.pixels[..., 0] / 65535, ramp, atol=1 / 65535)


def test_light_above_white_is_kept():
    bright = SRGB.from_light(np.float32([5.0, 3.0, 0.5]))
    background = Picture(np.full((6, 6, 3), 40, np.float32), LINEAR_SRGB)
    half = Scene(background, _layer(np.full((3, 3), 0.5, np.float32), bright, 1, 1)).picture()
    np.testing.assert_allclose(half.pixels[2, 2], [22.5, 21.5, 20.25], rtol=1e-5)


def test_half_floats_end_where_they_end():
    bright = SRGB.from_light(np.float32([1e6, 1, 1]))
    background = Picture(np.ones((3, 3, 3), np.float16), LINEAR_SRGB)
    picture = Scene(background, _layer(np.ones((1, 1), np.float32), bright, 1, 1)).picture()
    assert picture.pixels[1, 1, 0] == np.finfo(np.float16).max


def test_another_encoding_is_converted(disc):
    cover = np.ones((4, 4), np.float32)
    for encoding in (DISPLAY_P3, LINEAR_SRGB):
        background = Picture(np.zeros((4, 4, 3), np.float32), encoding)
        placed = Scene(background, _layer(cover, (0.7, 0.5, 0.2), 0, 0)).picture()
        np.testing.assert_allclose(encoding.to_working(placed.pixels)[0, 0], [0.7, 0.5, 0.2], atol=1e-5)


def test_a_grey_background_takes_the_luminance():
    layer = _layer(np.ones((2, 2), np.float32), SRGB.from_light(np.float32([1, 0, 0])), 0, 0)
    picture = Scene(Picture(np.zeros((2, 2, 1), np.float32), LINEAR_SRGB), layer).picture()
    np.testing.assert_allclose(picture.pixels, 0.2126, atol=1e-4)


@pytest.mark.parametrize("premultiplied", [False, True])
def test_a_translucent_background_gains_coverage(premultiplied):
    alpha = np.full((4, 4), 0.5, np.float32)
    ground = np.full((4, 4, 3), 0.2 * (0.5 if premultiplied else 1), np.float32)
    background = Picture(ground, LINEAR_SRGB, alpha, premultiplied)
    layer = _layer(np.full((2, 2), 0.5, np.float32), SRGB.from_light(np.float32([0.8, 0.8, 0.8])), 0, 0)
    picture = Scene(background, layer).picture()
    assert picture.alpha[0, 0] == pytest.approx(0.75)
    carried = picture.pixels[0, 0, 0] * (1 if premultiplied else picture.alpha[0, 0])
    assert carried == pytest.approx(0.5 * 0.8 + 0.5 * 0.5 * 0.2, rel=1e-5)
    np.testing.assert_array_equal(picture.alpha[2:], alpha[2:])
    np.testing.assert_array_equal(alpha, 0.5)


def test_layers_that_do_not_fit_are_refused(disc):
    layer = _layer(disc(30, 30, 15, 15, 10, 3))
    with pytest.raises(BadInputError, match="crop it first"):
        Scene(_background(), replace(layer, top=20))
    with pytest.raises(BadInputError, match="same size"):
        Scene(_background(), replace(layer, colour=layer.colour[:-1]))
    with pytest.raises(BadInputError, match="0 everywhere"):
        Scene(_background(), replace(layer, coverage=np.zeros((30, 30), np.float32)))

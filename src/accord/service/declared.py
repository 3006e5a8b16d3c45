"""What a received picture says of itself, checked before anything of it is decoded.

Work has to stay in proportion to what a caller sent: a few kilobytes must not cost gigabytes or minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from accord.core.errors import BadInputError
from accord.io.formats import Format, sniff

_MOST_SAMPLES = 4  # for each pixel of the limit: layers of an EXR count
_MOST_SCANS = 64  # of a JPEG; encoders write at most about a dozen
# Decoded bytes above which a file has to have a byte for so many of them, which photos do many times over. A mask may
# be flat, so it may be larger.
_SUSPECT = {"mask": 2**28}
_SUSPECT_OTHERS = 2**26
_SUSPECT_RATIO = 500


class TooLargeError(BadInputError):
    """A picture that declares more than is decoded here."""


@dataclass(frozen=True)
class Declared:
    """What a picture's header says.

    Parameters
    ----------
    format
        By its content.
    width, height
        In pixels, as stored.
    channels
        All of them.
    sample_bytes
        Of the largest channel.
    """

    format: Format
    width: int
    height: int
    channels: int
    sample_bytes: int

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width * self.height

    @property
    def decoded_bytes(self) -> int:
        """What its samples take in memory."""
        return self.pixels * self.channels * self.sample_bytes


def declared(path: Path, what: str, max_pixels: int) -> Declared:
    """Read a picture's header, and refuse the picture by it.

    Parameters
    ----------
    path
        The file.
    what
        What it is: "composite", "mask", "background", "foreground".
    max_pixels
        The most that it may declare.

    Raises
    ------
    TooLargeError
        If it declares more pixels, samples or scans than are decoded, or more than its size makes credible.
    BadInputError
        If it is no picture, or its header is damaged.
    """
    import OpenImageIO as oiio  # noqa: N813

    with path.open("rb") as file:
        form = sniff(file.read(16))
    if form is None:
        raise BadInputError(f"{what} is no picture that accord reads.")
    try:
        reader = oiio.ImageInput.open(str(path))
        if reader is None or reader.format_name() != form.id:
            oiio.geterror()
            raise _broken(what, form)
        spec = reader.spec()
        channels = spec.nchannels
        sample_bytes = max(spec.channelformat(place).basesize() for place in range(channels))
        found = Declared(form, spec.width, spec.height, channels, sample_bytes)
        reader.close()
    except UnicodeDecodeError as error:  # names that are no text
        raise _broken(what, form) from error
    if found.pixels > max_pixels or found.pixels * channels > _MOST_SAMPLES * max_pixels:
        raise TooLargeError(
            f"{what} declares {found.width} x {found.height} pixels of {channels} channels; this service takes "
            f"{max_pixels} pixels of {_MOST_SAMPLES}. Send a smaller version, or use accord on your own machine."
        )
    if found.width < 1 or found.height < 1:
        raise BadInputError(f"{what} declares {found.width} x {found.height} pixels: there is nothing to read.")
    size = path.stat().st_size
    if found.decoded_bytes > max(_SUSPECT.get(what, _SUSPECT_OTHERS), _SUSPECT_RATIO * size):
        raise TooLargeError(
            f"{what} declares {found.decoded_bytes} bytes of pixels in a file of {size}, as a decompression bomb "
            "would. Send a smaller version of it."
        )
    if form.id == "jpeg" and _scans(path) > _MOST_SCANS:
        raise TooLargeError(f"{what} is a JPEG of more than {_MOST_SCANS} scans. Save it again.")
    return found


def check_sizes(one: Declared, other: Declared, what: str, other_what: str) -> None:
    """Refuse two pictures that have to be of one size by their headers; either may still be turned by its Exif.

    Raises
    ------
    BadInputError
        If they cannot be of one size.
    """
    if sorted((one.width, one.height)) != sorted((other.width, other.height)):
        raise BadInputError(
            f"{other_what} is {other.width} x {other.height}, {what} is {one.width} x {one.height} (width x height): "
            "resize one of them to the other."
        )


def _broken(what: str, form: Format) -> BadInputError:
    return BadInputError(f"{what} is damaged or incomplete {form.title}. Copy or export it again.")


def _scans(path: Path) -> int:
    """Count what looks like the beginning of a scan; within coded data FF is followed by 0, so nothing else does."""
    return path.read_bytes().count(b"\xff\xda")

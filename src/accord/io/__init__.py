"""Pictures and masks in and out of files, arrays and Pillow images."""

from accord.io.mask import as_mask, check_mask_splits, mask_of, stored_mask
from accord.io.memory import as_picture, to_array
from accord.io.read import read_picture
from accord.io.write import write_picture

__all__ = [
    "as_mask",
    "as_picture",
    "check_mask_splits",
    "mask_of",
    "read_picture",
    "stored_mask",
    "to_array",
    "write_picture",
]

"""The worst cases side by side, for the eye."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from accord.evaluation.benchmark import MethodLike, predict
from accord.evaluation.dataset import Triplet
from accord.evaluation.protocol import Protocol, comparable, read_case
from accord.evaluation.records import Record

if TYPE_CHECKING:
    from PIL import Image

TILE, GAP, CAPTION = 256, 8, 40
TITLES = ("composite", "harmonized", "real", "mask")


def worst(records: Sequence[Record], count: int) -> list[Record]:
    """Give the `count` records of the highest fMSE for each method, worst first, methods in the records' order."""
    found = []
    for method in dict.fromkeys(record.method for record in records):
        own = [record for record in records if record.method == method]
        found += sorted(own, key=lambda record: record.values["fmse"], reverse=True)[:count]
    return found


def sheet_height(rows: int) -> int:
    """Give the height in pixels of a sheet of so many rows."""
    return rows * (CAPTION + TILE + GAP) + GAP


def contact_sheet(
    records: Sequence[Record], triplets: Sequence[Triplet], methods: Mapping[str, MethodLike], protocol: Protocol
) -> Image.Image:
    """Draw one row for each record: composite, harmonized, real and mask, with its figures above.

    Parameters
    ----------
    records
        What to show; each is harmonized anew.
    triplets, methods, protocol
        Those of the evaluation that the records come from.
    """
    from PIL import Image, ImageDraw, ImageFont

    by_name = {(triplet.subset, triplet.name): triplet for triplet in triplets}
    sheet = Image.new("RGB", (len(TITLES) * (TILE + GAP) + GAP, sheet_height(len(records))), (40, 40, 40))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for i, record in enumerate(records):
        case = read_case(by_name[record.subset, record.name], protocol)
        prediction, real, mask = comparable(predict(case, methods[record.method]), case, protocol)
        composite, _, _ = comparable(case.composite.astype(np.float32), case, protocol)
        top = sheet_height(i)
        draw.text((GAP, top), _caption(record), fill="white", font=font)
        for j, (title, pixels) in enumerate(zip(TITLES, (composite, prediction, real, mask * 255), strict=True)):
            left = j * (TILE + GAP) + GAP
            draw.text((left, top + CAPTION // 2), title, fill=(170, 170, 170), font=font)
            sheet.paste(_tile(pixels), (left, top + CAPTION))
    return sheet


def _caption(record: Record) -> str:
    values = record.values
    facts = "".join(f", {fact}" for fact in record.facts.values())
    return (
        f"{record.method}: {record.subset}/{record.name}{facts}, foreground {100 * record.foreground_ratio:.1f} %, "
        f"fMSE {record.fmse_composite:.0f} -> {values['fmse']:.0f}, PSNR {values['psnr']:.2f} dB, "
        f"CIEDE2000 {values['ciede2000']:.1f}"
    )


def _tile(pixels: NDArray[Any]) -> Image.Image:
    """Give pixels on 0..255, grey or RGB, fitted into a tile."""
    from PIL import Image, ImageOps

    picture = Image.fromarray(np.rint(np.clip(pixels, 0, 255)).astype(np.uint8)).convert("RGB")
    return ImageOps.contain(picture, (TILE, TILE))

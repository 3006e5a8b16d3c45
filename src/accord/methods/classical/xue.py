"""Match luminance, colour temperature and saturation, each in the zone that asks for the least change.

Source: S. Xue, A. Agarwala, J. Dorsey, H. Rushmeier, "Understanding and Improving the Realism of Image Composites", ACM
Transactions on Graphics 31(4), 2012, doi:10.1145/2185520.2185580. The paper finds that a composite looks real when the
extreme and mean values of these statistics (their high, middle and low zones) agree between foreground and background,
and shifts the foreground's accordingly, one statistic after the other. Differs from the paper: without its trained
classifier, the zone is the one with the smallest shift among those that agree in direction with the middle zone, since
a small shift does the least harm; zones are the darkest and brightest tenth instead of a thousandth, which one specular
spot decides; local contrast is left alone, as it is no function of colour; and each shift is a linear map (exposure,
Bradford adaptation, chroma gain in Oklab), which keeps light above white.
"""

from __future__ import annotations

import numpy as np

from accord.colour.oklab import linear_to_oklab
from accord.colour.temperature import adaptation, linear_to_xyy, temperature_to_xy, xy_to_temperature
from accord.core.encoding import SrgbCurve
from accord.methods.card import Floats, MethodCard
from accord.methods.statistics import Doubles, Sample, foreground_and_reference
from accord.transforms import Affine, Chain, InSpace

ZONE = 0.1
"""Share of the pixels in the high and in the low zone."""

MAX_STOPS = 2.0
"""Largest change of exposure, in stops (factors of two)."""

MAX_MIRED = 120.0
"""Largest change of colour temperature, in mired: from daylight to a lamp's light and a little more."""

MAX_CHROMA_GAIN = 2.0
"""Largest gain of chroma, and its inverse the largest loss."""

DARKEST = 1e-3
"""Luminance below which a pixel counts as this bright: in the dark a logarithm sees nothing but noise."""

FURTHEST_TINT = 0.05
"""Distance Duv from the Planckian locus beyond which a colour has no temperature (CIE 015:2018)."""


class Xue:
    """Fits exposure, white balance and chroma gain."""

    def fit(self, composite: Floats, mask: Floats, reference: Floats) -> Chain:
        """Fit the map that matches the three statistics; see `Method.fit`."""
        light = SrgbCurve().decode(composite)
        foreground, wanted = foreground_and_reference(light, mask, reference)

        stops = choose_shift(_log_luminance(foreground), _log_luminance(wanted), MAX_STOPS)
        exposed = _changed(foreground, 2.0**stops * np.eye(3))

        own, others = _temperatures(exposed), _temperatures(wanted)
        balance = np.eye(3)
        if own is not None and others is not None:
            shift = choose_shift(own, others, MAX_MIRED)
            middle, tint = own.mean(), np.zeros(())
            source, target = (temperature_to_xy(np.asarray(mired), tint) for mired in (middle, middle + shift))
            balance = adaptation(source, target)
        balanced = _changed(exposed, balance)

        chroma, wanted_chroma = (_relative_chroma(sample) for sample in (balanced, wanted))
        # As a logarithm, so that the shift is a gain.
        gain = 2.0 ** choose_shift(chroma, wanted_chroma, float(np.log2(MAX_CHROMA_GAIN)))
        return Chain(
            (
                InSpace("linear", Affine.about(2.0**stops * balance, np.zeros(3), np.zeros(3))),
                InSpace("oklab", Affine.gain_offset([1.0, gain, gain])),
            )
        )


class _Zones:
    """Low, middle and high zone of a statistic: the means of its lowest tenth, of all, and of its highest tenth."""

    def __init__(self, values: Doubles, weights: Doubles) -> None:
        order = np.argsort(values, kind="stable")
        values, weights = values[order], weights[order]
        upper = np.cumsum(weights)
        total = upper[-1]
        lower = upper - weights
        self.zones = np.array(
            [
                np.average(values, weights=np.clip(np.minimum(upper, high) - np.maximum(lower, low), 0, None))
                for low, high in ((0.0, ZONE * total), (0.0, total), ((1 - ZONE) * total, total))
            ]
        )

    def mean(self) -> float:
        return float(self.zones[1])


def choose_shift(own: _Zones, wanted: _Zones, limit: float) -> float:
    """Give the smallest of the zones' shifts, among those in the direction of the middle zone's, within the limit."""
    shifts = wanted.zones - own.zones
    agreeing = shifts[shifts * shifts[1] >= 0]
    smallest = agreeing[np.argmin(np.abs(agreeing))]
    return float(np.clip(smallest, -limit, limit))


def _changed(sample: Sample, matrix: Doubles) -> Sample:
    return Sample(sample.colours @ matrix.T, sample.weights)


def _log_luminance(sample: Sample) -> _Zones:
    bright = linear_to_xyy(sample.colours.astype(np.float32))[:, 2].astype(np.float64)
    return _Zones(np.log2(np.maximum(bright, DARKEST)), sample.weights)


def _temperatures(sample: Sample) -> _Zones | None:
    xyy = linear_to_xyy(sample.colours.astype(np.float32)).astype(np.float64)
    mired, tint = xy_to_temperature(xyy[:, :2])
    usable = (xyy[:, 2] > DARKEST) & (np.abs(tint) < FURTHEST_TINT)
    if not usable.any():
        return None
    return _Zones(mired[usable], sample.weights[usable])


def _relative_chroma(sample: Sample) -> _Zones:
    lab = linear_to_oklab(sample.colours.astype(np.float32)).astype(np.float64)
    # Chroma over lightness: what saturation is, in a space that scales with light. The floor is a grey's least visible
    # tinge.
    ratio = np.hypot(lab[:, 1], lab[:, 2]) / np.maximum(np.abs(lab[:, 0]), 0.1)
    return _Zones(np.log2(np.maximum(ratio, 0.01)), sample.weights)


CARD = MethodCard(
    id="xue",
    title="Luminance, colour temperature and saturation, zone by zone",
    source="Xue et al., Understanding and Improving the Realism of Image Composites, ACM TOG 31(4), 2012",
    licence="Apache-2.0",
    works_in="xyy",
    load=Xue,
    prefer="small differences of exposure, warmth and saturation; of the statistics it errs least",
)

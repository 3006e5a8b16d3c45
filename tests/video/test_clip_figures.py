"""What smoothing over time does, on clips whose truth is known."""

import numpy as np
import pytest

from accord.core.encoding import SRGB
from accord.transforms import Affine, InSpace
from accord.video.harmonizing import Steadiness
from accord.video.synthetic import SCENARIOS, Scenario, made

pytest.importorskip("cv2", reason="the extra evaluate is not installed")

from accord.evaluation.clips import lag, run
from accord.evaluation.warping import warping_error

SIZE = (54, 96)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


class Trembling:
    """Fits what the truth asks for, from the clip's own truth, off by a few percent that differ from frame to frame."""

    def __init__(self, scenario: Scenario) -> None:
        self._rng = np.random.default_rng(11)
        self._gains = []
        for one in made(scenario, SIZE):
            light = [
                np.average(SRGB.to_light(each).reshape(-1, 3), axis=0, weights=one.mask.ravel())
                for each in (one.truth, one.composite)
            ]
            self._gains.append(light[0] / light[1])
        self._at = 0

    def fit(self, composite, mask, reference):  # noqa: ARG002 - it knows the answer
        gain = self._gains[self._at] * np.exp(self._rng.normal(0, 0.04, 3))
        self._at += 1
        return InSpace("linear", Affine.gain_offset(gain))


@pytest.mark.parametrize("name", ["fade", "shadow", "cut"])
def test_flicker_goes_and_the_light_is_followed(name):
    scenario = BY_NAME[name]
    alone, steady = (run(scenario, Trembling(scenario), Steadiness(width), size=SIZE) for width in (0, 0.2))
    assert steady.jitter <= 0.25 * alone.jitter
    assert steady.psnr >= alone.psnr
    assert steady.warping <= alone.warping
    if name != "cut":
        assert abs(lag(steady.course, steady.wanted)) <= 5
    else:
        assert steady.shots == 2
        # On either side of the cut the map is its own shot's, at the very next frame.
        missed = np.abs(steady.course - steady.wanted)
        assert missed[scenario.cut - 2 : scenario.cut + 2].max() < 0.1


def test_a_lag_is_found():
    course = np.sin(np.arange(120) / 8)
    assert lag(course, course) == 0
    assert lag(np.roll(course, 4), course) == 4


def test_warping_error_sees_flicker_and_not_the_fade():
    frames = list(made(Scenario("fade", frames=12, fade=-0.2, noise=0), (108, 192)))
    truths, masks = [one.truth for one in frames], [one.mask for one in frames]
    flicker = [truth + np.float32(0.02 * (-1) ** at) for at, truth in enumerate(truths)]
    assert warping_error(truths, truths, masks) == pytest.approx(0, abs=1e-6)
    assert warping_error(flicker, truths, masks) == pytest.approx(0.04 * 255, rel=0.02)

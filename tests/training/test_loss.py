"""accord.training.loss: what a training is rewarded for."""

from __future__ import annotations

import pytest
import torch

from accord.training.loss import harmonization_loss

MASK = torch.zeros(1, 1, 16, 16)
MASK[..., 4:12, 4:12] = 1
REAL = torch.full((1, 3, 16, 16), 0.5)


def loss(*, came_off_by, left_off_by):
    """Give the loss of a composite that came so far off the photo, and was made one that is so far off."""
    predicted, composite = REAL + left_off_by * MASK, REAL + came_off_by * MASK
    return float(harmonization_loss(predicted, composite, REAL, MASK, torch.zeros(1, 12, 4, 4)))


def test_the_background_is_of_no_account():
    predicted = REAL + 0.3 * (1 - MASK)
    told = harmonization_loss(predicted, REAL + 0.2 * MASK, REAL, MASK, torch.zeros(1, 12, 4, 4))
    assert float(told) == pytest.approx(loss(came_off_by=0.2, left_off_by=0), abs=1e-6)


@pytest.mark.parametrize("came_off_by", [0.05, 0.3])
def test_a_step_towards_the_photo_is_worth_less_than_the_same_step_away_costs(came_off_by):
    worth, cost = (
        abs(loss(came_off_by=came_off_by, left_off_by=off) - loss(came_off_by=came_off_by, left_off_by=came_off_by))
        for off in (came_off_by - 0.02, came_off_by + 0.02)
    )
    assert cost > 1.4 * worth


def test_the_last_step_towards_the_photo_is_worth_more_than_the_one_before():
    far, near, there = (loss(came_off_by=0.1, left_off_by=off) for off in (0.04, 0.02, 0))
    assert near - there > 1.1 * (far - near)

"""Figures of quality: pure functions of a prediction, the true picture and the mask. One file per figure."""

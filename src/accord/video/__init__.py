"""Harmonizing moving pictures: clips in, clips out, colour maps that are steady in time."""

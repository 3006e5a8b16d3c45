"""Colour spaces and colour differences, in plain NumPy, each space in its own module."""

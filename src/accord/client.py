"""A client of `accord serve`."""

"""Benchmarks: reading datasets, running methods over them by published protocols, and summing up."""

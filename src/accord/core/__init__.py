"""Errors and the value types that every other part of accord speaks in."""

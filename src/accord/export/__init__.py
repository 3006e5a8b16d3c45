"""Colour maps as files that other programs apply: .cube, ASC CDL and CLF."""

from accord.export.exporting import CUBE_SIZES, SUFFIXES, Exported, export

__all__ = ["CUBE_SIZES", "SUFFIXES", "Exported", "export"]

"""Figures on composites and results: signals, inspections, explanations. Plain arrays in, no files."""

from accord.colour.photographic import PhotographicEdit
from accord.diagnose.explanation import Explanation, explain
from accord.diagnose.figures import Figure
from accord.diagnose.inspection import Inspection
from accord.diagnose.signals import Signals
from accord.diagnose.verdict import Finding

__all__ = ["Explanation", "Figure", "Finding", "Inspection", "PhotographicEdit", "Signals", "explain"]

"""Results in one self-contained HTML file: what was done, why, what to look at, the worst first."""

from accord.reporting.case import Case, case_of
from accord.reporting.page import Failed, Line, write_batch, write_single

__all__ = ["Case", "Failed", "Line", "case_of", "write_batch", "write_single"]

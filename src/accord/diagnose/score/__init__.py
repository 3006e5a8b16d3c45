"""One calibrated score: how likely a result is better than its composite left alone, and the error to expect."""

from accord.diagnose.score.features import PROPOSALS, Outlook, features
from accord.diagnose.score.model import FILE, Estimate, Score, shipped

__all__ = ["FILE", "PROPOSALS", "Estimate", "Outlook", "Score", "features", "shipped"]

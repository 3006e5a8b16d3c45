"""The signals log that every front end can append to, and what to make of it: drift, candidates, recommendations."""

from accord.monitoring.advice import Action, Advice, Rate, advise, rates
from accord.monitoring.contest import Contest, Duel
from accord.monitoring.drift import Comparison, Drift, compare, likely_causes, summary
from accord.monitoring.entry import Entry, entry_of, override_of
from accord.monitoring.golden import replay, shadow_contest
from accord.monitoring.log import SignalsLog, read_log
from accord.monitoring.shadow import run_shadow

__all__ = [
    "Action",
    "Advice",
    "Comparison",
    "Contest",
    "Drift",
    "Duel",
    "Entry",
    "Rate",
    "SignalsLog",
    "advise",
    "compare",
    "entry_of",
    "likely_causes",
    "override_of",
    "rates",
    "read_log",
    "replay",
    "run_shadow",
    "shadow_contest",
    "summary",
]

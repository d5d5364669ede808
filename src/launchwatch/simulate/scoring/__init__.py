"""Estimates against known truth: consistency, errors of sets, continuity, and the score of a recording's tracks.

Distances are in metres between earth-fixed places unless an argument says otherwise; NaN marks what is absent.
"""

from launchwatch.simulate.scoring.consistency import (
    Coverage,
    chi_square_band,
    coverage,
    inside_ellipse,
    normalized_squared,
    root_mean_square,
    wilson_interval,
)
from launchwatch.simulate.scoring.continuity import Siap, siap
from launchwatch.simulate.scoring.sets import SetErrors, set_errors, set_errors_of
from launchwatch.simulate.scoring.tracks import CUTOFF_M, ErrorBound, score_tracks
from launchwatch.simulate.scoring.truth import TruthPath, truth_paths

__all__ = [
    "CUTOFF_M",
    "Coverage",
    "ErrorBound",
    "SetErrors",
    "Siap",
    "TruthPath",
    "chi_square_band",
    "coverage",
    "inside_ellipse",
    "normalized_squared",
    "root_mean_square",
    "score_tracks",
    "set_errors",
    "set_errors_of",
    "siap",
    "truth_paths",
    "wilson_interval",
]
